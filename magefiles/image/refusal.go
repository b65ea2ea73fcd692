package image

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"syscall"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// What registries answer, and what it means, stands in this file. The codes are those of
// https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes; the texts are ECR's.

// ImmutableTagError says that a tag names another digest already. Tags do not move: a deployment that
// was reviewed by its tag must stay what it was.
type ImmutableTagError struct {
	Tag      string // full reference
	Existing string // "sha256:…", what the tag names
	New      string // "sha256:…", what was to be pushed
}

func (e *ImmutableTagError) Error() string {
	return fmt.Sprintf("tag %s names %s already, and this image is %s; tags are immutable: commit the change, or push under another tag",
		e.Tag, e.Existing, e.New)
}

// RepositoryNotFoundError says that the repository does not exist. Nothing here creates one.
type RepositoryNotFoundError struct {
	Repository string // name, or "host/name" when a registry said so
	Err        error  // what was answered
}

func (e *RepositoryNotFoundError) Error() string {
	return fmt.Sprintf("repository %s does not exist", e.Repository)
}

func (e *RepositoryNotFoundError) Unwrap() error { return e.Err }

// AccessDeniedError says that the registry knows the caller and refuses, or does not know the caller.
type AccessDeniedError struct {
	Repository string // "host/name"
	Err        error  // what was answered, with the missing permission where ECR names it
}

func (e *AccessDeniedError) Error() string {
	return fmt.Sprintf("access to repository %s is denied: %v", e.Repository, e.Err)
}

func (e *AccessDeniedError) Unwrap() error { return e.Err }

// TokenExpiredError says that the credentials were good once. Those of ECR are renewed on the way, so that a second
// attempt helps; those that `docker login` left are not.
type TokenExpiredError struct {
	Repository string // "host/name"
	Err        error  // what was answered
}

func (e *TokenExpiredError) Error() string {
	return fmt.Sprintf("the credentials for repository %s have expired: %v", e.Repository, e.Err)
}

func (e *TokenExpiredError) Unwrap() error { return e.Err }

// isRefusal tells whether an error is one of those that another attempt does not change.
func isRefusal(err error) bool {
	if isImmutableTag(err) {
		return true
	}
	if _, ok := errors.AsType[*RepositoryNotFoundError](err); ok {
		return true
	}
	_, ok := errors.AsType[*AccessDeniedError](err)
	return ok
}

// refusal is the one of the errors above that a registry's answer means; nil if it is none of them.
func refusal(err error, repo name.Repository) error {
	switch {
	case hasCode(err, transport.NameUnknownErrorCode):
		return &RepositoryNotFoundError{Repository: repo.Name(), Err: err}
	case isExpired(err):
		return &TokenExpiredError{Repository: repo.Name(), Err: err}
	case hasCode(err, transport.DeniedErrorCode), hasCode(err, transport.UnauthorizedErrorCode),
		hasStatus(err, http.StatusUnauthorized), hasStatus(err, http.StatusForbidden):
		return &AccessDeniedError{Repository: repo.Name(), Err: err}
	}
	return nil
}

// isExpired recognises a token that is too old. ECR: 403 DENIED, "Your authorization token has expired. Reauthenticate
// and try again."
func isExpired(err error) bool {
	return (hasStatus(err, http.StatusUnauthorized) || hasStatus(err, http.StatusForbidden)) &&
		strings.Contains(strings.ToLower(err.Error()), "expired")
}

// isImmutableTag recognises a manifest refused because its tag exists. ECR: 400 TAG_INVALID, "The image
// tag 'x' already exists in the 'y' repository and cannot be overwritten because the repository is
// immutable." Harbor and others answer 412 or 409 with the same word.
func isImmutableTag(err error) bool {
	var te *transport.Error
	if !errors.As(err, &te) {
		return false
	}
	if hasCode(err, transport.TagInvalidErrorCode) || te.StatusCode == http.StatusConflict {
		return true
	}
	return strings.Contains(strings.ToLower(te.Error()), "immutable")
}

// isDisconnect tells whether the connection ended where an answer was due.
func isDisconnect(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

func hasStatus(err error, status int) bool {
	var te *transport.Error
	return errors.As(err, &te) && te.StatusCode == status
}

func hasCode(err error, code transport.ErrorCode) bool {
	var te *transport.Error
	if !errors.As(err, &te) {
		return false
	}
	for _, d := range te.Errors {
		if d.Code == code {
			return true
		}
	}
	return false
}
