package supervisor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecr"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecs"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/foreign"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/layers"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sandbox"
)

// unpacked is an image that lies unpacked in the cache.
type unpacked struct {
	*ecr.Image
	folders []string // of its layers, the lowest first
	owner   layers.Owner
	home    string
}

// pull gets the image of a container.
func (s *Supervisor) pull(t *task, c *container, job ecs.Job) {
	image, err := s.unpack(t.ctx, job)
	if t.ctx.Err() != nil {
		return
	}
	if why, elsewhere := errors.AsType[*unavailableError](err); elsewhere {
		s.report(func() { s.Tasks.Unavailable(t.id, c.name, why.Error()) })
		return
	}
	trouble := ""
	if err != nil {
		trouble = err.Error()
		if !strings.HasPrefix(trouble, "CannotPullContainerError") && !strings.HasPrefix(trouble, "CannotStartContainerError") {
			trouble = "CannotPullContainerError: failed to unpack image " + job.Image + ": " + trouble
		}
	}
	t.mu.Lock()
	c.image = image
	t.mu.Unlock()
	digest := ""
	if image != nil {
		digest = image.Digest
	}
	s.report(func() { s.Tasks.Pulled(t.id, c.name, digest, trouble) })
}

// unavailableError says that an image of another registry cannot be had from this machine.
type unavailableError struct {
	reference string
	err       error
}

func (e *unavailableError) Error() string {
	return fmt.Sprintf("%s is in another registry, and cannot be pulled from there: %v", e.reference, e.err)
}

func (e *unavailableError) Unwrap() error { return e.err }

// unpack makes sure that the layers of an image are in the cache, as the user of its program finds them.
func (s *Supervisor) unpack(ctx context.Context, job ecs.Job) (*unpacked, error) {
	ref := job.Image
	if job.Digest != "" { // what it was resolved to when the task was made
		name, _, _ := strings.Cut(ref, "@")
		if at := strings.LastIndex(name, ":"); at > strings.LastIndex(name, "/") {
			name = name[:at]
		}
		ref = name + "@" + job.Digest
	}
	image, sources, err := s.content(ctx, ref, job)
	if err != nil {
		return nil, err
	}
	name := job.User
	if name == "" {
		name = image.User
	}
	found, err := s.layers.Image(ctx, sources, name, s.Sandbox.Rung == sandbox.Root)
	if errors.Is(err, layers.ErrNoUser) || errors.Is(err, layers.ErrNoGroup) || errors.Is(err, layers.ErrRange) {
		return nil, fmt.Errorf("%s%w", cannotStart, err)
	}
	if err != nil {
		return nil, err
	}
	for _, what := range found.Skipped {
		s.Log("image %s: %s", job.Image, what)
	}
	return &unpacked{Image: image, folders: found.Layers, owner: found.Owner, home: found.Home}, nil
}

// content of an image: of the embedded registry, or of another one.
func (s *Supervisor) content(ctx context.Context, ref string, job ecs.Job) (image *ecr.Image, sources []layers.Layer, err error) {
	var list []ecr.Layer
	err = s.World.Do(ctx, func() (err error) {
		image, list, err = s.Images.Content(ref, "linux", job.Architecture)
		return err
	})
	if other, ok := errors.AsType[*ecr.PullError](err); ok && other.Code == ecr.PullOtherRegistry {
		return elsewhere(ctx, ref, job.Architecture)
	}
	for _, l := range list {
		sources = append(sources, layers.Layer{DiffID: l.DiffID, Open: l.Open})
	}
	return image, sources, err
}

// patience is how long a registry elsewhere has to answer.
const patience = 20 * time.Second

func elsewhere(ctx context.Context, ref, architecture string) (*ecr.Image, []layers.Layer, error) {
	ctx, cancel := context.WithCancel(ctx) // the layers come later
	timer := time.AfterFunc(patience, cancel)
	found, err := foreign.Find(ctx, ref, architecture)
	if err != nil {
		cancel()
		return nil, nil, &unavailableError{ref, err}
	}
	timer.Stop()
	var sources []layers.Layer
	for _, l := range found.Layers {
		sources = append(sources, layers.Layer{DiffID: l.DiffID, Open: l.Open})
	}
	c := found.Config
	return &ecr.Image{
		Digest: found.Digest, Env: c.Env, Labels: c.Labels, User: c.User, WorkingDir: c.WorkingDir, Entrypoint: c.Entrypoint, Cmd: c.Cmd, Volumes: found.Volumes,
	}, sources, nil
}

// cannotStart is how the stopped reason begins of a container that the runtime does not start, as Fargate tells it.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cannot-start-container.html
const cannotStart = "CannotStartContainerError: ResourceInitializationError: failed to create new container runtime task: "
