package image

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// PushOptions say how to push.
type PushOptions struct {
	// Registry is how the registry is reached.
	Registry Access
	// Jobs is the number of layers sent at a time. Default 4.
	Jobs int
	// RetryAfter is the pause before a failed request is made a second time; the third and last time
	// comes after three times as long. Default 1 s.
	RetryAfter time.Duration
	// Overwrite moves a tag that names another digest, where the registry lets it.
	Overwrite bool
	// Progress hears of the step "push", never from two goroutines at a time. What is there already
	// counts as complete. Nil is silence.
	Progress func(Progress)
}

// Pushed is an image in a registry.
type Pushed struct {
	Reference string // "host/repository@sha256:…", what a deployment takes
	Digest    string // "sha256:…"
	Tag       string
	// Uploaded is false when the tag named this digest already, and nothing was sent.
	Uploaded bool
	// Bytes sent, layers and manifest, repetitions included.
	Bytes int64
}

// Push sends the image to the reference "host/repository:tag". Layers that are there are not sent; when
// the tag names the same digest already, nothing is. A tag never moves to another digest (but see
// Overwrite): that is an [*ImmutableTagError], and nothing has been sent unless another push came
// between. A registry that refuses an equal digest under an immutable tag is content.
//
// Errors: [*ImmutableTagError], [*RepositoryNotFoundError], [*AccessDeniedError].
func Push(ctx context.Context, img v1.Image, reference string, opts PushOptions) (Pushed, error) {
	tag, err := name.NewTag(reference, name.StrictValidation)
	if err != nil {
		return Pushed{}, fmt.Errorf("push image: %w", err)
	}
	digest, err := img.Digest()
	if err != nil {
		return Pushed{}, fmt.Errorf("push image to %s: compute its digest: %w", tag, err)
	}
	if opts.Registry.Transport == nil {
		t := NewTransport(nil)
		defer t.CloseIdleConnections()
		opts.Registry.Transport = t
	}
	p := &push{img: img, tag: tag, digest: digest, opts: opts, meter: &meter{inner: opts.Registry.Transport}}
	uploaded, err := p.run(ctx)
	if err != nil {
		return Pushed{}, fmt.Errorf("push image to %s: %w", tag, err)
	}
	return Pushed{
		Reference: tag.Context().Digest(digest.String()).String(),
		Digest:    digest.String(),
		Tag:       tag.TagStr(),
		Uploaded:  uploaded,
		Bytes:     p.meter.sent.Load(),
	}, nil
}

// push is one run of Push.
type push struct {
	img    v1.Image
	tag    name.Tag
	digest v1.Hash
	opts   PushOptions
	meter  *meter
}

func (p *push) run(ctx context.Context) (uploaded bool, err error) {
	existing, err := p.existing(ctx)
	if err != nil {
		return false, err
	}
	if existing == p.digest {
		return false, nil
	}
	if existing != (v1.Hash{}) && !p.opts.Overwrite {
		return false, p.taken(existing)
	}
	err = p.write(ctx)
	if err == nil {
		return true, nil
	}
	if !isImmutableTag(err) {
		return false, p.explain(ctx, err)
	}
	// Somebody else pushed in the meantime, or the registry refuses even what it has.
	existing, herr := p.existing(ctx)
	switch {
	case herr != nil:
		return false, errors.Join(err, herr)
	case existing == p.digest:
		return p.meter.sent.Load() > 0, nil
	case existing == v1.Hash{}: // then the tag was refused for another reason
		return false, err
	}
	return false, p.taken(existing)
}

// existing is the digest that the tag names; zero if it names none, or if the registry does not let
// this caller know.
func (p *push) existing(ctx context.Context) (v1.Hash, error) {
	d, err := remote.Head(p.tag, p.remoteOptions(ctx)...)
	switch {
	case err == nil:
		return d.Digest, nil
	case hasStatus(err, http.StatusNotFound), hasStatus(err, http.StatusForbidden):
		return v1.Hash{}, nil
	}
	if said := refusal(err, p.tag.Context()); said != nil {
		err = said
	}
	return v1.Hash{}, err
}

func (p *push) taken(existing v1.Hash) error {
	return &ImmutableTagError{Tag: p.tag.String(), Existing: existing.String(), New: p.digest.String()}
}

// write sends what is missing, and then the manifest.
func (p *push) write(ctx context.Context) error {
	opts := p.remoteOptions(ctx)
	if p.opts.Progress == nil {
		return remote.Write(p.tag, p.img, opts...)
	}
	updates := make(chan v1.Update, 64)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for u := range updates {
			if u.Error == nil {
				p.opts.Progress(Progress{Step: "push", Complete: u.Complete, Total: u.Total})
			}
		}
	}()
	err := remote.Write(p.tag, p.img, append(opts, remote.WithProgress(updates))...) // closes updates
	<-done
	return err
}

// explain finds out why a push broke off. ECR closes the connection where the repository is missing;
// asked for a manifest it says so.
func (p *push) explain(ctx context.Context, err error) error {
	said := refusal(err, p.tag.Context())
	if said == nil && ctx.Err() == nil && isDisconnect(err) {
		_, gerr := remote.Get(p.tag, p.remoteOptions(ctx)...)
		said = refusal(gerr, p.tag.Context())
	}
	if said == nil {
		return err
	}
	return said
}

func (p *push) remoteOptions(ctx context.Context) []remote.Option {
	access := p.opts.Registry
	access.Transport = p.meter
	opts := access.options(ctx)
	if p.opts.Jobs > 0 {
		opts = append(opts, remote.WithJobs(p.opts.Jobs))
	}
	if p.opts.RetryAfter > 0 {
		opts = append(opts, remote.WithRetryBackoff(remote.Backoff{
			Duration: p.opts.RetryAfter, Factor: 3, Jitter: 0.1, Steps: 3,
		}))
	}
	return opts
}

// meter counts the bytes of request bodies.
type meter struct {
	inner http.RoundTripper
	sent  atomic.Int64
}

func (m *meter) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body == nil || req.Body == http.NoBody {
		return m.inner.RoundTrip(req)
	}
	out := req.Clone(req.Context())
	out.Body = &meteredBody{ReadCloser: req.Body, meter: m}
	if req.GetBody != nil {
		out.GetBody = func() (io.ReadCloser, error) {
			body, err := req.GetBody()
			if err != nil {
				return nil, err
			}
			return &meteredBody{ReadCloser: body, meter: m}, nil
		}
	}
	resp, err := m.inner.RoundTrip(out)
	if resp != nil {
		resp.Request = req
	}
	return resp, err
}

type meteredBody struct {
	io.ReadCloser
	meter *meter
}

func (b *meteredBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.meter.sent.Add(int64(n))
	return n, err
}
