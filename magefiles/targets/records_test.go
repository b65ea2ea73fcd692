package targets_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cfnapi "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	ecrtypes "github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/awslocal"
)

// two lets the service have two tasks.
func (w *world) two() *world {
	dev(&w.app, func(e *cfn.Environment) { e.MinTasks, e.MaxTasks = 2, 4 })
	return w
}

// records are what AWS has of the service: its tasks, by id, the events of its stack and its service deployments, newest
// first.
type records struct {
	tasks       map[string]types.Task
	events      []string // "resource STATUS"
	status      string   // of the stack
	deployments []types.ServiceDeploymentStatus
	rest        time.Time // since when nothing happens any more
}

func (w *world) records() (r records) {
	w.t.Helper()
	ctx := context.Background()
	w.behind(1, func(server *awslocal.Server) {
		api := ecs.NewFromConfig(server.Config())
		cluster, service, family := aws.String("shop-local"), aws.String("shop-local-service"), aws.String("shop-local-service")
		r.tasks = map[string]types.Task{}
		for _, status := range []types.DesiredStatus{types.DesiredStatusRunning, types.DesiredStatusStopped} {
			list, err := api.ListTasks(ctx, &ecs.ListTasksInput{Cluster: cluster, Family: family, DesiredStatus: status})
			must(w.t, err)
			if len(list.TaskArns) == 0 {
				continue
			}
			out, err := api.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: cluster, Tasks: list.TaskArns})
			must(w.t, err)
			for _, t := range out.Tasks {
				r.tasks[aws.ToString(t.TaskArn)] = t
				r.at(t.StartedAt, t.StoppedAt)
			}
		}
		list, err := api.ListServiceDeployments(ctx, &ecs.ListServiceDeploymentsInput{Cluster: cluster, Service: service})
		must(w.t, err)
		for _, d := range list.ServiceDeployments {
			r.deployments = append(r.deployments, d.Status)
			r.at(d.FinishedAt)
		}
		events, err := cfnapi.NewFromConfig(server.Config()).DescribeStackEvents(ctx, &cfnapi.DescribeStackEventsInput{StackName: aws.String("ShopEcsServiceStack-local")})
		must(w.t, err)
		for _, e := range events.StackEvents {
			r.events = append(r.events, aws.ToString(e.LogicalResourceId)+" "+string(e.ResourceStatus))
			r.at(e.Timestamp)
		}
		_, r.status, _ = strings.Cut(r.events[0], " ")
	})
	return r
}

func (r *records) at(times ...*time.Time) {
	for _, t := range times {
		if t != nil && t.After(r.rest) {
			r.rest = *t
		}
	}
}

// live are the tasks that are to run, of a revision; of any where it is empty.
func (r records) live(revision string) (ids []string) {
	for _, id := range slices.Sorted(maps.Keys(r.tasks)) {
		if t := r.tasks[id]; aws.ToString(t.DesiredStatus) == "RUNNING" && strings.HasSuffix(aws.ToString(t.TaskDefinitionArn), revision) {
			ids = append(ids, id)
		}
	}
	return ids
}

// stopped are the tasks of a revision that are not to run any more.
func (r records) stopped(revision string) (n int) {
	for _, t := range r.tasks {
		if aws.ToString(t.DesiredStatus) != "RUNNING" && strings.HasSuffix(aws.ToString(t.TaskDefinitionArn), revision) {
			n++
		}
	}
	return n
}

// kept fails the test unless the tasks that ran are the ones that run, no other of their revision was ever started, and the
// stack is at rest as it was.
func (w *world) kept(before records, status string) records {
	w.t.Helper()
	after := w.records()
	if was, is := before.live(""), after.live(""); !slices.Equal(was, is) {
		w.t.Errorf("tasks %q ran, and now %q", was, is)
	}
	for id, t := range after.tasks {
		if _, known := before.tasks[id]; !known && strings.HasSuffix(aws.ToString(t.TaskDefinitionArn), ":1") {
			w.t.Errorf("another task of the good revision was started: %s", id)
		}
	}
	if after.status != status {
		w.t.Errorf("the stack is %s, want %s", after.status, status)
	}
	return after
}

// expire deletes the images with these tags, as a lifecycle policy may.
func (w *world) expire(tags ...string) {
	w.t.Helper()
	w.behind(1, func(server *awslocal.Server) {
		for _, tag := range tags {
			ctx, api, repository := context.Background(), ecr.NewFromConfig(server.Config()), aws.String("shop-local")
			out, err := api.DescribeImages(ctx, &ecr.DescribeImagesInput{RepositoryName: repository, ImageIds: []ecrtypes.ImageIdentifier{{ImageTag: aws.String(tag)}}})
			must(w.t, err)
			_, err = api.BatchDeleteImage(ctx, &ecr.BatchDeleteImageInput{RepositoryName: repository, ImageIds: []ecrtypes.ImageIdentifier{{ImageDigest: out.ImageDetails[0].ImageDigest}}})
			must(w.t, err)
		}
	})
}
