package targets

import (
	"context"
	"errors"
	"strings"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/image"
	"github.com/bellyfed/splitecs/magefiles/internal/console"
	"github.com/bellyfed/splitecs/magefiles/rollout"
	"github.com/bellyfed/splitecs/magefiles/stack"
)

// currentImage is the value of SPLITECS_IMAGE that stands for the image that runs: a change of the App alone needs no
// other one.
const currentImage = "current"

// runningImage is the image that the service runs, which after a rollback is not the one that its stack names.
func (s *session) runningImage(ctx context.Context) (string, error) {
	status, err := s.rollouts().Status(ctx)
	if err == nil && len(status.Deployments) > 0 {
		return status.Deployments[0].Image, nil
	}
	if _, absent := errors.AsType[*rollout.NotFoundError](err); absent || err == nil {
		return "", &console.Failure{
			Code: console.Preflight, What: s.title, Why: "SPLITECS_IMAGE=current is the image that runs, and there is no service " + s.place.Names.Service, Err: err,
			Next: []string{s.command("image:list") + "   # SPLITECS_IMAGE=TAG in front of the command takes one of these"},
		}
	}
	return "", err
}

// resolve finds the image in the environment's repository; an empty text is the image of the current commit. On the
// embedded AWS, where one tries things out with what is not committed yet, the image that runs stands in for that.
func (s *session) resolve(ctx context.Context, infra stack.Stack, text string) (image.Resolved, error) {
	if text == currentImage {
		running, err := s.runningImage(ctx)
		if err != nil {
			return image.Resolved{}, err
		}
		text = running
	}
	if text != "" {
		return s.find(ctx, infra, text)
	}
	commit, err := image.Describe(ctx, s.Dir)
	var img image.Resolved
	if err == nil {
		img, err = s.find(ctx, infra, commit.Tag())
	}
	_, absent := errors.AsType[*image.ImageNotFoundError](err)
	_, none := errors.AsType[*image.NoCommitError](err)
	if s.place.Env == cfn.Local && (absent || none) {
		if deployed := s.deployedImage(ctx); deployed != "" {
			s.console.Note("%v: taking the image that the stack has", err)
			return s.find(ctx, infra, deployed)
		}
	}
	return img, err
}

// find finds the image that text names, and says where it has another name.
func (s *session) find(ctx context.Context, infra stack.Stack, text string) (image.Resolved, error) {
	img, err := image.Resolve(ctx, s.clients.ecr(), repository(infra), text)
	if err == nil && img.Commit != "" {
		s.console.Note("image %s: the image of commit %s, pushed under that name", img.Tag, img.Commit)
	}
	return img, err
}

// deployedImage is the image that the service stack has; empty where there is none.
func (s *session) deployedImage(ctx context.Context) string {
	present, err := s.stacks().Describe(ctx, s.place.Names.ServiceStack)
	if err != nil {
		return ""
	}
	return present.Parameters[cfn.ParameterImage]
}

func repository(infra stack.Stack) image.Repository {
	return image.Repository{Name: infra.Outputs[cfn.OutputRepository], URI: infra.Outputs[cfn.OutputRepositoryURI]}
}

func (s *session) comparedImage(ctx context.Context, infra stack.Stack) (image.Resolved, error) {
	img, err := s.resolve(ctx, infra, s.settings.image)
	if err == nil || s.settings.image != "" {
		return img, err
	}
	deployed := s.deployedImage(ctx)
	if deployed == "" {
		return img, err
	}
	s.console.Note("%v: taking the image that the stack has", err)
	_, digest, _ := strings.Cut(deployed, "@")
	return image.Resolved{Reference: deployed, Digest: digest}, nil
}
