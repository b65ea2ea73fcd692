package awslocal

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/account"
)

// registryName is what operations of the registry begin with.
const registryName = "registry"

// registryCall is a request to the registry, as a victim.
type registryCall struct {
	req     *http.Request
	account account.Account
}

func (c registryCall) operation() string { return registryName + ":" + c.req.Method }

// refuse answers in the form of the distribution spec, with the words that clients show of ECR: "toomanyrequests:
// Rate exceeded", "denied: User: … is not authorized to perform: ecr:InitiateLayerUpload …".
func (c registryCall) refuse(w http.ResponseWriter, kind FaultKind) {
	status, code, message := http.StatusInternalServerError, "UNKNOWN", "unknown error"
	switch kind {
	case Throttle:
		status, code, message = http.StatusTooManyRequests, "TOOMANYREQUESTS", "Rate exceeded"
	case AccessDenied:
		status, code, message = http.StatusForbidden, "DENIED", c.denial()
	case ExpiredToken:
		status, code, message = http.StatusForbidden, "DENIED", "Your authorization token has expired. Reauthenticate and try again."
	}
	type item struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	if c.req.Method != http.MethodHead {
		_ = json.NewEncoder(w).Encode(map[string][]item{"errors": {{code, message}}}) // the client may have gone
	}
}

// permissions that ECR asks for a request, by the kind of its path and its method:
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html
var permissions = map[string]string{
	"uploads POST": "ecr:InitiateLayerUpload", "uploads PATCH": "ecr:UploadLayerPart", "uploads PUT": "ecr:CompleteLayerUpload",
	"blobs HEAD": "ecr:BatchCheckLayerAvailability", "blobs GET": "ecr:GetDownloadUrlForLayer",
	"manifests HEAD": "ecr:BatchGetImage", "manifests GET": "ecr:BatchGetImage", "manifests PUT": "ecr:PutImage", "manifests DELETE": "ecr:BatchDeleteImage",
	"tags GET": "ecr:ListImages",
}

func (c registryCall) denial() string {
	path := strings.TrimPrefix(c.req.URL.Path, "/v2/")
	for _, kind := range []string{"/blobs/uploads/", "/blobs/", "/manifests/", "/tags/"} {
		name, _, found := strings.Cut(path+"/", kind)
		if !found {
			continue
		}
		parts := strings.Split(strings.Trim(kind, "/"), "/")
		if action := permissions[parts[len(parts)-1]+" "+c.req.Method]; action != "" {
			return denial(c.account, action, c.account.ARN("ecr", "repository/"+name))
		}
	}
	return denial(c.account, "ecr:GetAuthorizationToken", "*")
}
