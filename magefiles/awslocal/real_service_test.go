//go:build linux

package awslocal_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	stacktypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
)

// behind is a service behind a load balancer of its own.
type behind struct {
	*executed
	name, group, url string
}

// serve makes a service of so many tasks, which listens on port 3000 as far as its load balancer knows.
func (a *executed) serve(t testing.TB, tasks int, containers ...types.ContainerDefinition) *behind {
	t.Helper()
	b := &behind{executed: a, name: unnamed.ReplaceAllString(t.Name()[strings.LastIndex(t.Name(), "/")+1:], "-")}
	b.group = a.balance(t, b.name)
	if _, err := a.services.CreateService(ctx, &ecs.CreateServiceInput{
		Cluster: aws.String("real"), ServiceName: &b.name, TaskDefinition: aws.String(b.revision(t, containers...)), DesiredCount: aws.Int32(int32(tasks)),
		LaunchType: types.LaunchTypeFargate, NetworkConfiguration: network, HealthCheckGracePeriodSeconds: aws.Int32(1),
		LoadBalancers: []types.LoadBalancer{{TargetGroupArn: &b.group, ContainerName: containers[0].Name, ContainerPort: aws.Int32(3000)}},
	}); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() error {
		for _, address := range a.Addresses() {
			if address.LoadBalancer == b.name {
				b.url = address.URL
				return nil
			}
		}
		return fmt.Errorf("the load balancer is not at any of %v", a.Addresses())
	})
	return b
}

// balancer is a load balancer in front of what listens on an address of its own.
const balancer = `{"Parameters": {"Name": {"Type": "String"}}, "Resources": {
	"Balancer": {"Type": "AWS::ElasticLoadBalancingV2::LoadBalancer", "Properties": {"Name": {"Ref": "Name"}, "Subnets": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]}},
	"Group": {"Type": "AWS::ElasticLoadBalancingV2::TargetGroup", "Properties": {
		"Port": 80, "Protocol": "HTTP", "TargetType": "ip", "VpcId": "vpc-0123456789abcdef0", "HealthCheckPath": "/health",
		"HealthCheckIntervalSeconds": 5, "HealthCheckTimeoutSeconds": 2, "HealthyThresholdCount": 2, "UnhealthyThresholdCount": 2}},
	"Listener": {"Type": "AWS::ElasticLoadBalancingV2::Listener", "Properties": {
		"LoadBalancerArn": {"Ref": "Balancer"}, "Port": 80, "Protocol": "HTTP", "DefaultActions": [{"Type": "forward", "TargetGroupArn": {"Ref": "Group"}}]}}
}, "Outputs": {"Group": {"Value": {"Ref": "Group"}}}}`

// balance makes a load balancer and is its target group.
func (a *executed) balance(t testing.TB, name string) (group string) {
	t.Helper()
	client := cloudformation.NewFromConfig(a.Config())
	if _, err := client.CreateStack(ctx, &cloudformation.CreateStackInput{
		StackName: &name, TemplateBody: aws.String(balancer), Parameters: []stacktypes.Parameter{{ParameterKey: aws.String("Name"), ParameterValue: &name}},
	}); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() error {
		out, err := client.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &name})
		if err != nil {
			return err
		}
		s := out.Stacks[0]
		if s.StackStatus != stacktypes.StackStatusCreateComplete {
			return fmt.Errorf("stack %s: %s %s", name, s.StackStatus, aws.ToString(s.StackStatusReason))
		}
		group = *s.Outputs[0].OutputValue
		return nil
	})
	return group
}

// revision of the service's task definition.
func (b *behind) revision(t testing.TB, containers ...types.ContainerDefinition) string {
	t.Helper()
	containers[0].PortMappings = []types.PortMapping{{ContainerPort: aws.Int32(3000)}}
	return b.define(t, func(in *ecs.RegisterTaskDefinitionInput) { in.Family = &b.name }, containers...)
}

// answers waits until a path is answered by this code and a text that has this.
func (b *behind) answers(t testing.TB, path string, code int, text string) {
	t.Helper()
	eventually(t, func() error {
		r, err := http.Get(b.url + path)
		if err != nil {
			return err
		}
		defer r.Body.Close()
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return err
		}
		if r.StatusCode != code || !strings.Contains(string(body), text) {
			return fmt.Errorf("GET %s: %s %.200q; events %q", path, r.Status, body, b.events(t))
		}
		return nil
	})
}

// events of the service, the newest first.
func (b *behind) events(t testing.TB) (all []string) {
	t.Helper()
	out, err := b.services.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: aws.String("real"), Services: []string{b.name}})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range out.Services[0].Events {
		all = append(all, *e.Message)
	}
	return all
}

// settled waits until the service has as many tasks as it wants, of one revision.
func (b *behind) settled(t testing.TB) {
	t.Helper()
	eventually(t, func() error {
		out, err := b.services.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: aws.String("real"), Services: []string{b.name}})
		if err != nil {
			return err
		}
		s := out.Services[0]
		if len(s.Deployments) != 1 || s.RunningCount != s.DesiredCount || s.Deployments[0].RolloutState != types.DeploymentRolloutStateCompleted {
			return fmt.Errorf("%d deployments, %d of %d tasks run; events %q", len(s.Deployments), s.RunningCount, s.DesiredCount, b.events(t))
		}
		return nil
	})
}

// fails waits until a task of the service has stopped with all these words in its reason.
func (b *behind) fails(t testing.TB, words ...string) types.Task {
	t.Helper()
	var found types.Task
	eventually(t, func() error {
		list, err := b.services.ListTasks(ctx, &ecs.ListTasksInput{Cluster: aws.String("real"), ServiceName: &b.name, DesiredStatus: types.DesiredStatusStopped})
		if err != nil {
			return err
		}
		var reasons []string
		if len(list.TaskArns) > 0 {
			out, err := b.services.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: aws.String("real"), Tasks: list.TaskArns})
			if err != nil {
				return err
			}
			for _, found = range out.Tasks {
				reason := aws.ToString(found.StoppedReason)
				if !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(reason, word) }) {
					return nil
				}
				reasons = append(reasons, reason)
			}
		}
		return fmt.Errorf("no task has stopped with %q, but %q; events %q", words, reasons, b.events(t))
	})
	return found
}

// healths are what the load balancer finds of the targets.
func (b *behind) healths(t testing.TB) (all []string) {
	t.Helper()
	out, err := elb.NewFromConfig(b.Config()).DescribeTargetHealth(ctx, &elb.DescribeTargetHealthInput{TargetGroupArn: &b.group})
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range out.TargetHealthDescriptions {
		all = append(all, fmt.Sprintf("%s %s %s", h.TargetHealth.State, h.TargetHealth.Reason, aws.ToString(h.TargetHealth.Description)))
	}
	return all
}

// unhealthy waits until a task is replaced because its load balancer has found it so, for this reason.
func (b *behind) unhealthy(t testing.TB, reason string) {
	t.Helper()
	eventually(t, func() error {
		all := b.events(t)
		if !slices.ContainsFunc(all, func(e string) bool {
			return strings.Contains(e, "is unhealthy in") && strings.HasSuffix(e, "due to (reason "+reason+").")
		}) {
			return fmt.Errorf("no target is unhealthy for %q: %q; events %q", reason, b.healths(t), all[:min(5, len(all))])
		}
		return nil
	})
	b.fails(t, "Task failed ELB health checks in (target-group "+b.group+")")
}

func healthyService(t *testing.T, a *executed) {
	b := a.serve(t, 2, a.container("app", "serve", ":3000"))
	b.answers(t, "/page", 200, "hello/page at ip-10-0-")
	b.settled(t)
	if all := b.healths(t); len(all) != 2 || strings.TrimSpace(all[0]) != "healthy" {
		t.Errorf("%q", all)
	}
	if _, err := a.services.UpdateService(ctx, &ecs.UpdateServiceInput{Cluster: aws.String("real"), Service: &b.name, TaskDefinition: aws.String(b.revision(t, greeting("good day", a.container("app", "serve", ":3000"))))}); err != nil {
		t.Fatal(err)
	}
	b.settled(t)
	b.answers(t, "/page", 200, "good day/page at ip-10-0-")
	if _, err := a.services.UpdateService(ctx, &ecs.UpdateServiceInput{Cluster: aws.String("real"), Service: &b.name, DesiredCount: aws.Int32(0)}); err != nil {
		t.Fatal(err)
	}
	b.answers(t, "/page", 503, "503 Service Temporarily Unavailable")
}

func greeting(text string, c types.ContainerDefinition) types.ContainerDefinition {
	c.Environment = append(c.Environment, types.KeyValuePair{Name: aws.String("GREETING"), Value: &text})
	return c
}

func loopbackOnly(t *testing.T, a *executed) {
	a.serve(t, 1, a.container("app", "serve", "127.0.0.1:3000")).unhealthy(t, "Health checks failed")
}

func wrongPort(t *testing.T, a *executed) {
	a.serve(t, 1, a.container("app", "serve", ":8080")).unhealthy(t, "Health checks failed")
}

func redirected(t *testing.T, a *executed) {
	a.serve(t, 1, a.container("app", "status", "307", ",", "serve", ":3000")).unhealthy(t, "Health checks failed with these codes: [307]")
}

func silent(t *testing.T, a *executed) {
	a.serve(t, 1, a.container("app", "silent", ",", "serve", ":3000")).unhealthy(t, "Request timed out")
}

// sick: the load balancer is content, the container's own check is not.
func sick(t *testing.T, a *executed) {
	c := a.container("app", "serve", ":3000")
	c.HealthCheck = &types.HealthCheck{Command: []string{"CMD", "program", "exit", "1"}, Interval: aws.Int32(5), Timeout: aws.Int32(2), Retries: aws.Int32(1)}
	b := a.serve(t, 1, c)
	b.fails(t, "Task failed container health checks")
}

func endsAndIsReplaced(t *testing.T, a *executed) {
	b := a.serve(t, 1, a.container("app", "say", "about to end", ",", "wait", "200ms", ",", "exit", "3"))
	task := b.fails(t, "Essential container in task exited")
	if code := aws.ToInt32(task.Containers[0].ExitCode); code != 3 {
		t.Errorf("exit code %d", code)
	}
	p := process{a, *task.TaskArn}
	p.says(t, "app", "about to end")
}
