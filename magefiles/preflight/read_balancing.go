package preflight

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
)

// balancing reads the service, the target group, the load balancers that forward to it, and their security groups with
// those of the tasks: one after the other, because each names the next.
func (r Reader) balancing(ctx context.Context, f *Facts) {
	groups := slices.Clone(f.Wanted.SecurityGroups)
	if f.Wanted.Service != "" {
		f.Service = look("ecs:DescribeServices", func() (Service, error) { return r.service(ctx, f.Wanted.Cluster, f.Wanted.Service) })
		groups = append(groups, without(f.Service.Value.SecurityGroups, groups)...)
	}
	if arn := f.Wanted.TargetGroup; arn != "" {
		f.TargetGroup = look("elasticloadbalancing:DescribeTargetGroups", func() (TargetGroup, error) { return r.targetGroup(ctx, arn) })
	}
	if arns := f.TargetGroup.Value.LoadBalancers; len(arns) > 0 {
		f.Balancers = look("elasticloadbalancing:DescribeLoadBalancers", func() ([]Balancer, error) { return r.balancers(ctx, arns) })
		for _, b := range f.Balancers.Value {
			groups = append(groups, b.SecurityGroups...)
		}
	}
	if len(groups) > 0 {
		f.Groups = look("ec2:DescribeSecurityGroups", func() ([]SecurityGroup, error) { return r.Network.DescribeSecurityGroups(ctx, groups) })
	}
}

// without are the texts of a list that are not in another one.
func without(list, other []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(other, s) })
}

func (r Reader) targetGroup(ctx context.Context, arn string) (TargetGroup, error) {
	out, err := r.Balancing.DescribeTargetGroups(ctx, &elb.DescribeTargetGroupsInput{TargetGroupArns: []string{arn}})
	if err != nil {
		return TargetGroup{}, err
	}
	if len(out.TargetGroups) == 0 {
		return TargetGroup{}, &ReadError{Absent: true, Err: errors.New("target group " + arn + " is not there")}
	}
	g := out.TargetGroups[0]
	made := TargetGroup{
		Type: string(g.TargetType), Protocol: string(g.Protocol), VPC: aws.ToString(g.VpcId), Path: aws.ToString(g.HealthCheckPath),
		Port: aws.ToString(g.HealthCheckPort), Interval: time.Duration(aws.ToInt32(g.HealthCheckIntervalSeconds)) * time.Second,
		SickAfter: int(aws.ToInt32(g.UnhealthyThresholdCount)), LoadBalancers: g.LoadBalancerArns,
	}
	if g.Matcher != nil {
		made.Matcher = aws.ToString(g.Matcher.HttpCode)
	}
	return made, nil
}

func (r Reader) balancers(ctx context.Context, arns []string) ([]Balancer, error) {
	out, err := r.Balancing.DescribeLoadBalancers(ctx, &elb.DescribeLoadBalancersInput{LoadBalancerArns: arns})
	if err != nil {
		return nil, err
	}
	var all []Balancer
	for _, b := range out.LoadBalancers {
		made := Balancer{ARN: aws.ToString(b.LoadBalancerArn), Name: aws.ToString(b.LoadBalancerName), SecurityGroups: b.SecurityGroups}
		if b.State != nil {
			made.State = string(b.State.Code)
		}
		listeners, err := r.Balancing.DescribeListeners(ctx, &elb.DescribeListenersInput{LoadBalancerArn: b.LoadBalancerArn})
		if err != nil {
			return nil, err
		}
		for _, l := range listeners.Listeners {
			made.Ports = append(made.Ports, int(aws.ToInt32(l.Port)))
		}
		all = append(all, made)
	}
	return all, nil
}
