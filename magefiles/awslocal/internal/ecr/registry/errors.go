package registry

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecr/catalog"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

// problem is an answer of https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#error-codes.
type problem struct {
	status  int
	code    string
	message string
}

func (p *problem) Error() string { return p.code + ": " + p.message }

func unsupported(message string) *problem {
	return &problem{http.StatusMethodNotAllowed, "UNSUPPORTED", message}
}

func manifestUnknown() *problem {
	return &problem{http.StatusNotFound, "MANIFEST_UNKNOWN", "Requested image not found"}
}

// codes of the registry for ECR's.
var codes = map[string]problem{
	"RepositoryNotFoundException":       {status: http.StatusNotFound, code: "NAME_UNKNOWN"},
	"ImageTagAlreadyExistsException":    {status: http.StatusBadRequest, code: "TAG_INVALID"},
	"LayersNotFoundException":           {status: http.StatusBadRequest, code: "MANIFEST_BLOB_UNKNOWN"},
	"ReferencedImagesNotFoundException": {status: http.StatusBadRequest, code: "MANIFEST_BLOB_UNKNOWN"},
	"ImageDigestDoesNotMatchException":  {status: http.StatusBadRequest, code: "DIGEST_INVALID"},
	"InvalidParameterException":         {status: http.StatusBadRequest, code: "MANIFEST_INVALID"},
}

// asProblem finds the answer to an error; what the spec has no word for is a fault of the server.
func asProblem(err error) *problem {
	var p *problem
	if errors.As(err, &p) {
		return p
	}
	var e *wire.Error
	if errors.As(err, &e) {
		if known, ok := codes[e.Code]; ok {
			known.message = e.Message
			return &known
		}
	}
	if errors.Is(err, catalog.ErrTokenExpired) {
		return &problem{http.StatusForbidden, "DENIED", "Your authorization token has expired. Reauthenticate and try again."}
	}
	return &problem{http.StatusInternalServerError, "UNKNOWN", err.Error()}
}

// fail answers with an error. Without valid credentials ECR answers in plain text and says how to bring them.
func (g *Registry) fail(w http.ResponseWriter, err error) {
	if errors.Is(err, catalog.ErrNotAuthorized) {
		w.Header().Set("Www-Authenticate", `Basic realm="https://`+g.catalog.Account.RegistryHost()+`/",service="ecr.amazonaws.com"`)
		http.Error(w, "Not Authorized", http.StatusUnauthorized)
		return
	}
	asProblem(err).write(w)
}

// Deny answers a request of somebody who is not served at all.
func (g *Registry) Deny(w http.ResponseWriter, why string) {
	(&problem{http.StatusForbidden, "DENIED", why}).write(w)
}

func (p *problem) write(w http.ResponseWriter) {
	type item struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(p.status)
	_ = json.NewEncoder(w).Encode(map[string][]item{"errors": {{p.code, p.message}}}) // the client may have gone
}
