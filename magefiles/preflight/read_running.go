package preflight

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
)

// ContainersAPI reads clusters and services; [*ecs.Client] has it.
type ContainersAPI interface {
	DescribeClusters(context.Context, *ecs.DescribeClustersInput, ...func(*ecs.Options)) (*ecs.DescribeClustersOutput, error)
	DescribeServices(context.Context, *ecs.DescribeServicesInput, ...func(*ecs.Options)) (*ecs.DescribeServicesOutput, error)
}

// active is the status of a cluster or service that was not deleted.
const active = "ACTIVE"

func (r Reader) cluster(ctx context.Context, name string) (Cluster, error) {
	out, err := r.Containers.DescribeClusters(ctx, &ecs.DescribeClustersInput{Clusters: []string{name}})
	if err != nil {
		return Cluster{}, err
	}
	if len(out.Clusters) == 0 || aws.ToString(out.Clusters[0].Status) != active {
		return Cluster{}, &ReadError{Absent: true, Err: errors.New("cluster " + name + " is not there")}
	}
	return Cluster{CapacityProviders: out.Clusters[0].CapacityProviders}, nil
}

func (r Reader) service(ctx context.Context, cluster, name string) (Service, error) {
	out, err := r.Containers.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: &cluster, Services: []string{name}})
	if err != nil {
		return Service{}, err
	}
	if len(out.Services) == 0 || aws.ToString(out.Services[0].Status) != active {
		return Service{}, &ReadError{Absent: true, Err: errors.New("service " + name + " is not there")}
	}
	is := out.Services[0]
	var s Service
	for _, b := range is.LoadBalancers {
		s.TargetGroup, s.Ports = aws.ToString(b.TargetGroupArn), append(s.Ports, int(aws.ToInt32(b.ContainerPort)))
	}
	if n := is.NetworkConfiguration; n != nil && n.AwsvpcConfiguration != nil {
		s.Subnets, s.SecurityGroups = n.AwsvpcConfiguration.Subnets, n.AwsvpcConfiguration.SecurityGroups
	}
	return s, nil
}
