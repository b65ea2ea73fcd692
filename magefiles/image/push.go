package image

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// PushOptions say how to push.
type PushOptions struct {
	// Registry is how the registry is reached.
	Registry Access
	// MountFrom are repositories ("host/name") that may have layers which this one lacks, e.g. those of the other
	// environments. From those of the same registry layers are mounted instead of sent, where it can do that.
	MountFrom []string
	// Referrers are artifacts about the image, e.g. its bill of materials. They are pushed by their digests, and
	// have the image as their subject.
	Referrers []v1.Image
	// Jobs is the number of blobs sent at a time. Default 4.
	Jobs int
	// RetryAfter is the pause before what failed is tried a second time; each of the further three times comes after
	// three times as long. A registry that asks for a longer pause gets it. Default 1 s.
	RetryAfter time.Duration
	// Stall is how long a request may stand still before it is given up and tried again. Default 2 min.
	Stall time.Duration
	// Overwrite moves a tag that names another digest, where the registry lets it.
	Overwrite bool
	// Progress hears of the step "push", never from two goroutines at a time. What is there already
	// counts as complete. Nil is silence.
	Progress func(Progress)
}

func (o PushOptions) withDefaults() PushOptions {
	if o.RetryAfter <= 0 {
		o.RetryAfter = time.Second
	}
	if o.Stall <= 0 {
		o.Stall = 2 * time.Minute
	}
	return o
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
	// NotAttached says why the registry does not take what is about the image; the image itself is there. Nil: it
	// took everything.
	NotAttached error
}

// Push sends an image, or an index with its images, to the reference "host/repository:tag". Layers that are there are
// not sent; when the tag names the same digest already, nothing is. A tag never moves to another digest (but see
// Overwrite): that is an [*ImmutableTagError], and nothing has been sent unless another push came between. A registry
// that refuses an equal digest under an immutable tag is content.
//
// What may pass is tried again, five times at most: broken connections, 429, 5xx, lost upload sessions. A push that
// failed or was interrupted can be run again, and sends only what is missing.
//
// Errors: [*ImmutableTagError], [*RepositoryNotFoundError], [*AccessDeniedError], [*TokenExpiredError].
func Push(ctx context.Context, img Artifact, reference string, opts PushOptions) (Pushed, error) {
	tag, err := name.NewTag(reference, name.StrictValidation)
	if err != nil {
		return Pushed{}, fmt.Errorf("push image: %w", err)
	}
	digest, err := img.Digest()
	if err != nil {
		return Pushed{}, fmt.Errorf("push image to %s: compute its digest: %w", tag, err)
	}
	opts = opts.withDefaults()
	if opts.Registry.Transport == nil {
		t := NewTransport(nil)
		defer t.CloseIdleConnections()
		opts.Registry.Transport = t
	}
	p := &push{img: img, tag: tag, digest: digest, opts: opts, meter: &meter{inner: opts.Registry.Transport, stall: opts.Stall}}
	if p.puller, err = remote.NewPuller(p.remoteOptions(ctx)...); err != nil {
		return Pushed{}, fmt.Errorf("push image to %s: %w", tag, err)
	}
	uploaded, notAttached, err := p.run(ctx)
	if err != nil {
		return Pushed{}, fmt.Errorf("push image to %s: %w", tag, err)
	}
	return Pushed{
		NotAttached: notAttached,
		Reference:   tag.Context().Digest(digest.String()).String(),
		Digest:      digest.String(),
		Tag:         tag.TagStr(),
		Uploaded:    uploaded,
		Bytes:       p.meter.sent.Load(),
	}, nil
}

// push is one run of Push.
type push struct {
	img    Artifact
	tag    name.Tag
	digest v1.Hash
	opts   PushOptions
	meter  *meter
	puller *remote.Puller
}

// run sends what the tag does not have yet, then what is told about it. A tag that has something else is not moved.
func (p *push) run(ctx context.Context) (uploaded bool, notAttached, err error) {
	existing, err := p.existing(ctx)
	if err != nil {
		return false, nil, err
	}
	if existing != p.digest {
		if existing != (v1.Hash{}) && !p.opts.Overwrite {
			return false, nil, p.taken(existing)
		}
		if uploaded, err = p.tagged(ctx); err != nil {
			return false, nil, err
		}
	}
	for _, r := range p.opts.Referrers {
		err := p.attach(ctx, r)
		// A registry that knows no artifacts, or lets nobody tag them, has the image all the same.
		if te, ok := errors.AsType[*transport.Error](err); ok && te.StatusCode < 500 && !passing(err) {
			return uploaded, err, nil
		}
		if err != nil {
			return uploaded, nil, err
		}
	}
	return uploaded, nil, nil
}

// tagged sends the image and tags it.
func (p *push) tagged(ctx context.Context) (uploaded bool, err error) {
	err = p.write(ctx, p.img, p.tag, p.opts.Progress)
	if err == nil {
		return true, nil
	}
	if !isImmutableTag(err) {
		return false, err
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

// attach pushes what is about the image, unless it is there.
func (p *push) attach(ctx context.Context, about v1.Image) error {
	digest, err := about.Digest()
	if err != nil {
		return fmt.Errorf("attach to image: %w", err)
	}
	ref := p.tag.Context().Digest(digest.String())
	there, err := p.head(ctx, ref)
	if err == nil && there != digest {
		err = p.write(ctx, about, ref, nil)
	}
	if err != nil {
		return fmt.Errorf("attach %s to image: %w", digest, err)
	}
	return nil
}

// existing is the digest that the tag names; zero if it names none, or if the registry does not let
// this caller know.
func (p *push) existing(ctx context.Context) (v1.Hash, error) { return p.head(ctx, p.tag) }

func (p *push) head(ctx context.Context, ref name.Reference) (digest v1.Hash, err error) {
	err = p.patience().persist(ctx, func() error {
		d, err := p.puller.Head(ctx, ref)
		switch {
		case err == nil:
			digest = d.Digest
		case hasStatus(err, http.StatusNotFound), hasStatus(err, http.StatusForbidden):
			return nil
		}
		return err
	})
	return digest, err
}

func (p *push) taken(existing v1.Hash) error {
	return &ImmutableTagError{Tag: p.tag.String(), Existing: existing.String(), New: p.digest.String()}
}

// write sends the blobs that are missing, then the manifests, the last one under ref.
func (p *push) write(ctx context.Context, a Artifact, ref name.Reference, report func(Progress)) error {
	parts, err := partsOf(a)
	if err != nil {
		return fmt.Errorf("read image: %w", err)
	}
	u := &uploads{push: p, siblings: p.siblings(), tally: &tally{total: parts.size, report: report}}
	if u.pusher, err = remote.NewPusher(p.remoteOptions(ctx)...); err != nil {
		return err
	}
	if err := u.send(ctx, parts.blobs); err != nil {
		return err
	}
	for i, m := range parts.manifests {
		size, err := m.Size()
		if err != nil {
			return err
		}
		digest, err := m.Digest()
		if err != nil {
			return err
		}
		to := ref
		if i < len(parts.manifests)-1 {
			to = ref.Context().Digest(digest.String())
		}
		if err := p.patience().persist(ctx, func() error { return u.pusher.Put(ctx, to, m) }); err != nil {
			return fmt.Errorf("put manifest: %w", err)
		}
		u.tally.add(size)
	}
	return nil
}

// siblings are the repositories to mount from: those of the same registry, but not the one that is pushed to.
func (p *push) siblings() (repos []name.Repository) {
	for _, text := range p.opts.MountFrom {
		r, err := name.NewRepository(text, name.StrictValidation)
		if err == nil && r.RegistryStr() == p.tag.RegistryStr() && r.Name() != p.tag.Context().Name() {
			repos = append(repos, r)
		}
	}
	return repos
}

func (p *push) patience() patience {
	return patience{pause: p.opts.RetryAfter, explain: p.explain}
}

// explain finds out why something failed. ECR closes the connection where the repository is missing; asked for a
// manifest it says so. So do registries that make a repository with its first push: there it is asked after a second
// failure only.
func (p *push) explain(ctx context.Context, err error) error {
	if isRefusal(err) {
		return err
	}
	said := refusal(err, p.tag.Context())
	if said == nil && isDisconnect(err) {
		_, gerr := p.puller.Get(ctx, p.tag)
		said = refusal(gerr, p.tag.Context())
	}
	if said == nil {
		return err
	}
	return said
}

// remoteOptions leave no repetition to the library: its pauses do not end with the context, and what may be repeated
// is decided in one place here.
func (p *push) remoteOptions(ctx context.Context) []remote.Option {
	access := p.opts.Registry
	access.Transport = p.meter
	return append(access.options(ctx),
		remote.WithRetryBackoff(remote.Backoff{Steps: 1}),
		remote.WithRetryPredicate(func(error) bool { return false }),
		remote.WithRetryStatusCodes(),
		remote.WithNondistributable, // a task has to find all of an image here
	)
}
