package supervisor

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecr"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecs"
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
	s.report(func() { s.Tasks.Pulled(t.id, c.name, trouble) })
}

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
	var image *ecr.Image
	var list []ecr.Layer
	err := s.World.Do(ctx, func() (err error) {
		image, list, err = s.Images.Content(ref, "linux", job.Architecture)
		return err
	})
	if err != nil {
		return nil, err
	}
	name := job.User
	if name == "" {
		name = image.User
	}
	var sources []layers.Layer
	for _, l := range list {
		sources = append(sources, layers.Layer{DiffID: l.DiffID, Open: l.Open})
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

// cannotStart is how the stopped reason begins of a container that the runtime does not start, as Fargate tells it.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cannot-start-container.html
const cannotStart = "CannotStartContainerError: ResourceInitializationError: failed to create new container runtime task: "
