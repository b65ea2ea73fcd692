package wire

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// maxBody is more than any AWS API takes.
const maxBody = 16 << 20

// Router serves a set of services on one address.
type Router struct {
	byTarget  map[string]*Service
	byVersion map[string]*Service
	transact  func(context.Context, func() error) error
	requestID func() string
}

// NewRouter serves the services. Each operation, and the encoding of its output, runs inside transact;
// requestID names the answers.
func NewRouter(transact func(context.Context, func() error) error, requestID func() string, services ...*Service) *Router {
	r := &Router{byTarget: map[string]*Service{}, byVersion: map[string]*Service{}, transact: transact, requestID: requestID}
	for _, s := range services {
		if s.Target != "" {
			r.byTarget[s.Target] = s
		}
		if s.Version != "" {
			r.byVersion[s.Version] = s
		}
	}
	return r
}

// ServeHTTP answers one API call.
func (r *Router) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, maxBody))
	if err != nil {
		http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		return
	}
	if target := req.Header.Get("X-Amz-Target"); target != "" {
		r.serveJSON(w, req, target, body)
		return
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	for k, v := range req.URL.Query() {
		form[k] = v
	}
	r.serveQuery(w, req, form)
}

func (r *Router) serveJSON(w http.ResponseWriter, req *http.Request, target string, body []byte) {
	prefix, action, _ := strings.Cut(target, ".")
	var answer []byte
	err := r.call(req.Context(), r.byTarget[prefix], prefix, action,
		func(into any) error { return decodeJSON(action, body, into) },
		func(out any) (err error) { answer, err = json.Marshal(out); return err })
	status := http.StatusOK
	if err != nil {
		e := asError(err)
		status = e.Status
		answer, _ = json.Marshal(map[string]string{"__type": e.Code, "message": e.Message})
		w.Header().Set("X-Amzn-ErrorType", e.Code)
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.Header().Set("X-Amzn-RequestId", r.requestID())
	w.WriteHeader(status)
	_, _ = w.Write(answer) // the client may have gone; there is nobody to tell
}

func decodeJSON(action string, body []byte, into any) error {
	if len(bytes.TrimSpace(body)) == 0 {
		body = []byte("{}")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return Errorf("SerializationException", "%s: %v (the embedded AWS takes only what it models)", action, err)
	}
	return nil
}

func (r *Router) serveQuery(w http.ResponseWriter, req *http.Request, form url.Values) {
	action, version := form.Get("Action"), form.Get("Version")
	form.Del("Action")
	form.Del("Version")
	id := r.requestID()
	service := r.byVersion[version]
	var answer []byte
	err := r.call(req.Context(), service, "API version "+version, action,
		func(into any) error { return decodeForm(action, form, into) },
		func(out any) (err error) {
			answer, err = encodeResponse(service.Namespace, action, id, out)
			return err
		})
	status := http.StatusOK
	if err != nil {
		e := asError(err)
		status = e.Status
		answer = encodeError(service, e, id)
	}
	w.Header().Set("Content-Type", "text/xml")
	w.Header().Set("X-Amzn-RequestId", id)
	w.WriteHeader(status)
	_, _ = w.Write(append([]byte(xml.Header), answer...)) // as above
}

func (r *Router) call(ctx context.Context, s *Service, name, action string, decode func(any) error, encode func(any) error) error {
	if s == nil {
		return Errorf("UnknownOperationException", "the embedded AWS does not serve %s (%s)", name, action)
	}
	op := s.Operations[action]
	if op == nil {
		code := "UnknownOperationException"
		if s.Version != "" {
			code = "InvalidAction"
		}
		return Errorf(code, "the embedded AWS does not serve %s of %s", action, s.Name)
	}
	return r.transact(ctx, func() error {
		out, err := op(ctx, decode)
		if err != nil {
			return err
		}
		return encode(out)
	})
}

// asError turns whatever an operation returned into an answer. An error that AWS does not define is ours: 500.
func asError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Code: "InternalFailure", Message: err.Error(), Status: http.StatusInternalServerError}
}
