package targets

import (
	"context"
	"fmt"
	"slices"
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

// lostScaling: the scalable target, with which its policies go, or policies alone.
func (s *session) lostScaling(ctx context.Context, present stack.Stack) ([]preflight.Deleted, error) {
	wanted, err := templateScaling(s.App, s.place)
	if err != nil || !wanted.there {
		return nil, err
	}
	is, err := s.registered(ctx)
	if err != nil {
		return nil, err
	}
	gone := slices.DeleteFunc(slices.Clone(wanted.policies), func(name string) bool { return slices.Contains(is.policies, name) })
	if is.there && len(gone) == 0 {
		return nil, nil
	}
	made, err := s.stacks().Resources(ctx, present.ID)
	if err != nil {
		return nil, err
	}
	next := command("service:deploy", s.place) + "   # makes it again"
	if !is.there {
		if !slices.ContainsFunc(made, func(r stack.Resource) bool { return r.Type == "AWS::ApplicationAutoScaling::ScalableTarget" }) {
			return nil, nil // the deployment makes it, for the first time
		}
		return []preflight.Deleted{{
			What: "auto-scaling of service " + s.names.Service, Why: "was taken away outside of its stack " + present.Name + ": nothing scales it", Next: next,
		}}, nil
	}
	others := is.least != wanted.least || is.most != wanted.most // schedules and people move the bounds
	if others {
		next = fmt.Sprintf("SPLITECS_APPROVE=1 %s, and sets the bounds from %d and %d to %d and %d tasks", next, is.least, is.most, wanted.least, wanted.most)
	}
	var all []preflight.Deleted
	for _, name := range gone {
		if slices.ContainsFunc(made, func(r stack.Resource) bool {
			return r.Type == "AWS::ApplicationAutoScaling::ScalingPolicy" && strings.HasSuffix(r.PhysicalID, ":policyName/"+name)
		}) {
			all = append(all, preflight.Deleted{
				What: "scaling policy " + name, Why: "was taken away outside of stack " + present.Name + ": service " + s.names.Service + " is not scaled by it",
				Next: next, Others: others,
			})
		}
	}
	return all, nil
}

// autoScaling is what scales a service.
type autoScaling struct {
	there       bool // the scalable target is
	least, most int  // tasks
	policies    []string
}

// templateScaling is the auto-scaling of the service template of a place. Pure.
func templateScaling(app cfn.App, place string) (is autoScaling, err error) {
	t, err := cfn.Service(app, place)
	if err != nil {
		return is, err
	}
	var ref string
	for id, resource := range t.Resources {
		if r, ok := resource.(*scaling.ScalableTarget); ok && r.ScalableDimension == string(types.ScalableDimensionECSServiceDesiredCount) {
			is.there, is.least, is.most, ref = true, r.MinCapacity, r.MaxCapacity, cloudformation.Ref(id)
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
func (s *session) scaledID() string { return "service/" + s.names.Cluster + "/" + s.names.Service }

// registered is what there is of the service's auto-scaling.
func (s *session) registered(ctx context.Context) (is autoScaling, err error) {
	client := applicationautoscaling.NewFromConfig(s.aws)
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
	return is, nil
}
