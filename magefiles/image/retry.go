package image

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"syscall"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// attempts is how often a request, or the upload of a blob, is made at most.
const attempts = 5

// patience repeats what may succeed the next time.
type patience struct {
	pause time.Duration // before the second attempt; each further one comes after three times as long
	// explain is the definite reason of an error, where there is one. It is asked for from the second failure on.
	explain func(context.Context, error) error
}

// persist runs f until it succeeds, is refused, or has failed as often as it may.
func (p patience) persist(ctx context.Context, f func() error) error {
	pause := p.pause
	for attempt := 1; ; attempt++ {
		err := f()
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if attempt > 1 || !passing(err) {
			err = p.explain(ctx, err)
		}
		// A second token is as good as a third one.
		if attempt == attempts || !passing(err) || isExpired(err) && attempt > 1 {
			return err
		}
		// Several uploads that failed together shall not come back together.
		if err := wait(ctx, pause+time.Duration(rand.Int64N(int64(pause)/4+1))); err != nil {
			return err
		}
		pause *= 3
	}
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}

// errChanged says that the files of a layer are not those any more that it was made of.
var errChanged = errors.New("its files changed meanwhile")

// passing tells whether an error may pass. What a registry refuses for a reason does not; everything else, broken
// connections and answers that make no sense included, may be the network's.
func passing(err error) bool {
	if errors.Is(err, errChanged) || isRefusal(err) {
		return false
	}
	if _, ok := errors.AsType[*credentialsError](err); ok {
		return false
	}
	te, ok := errors.AsType[*transport.Error](err)
	if !ok || isExpired(err) {
		return true
	}
	switch te.StatusCode {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusTooEarly:
		return true
	case http.StatusRequestedRangeNotSatisfiable:
		// The session is not where this side believes; only a new one helps. ECR answers so to a repetition.
		return true
	}
	for _, code := range []transport.ErrorCode{
		transport.BlobUploadInvalidErrorCode, transport.BlobUploadUnknownErrorCode, // the session is lost
		transport.DigestInvalidErrorCode, transport.SizeInvalidErrorCode, // the bytes were, on their way
		transport.ManifestBlobUnknownErrorCode, // a registry in several places does not know everywhere at once
		transport.TooManyRequestsErrorCode, transport.UnavailableErrorCode,
	} {
		if hasCode(err, code) {
			return true
		}
	}
	return te.StatusCode < 400 || te.StatusCode >= 500
}

// IsPassing tells whether an error is one of a registry, or of the way to it, that may pass by itself.
func IsPassing(err error) bool {
	if _, ok := errors.AsType[*transport.Error](err); ok {
		return passing(err)
	}
	wire, ok := errors.AsType[*url.Error](err)
	return ok && (wire.Timeout() || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, io.ErrUnexpectedEOF))
}
