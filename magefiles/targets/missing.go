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
	"github.com/aws/smithy-go"
	ecscfn "github.com/awslabs/goformation/v7/cloudformation/ecs"
	"golang.org/x/sync/errgroup"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/preflight"
)

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

func (s *session) missingCluster(ctx context.Context, outputs map[string]string) ([]missed, error) {
	name := outputs[cfn.OutputCluster]
	out, err := s.clients.ecs().DescribeClusters(ctx, &ecs.DescribeClustersInput{Clusters: []string{name}})
	if err != nil {
		return nil, fmt.Errorf("describe cluster %s: %w", name, err)
	}
	if len(out.Clusters) == 0 || aws.ToString(out.Clusters[0].Status) != "ACTIVE" {
		return []missed{{what: "cluster " + name + " was deleted"}}, nil
	}
	t, err := s.place.InfraTemplate(cfn.Kept{})
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
	client := s.clients.elb()
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
	client := preflight.IAM{Config: s.clients.config}
	var gone []missed
	for _, kind := range []string{cfn.OutputExecutionRole, cfn.OutputTaskRole} {
		role := name(outputs[kind])
		_, err := client.GetRole(ctx, role)
		if api, ok := errors.AsType[smithy.APIError](err); ok && api.ErrorCode() == "NoSuchEntity" {
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
