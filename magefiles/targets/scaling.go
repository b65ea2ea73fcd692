package targets

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/awslabs/goformation/v7/cloudformation"
	scaling "github.com/awslabs/goformation/v7/cloudformation/applicationautoscaling"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/preflight"
	"github.com/bellyfed/splitecs/magefiles/stack"
)

// lostScaling: the scalable target, with which its policies and schedules go, or some of these alone.
func (s *session) lostScaling(ctx context.Context, present stack.Stack) ([]preflight.Deleted, error) {
	wanted, err := templateScaling(s.place)
	if err != nil || !wanted.there {
		return nil, err
	}
	is, err := s.registered(ctx, len(wanted.schedules) > 0)
	if err != nil {
		return nil, err
	}
	policies, schedules := beyond(wanted.policies, is.policies), beyond(wanted.schedules, is.schedules)
	if is.there && len(policies)+len(schedules) == 0 {
		return nil, nil
	}
	made, err := s.stacks().Resources(ctx, present.ID)
	if err != nil {
		return nil, err
	}
	has := func(kind, suffix string) bool { // the stack; else the deployment makes it, for the first time
		return slices.ContainsFunc(made, func(r stack.Resource) bool {
			return r.Type == "AWS::ApplicationAutoScaling::"+kind && strings.HasSuffix(r.PhysicalID, suffix)
		})
	}
	if !has("ScalableTarget", "") {
		return nil, nil
	}
	next := s.command("service:deploy") + "   # makes it again"
	if !is.there {
		return []preflight.Deleted{{
			What: "auto-scaling of service " + s.place.Names.Service, Why: "was taken away outside of its stack " + present.Name + ": nothing scales it", Next: next,
		}}, nil
	}
	policies = slices.DeleteFunc(policies, func(name string) bool { return !has("ScalingPolicy", ":policyName/"+name) })
	bounds := is.least != wanted.least || is.most != wanted.most
	var drift targetDrift
	if len(schedules) > 0 || len(policies) > 0 && bounds {
		if drift, err = s.targetDrift(ctx, present); err != nil {
			return nil, err
		}
	}
	if drift.bounds { // schedules and people move them
		next = fmt.Sprintf("SPLITECS_APPROVE=1 %s, and sets the bounds from %d and %d to %d and %d tasks", next, is.least, is.most, wanted.least, wanted.most)
	}
	var all []preflight.Deleted
	for _, name := range policies {
		all = append(all, preflight.Deleted{
			What: "scaling policy " + name, Why: "was taken away outside of stack " + present.Name + ": service " + s.place.Names.Service + " is not scaled by it",
			Next: next, Others: drift.bounds,
		})
	}
	for _, name := range schedules {
		if !drift.lost(name) {
			continue
		}
		all = append(all, preflight.Deleted{
			What: "scheduled action " + name, Why: "was taken away outside of stack " + present.Name + ": the bounds of service " + s.place.Names.Service + " are not moved by it",
			Next: next, Others: drift.bounds,
		})
	}
	return all, nil
}

// beyond are the names of a list that another one does not have.
func beyond(names, others []string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool { return slices.Contains(others, name) })
}

// targetDrift is how the scalable target differs from what its stack made of it, whatever the configuration has by now.
type targetDrift struct {
	bounds  bool     // were moved
	expects []string // what is expected of scheduled actions that differ, as JSON or text
}

// lost tells whether a scheduled action was there, and is not.
func (d targetDrift) lost(action string) bool {
	return slices.ContainsFunc(d.expects, func(expected string) bool {
		return expected == action || strings.Contains(expected, strconv.Quote(action))
	})
}

// targetDrift lets CloudFormation compare the stack with what there is, which takes its time: something is missing.
func (s *session) targetDrift(ctx context.Context, present stack.Stack) (found targetDrift, err error) {
	drifts, err := s.stacks().Drifts(ctx, present.ID)
	for _, d := range drifts {
		if d.Type != "AWS::ApplicationAutoScaling::ScalableTarget" {
			continue
		}
		for _, p := range d.Properties {
			switch {
			case p.Path == "/MinCapacity" || p.Path == "/MaxCapacity":
				found.bounds = true
			case strings.HasPrefix(p.Path, "/ScheduledActions"):
				found.expects = append(found.expects, p.Before)
			}
		}
	}
	return found, err
}

// autoScaling is what scales a service.
type autoScaling struct {
	there       bool // the scalable target is
	least, most int  // tasks
	policies    []string
	schedules   []string
}

// templateScaling is the auto-scaling of the service template of a place. Pure.
func templateScaling(place cfn.Place) (is autoScaling, err error) {
	t, err := place.ServiceTemplate()
	if err != nil {
		return is, err
	}
	var ref string
	for id, resource := range t.Resources {
		if r, ok := resource.(*scaling.ScalableTarget); ok && r.ScalableDimension == string(types.ScalableDimensionECSServiceDesiredCount) {
			is.there, is.least, is.most, ref = true, r.MinCapacity, r.MaxCapacity, cloudformation.Ref(id)
			for _, a := range r.ScheduledActions {
				is.schedules = append(is.schedules, a.ScheduledActionName)
			}
		}
	}
	for _, resource := range t.Resources {
		if r, ok := resource.(*scaling.ScalingPolicy); ok && given(r.ScalingTargetId) == ref {
			is.policies = append(is.policies, r.PolicyName)
		}
	}
	slices.Sort(is.policies)
	return is, nil
}

// scaledID is the service as Application Auto Scaling names it.
func (s *session) scaledID() string {
	return "service/" + s.place.Names.Cluster + "/" + s.place.Names.Service
}

// registered is what there is of the service's auto-scaling; its schedules where these are asked for.
func (s *session) registered(ctx context.Context, schedules bool) (is autoScaling, err error) {
	client := s.clients.scaling()
	targets, err := client.DescribeScalableTargets(ctx, &applicationautoscaling.DescribeScalableTargetsInput{
		ServiceNamespace: types.ServiceNamespaceEcs, ResourceIds: []string{s.scaledID()}, ScalableDimension: types.ScalableDimensionECSServiceDesiredCount,
	})
	if err != nil {
		return is, fmt.Errorf("describe scaling of %s: %w", s.scaledID(), err)
	}
	if len(targets.ScalableTargets) == 0 {
		return is, nil
	}
	t := targets.ScalableTargets[0]
	is = autoScaling{there: true, least: int(aws.ToInt32(t.MinCapacity)), most: int(aws.ToInt32(t.MaxCapacity))}
	pages := applicationautoscaling.NewDescribeScalingPoliciesPaginator(client, &applicationautoscaling.DescribeScalingPoliciesInput{
		ServiceNamespace: types.ServiceNamespaceEcs, ResourceId: aws.String(s.scaledID()),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return is, fmt.Errorf("describe scaling policies of %s: %w", s.scaledID(), err)
		}
		for _, p := range page.ScalingPolicies {
			is.policies = append(is.policies, aws.ToString(p.PolicyName))
		}
	}
	if !schedules {
		return is, nil
	}
	actions := applicationautoscaling.NewDescribeScheduledActionsPaginator(client, &applicationautoscaling.DescribeScheduledActionsInput{
		ServiceNamespace: types.ServiceNamespaceEcs, ResourceId: aws.String(s.scaledID()),
	})
	for actions.HasMorePages() {
		page, err := actions.NextPage(ctx)
		if err != nil {
			return is, fmt.Errorf("describe scheduled actions of %s: %w", s.scaledID(), err)
		}
		for _, a := range page.ScheduledActions {
			is.schedules = append(is.schedules, aws.ToString(a.ScheduledActionName))
		}
	}
	return is, nil
}
