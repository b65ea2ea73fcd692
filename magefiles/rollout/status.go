package rollout

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// Status is how a service stands.
type Status struct {
	Service     string
	State       string // ACTIVE
	Desired     int
	Running     int
	Pending     int
	Deployments []DeploymentStatus
	Tasks       []TaskStatus
	Targets     []Target // all of them, healthy ones too
	Event       string   // the latest service event
}

// DeploymentStatus is a deployment with the revision it is about.
type DeploymentStatus struct {
	Deployment
	Role    string // PRIMARY, ACTIVE
	Image   string
	Task    string // what its task definition says, in a line
	Started time.Time
}

// TaskStatus is a task that is not stopped.
type TaskStatus struct {
	ID       string
	State    string // last status, e.g. RUNNING
	Health   string // of the container's own check
	Revision string
	Address  string // private IP address
	Started  time.Time
}

// Status describes the service with its deployments, tasks and targets.
func (r *Rollouts) Status(ctx context.Context) (Status, error) {
	s, err := r.describe(ctx)
	if err != nil {
		return Status{}, err
	}
	st := Status{
		Service: aws.ToString(s.ServiceName), State: aws.ToString(s.Status),
		Desired: int(s.DesiredCount), Running: int(s.RunningCount), Pending: int(s.PendingCount),
	}
	if len(s.Events) > 0 {
		st.Event = aws.ToString(s.Events[0].Message)
	}
	for _, d := range s.Deployments {
		definition, err := r.taskDefinition(ctx, aws.ToString(d.TaskDefinition))
		if err != nil {
			return st, err
		}
		st.Deployments = append(st.Deployments, DeploymentStatus{
			Deployment: deploymentFromAPI(d), Role: aws.ToString(d.Status), Started: aws.ToTime(d.CreatedAt),
			Image: aws.ToString(r.container(definition).Image), Task: inLine(definition, r.container(definition)),
		})
	}
	if st.Tasks, err = r.tasks(ctx); err != nil {
		return st, err
	}
	for _, lb := range s.LoadBalancers {
		targets, err := r.targets(ctx, aws.ToString(lb.TargetGroupArn))
		if err != nil {
			return st, err
		}
		st.Targets = append(st.Targets, targets...)
	}
	return st, nil
}

func (r *Rollouts) tasks(ctx context.Context) ([]TaskStatus, error) {
	list, err := r.ECS.ListTasks(ctx, &ecs.ListTasksInput{Cluster: aws.String(r.Service.Cluster), ServiceName: aws.String(r.Service.Name)})
	if err != nil {
		return nil, fmt.Errorf("list tasks of %s: %w", r.Service.Name, r.absent(err))
	}
	if len(list.TaskArns) == 0 {
		return nil, nil
	}
	out, err := r.ECS.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: aws.String(r.Service.Cluster), Tasks: list.TaskArns})
	if err != nil {
		return nil, fmt.Errorf("describe tasks of %s: %w", r.Service.Name, err)
	}
	var tasks []TaskStatus
	for _, t := range out.Tasks {
		tasks = append(tasks, TaskStatus{
			ID: last(aws.ToString(t.TaskArn)), State: aws.ToString(t.LastStatus), Health: string(t.HealthStatus),
			Revision: last(aws.ToString(t.TaskDefinitionArn)), Address: privateIP(t), Started: aws.ToTime(t.StartedAt),
		})
	}
	slices.SortFunc(tasks, func(a, b TaskStatus) int { return strings.Compare(a.ID, b.ID) })
	return tasks, nil
}

func privateIP(t types.Task) string {
	for _, a := range t.Attachments {
		for _, d := range a.Details {
			if aws.ToString(d.Name) == "privateIPv4Address" {
				return aws.ToString(d.Value)
			}
		}
	}
	return ""
}

// targets of a group; one that was deleted has none.
func (r *Rollouts) targets(ctx context.Context, group string) ([]Target, error) {
	out, err := r.Targets.DescribeTargetHealth(ctx, &elb.DescribeTargetHealthInput{TargetGroupArn: aws.String(group)})
	if _, gone := errors.AsType[*elbtypes.TargetGroupNotFoundException](err); gone {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("describe target health: %w", err)
	}
	var targets []Target
	for _, d := range out.TargetHealthDescriptions {
		targets = append(targets, targetFromAPI(d))
	}
	return targets, nil
}

func targetFromAPI(d elbtypes.TargetHealthDescription) Target {
	t := Target{Address: fmt.Sprintf("%s:%d", aws.ToString(d.Target.Id), aws.ToInt32(d.Target.Port))}
	if h := d.TargetHealth; h != nil {
		t.State, t.Reason, t.Detail = string(h.State), string(h.Reason), aws.ToString(h.Description)
	}
	return t
}
