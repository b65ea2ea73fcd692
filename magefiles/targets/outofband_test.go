package targets_test

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	cfntypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/internal/spread"
)

// outside does something behind the back of the stacks.
func (w *world) outside(do func(aws.Config) error) {
	w.t.Helper()
	server, err := awslocal.Open(awslocal.Options{Dir: w.env["SPLITECS_LOCAL_DIR"], Region: w.app.Region, Speed: 2000})
	must(w.t, err)
	must(w.t, do(server.Config()))
	must(w.t, server.Close())
}

func deleteService(cfg aws.Config) error {
	_, err := ecs.NewFromConfig(cfg).DeleteService(context.Background(), &ecs.DeleteServiceInput{
		Cluster: aws.String("shop-local"), Service: aws.String("shop-local-service"), Force: aws.Bool(true),
	})
	return err
}

func deleteRole(cfg aws.Config, mark string) error {
	ctx, client := context.Background(), iam.NewFromConfig(cfg)
	definition, err := ecs.NewFromConfig(cfg).DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: aws.String("shop-local-service")})
	if err != nil {
		return err
	}
	arn := *definition.TaskDefinition.ExecutionRoleArn
	if mark == "TaskRole" {
		arn = *definition.TaskDefinition.TaskRoleArn
	}
	role := aws.String(arn[strings.LastIndex(arn, "/")+1:])
	policies, err := client.ListRolePolicies(ctx, &iam.ListRolePoliciesInput{RoleName: role})
	if err != nil {
		return err
	}
	for _, p := range policies.PolicyNames {
		if _, err := client.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: role, PolicyName: &p}); err != nil {
			return err
		}
	}
	_, err = client.DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: role})
	return err
}

// deleteTargetGroup takes the listener first, without which nobody can delete the group.
func deleteTargetGroup(cfg aws.Config) error {
	ctx, client := context.Background(), elb.NewFromConfig(cfg)
	balancers, err := client.DescribeLoadBalancers(ctx, &elb.DescribeLoadBalancersInput{})
	if err != nil {
		return err
	}
	listeners, err := client.DescribeListeners(ctx, &elb.DescribeListenersInput{LoadBalancerArn: balancers.LoadBalancers[0].LoadBalancerArn})
	if err != nil {
		return err
	}
	for _, l := range listeners.Listeners {
		if _, err := client.DeleteListener(ctx, &elb.DeleteListenerInput{ListenerArn: l.ListenerArn}); err != nil {
			return err
		}
	}
	groups, err := client.DescribeTargetGroups(ctx, &elb.DescribeTargetGroupsInput{})
	if err != nil {
		return err
	}
	_, err = client.DeleteTargetGroup(ctx, &elb.DeleteTargetGroupInput{TargetGroupArn: groups.TargetGroups[0].TargetGroupArn})
	return err
}

func deleteCluster(cfg aws.Config) error {
	if err := deleteService(cfg); err != nil {
		return err
	}
	for {
		_, err := ecs.NewFromConfig(cfg).DeleteCluster(context.Background(), &ecs.DeleteClusterInput{Cluster: aws.String("shop-local")})
		if err == nil || !strings.Contains(err.Error(), "ClusterContains") {
			return err
		}
	}
}

func takeProviders(cfg aws.Config) error {
	_, err := ecs.NewFromConfig(cfg).PutClusterCapacityProviders(context.Background(), &ecs.PutClusterCapacityProvidersInput{
		Cluster: aws.String("shop-local"), CapacityProviders: []string{}, DefaultCapacityProviderStrategy: []types.CapacityProviderStrategyItem{},
	})
	return err
}

// stuckWithoutItsService updates the service stack by other means, which ends in UPDATE_ROLLBACK_FAILED.
func stuckWithoutItsService(cfg aws.Config) error {
	ctx, client, name := context.Background(), cloudformation.NewFromConfig(cfg), aws.String("ShopEcsServiceStack-local")
	now, err := client.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: name})
	if err != nil {
		return err
	}
	in := &cloudformation.UpdateStackInput{StackName: name, UsePreviousTemplate: aws.Bool(true)}
	for _, p := range now.Stacks[0].Parameters {
		if *p.ParameterKey == "RestartNonce" {
			in.Parameters = append(in.Parameters, cfntypes.Parameter{ParameterKey: p.ParameterKey, ParameterValue: aws.String("by-hand")})
			continue
		}
		in.Parameters = append(in.Parameters, cfntypes.Parameter{ParameterKey: p.ParameterKey, UsePreviousValue: aws.Bool(true)})
	}
	return getsStuck(ctx, client, in)
}

// getsStuck updates a stack, and waits until its rollback has failed.
func getsStuck(ctx context.Context, client *cloudformation.Client, in *cloudformation.UpdateStackInput) error {
	if _, err := client.UpdateStack(ctx, in); err != nil {
		return err
	}
	for {
		now, err := client.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: in.StackName})
		if err != nil || now.Stacks[0].StackStatus == cfntypes.StackStatusUpdateRollbackFailed {
			return err
		}
	}
}

// What was deleted outside of its stack is found by service:verify, and mended by the commands that it names, run as they
// stand there. Nothing loops.
func TestWhatWasDeletedOutsideOfItsStack(t *testing.T) {
	t.Parallel()
	for name, c := range spread.Table(t, 2, map[string]struct {
		breaks func(aws.Config) error
		found  string
		steps  []string // that mend it: infra or service
		said   string
	}{
		"the service":            {deleteService, "service shop-local-service: was deleted outside of its stack ShopEcsServiceStack-local", []string{"service"}, "it is made again"},
		"the cluster":            {deleteCluster, "cluster shop-local: is not there", []string{"infra", "service"}, "cluster shop-local was deleted outside of the infra stack"},
		"the target group":       {deleteTargetGroup, "is not there", []string{"infra", "service"}, "was deleted outside of the infra stack"},
		"the execution role":     {func(c aws.Config) error { return deleteRole(c, "ExecutionRole") }, "execution role ", []string{"infra", "service"}, "was deleted outside of the infra stack"},
		"the task role":          {func(c aws.Config) error { return deleteRole(c, "TaskRole") }, "task role ", []string{"infra", "service"}, "was deleted outside of the infra stack"},
		"the capacity providers": {takeProviders, "cluster shop-local: does not have the capacity providers FARGATE", []string{"infra", "service"}, "capacity provider FARGATE was taken from cluster shop-local outside of the infra stack"},
	}) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := up(t)
			w.outside(c.breaks)
			w.run(serviceVerify, "SPLITECS_IMAGE=v2")
			w.want(4, c.found, "next: go tool mage "+c.steps[0]+":deploy local")
			w.prints(c.found)
			for i, step := range c.steps {
				if step == "infra" {
					w.run(infraDiff)
					w.want(0)
					w.prints(c.said)
					w.run(infraDeploy)
				} else {
					w.run(serviceDeploy, "SPLITECS_IMAGE=v2")
				}
				w.want(0)
				if i == 0 && !strings.Contains(w.err.String(), c.said) {
					t.Errorf("%s:deploy does not say %q:\n%s", step, c.said, &w.err)
				}
			}
			w.run(serviceVerify, "SPLITECS_IMAGE=v2")
			w.want(0)
			w.run(serviceStatus)
			w.want(0)
			w.prints("shop-local-service: ACTIVE, 1 of 1 tasks running")
			w.run(infraStatus)
			w.want(0)
			w.prints("config      as configured", "drift       none")
			w.run(serviceRollback)
			switch name {
			case "the service", "the cluster": // with a service, ECS forgets what it ran
			case "the execution role", "the task role": // it is another one now, and the revision before names the one that is gone
				w.want(4, "role ", "is not there", "service:deploy local   # its image, with what is configured now")
			default:
				w.want(0)
			}
		})
	}
}

// The same image, which changes nothing in the template, brings a deleted service back as well; so does a deployment after
// one that had ended in UPDATE_ROLLBACK_FAILED for want of the service.
func TestADeletedServiceIsMadeAgain(t *testing.T) {
	t.Parallel()
	w := up(t)
	w.outside(deleteService)
	w.run(serviceDeploy, "SPLITECS_IMAGE=v1")
	w.want(0, "service shop-local-service was deleted outside of its stack ShopEcsServiceStack-local: it is made again")
	w.outside(deleteService)
	w.outside(stuckWithoutItsService)
	w.run(serviceDeploy, "SPLITECS_IMAGE=v2")
	w.want(0, "it is made again", "1 of 1 tasks running")
	w.run(serviceDeploy, "SPLITECS_IMAGE=v2")
	w.want(0, "nothing to change")
}

// What somebody changed by hand is not undone without being asked.
func TestWhatWasChangedByHandIsPutBackOnlyWhenApproved(t *testing.T) {
	t.Parallel()
	w := up(t)
	w.outside(func(cfg aws.Config) error {
		if err := deleteRole(cfg, "TaskRole"); err != nil {
			return err
		}
		_, err := cloudwatchlogs.NewFromConfig(cfg).PutRetentionPolicy(context.Background(), &cloudwatchlogs.PutRetentionPolicyInput{
			LogGroupName: aws.String("/aws/ecs/shop-local"), RetentionInDays: aws.Int32(3),
		})
		return err
	})
	w.run(infraDeploy)
	w.want(0, "nothing to change") // by its template: nobody has looked yet
	w.run(serviceVerify, "SPLITECS_IMAGE=v2")
	w.want(4, "comparing it with what there is", "next: go tool mage infra:deploy local")
	w.run(infraDeploy)
	w.want(4, "LogGroup (AWS::Logs::LogGroup) was changed outside of its stack, and would be put back", "undoes changes that somebody made outside of the stack")
	w.run(infraDeploy, "SPLITECS_APPROVE=1")
	w.want(0)
}

// What somebody changed by hand and a service cannot be without is found where the template has nothing to change.
func TestWhatAServiceNeedsIsPutBack(t *testing.T) {
	t.Parallel()
	w := up(t)
	w.outside(func(cfg aws.Config) error {
		ctx, client := context.Background(), iam.NewFromConfig(cfg)
		definition, err := ecs.NewFromConfig(cfg).DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: aws.String("shop-local-service")})
		if err != nil {
			return err
		}
		arn := *definition.TaskDefinition.ExecutionRoleArn
		_, err = client.DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: aws.String(arn[strings.LastIndex(arn, "/")+1:]), PolicyName: aws.String("start-tasks")})
		return err
	})
	w.run(serviceVerify, "SPLITECS_IMAGE=v2")
	w.want(4, "may not ecr:BatchGetImage", "next: go tool mage infra:deploy local")
	w.run(infraDeploy)
	w.want(4, "this was changed outside of the infra stack", "ExecutionRole (AWS::IAM::Role) was changed outside of its stack, and would be put back", "next: SPLITECS_APPROVE=1 go tool mage infra:deploy local")
	w.run(infraDeploy, "SPLITECS_APPROVE=1")
	w.want(0)
	w.run(serviceVerify, "SPLITECS_IMAGE=v2")
	w.want(0)
	w.run(infraDeploy)
	w.want(0, "nothing to change")
}
