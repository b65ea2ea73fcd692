package image

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// BaseError says that the image underneath cannot be read.
type BaseError struct {
	Base         string // in full: "index.docker.io/library/node:22-slim"
	Host         string // of its registry: "index.docker.io"
	Architecture string // that it was asked for: "amd64"
	Cause        BaseCause
	Err          error
}

func (e *BaseError) Error() string {
	return fmt.Sprintf("read base %s for linux/%s: %v", e.Base, e.Architecture, e.Err)
}

func (e *BaseError) Unwrap() error { return e.Err }

// BaseCause is what keeps a base from being read.
type BaseCause string

// The causes. What is none of them is the empty one.
const (
	BaseHostUnknown BaseCause = "unknown host" // its name leads nowhere
	BaseUnreachable BaseCause = "unreachable"  // nobody answers there, or not in time
	BaseUntrusted   BaseCause = "untrusted"    // TLS: somebody answers whose certificate does not hold
	BaseDenied      BaseCause = "denied"       // 401, 403
	BaseExpired     BaseCause = "expired"      // likewise, and the credentials were good once
	BaseAbsent      BaseCause = "absent"       // no such repository, or no such tag or digest in it
	BaseLimited     BaseCause = "limited"      // 429: too many pulls
)

func newBaseError(ref name.Reference, architecture string, err error) *BaseError {
	return &BaseError{Base: ref.Name(), Host: ref.Context().RegistryStr(), Architecture: architecture, Cause: baseCause(err), Err: err}
}

// baseCause is the cause that an error of the way to the registry, or of its answer, means.
func baseCause(err error) BaseCause {
	if _, ok := errors.AsType[*credentialsError](err); ok {
		if _, ok := errors.AsType[*net.OpError](err); ok { // ECR's API is asked first
			return BaseUnreachable
		}
		if errors.Is(err, context.DeadlineExceeded) { // a client's own timeout, too
			return BaseUnreachable
		}
		return "" // it is AWS that did not give them
	}
	if te, ok := errors.AsType[*transport.Error](err); ok {
		switch {
		case te.StatusCode == http.StatusTooManyRequests, hasCode(err, transport.TooManyRequestsErrorCode):
			return BaseLimited
		case isExpired(err):
			return BaseExpired
		case te.StatusCode == http.StatusUnauthorized, te.StatusCode == http.StatusForbidden,
			hasCode(err, transport.DeniedErrorCode), hasCode(err, transport.UnauthorizedErrorCode):
			return BaseDenied
		case te.StatusCode == http.StatusNotFound, hasCode(err, transport.NameUnknownErrorCode), hasCode(err, transport.ManifestUnknownErrorCode):
			return BaseAbsent
		}
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return BaseHostUnknown
	}
	if isUntrusted(err) {
		return BaseUntrusted
	}
	if _, ok := errors.AsType[*silentError](err); ok {
		return BaseUnreachable
	}
	if _, ok := errors.AsType[*net.OpError](err); ok || isDisconnect(err) {
		return BaseUnreachable
	}
	return ""
}

// isUntrusted tells whether TLS ended before anything was asked. net/http has a text alone for a server without TLS.
func isUntrusted(err error) bool {
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return true
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return true
	}
	if _, ok := errors.AsType[tls.AlertError](err); ok {
		return true
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return true
	}
	return strings.Contains(err.Error(), "server gave HTTP response to HTTPS client")
}
