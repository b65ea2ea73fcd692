package rollout

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/smithy-go"
)

// Program is what a task definition says of its container's program.
type Program struct {
	TaskDefinition string   // ARN; empty for one that is planned
	Image          string   // reference
	Architecture   string   // X86_64 or ARM64
	EntryPoint     []string // empty leaves it to the image
}

// Program is that of the revision that the service runs.
func (r *Rollouts) Program(ctx context.Context) (Program, error) {
	s, err := r.describe(ctx)
	if err != nil {
		return Program{}, err
	}
	return r.ProgramOf(ctx, aws.ToString(s.TaskDefinition))
}

// ProgramOf is that of a revision, by its ARN.
func (r *Rollouts) ProgramOf(ctx context.Context, definition string) (Program, error) {
	d, err := r.taskDefinition(ctx, definition)
	if err != nil {
		return Program{}, err
	}
	return r.ProgramIn(d), nil
}

// ProgramIn is that of a task definition, whether it is registered or not. Pure.
func (r *Rollouts) ProgramIn(d types.TaskDefinition) Program {
	c := r.container(d)
	return Program{
		TaskDefinition: aws.ToString(d.TaskDefinitionArn), Image: aws.ToString(c.Image),
		Architecture: architecture(d), EntryPoint: c.EntryPoint,
	}
}

// OneOff is a task that runs a command once.
type OneOff struct {
	// TaskDefinition is the ARN of the revision that it runs in. Definition takes its place: it is registered as a revision
	// of the task's own.
	TaskDefinition string
	Definition     *Planned
	// Network takes the place of the service's, which does not have to be there then.
	Network *types.NetworkConfiguration
	Command []string
	// InPlace of the entry point, which would take the command for arguments of its own. A task can override a
	// command and no entry point, so that it gets a revision of its own, which is INACTIVE as soon as it has begun. Its
	// entry point is the command's first word. The others are the task's alone: AWS keeps revisions for ever.
	// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerOverride.html
	InPlace bool
	// Image takes the place of the revision's, in a revision of its own likewise; empty leaves it.
	Image string
	// Variables are added to those of the container.
	Variables map[string]string
	// Token makes the start of the task happen once, however often it is asked for: up to 64 characters.
	// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/ECS_Idempotency.html
	Token string
}

// OverridesLimit is how many characters of JSON the overrides of a task may have.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
const OverridesLimit = 8192

// OverridesLength is how many characters the overrides of a task have that runs a command. Pure.
func (r *Rollouts) OverridesLength(task OneOff) (int, error) {
	type pair struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	type container struct {
		Name        string   `json:"name"`
		Command     []string `json:"command,omitempty"`
		Environment []pair   `json:"environment,omitempty"`
	}
	c := container{Name: r.Service.Container, Command: task.Command}
	for _, name := range slices.Sorted(maps.Keys(task.Variables)) {
		c.Environment = append(c.Environment, pair{name, task.Variables[name]})
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(map[string][]container{"containerOverrides": {c}}); err != nil {
		return 0, fmt.Errorf("measure overrides: %w", err)
	}
	return utf8.RuneCountInString(b.String()) - 1, nil // a line break ends it
}

// Run starts a one-off task beside the service: with a revision's task definition, in the service's network. It returns
// the task's id.
func (r *Rollouts) Run(ctx context.Context, task OneOff) (id string, err error) {
	network := task.Network
	if network == nil {
		s, err := r.describe(ctx)
		if err != nil {
			return "", err
		}
		network = s.NetworkConfiguration
	}
	override := types.ContainerOverride{Name: aws.String(r.Service.Container), Command: task.Command}
	if task.InPlace || task.Image != "" || task.Definition != nil {
		arn, err := r.registerOneOff(ctx, task)
		if err != nil {
			return "", err
		}
		// A task that has begun goes on with a revision that is INACTIVE. So nothing stays behind, however the run ends.
		// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeregisterTaskDefinition.html
		defer r.forget(ctx, arn)
		if task.TaskDefinition = arn; task.InPlace {
			override.Command = task.Command[1:]
		}
	}
	for _, name := range slices.Sorted(maps.Keys(task.Variables)) {
		override.Environment = append(override.Environment, types.KeyValuePair{Name: aws.String(name), Value: aws.String(task.Variables[name])})
	}
	in := &ecs.RunTaskInput{
		Cluster: aws.String(r.Service.Cluster), TaskDefinition: aws.String(task.TaskDefinition), LaunchType: types.LaunchTypeFargate,
		NetworkConfiguration: network, StartedBy: aws.String("splitecs"),
	}
	if task.Token != "" {
		in.ClientToken = aws.String(task.Token)
	}
	if len(override.Command)+len(override.Environment) > 0 {
		in.Overrides = &types.TaskOverride{ContainerOverrides: []types.ContainerOverride{override}}
	}
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	asked, cancel := untilItAnswers(ctx) // a task whose id is not known cannot be followed
	defer cancel()
	out, err := r.ECS.RunTask(asked, in)
	if _, answered := errors.AsType[smithy.APIError](err); err != nil && !answered && task.Token != "" && ctx.Err() == nil {
		out, err = r.ECS.RunTask(asked, in) // the answer was lost, or the request: the token makes it one task
	}
	if err != nil {
		return "", fmt.Errorf("run task of %s: %w", r.Service.Name, err)
	}
	for _, f := range out.Failures {
		return "", fmt.Errorf("run task of %s: %s %s", r.Service.Name, aws.ToString(f.Reason), aws.ToString(f.Detail))
	}
	return last(aws.ToString(out.Tasks[0].TaskArn)), nil
}

// untilItAnswers is a context for one call whose answer is waited for although the run is over: what the call makes would
// be lost otherwise. It ends four seconds after the run: Mage gives one that is interrupted five.
func untilItAnswers(ctx context.Context) (context.Context, context.CancelFunc) {
	own, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(4*time.Second, cancel) })
	return own, func() { stop(); cancel() }
}

// forget deregisters the revision of a one-off task, whether the context has ended or not. Where that fails it is told:
// the task runs, and its end is what counts.
func (r *Rollouts) forget(ctx context.Context, definition string) {
	ctx, cancel := untilItAnswers(ctx)
	defer cancel()
	if err := r.Deregister(ctx, definition); err != nil {
		r.tell(last(definition), "ACTIVE", err.Error())
	}
}

// Missing is the state of a task that ECS does not tell of: one that was started a moment ago, or one that it has
// forgotten, about an hour after its end.
const Missing = "MISSING"

// Ended describes a task; ended is false as long as it is not STOPPED. Of one that is [Missing] nothing is known. The exit code is the application's container's, if
// it ran: that is what the command ran in.
func (r *Rollouts) Ended(ctx context.Context, id string) (t Task, state string, ended bool, err error) {
	out, err := r.ECS.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: aws.String(r.Service.Cluster), Tasks: []string{id}})
	if err != nil {
		return t, "", false, fmt.Errorf("describe task %s: %w", id, err)
	}
	if len(out.Tasks) == 0 {
		return t, Missing, false, nil
	}
	state = aws.ToString(out.Tasks[0].LastStatus)
	t = taskFromAPI(out.Tasks[0], r.Service.Container)
	for _, c := range out.Tasks[0].Containers {
		if aws.ToString(c.Name) == r.Service.Container && c.ExitCode != nil {
			t.Container, t.Sidecar, t.Exit, t.Detail = r.Service.Container, false, c.ExitCode, aws.ToString(c.Reason)
		}
	}
	return t, state, state == "STOPPED", nil
}
