package wire

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// maxBody is more than any AWS API takes, before and after decompression.
const maxBody = 16 << 20

// Router serves a set of services on one address.
type Router struct {
	// Around, where there is one, stands around every call of an operation that is served: it calls serve, or
	// answers in its place. serve may be given another writer than w.
	Around func(w http.ResponseWriter, req *http.Request, c *Call, serve func(http.ResponseWriter))

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
	body, err := readBody(w, req)
	if err != nil {
		status := http.StatusBadRequest
		if _, large := errors.AsType[*http.MaxBytesError](err); large || errors.Is(err, errTooLarge) {
			status = http.StatusRequestEntityTooLarge
		}
		http.Error(w, err.Error(), status)
		return
	}
	c, e := r.parse(req, body)
	c.id = r.requestID()
	if e != nil {
		c.Refuse(w, e)
		return
	}
	serve := func(w http.ResponseWriter) { r.serve(req.Context(), w, c) }
	if r.Around != nil {
		r.Around(w, req, c, serve)
		return
	}
	serve(w)
}

// Refuse answers a request that is not looked at any further, in a form that its client can show.
func (r *Router) Refuse(w http.ResponseWriter, req *http.Request, e *Error) {
	c, _ := r.parse(req, nil)
	c.id = r.requestID()
	c.Refuse(w, e)
}

var errTooLarge = fmt.Errorf("request body is larger than %d bytes", maxBody)

// readBody reads the whole body. Clients may compress it
// (https://docs.aws.amazon.com/sdkref/latest/guide/feature-compression.html).
func readBody(w http.ResponseWriter, req *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, maxBody))
	if err != nil {
		return nil, fmt.Errorf("read request: %w", err)
	}
	switch encoding := req.Header.Get("Content-Encoding"); encoding {
	case "":
		return body, nil
	case "gzip":
		z, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			return nil, fmt.Errorf("read request: %w", err)
		}
		body, err := io.ReadAll(io.LimitReader(z, maxBody+1))
		if err == nil && len(body) > maxBody {
			err = errTooLarge
		}
		return body, err
	default:
		return nil, fmt.Errorf("read request: content encoding %s is not gzip", encoding)
	}
}

// serve answers a call of an operation that is served.
func (r *Router) serve(ctx context.Context, w http.ResponseWriter, c *Call) {
	operation := c.Service.Operations[c.Action]
	var answer []byte
	var stream *Stream
	err := r.transact(ctx, func() error {
		out, err := operation(ctx, func(into any) error { return c.protocol.decode(c, into) })
		if err != nil {
			return err
		}
		if s, ok := out.(*Stream); ok {
			stream = s
			return nil
		}
		answer, err = c.protocol.encode(c, out)
		return err
	})
	switch {
	case err != nil:
		c.Refuse(w, asError(err))
	case stream != nil:
		w.Header().Set("Content-Type", "application/vnd.amazon.eventstream")
		w.Header().Set("X-Amzn-RequestId", c.id)
		stream.send(ctx, w, r.transact)
	default:
		c.write(w, http.StatusOK, answer)
	}
}

// asError turns whatever an operation returned into an answer. An error that AWS does not define is ours: 500.
func asError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Code: "InternalFailure", Message: err.Error(), Status: http.StatusInternalServerError}
}
