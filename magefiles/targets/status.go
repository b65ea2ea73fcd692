package targets

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/rollout"
	"github.com/bellyfed/splitecs/magefiles/stack"
)

// ServiceStatus shows stack, deployments, tasks, target health, image and scaling on one screen, on stdout.
func (t Set) ServiceStatus(ctx context.Context, env string) error {
	return t.run(ctx, "service:status", env, func(ctx context.Context, s *session) error {
		if err := s.connect(ctx); err != nil {
			return err
		}
		if err := s.showService(ctx); err != nil || s.place.Env != cfn.Local {
			return err
		}
		return s.tellMachine(ctx)
	})
}

func (s *session) showService(ctx context.Context) error {
	st, err := s.stacks().Describe(ctx, s.place.Names.ServiceStack)
	if err != nil {
		return err
	}
	s.showStack(st)
	if err := s.showWhy(ctx, st); err != nil {
		return err
	}
	if pinned := st.Parameters[cfn.ParameterPinned]; pinned != "" {
		s.console.Result("            rolled back: pinned to %s until the next service:deploy", name(pinned))
	}
	service, err := s.rollouts().Status(ctx)
	if _, absent := errors.AsType[*rollout.NotFoundError](err); absent {
		s.console.Result("service     %s: absent", s.place.Names.Service)
		released, err := s.releasedStack(ctx)
		if released.ID != "" {
			s.console.Result("            it was deleted outside of its stack; %s makes it again", s.command("service:deploy"))
		}
		return err
	}
	if err != nil {
		return err
	}
	s.console.Result("service     %s: %s, %d of %d tasks running, %d pending", service.Service, service.State, service.Running, service.Desired, service.Pending)
	scaling, err := s.scaling(ctx)
	if err != nil {
		return err
	}
	s.console.Result("scaling     %s", scaling)
	s.showLostScaling(ctx, st)
	for _, d := range service.Deployments {
		s.console.Result("deployment  %s %s: %s since %s, %d of %d tasks", d.Role, d.Revision(), d.State, d.Started.Format(time.RFC3339), d.Running, d.Desired)
		s.console.Result("  image     %s", d.Image)
		s.console.Result("  task      %s", d.Task)
		if d.Reason != "" {
			s.console.Result("  reason    %s", d.Reason)
		}
	}
	used, assumed := s.used(ctx), s.notExecuted(ctx)
	for _, t := range service.Tasks {
		s.console.Result("task        %s %s: %s, health %s, %s", t.ID, t.Revision, t.State, strings.ToLower(t.Health), t.Address)
		for _, u := range used {
			if u.Task == t.ID {
				s.console.Result("            %s", useOf(u))
			}
		}
		if why := assumed[t.ID]; why != "" {
			s.console.Result("            nothing of it is executed: %s", why)
		}
	}
	for _, t := range service.Targets {
		line := strings.TrimSpace(t.Reason + " " + t.Detail)
		if line != "" {
			line = ": " + line
		}
		s.console.Result("target      %s %s%s", t.Address, t.State, line)
	}
	if service.Event != "" {
		s.console.Result("event       %s", service.Event)
	}
	return nil
}

// showLostScaling tells what of auto-scaling was taken away, which service:deploy then knows.
func (s *session) showLostScaling(ctx context.Context, st stack.Stack) {
	lost, err := s.lostScaling(ctx, st)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		s.console.Note("whether it was taken away outside of the stack cannot be told: %v", err)
	case len(lost) > 0:
		s.compareService(ctx, st)
		for _, l := range lost {
			s.console.Result("            %s %s; next: %s", l.What, l.Why, l.Next)
		}
	}
}

// unscaled is the auto-scaling of a service that has none.
const unscaled = "none"

// scaling is the service's auto-scaling in one line.
func (s *session) scaling(ctx context.Context) (string, error) {
	client := s.clients.scaling()
	id := s.scaledID()
	targets, err := client.DescribeScalableTargets(ctx, &applicationautoscaling.DescribeScalableTargetsInput{
		ServiceNamespace: types.ServiceNamespaceEcs, ResourceIds: []string{id},
	})
	if err != nil {
		return "", fmt.Errorf("describe scaling of %s: %w", id, err)
	}
	if len(targets.ScalableTargets) == 0 {
		return unscaled, nil
	}
	policies, err := client.DescribeScalingPolicies(ctx, &applicationautoscaling.DescribeScalingPoliciesInput{
		ServiceNamespace: types.ServiceNamespaceEcs, ResourceId: aws.String(id),
	})
	if err != nil {
		return "", fmt.Errorf("describe scaling policies of %s: %w", id, err)
	}
	t := targets.ScalableTargets[0]
	line := fmt.Sprintf("%d to %d tasks", aws.ToInt32(t.MinCapacity), aws.ToInt32(t.MaxCapacity))
	for _, p := range policies.ScalingPolicies {
		if c := p.TargetTrackingScalingPolicyConfiguration; c != nil && c.PredefinedMetricSpecification != nil {
			line += fmt.Sprintf(", %s at %g", c.PredefinedMetricSpecification.PredefinedMetricType, aws.ToFloat64(c.TargetValue))
		}
	}
	if held := suspended(t.SuspendedState); len(held) > 0 {
		line += "; suspended: " + strings.Join(held, ", ")
	}
	return line, nil
}

// suspended are the activities of auto-scaling that somebody has suspended. Pure.
// https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-suspend-resume-scaling.html
func suspended(state *types.SuspendedState) (held []string) {
	if state == nil {
		return nil
	}
	for _, one := range []struct {
		is   *bool
		what string
	}{
		{state.DynamicScalingOutSuspended, "scaling out"}, {state.DynamicScalingInSuspended, "scaling in"}, {state.ScheduledScalingSuspended, "schedules"},
	} {
		if aws.ToBool(one.is) {
			held = append(held, one.what)
		}
	}
	return held
}

// name is the last part of an ARN.
func name(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }
