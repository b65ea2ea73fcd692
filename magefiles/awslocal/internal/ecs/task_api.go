package ecs

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/program"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

type listTasksInput struct {
	Cluster           string `json:"cluster"`
	ContainerInstance string `json:"containerInstance"`
	Family            string `json:"family"`
	StartedBy         string `json:"startedBy"`
	ServiceName       string `json:"serviceName"`
	DesiredStatus     string `json:"desiredStatus"`
	LaunchType        string `json:"launchType"`
	pagedInput
}

type listTasksOutput struct {
	TaskARNs  []string `json:"taskArns"`
	NextToken string   `json:"nextToken,omitempty"`
}

func (s *Service) listTasks(_ context.Context, in *listTasksInput) (*listTasksOutput, error) {
	c, err := s.cluster(in.Cluster)
	if err != nil {
		return nil, err
	}
	if in.ServiceName != "" {
		if _, err := s.service(c.ClusterName, in.ServiceName); err != nil {
			return nil, err
		}
	}
	status := cmp.Or(in.DesiredStatus, running)
	if !slices.Contains([]string{running, pending, stopped}, status) {
		return nil, invalid("Invalid desiredStatus: %s", status)
	}
	var tasks []*taskRecord
	for t := range s.tasksIn(c.ClusterARN) {
		d := s.definition(t)
		if t.Task.DesiredStatus == status && (in.ServiceName == "" || t.Service == c.ClusterName+"/"+lastPart(in.ServiceName)) &&
			(in.Family == "" || d.Family == in.Family) && (in.StartedBy == "" || t.Task.StartedBy == in.StartedBy) &&
			(in.LaunchType == "" || in.LaunchType == t.Task.LaunchType) && in.ContainerInstance == "" {
			tasks = append(tasks, t)
		}
	}
	byAge(tasks)
	arns := []string{}
	for _, t := range tasks {
		arns = append(arns, t.Task.TaskARN)
	}
	arns, next, err := page(arns, in.NextToken, in.MaxResults, 100, 100)
	if err != nil {
		return nil, err
	}
	return &listTasksOutput{arns, next}, nil
}

type describeTasksInput struct {
	Cluster string   `json:"cluster"`
	Tasks   []string `json:"tasks"`
	Include []string `json:"include"`
}

type tasksOutput struct {
	Tasks    []task    `json:"tasks"`
	Failures []failure `json:"failures"`
}

func (s *Service) describeTasks(_ context.Context, in *describeTasksInput) (*tasksOutput, error) {
	c, err := s.cluster(in.Cluster)
	if err != nil {
		return nil, err
	}
	if len(in.Tasks) == 0 {
		return nil, invalid("Tasks cannot be empty.")
	}
	if len(in.Tasks) > 100 {
		return nil, invalid("Tasks cannot have more than 100 elements.")
	}
	out := &tasksOutput{Tasks: []task{}, Failures: []failure{}}
	for _, ref := range in.Tasks {
		t := s.state.Tasks.Look(lastPart(ref))
		if t == nil || t.Task.ClusterARN != c.ClusterARN {
			out.Failures = append(out.Failures, failure{ARN: s.acct.ARN("ecs", "task/"+c.ClusterName+"/"+lastPart(ref)), Reason: "MISSING"})
			continue
		}
		d := t.Task
		if !slices.Contains(in.Include, "TAGS") {
			d.Tags = nil
		}
		out.Tasks = append(out.Tasks, d)
	}
	return out, nil
}

type stopTaskInput struct {
	Cluster string `json:"cluster"`
	Task    string `json:"task"`
	Reason  string `json:"reason"`
}

type stopTaskOutput struct {
	Task task `json:"task"`
}

func (s *Service) stopTask(_ context.Context, in *stopTaskInput) (*stopTaskOutput, error) {
	c, err := s.cluster(in.Cluster)
	if err != nil {
		return nil, err
	}
	t := s.state.Tasks.Get(lastPart(in.Task))
	if t == nil || t.Task.ClusterARN != c.ClusterARN {
		return nil, invalid("The referenced task was not found.")
	}
	if t.Task.LastStatus == stopped { // it stays as it is
		return &stopTaskOutput{t.Task}, nil
	}
	s.stop(t, "UserInitiated", cmp.Or(in.Reason, "Task stopped by user"))
	return &stopTaskOutput{t.Task}, nil
}

// overridesLimit is in characters of JSON. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RunTask.html
const overridesLimit = 8192

func checkOverrides(o *taskOverride) error {
	type given struct { // without what Fargate adds
		*taskOverride
		InferenceAcceleratorOverrides []struct{} `json:"inferenceAcceleratorOverrides,omitempty"`
	}
	if utf8.RuneCountInString(text(given{taskOverride: o})) > overridesLimit {
		return invalid("Container Overrides length must be at most %d", overridesLimit)
	}
	return nil
}

// text is a value as JSON.
func text(v any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // of what was just read as JSON
	return strings.TrimSuffix(b.String(), "\n")
}

// startedBefore are the tasks that a request with the same clientToken has started; nil where none has.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/ECS_Idempotency.html
func (s *Service) startedBefore(clusterARN string, in *runTaskInput) (*tasksOutput, error) {
	if in.ClientToken == "" {
		return nil, nil
	}
	var tasks []*taskRecord
	for t := range s.tasksIn(clusterARN) {
		if t.Token == in.ClientToken {
			if t.Request != text(in) {
				return nil, wire.Errorf("ConflictException", "The RunTask request could not be processed due to conflicts. The provided clientToken is already in use with a different RunTask request.")
			}
			tasks = append(tasks, t)
		}
	}
	if len(tasks) == 0 {
		return nil, nil
	}
	byAge(tasks)
	out := &tasksOutput{Tasks: []task{}, Failures: []failure{}}
	for _, t := range tasks {
		out.Tasks = append(out.Tasks, t.Task)
	}
	return out, nil
}

type runTaskInput struct {
	CapacityProviderStrategy []capacityProviderStrategyItem `json:"capacityProviderStrategy"`
	Cluster                  string                         `json:"cluster"`
	Count                    *int                           `json:"count"`
	EnableECSManagedTags     bool                           `json:"enableECSManagedTags"`
	EnableExecuteCommand     bool                           `json:"enableExecuteCommand"`
	Group                    string                         `json:"group"`
	LaunchType               string                         `json:"launchType"`
	NetworkConfiguration     *networkConfiguration          `json:"networkConfiguration"`
	Overrides                *taskOverride                  `json:"overrides"`
	PlatformVersion          string                         `json:"platformVersion"`
	PropagateTags            string                         `json:"propagateTags"`
	ReferenceID              string                         `json:"referenceId"`
	StartedBy                string                         `json:"startedBy"`
	Tags                     []tag                          `json:"tags"`
	TaskDefinition           string                         `json:"taskDefinition"`
	ClientToken              string                         `json:"clientToken"`
}

// runTask starts tasks of no service. Unless a scenario says otherwise the program of each ends after a short
// while with exit code 0, as one-off commands do, but for the image's own program: that goes on.
func (s *Service) runTask(_ context.Context, in *runTaskInput) (*tasksOutput, error) {
	c, err := s.cluster(in.Cluster)
	if err != nil {
		return nil, err
	}
	n := or(in.Count, 1)
	if n < 1 || n > 10 {
		return nil, invalid("Count must be between 1 and 10.")
	}
	set := settings{LaunchType: in.LaunchType, CapacityProviderStrategy: in.CapacityProviderStrategy, PlatformVersion: in.PlatformVersion,
		TaskDefinition: in.TaskDefinition, NetworkConfiguration: in.NetworkConfiguration, EnableExecuteCommand: in.EnableExecuteCommand}
	if set.LaunchType == "" && len(set.CapacityProviderStrategy) == 0 {
		set.CapacityProviderStrategy = c.DefaultCapacityProviderStrategy
	}
	if set.LaunchType == "EC2" || set.LaunchType == "" && len(set.CapacityProviderStrategy) == 0 {
		return nil, invalid("No Container Instances were found in your cluster.")
	}
	if err := s.checkService(c, &set); err != nil {
		return nil, err
	}
	d, err := s.taskDefinition(set.TaskDefinition)
	if err != nil {
		return nil, err
	}
	if role := s.missingRole(d); role != "" {
		return nil, clientError("%s", program.Unassumable(role))
	}
	if before, err := s.startedBefore(c.ClusterARN, in); before != nil || err != nil {
		return before, err
	}
	if in.Overrides != nil {
		if err := checkOverrides(in.Overrides); err != nil {
			return nil, err
		}
		for _, o := range in.Overrides.ContainerOverrides {
			if !slices.ContainsFunc(d.ContainerDefinitions, func(c containerDefinition) bool { return c.Name == o.Name }) {
				return nil, invalid("Override for container named %s is not a container in the TaskDefinition.", o.Name)
			}
			if _, err := scenarioOf(s.behaviours, o.Environment, nil); err != nil {
				return nil, clientError("The embedded AWS cannot rehearse this: container %s: %v.", o.Name, err)
			}
		}
	}
	asked := text(in)
	out := &tasksOutput{Tasks: []task{}, Failures: []failure{}}
	for range n {
		t := s.launch(d, c.ClusterARN, "", set, set.CapacityProviderStrategy)
		t.Task.StartedBy, t.Task.Group, t.Task.Tags = in.StartedBy, cmp.Or(in.Group, t.Task.Group), in.Tags
		if in.ClientToken != "" {
			t.Token, t.Request = in.ClientToken, asked
		}
		if in.PropagateTags == "TASK_DEFINITION" {
			t.Task.Tags = append(t.Task.Tags, fromMap(s.state.Tags.Look(d.TaskDefinitionARN))...)
		}
		if in.Overrides != nil {
			t.Task.Overrides = in.Overrides
			t.Task.Overrides.ContainerOverrides = list(t.Task.Overrides.ContainerOverrides)
			t.Task.Overrides.InferenceAcceleratorOverrides = list(t.Task.Overrides.InferenceAcceleratorOverrides)
			t.Task.CPU, t.Task.Memory = cmp.Or(in.Overrides.CPU, t.Task.CPU), cmp.Or(in.Overrides.Memory, t.Task.Memory)
		}
		out.Tasks = append(out.Tasks, t.Task)
	}
	return out, nil
}
