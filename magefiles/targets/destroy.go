package targets

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/image"
	"github.com/bellyfed/splitecs/magefiles/internal/console"
	"github.com/bellyfed/splitecs/magefiles/rollout"
	"github.com/bellyfed/splitecs/magefiles/stack"
)

// InfraDestroy deletes every service stack, those of services that the configuration does not have any more too, and then the infra stack, once it is approved: on a terminal
// by typing the environment's name, elsewhere by SPLITECS_APPROVE=1. What is lost with them is told first. A
// protected environment is refused.
func (t Set) InfraDestroy(ctx context.Context, env string) error {
	return t.run(ctx, "infra:destroy", env, func(ctx context.Context, s *session) error {
		if s.place.Environment.Protected {
			return &console.Failure{
				Code: console.Preflight, What: s.title, Why: "environment " + s.place.Env + " is protected",
				Next: []string{"set Protected to false in the App", s.command("infra:deploy"), s.command("service:deploy")},
			}
		}
		if err := s.connect(ctx); err != nil {
			return err
		}
		if err := s.lookAround(ctx); err != nil {
			return err
		}
		losses, err := s.contents(ctx)
		if err != nil {
			return err
		}
		if len(losses) == 0 {
			s.console.Note("there is neither %s nor %s: nothing to delete", s.place.Names.ServiceStack, s.place.Names.InfraStack)
			return nil
		}
		if err := s.approveDestroy(losses); err != nil {
			return err
		}
		for _, u := range s.leftBehind() {
			if err := s.deleteStack(ctx, u.Stack); err != nil {
				return err
			}
		}
		for _, n := range everyName(s.place) {
			if err := s.deleteStack(ctx, n.ServiceStack); err != nil {
				return err
			}
		}
		return s.deleteStack(ctx, s.place.Names.InfraStack)
	})
}

// contents are what the stacks hold and would be gone; empty where there is none.
func (s *session) contents(ctx context.Context) ([]string, error) {
	var losses []string
	for _, u := range s.leftBehind() {
		losses = append(losses, fmt.Sprintf("stack %s: service %s with %d tasks, which the configuration does not have any more", u.Stack, u.Service, u.Desired))
	}
	for _, place := range s.place.Places() {
		loss, err := s.at(place).serviceContents(ctx)
		if err != nil {
			return nil, err
		}
		losses = append(losses, loss...)
	}
	infra, err := s.stacks().Describe(ctx, s.place.Names.InfraStack)
	if stack.IsGone(err) {
		return losses, nil
	}
	if err != nil {
		return nil, err
	}
	lost := "stack " + s.place.Names.InfraStack + ":"
	for _, repository := range s.repositories() {
		images, err := image.Digests(ctx, s.clients.ecr(), repository)
		if err != nil {
			return nil, err
		}
		lost += fmt.Sprintf(" repository %s with %d images (what is attached to them included),", repository, len(images))
	}
	var groups []string
	for _, n := range everyName(s.place) {
		groups = append(groups, n.LogGroup)
	}
	lost += " log group " + strings.Join(groups, ", ")
	if url := infra.Outputs[cfn.OutputURL]; url != "" {
		lost += ", address " + url
	}
	return append(losses, lost), nil
}

// serviceContents are what one service stack holds; empty where there is none.
func (s *session) serviceContents(ctx context.Context) ([]string, error) {
	if _, err := s.stacks().Describe(ctx, s.place.Names.ServiceStack); stack.IsGone(err) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	st, err := s.rollouts().Status(ctx)
	if _, absent := errors.AsType[*rollout.NotFoundError](err); err != nil && !absent {
		return nil, err
	}
	return []string{fmt.Sprintf("stack %s: service %s with %d tasks running", s.place.Names.ServiceStack, s.place.Names.Service, st.Running)}, nil
}

// repositories of every service in the environment, each once.
func (s *session) repositories() []string {
	var all []string
	for _, n := range everyName(s.place) {
		if !slices.Contains(all, n.Repository) {
			all = append(all, n.Repository)
		}
	}
	return all
}

// approveDestroy asks a person, or SPLITECS_APPROVE.
func (s *session) approveDestroy(losses []string) error {
	for _, l := range losses {
		s.console.Note("would be deleted: %s", l)
	}
	if s.settings.approve || s.interactive() && s.ask("Type the environment's name to delete all this: ") == s.place.Env {
		return nil
	}
	return &console.Failure{
		Code: console.Preflight, What: s.title, Why: "it deletes every stack of the environment, and nobody approved it",
		Evidence: losses, Next: []string{"SPLITECS_APPROVE=1 " + s.command(s.name)},
	}
}

// deleteStack deletes one stack and tells what was kept. A repository that cannot be deleted because it has images
// is emptied, and the deletion repeated: that it goes with its images has been approved.
func (s *session) deleteStack(ctx context.Context, name string) error {
	s.console.Step("deleting stack %s", name)
	kept, err := s.stacks().Delete(ctx, name)
	if failed, ok := errors.AsType[*stack.FailedError](err); ok && slices.ContainsFunc(failed.Failures, isRepository) {
		for _, repository := range s.repositories() {
			n, empty := image.Empty(ctx, s.clients.ecr(), repository)
			if empty != nil {
				return errors.Join(err, empty)
			}
			s.console.Note("repository %s: %d images deleted, which kept it from being deleted", repository, n)
		}
		kept, err = s.stacks().Delete(ctx, name)
	}
	if failed, ok := errors.AsType[*stack.FailedError](err); ok {
		return s.undeletable(name, failed)
	}
	if err != nil {
		return err
	}
	s.console.Note("stack %s is gone", name)
	for _, e := range kept {
		s.console.Note("kept: %s (%s), which its policy retains", e.Resource, e.Type)
	}
	return nil
}

func isRepository(e stack.Event) bool { return e.Type == "AWS::ECR::Repository" }

// undeletable is the failure of a deletion that something hinders.
func (s *session) undeletable(name string, failed *stack.FailedError) error {
	f := &console.Failure{
		Code: console.StackFailed, What: s.title, Why: failed.Error(), Err: failed,
		Next: []string{
			"remove what hinders it, then " + s.command(s.name),
			"aws cloudformation delete-stack --deletion-mode FORCE_DELETE_STACK --stack-name " + name + "   # leaves what cannot be deleted behind",
		},
	}
	for _, e := range failed.Failures {
		f.Evidence = append(f.Evidence, strings.TrimSpace(fmt.Sprintf("%s (%s): %s", e.Resource, e.Type, e.Reason)))
	}
	return f
}
