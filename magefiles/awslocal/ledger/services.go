package ledger

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// families tells of task definition families and how many revisions each has had.
func families(ctx context.Context, cfg aws.Config) (lines []string, err error) {
	client := ecs.NewFromConfig(cfg)
	revisions := map[string]int{}
	for _, status := range []types.TaskDefinitionStatus{types.TaskDefinitionStatusActive, types.TaskDefinitionStatusInactive} {
		for pages := ecs.NewListTaskDefinitionsPaginator(client, &ecs.ListTaskDefinitionsInput{Status: status}); pages.HasMorePages(); {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, err
			}
			for _, arn := range page.TaskDefinitionArns {
				family, _, _ := strings.Cut(last(arn), ":")
				revisions[family]++
			}
		}
	}
	for family, n := range revisions {
		lines = append(lines, fmt.Sprintf("family %s: %d revisions", family, n))
	}
	return lines, nil
}

// services tells of services and how many deployments each has had.
func services(ctx context.Context, cfg aws.Config) (lines []string, err error) {
	client := ecs.NewFromConfig(cfg)
	for clusters := ecs.NewListClustersPaginator(client, &ecs.ListClustersInput{}); clusters.HasMorePages(); {
		page, err := clusters.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, cluster := range page.ClusterArns {
			for pages := ecs.NewListServicesPaginator(client, &ecs.ListServicesInput{Cluster: &cluster}); pages.HasMorePages(); {
				page, err := pages.NextPage(ctx)
				if err != nil {
					return nil, err
				}
				for _, service := range page.ServiceArns {
					n, err := deployments(ctx, client, cluster, service)
					if err != nil {
						return nil, err
					}
					lines = append(lines, fmt.Sprintf("service %s: %d deployments", last(service), n))
				}
			}
		}
	}
	return lines, nil
}

// deployments is how many deployments a service has had. The SDK has no paginator for them.
func deployments(ctx context.Context, client *ecs.Client, cluster, service string) (n int, err error) {
	in := &ecs.ListServiceDeploymentsInput{Cluster: &cluster, Service: &service}
	for {
		out, err := client.ListServiceDeployments(ctx, in)
		if err != nil {
			return 0, err
		}
		n += len(out.ServiceDeployments)
		if in.NextToken = out.NextToken; aws.ToString(in.NextToken) == "" {
			return n, nil
		}
	}
}

// last part of an ARN, behind its last slash.
func last(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }
