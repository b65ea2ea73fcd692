package targets

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/smithy-go"
	ecscfn "github.com/awslabs/goformation/v7/cloudformation/ecs"

	"golang.org/x/sync/errgroup"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/preflight"
	"github.com/bellyfed/splitecs/magefiles/stack"
)

// releasedStack is the name of the service stack; empty where there is none, or none that was ever complete.
func (s *session) releasedStack(ctx context.Context) (string, error) {
	st, err := s.stacks().Describe(ctx, s.names.ServiceStack)
	if stack.IsGone(err) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	switch stack.Decide(st.Status) {
	case stack.Change, stack.Continue, stack.Revert:
		return st.Name, nil
	}
	return "", nil
}

// deletedService tells whether the service was deleted outside of its stack. CloudFormation cannot update what is not
// there, and an equal template changes nothing: a drift-aware change set makes it again.
func (s *session) deletedService(ctx context.Context) (bool, error) {
	return s.deleted(ctx, func() {
		s.console.Note("service %s was deleted, and its last tasks stop: waiting until its name is free", s.names.Service)
	})
}

// deleted is deletedService, and waits only where it can tell so.
func (s *session) deleted(ctx context.Context, waiting func()) (bool, error) {
	gone, err := s.rollouts().Gone(ctx, waiting)
	if err != nil || !gone {
		return false, err
	}
	name, err := s.releasedStack(ctx)
	if err != nil || name == "" {
		return false, err
	}
	s.console.Note("service %s was deleted outside of its stack %s: it is made again", s.names.Service, name)
	return true, nil
}

// missed is something that a service cannot be without and that was deleted, or taken apart, outside of the infra stack.
type missed struct {
	what  string   // in words
	types []string // of the resources that are put back for it, where it is there still
}

// missing are the things that the infra stack names in its outputs and that are missed. The stack itself does not know, and
// an equal template changes nothing. What these credentials may not look at is told, and taken to be there.
func (s *session) missing(ctx context.Context, outputs map[string]string) ([]missed, error) {
	looks := []func(context.Context, map[string]string) ([]missed, error){s.missingCluster, s.missingGroups, s.missingRoles, s.missingData}
	found := make([][]missed, len(looks))
	var reads errgroup.Group
	for i, look := range looks {
		reads.Go(func() (err error) {
			found[i], err = look(ctx, outputs)
			if isDenied(err) {
				s.console.Note("not looked at: %v", err)
				return nil
			}
			return err
		})
	}
	err := reads.Wait()
	return slices.Concat(found...), err
}

// isDenied tells whether AWS refuses who asks.
func isDenied(err error) bool {
	var api smithy.APIError
	return errors.As(err, &api) && slices.Contains(deniedCodes, api.ErrorCode())
}

// changedOutside tells whether an infra stack that is as configured, by its template, is not so in fact: somebody changed
// something by other means that a service of the environment cannot be without. The stack does not know.
func (s *session) changedOutside(ctx context.Context, infra stack.Stack) (bool, error) {
	changed := false
	for _, place := range s.App.Places(s.env) {
		there := *s
		there.place, there.names = place, s.App.Names(place)
		var err error
		if there.environment, err = s.App.Environment(place); err != nil {
			return false, err
		}
		seen := infra
		seen.Outputs = s.App.InfraOutputs(place, infra.Outputs)
		findings, err := there.findings(ctx, seen, "", nil)
		if err != nil {
			return false, err
		}
		for _, f := range findings {
			if !ofInfra(f, s.env) {
				continue
			}
			changed = true
			s.console.Note("%s: %s; this was changed outside of the infra stack, which is compared with what there is", f.What, f.Why)
		}
	}
	return changed, nil
}

// ofInfra tells whether a finding is about what the infra stack makes. Warnings are so where they compare it with the
// configuration. Pure.
func ofInfra(f preflight.Finding, env string) bool {
	compares := f.Check == "health check" || f.Check == "security groups"
	return strings.Contains(f.Next, command("infra:deploy", env)) && (f.Level == preflight.Error || f.Level == preflight.Warning && compares)
}

// putBack are the resources that somebody changed outside of their stack, and that a plan brings back to its template, other
// than those that this is for.
func (s *session) putBack(p stack.Plan) []string {
	var all []string
	for _, c := range p.Changes {
		meant := slices.ContainsFunc(s.reached.gone, func(m missed) bool { return slices.Contains(m.types, c.Type) })
		if c.Type == "AWS::ApplicationAutoScaling::ScalableTarget" {
			continue // its bounds are changed by schedules, too
		}
		if c.Drift == "MODIFIED" && !meant {
			all = append(all, fmt.Sprintf("%s (%s) was changed outside of its stack, and would be put back", c.Resource, c.Type))
		}
	}
	return all
}

func (s *session) missingCluster(ctx context.Context, outputs map[string]string) ([]missed, error) {
	name := outputs[cfn.OutputCluster]
	out, err := ecs.NewFromConfig(s.aws).DescribeClusters(ctx, &ecs.DescribeClustersInput{Clusters: []string{name}})
	if err != nil {
		return nil, fmt.Errorf("describe cluster %s: %w", name, err)
	}
	if len(out.Clusters) == 0 || aws.ToString(out.Clusters[0].Status) != "ACTIVE" {
		return []missed{{what: "cluster " + name + " was deleted"}}, nil
	}
	t, err := cfn.Infra(s.App, s.env)
	if err != nil {
		return nil, err
	}
	var gone []missed
	for _, r := range t.Resources {
		cluster, ok := r.(*ecscfn.Cluster)
		if !ok || given(cluster.ClusterName) != name {
			continue
		}
		for _, p := range cluster.CapacityProviders {
			if !slices.Contains(out.Clusters[0].CapacityProviders, p) {
				gone = append(gone, missed{"capacity provider " + p + " was taken from cluster " + name, []string{"AWS::ECS::Cluster"}})
			}
		}
	}
	return gone, nil
}

// missingGroups: several that are not there are told by name only where each is asked for.
func (s *session) missingGroups(ctx context.Context, outputs map[string]string) ([]missed, error) {
	client := elb.NewFromConfig(s.aws)
	var gone []missed
	for _, arn := range valuesOf(outputs, cfn.OutputTargetGroup) {
		out, err := client.DescribeTargetGroups(ctx, &elb.DescribeTargetGroupsInput{TargetGroupArns: []string{arn}})
		if _, absent := errors.AsType[*elbtypes.TargetGroupNotFoundException](err); absent {
			gone = append(gone, missed{what: "target group " + groupName(arn) + " was deleted"})
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("describe target group %s: %w", groupName(arn), err)
		}
		if len(out.TargetGroups) > 0 && len(out.TargetGroups[0].LoadBalancerArns) == 0 {
			gone = append(gone, missed{
				"the listener or rule that forwards to target group " + groupName(arn) + " was deleted or changed",
				[]string{"AWS::ElasticLoadBalancingV2::Listener", "AWS::ElasticLoadBalancingV2::ListenerRule"},
			})
		}
	}
	return gone, nil
}

// groupName is the name in the ARN of a target group: …:targetgroup/NAME/ID.
func groupName(arn string) string {
	if parts := strings.Split(arn, "/"); len(parts) == 3 {
		return parts[1]
	}
	return arn
}

func (s *session) missingRoles(ctx context.Context, outputs map[string]string) ([]missed, error) {
	client := iam.NewFromConfig(s.aws)
	var gone []missed
	for _, kind := range []string{cfn.OutputExecutionRole, cfn.OutputTaskRole} {
		role := name(outputs[kind])
		_, err := client.GetRole(ctx, &iam.GetRoleInput{RoleName: &role})
		if _, absent := errors.AsType[*iamtypes.NoSuchEntityException](err); absent {
			gone = append(gone, missed{what: "role " + role + " was deleted"})
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("get role %s: %w", role, err)
		}
	}
	return gone, nil
}

// missingData are log groups and repositories. What was in them is not made again.
func (s *session) missingData(ctx context.Context, outputs map[string]string) ([]missed, error) {
	var gone []missed
	for _, group := range valuesOf(outputs, cfn.OutputLogGroup) {
		found, err := s.existingLogGroup(ctx, group)
		if err != nil {
			return nil, err
		}
		if found == nil {
			gone = append(gone, missed{what: "log group " + group + " was deleted"})
		}
	}
	for _, repository := range valuesOf(outputs, cfn.OutputRepository) {
		there, err := s.repositoryExists(ctx, repository)
		if err != nil {
			return nil, err
		}
		if !there {
			gone = append(gone, missed{what: "repository " + repository + " was deleted, with every image"})
		}
	}
	return gone, nil
}

// valuesOf are the values of outputs of a kind, of every service, each once.
func valuesOf(outputs map[string]string, kind string) []string {
	var all []string
	for _, key := range slices.Sorted(maps.Keys(outputs)) {
		if strings.HasSuffix(key, kind) && outputs[key] != "" && !slices.Contains(all, outputs[key]) {
			all = append(all, outputs[key])
		}
	}
	return all
}
