package targets

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/preflight"
	"github.com/bellyfed/splitecs/magefiles/stack"
)

// lost is what the service stack has made, other than the service, and was taken away outside of it. The stack does not know,
// and an equal template changes nothing: a drift-aware change set makes it again.
func (s *session) lost(ctx context.Context, present stack.Stack) ([]preflight.Deleted, error) {
	scaling, err := s.lostScaling(ctx, present)
	if err != nil {
		return nil, err
	}
	revision, err := s.lostRevision(ctx, present)
	return append(scaling, revision...), err
}

// lostRevision is the stack's own revision, where it was deregistered or deleted.
func (s *session) lostRevision(ctx context.Context, present stack.Stack) ([]preflight.Deleted, error) {
	own := present.Outputs[cfn.OutputTaskDefinition]
	if own == "" {
		return nil, nil
	}
	out, err := s.clients.ecs().DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: aws.String(own)})
	// One that was deleted for good, too, is an error that has no code of its own.
	if _, deleted := errors.AsType[*ecstypes.ClientException](err); err != nil && !deleted {
		return nil, fmt.Errorf("describe task definition %s: %w", name(own), err)
	}
	if err == nil && out.TaskDefinition.Status == ecstypes.TaskDefinitionStatusActive {
		return nil, nil
	}
	return []preflight.Deleted{{
		What: "task definition " + name(own), Revision: name(own), Why: "was deregistered outside of its stack " + present.Name + ": tasks of it that run go on, and none could take the place of one that ends",
		Next: s.command("service:deploy") + "   # makes it again",
	}}, nil
}

// remakes tells whether a deployment of an image is to make again what was taken away outside of the service stack, and says so.
// What cannot be told does not hold it up: it can succeed without.
func (s *session) remakes(ctx context.Context, present stack.Stack, image string) (bool, error) {
	if present.ID == "" {
		return false, nil
	}
	all, err := s.lostScaling(ctx, present)
	if present.Parameters[cfn.ParameterImage] == image { // another one makes a revision anyway
		revision, failed := s.lostRevision(ctx, present)
		all, err = append(all, revision...), errors.Join(err, failed)
	}
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if err != nil {
		s.console.Note("whether something was taken away outside of stack %s cannot be told: %v", present.Name, err)
	}
	remakes := false
	for _, l := range all {
		if l.Others && !s.settings.approve {
			s.console.Note("%s %s; next: %s", l.What, l.Why, l.Next)
			continue
		}
		s.console.Note("%s %s: it is made again", l.What, l.Why)
		remakes, s.memory.moved = true, s.memory.moved || l.Others
	}
	return remakes, nil
}

// remakesSeen is remakes for a look at the stack. A deployment then knows of what it finds.
func (s *session) remakesSeen(ctx context.Context, image string) (bool, error) {
	present, err := s.stacks().Describe(ctx, s.place.Names.ServiceStack)
	if stack.IsGone(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	remakes, err := s.remakes(ctx, present, image)
	if remakes {
		s.compareService(ctx, present)
	}
	return remakes, err
}

// compareService lets CloudFormation compare the service stack with what there is, so that it knows what was lost: then
// service:deploy, which else would find an equal template and leave it at that, looks for it.
func (s *session) compareService(ctx context.Context, present stack.Stack) {
	if !present.Drifted {
		s.compare(ctx, present.Name, s.command("service:deploy")+" makes again what was taken away by other means")
	}
}
