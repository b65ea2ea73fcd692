package targets

import (
	"cmp"
	"context"
	"errors"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/image"
	"github.com/bellyfed/splitecs/magefiles/stack"
)

// follow lets the configuration follow the program in the image that is to be deployed, as that tells of it: the task of
// a Next.js server has variables, writable folders and a health check that nobody wrote down.
func (s *session) follow(ctx context.Context, infra stack.Stack, img image.Resolved) error {
	var program *image.Program
	if repo := repository(infra); img.Reference == repo.URI+"@"+img.Digest {
		var err error
		if program, err = image.ReadProgram(ctx, s.clients.ecr(), repo.Name, img.Digest); err != nil {
			return err
		}
	} else if found, err := image.Inspect(ctx, img.Reference, string(s.place.Environment.Architecture), s.accessOf(img.Reference, repo.URI)); err == nil {
		program = found.Program // of another registry: the preflight tells what is wrong with it
	}
	return s.follows(program)
}

func (s *session) follows(program *image.Program) error {
	if program == nil {
		return nil
	}
	followed, err := s.place.For(cfn.Program{NextJS: program.Framework == image.NextJS, Writes: program.Writes, Sample: program.Framework == sampleFramework, Check: program.Check})
	if err != nil {
		return err
	}
	s.place = followed
	return nil
}

// followSource lets it follow what lies here to be made an image of, where there is something. A source that is not here
// says nothing: a template can be printed without it.
func (s *session) followSource(ctx context.Context) error {
	cfg := s.place.Image
	source, err := s.source(ctx, cmp.Or(s.settings.source, cfg.Source), cfg.Go.Tags)
	if _, unusable := errors.AsType[*image.SourceError](err); unusable {
		return nil
	}
	if err != nil {
		return err
	}
	program, err := image.ProgramOf(image.Spec{Source: source, WorkingDir: cfg.WorkingDir})
	if err != nil {
		return err
	}
	return s.follows(program)
}
