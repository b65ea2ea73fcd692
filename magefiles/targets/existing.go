package targets

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	ecrtypes "github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	ecrcfn "github.com/awslabs/goformation/v7/cloudformation/ecr"
	ecscfn "github.com/awslabs/goformation/v7/cloudformation/ecs"
	logscfn "github.com/awslabs/goformation/v7/cloudformation/logs"

	"github.com/bellyfed/splitecs/cfn"
)

// existing reads from AWS what there is of these names, as templates have it: every property that the wanted one has and
// that AWS tells. What a template leaves out stays as it is.
func (s *session) existing(ctx context.Context, wanted cfn.Existing) (cfn.Existing, error) {
	found := cfn.Existing{
		Clusters: map[string]*ecscfn.Cluster{}, LogGroups: map[string]*logscfn.LogGroup{}, Repositories: map[string]*ecrcfn.Repository{},
	}
	for name, w := range wanted.Clusters {
		c, err := s.existingCluster(ctx, name, w)
		if err != nil {
			return found, err
		}
		if c != nil {
			found.Clusters[name] = c
		}
	}
	for name := range wanted.LogGroups {
		g, err := s.existingLogGroup(ctx, name)
		if err != nil {
			return found, err
		}
		if g != nil {
			found.LogGroups[name] = g
		}
	}
	for name := range wanted.Repositories {
		r, err := s.existingRepository(ctx, name)
		if err != nil {
			return found, err
		}
		if r != nil {
			found.Repositories[name] = r
		}
	}
	return found, nil
}

func (s *session) existingCluster(ctx context.Context, name string, wanted *ecscfn.Cluster) (*ecscfn.Cluster, error) {
	out, err := s.clients.ecs().DescribeClusters(ctx, &ecs.DescribeClustersInput{
		Clusters: []string{name}, Include: []ecstypes.ClusterField{ecstypes.ClusterFieldSettings},
	})
	if err != nil {
		return nil, fmt.Errorf("describe cluster %s: %w", name, err)
	}
	if len(out.Clusters) == 0 || aws.ToString(out.Clusters[0].Status) == "INACTIVE" {
		return nil, nil
	}
	is := out.Clusters[0]
	c := &ecscfn.Cluster{ClusterName: aws.String(name)}
	if len(wanted.ClusterSettings) > 0 {
		for _, v := range is.Settings {
			c.ClusterSettings = append(c.ClusterSettings, ecscfn.Cluster_ClusterSettings{Name: aws.String(string(v.Name)), Value: v.Value})
		}
	}
	if len(wanted.CapacityProviders) > 0 {
		c.CapacityProviders = is.CapacityProviders
	}
	if len(wanted.DefaultCapacityProviderStrategy) > 0 {
		for _, v := range is.DefaultCapacityProviderStrategy {
			item := ecscfn.Cluster_CapacityProviderStrategyItem{CapacityProvider: v.CapacityProvider, Weight: aws.Int(int(v.Weight))}
			if v.Base != 0 {
				item.Base = aws.Int(int(v.Base))
			}
			c.DefaultCapacityProviderStrategy = append(c.DefaultCapacityProviderStrategy, item)
		}
	}
	return c, nil
}

func (s *session) existingLogGroup(ctx context.Context, name string) (*logscfn.LogGroup, error) {
	pages := cloudwatchlogs.NewDescribeLogGroupsPaginator(s.clients.logs(), &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: aws.String(name)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("describe log group %s: %w", name, err)
		}
		for _, is := range page.LogGroups {
			if aws.ToString(is.LogGroupName) != name {
				continue
			}
			g := &logscfn.LogGroup{LogGroupName: aws.String(name)}
			if is.RetentionInDays != nil {
				g.RetentionInDays = aws.Int(int(*is.RetentionInDays))
			}
			return g, nil
		}
	}
	return nil, nil
}

func (s *session) repositoryExists(ctx context.Context, name string) (bool, error) {
	_, err := s.clients.ecr().DescribeRepositories(ctx, &ecr.DescribeRepositoriesInput{RepositoryNames: []string{name}})
	if _, absent := errors.AsType[*ecrtypes.RepositoryNotFoundException](err); absent {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("describe repository %s: %w", name, err)
	}
	return true, nil
}

func (s *session) existingRepository(ctx context.Context, name string) (*ecrcfn.Repository, error) {
	out, err := s.clients.ecr().DescribeRepositories(ctx, &ecr.DescribeRepositoriesInput{RepositoryNames: []string{name}})
	if _, absent := errors.AsType[*ecrtypes.RepositoryNotFoundException](err); absent {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("describe repository %s: %w", name, err)
	}
	is := out.Repositories[0]
	r := &ecrcfn.Repository{
		RepositoryName: aws.String(name), ImageTagMutability: aws.String(string(is.ImageTagMutability)),
		EmptyOnDelete: aws.Bool(false), // only CloudFormation knows of it
	}
	if is.ImageScanningConfiguration != nil {
		r.ImageScanningConfiguration = &ecrcfn.Repository_ImageScanningConfiguration{ScanOnPush: aws.Bool(is.ImageScanningConfiguration.ScanOnPush)}
	}
	policy, err := s.clients.ecr().GetLifecyclePolicy(ctx, &ecr.GetLifecyclePolicyInput{RepositoryName: aws.String(name)})
	if _, none := errors.AsType[*ecrtypes.LifecyclePolicyNotFoundException](err); none {
		return r, nil
	}
	if err != nil {
		return nil, fmt.Errorf("get lifecycle policy of repository %s: %w", name, err)
	}
	r.LifecyclePolicy = &ecrcfn.Repository_LifecyclePolicy{LifecyclePolicyText: policy.LifecyclePolicyText}
	return r, nil
}
