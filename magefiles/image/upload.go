package image

import (
	"context"
	"fmt"
	"io"
	"sync"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// uploads sends the blobs of an artifact, several at a time.
type uploads struct {
	*push
	pusher   *remote.Pusher
	siblings []name.Repository // where blobs may be mounted from
	tally    *tally
}

// defaultJobs is how many blobs are sent at a time.
const defaultJobs = 4

// send sends every blob that is missing. The first failure ends the others.
func (u *uploads) send(ctx context.Context, blobs []v1.Layer) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	jobs := u.opts.Jobs
	if jobs <= 0 {
		jobs = defaultJobs
	}
	turn := make(chan struct{}, jobs)
	var running sync.WaitGroup
	for _, b := range blobs {
		running.Go(func() {
			turn <- struct{}{}
			defer func() { <-turn }()
			if ctx.Err() != nil {
				return
			}
			if err := u.blob(ctx, b); err != nil {
				cancel(err)
			}
		})
	}
	running.Wait()
	return context.Cause(ctx)
}

// blob sends one blob, unless it is there or can be mounted. An upload that breaks starts anew in a session of its
// own: what a registry kept of the old one is not known for sure, and ECR refuses to be asked twice for the same.
func (u *uploads) blob(ctx context.Context, l v1.Layer) error {
	size, err := l.Size()
	if err != nil {
		return err
	}
	digest, err := l.Digest()
	if err != nil {
		return err
	}
	counted := &countedLayer{Layer: l, tally: u.tally}
	err = u.patience().persist(ctx, func() error {
		counted.again()
		return u.once(ctx, digest, l, counted)
	})
	if err != nil {
		return fmt.Errorf("send blob %s: %w", digest, err)
	}
	counted.complete(size)
	return nil
}

// once is one attempt.
func (u *uploads) once(ctx context.Context, digest v1.Hash, original v1.Layer, counted v1.Layer) error {
	from, there, err := u.origin(ctx, digest)
	if err != nil || there {
		return err
	}
	if base, ok := original.(*remote.MountableLayer); ok && from == nil {
		from = base.Reference
	}
	if from != nil {
		counted = &remote.MountableLayer{Layer: counted, Reference: from}
	}
	return u.pusher.Upload(ctx, u.tag.Context(), counted)
}

// origin is a sibling that has the blob; nil if none has it. Where the repository itself has it, nobody else is asked.
func (u *uploads) origin(ctx context.Context, digest v1.Hash) (from name.Reference, there bool, err error) {
	if len(u.siblings) == 0 {
		return nil, false, nil // then the upload begins with this very question
	}
	if there, err = u.has(ctx, u.tag.Context(), digest); err != nil || there {
		return nil, there, err
	}
	for _, s := range u.siblings {
		// A repository that is not there, or not for this caller, is as one without the blob.
		if has, err := u.has(ctx, s, digest); err == nil && has {
			return s.Digest(digest.String()), false, nil
		}
	}
	return nil, false, ctx.Err()
}

func (u *uploads) has(ctx context.Context, repo name.Repository, digest v1.Hash) (bool, error) {
	l, err := u.puller.Layer(ctx, repo.Digest(digest.String()))
	if err != nil {
		return false, err
	}
	return partial.Exists(l)
}

// tally adds up what is complete of a push.
type tally struct {
	mu              sync.Mutex
	complete, total int64
	report          func(Progress)
}

func (t *tally) add(n int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.complete += n
	if t.report != nil && n > 0 {
		t.report(Progress{Step: "push", Complete: t.complete, Total: t.total})
	}
}

// countedLayer is a layer of which the tally knows how much was read.
type countedLayer struct {
	v1.Layer
	tally *tally

	mu sync.Mutex
	n  int64
}

func (l *countedLayer) add(n int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.n += n
	l.tally.add(n)
}

// again takes back what an attempt counted that failed.
func (l *countedLayer) again() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tally.add(-l.n)
	l.n = 0
}

// complete counts what was not read: a blob that was there, or was mounted.
func (l *countedLayer) complete(size int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.tally.add(size - l.n)
	l.n = size
}

func (l *countedLayer) Compressed() (io.ReadCloser, error) {
	r, err := l.Layer.Compressed()
	if err != nil {
		return nil, err
	}
	return &countedReader{ReadCloser: r, add: l.add}, nil
}

type countedReader struct {
	io.ReadCloser
	add func(int64)
}

func (r *countedReader) Read(p []byte) (int, error) {
	n, err := r.ReadCloser.Read(p)
	if n > 0 {
		r.add(int64(n))
	}
	return n, err
}
