package rollout

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"

	"github.com/bellyfed/splitecs/cfn/confidential"
)

// logLines is how many of a failing container's last lines are kept.
const logLines = 10

// serviceDeployments are the service's latest, the newest first.
func (r *Rollouts) serviceDeployments(ctx context.Context) ([]types.ServiceDeploymentBrief, error) {
	out, err := r.ECS.ListServiceDeployments(ctx, &ecs.ListServiceDeploymentsInput{
		Cluster: aws.String(r.Service.Cluster), Service: aws.String(r.Service.Name),
	})
	if err != nil {
		return nil, fmt.Errorf("list deployments of service %s: %w", r.Service.Name, err)
	}
	return out.ServiceDeployments, nil
}

// stoppedTasks are the ARNs of the tasks of the service's family that ECS still remembers as stopped (about an
// hour), whether the service is still there or not. Where there is no cluster there are no tasks.
func (r *Rollouts) stoppedTasks(ctx context.Context) ([]string, error) {
	var arns []string
	pages := ecs.NewListTasksPaginator(r.ECS, &ecs.ListTasksInput{
		Cluster: aws.String(r.Service.Cluster), Family: aws.String(r.Service.Family), DesiredStatus: types.DesiredStatusStopped,
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if isClusterNotFound(err) {
			return nil, nil
		}
		if err != nil {
			return nil, fmt.Errorf("list stopped tasks of %s: %w", r.Service.Name, err)
		}
		arns = append(arns, page.TaskArns...)
	}
	return arns, nil
}

// lastLines of a task's container, without what is confidential; none where there is no stream, or where nobody is to see
// them. What one event has on several lines is several.
func (r *Rollouts) lastLines(ctx context.Context, container, task string) []string {
	if r.WithoutLines {
		return nil
	}
	stream := r.Service.StreamPrefix + "/" + container + "/" + task
	out, err := r.Logs.GetLogEvents(ctx, &cloudwatchlogs.GetLogEventsInput{
		LogGroupName: aws.String(r.Service.LogGroup), LogStreamName: aws.String(stream), Limit: aws.Int32(logLines),
	})
	if err != nil {
		return nil // a task that never started has no stream; its reason is in the task
	}
	var lines []string
	var program confidential.Stream
	for _, e := range out.Events {
		for line := range strings.Lines(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(aws.ToString(e.Message))) {
			lines = append(lines, program.Redact(strings.TrimRight(line, "\n")))
		}
	}
	return lines
}

// describeStopped describes tasks that stopped, 100 at most, the one that began to stop first at the beginning.
func (r *Rollouts) describeStopped(ctx context.Context, arns []string) ([]types.Task, error) {
	out, err := r.ECS.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: aws.String(r.Service.Cluster), Tasks: arns[:min(len(arns), 100)]})
	if err != nil {
		return nil, fmt.Errorf("describe stopped tasks: %w", err)
	}
	slices.SortStableFunc(out.Tasks, func(a, b types.Task) int { return began(a).Compare(began(b)) })
	return out.Tasks, nil
}

// stopped is a task that stopped, in AWS time, with its last lines where it failed.
func (r *Rollouts) stopped(ctx context.Context, in types.Task) Task {
	t := taskFromAPI(in, r.Service.Container)
	if r.Speed > 0 && !r.RealPrograms {
		t.Ran = time.Duration(float64(t.Ran) * r.Speed).Round(time.Second)
	}
	if t.failed() {
		t.Log = r.lastLines(ctx, t.Container, t.ID)
	}
	return t
}

// presentTasks are the ARNs of the service's tasks that are to run.
func (r *Rollouts) presentTasks(ctx context.Context) ([]string, error) {
	list, err := r.ECS.ListTasks(ctx, &ecs.ListTasksInput{Cluster: aws.String(r.Service.Cluster), ServiceName: aws.String(r.Service.Name)})
	if err != nil {
		return nil, fmt.Errorf("list tasks of %s: %w", r.Service.Name, err)
	}
	return list.TaskArns, nil
}

func (r *Rollouts) describeTasks(ctx context.Context, arns []string) ([]types.Task, error) {
	out, err := r.ECS.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: aws.String(r.Service.Cluster), Tasks: arns})
	if err != nil {
		return nil, fmt.Errorf("describe tasks of %s: %w", r.Service.Name, err)
	}
	return out.Tasks, nil
}

// healthCheck is that of a target group; found is false where there is none.
func (r *Rollouts) healthCheck(ctx context.Context, s types.Service, group string) (c Check, found bool, err error) {
	out, err := r.Targets.DescribeTargetGroups(ctx, &elb.DescribeTargetGroupsInput{TargetGroupArns: []string{group}})
	if err != nil {
		return c, false, fmt.Errorf("describe target group: %w", err)
	}
	for _, g := range out.TargetGroups {
		c = Check{
			Path:    aws.ToString(g.HealthCheckPath),
			Timeout: time.Duration(aws.ToInt32(g.HealthCheckTimeoutSeconds)) * time.Second,
			Grace:   time.Duration(aws.ToInt32(s.HealthCheckGracePeriodSeconds)) * time.Second,
		}
		if g.Matcher != nil {
			c.Codes = aws.ToString(g.Matcher.HttpCode)
		}
		found = true
	}
	return c, found, nil
}

// content is what a deployment is of: the revision, what is different in it from the task definition before (its ARN; empty where
// there was none), and its filesystems. A service revision tells it also when ECS has gone back already.
func (r *Rollouts) content(ctx context.Context, serviceRevision, before string) (e Evidence, err error) {
	out, err := r.ECS.DescribeServiceRevisions(ctx, &ecs.DescribeServiceRevisionsInput{ServiceRevisionArns: []string{serviceRevision}})
	if err != nil {
		return e, fmt.Errorf("describe service revision %s: %w", last(serviceRevision), err)
	}
	for _, v := range out.ServiceRevisions {
		deployed := aws.ToString(v.TaskDefinition)
		if before != "" && before != deployed {
			was, err := r.taskDefinition(ctx, before)
			if err != nil {
				return e, err
			}
			is, err := r.taskDefinition(ctx, deployed)
			if err != nil {
				return e, err
			}
			e.Changes, e.Filesystems = Differences(was, is), filesystems(is)
		} else if e.Filesystems, err = r.Filesystems(ctx, deployed); err != nil {
			return e, err
		}
		e.Revision = last(deployed)
	}
	return e, nil
}

// describeDeployment is a service deployment with its alarms.
func (r *Rollouts) describeDeployment(ctx context.Context, arn string) ([]types.ServiceDeployment, error) {
	out, err := r.ECS.DescribeServiceDeployments(ctx, &ecs.DescribeServiceDeploymentsInput{ServiceDeploymentArns: []string{arn}})
	if err != nil {
		return nil, fmt.Errorf("describe service deployment %s: %w", last(arn), err)
	}
	return out.ServiceDeployments, nil
}
