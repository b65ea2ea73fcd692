package ecs

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

type registerTaskDefinitionInput struct {
	Family                  string                              `json:"family"`
	TaskRoleARN             string                              `json:"taskRoleArn"`
	ExecutionRoleARN        string                              `json:"executionRoleArn"`
	NetworkMode             string                              `json:"networkMode"`
	ContainerDefinitions    []containerDefinition               `json:"containerDefinitions"`
	Volumes                 []volume                            `json:"volumes"`
	PlacementConstraints    []taskDefinitionPlacementConstraint `json:"placementConstraints"`
	RequiresCompatibilities []string                            `json:"requiresCompatibilities"`
	CPU                     string                              `json:"cpu"`
	Memory                  string                              `json:"memory"`
	Tags                    []tag                               `json:"tags"`
	PidMode                 string                              `json:"pidMode"`
	IpcMode                 string                              `json:"ipcMode"`
	EphemeralStorage        *ephemeralStorage                   `json:"ephemeralStorage"`
	RuntimePlatform         *runtimePlatform                    `json:"runtimePlatform"`
	EnableFaultInjection    *bool                               `json:"enableFaultInjection"`
}

type taskDefinitionOutput struct {
	TaskDefinition taskDefinition `json:"taskDefinition"`
	Tags           []tag          `json:"tags,omitempty"`
}

func (s *Service) registerTaskDefinition(_ context.Context, in *registerTaskDefinitionInput) (*taskDefinitionOutput, error) {
	if err := checkTaskDefinition(in, s.acct.RegistryHost(), s.behaviours); err != nil {
		return nil, err
	}
	f := s.state.Families.Get(in.Family)
	if f == nil {
		f = &family{Retired: map[int]string{}}
		s.state.Families.Put(in.Family, f)
	}
	f.Last++
	d := &taskDefinition{
		TaskDefinitionARN:       s.definitionARN(in.Family, f.Last),
		ContainerDefinitions:    in.ContainerDefinitions,
		Family:                  in.Family,
		TaskRoleARN:             in.TaskRoleARN,
		ExecutionRoleARN:        in.ExecutionRoleARN,
		NetworkMode:             cmp.Or(in.NetworkMode, "bridge"),
		Revision:                f.Last,
		Volumes:                 list(in.Volumes),
		Status:                  "ACTIVE",
		PlacementConstraints:    list(in.PlacementConstraints),
		Compatibilities:         compatibilities(in),
		RuntimePlatform:         in.RuntimePlatform,
		RequiresCompatibilities: in.RequiresCompatibilities,
		CPU:                     in.CPU,
		Memory:                  in.Memory,
		PidMode:                 in.PidMode,
		IpcMode:                 in.IpcMode,
		RegisteredAt:            s.now(),
		RegisteredBy:            s.acct.GlobalARN("iam", "root"),
		EphemeralStorage:        in.EphemeralStorage,
		EnableFaultInjection:    in.EnableFaultInjection,
	}
	for i := range d.ContainerDefinitions {
		complete(&d.ContainerDefinitions[i], d.NetworkMode)
	}
	d.RequiresAttributes = requiredAttributes(d, s.acct.RegistryHost())
	s.state.Definitions.Put(definitionKey(in.Family, f.Last), d)
	if len(in.Tags) > 0 {
		s.state.Tags.Put(d.TaskDefinitionARN, toMap(in.Tags))
	}
	return &taskDefinitionOutput{TaskDefinition: *d, Tags: in.Tags}, nil
}

// complete fills in what ECS tells of a container although nobody said it.
func complete(c *containerDefinition, networkMode string) {
	c.Environment, c.MountPoints, c.VolumesFrom = list(c.Environment), list(c.MountPoints), list(c.VolumesFrom)
	c.PortMappings, c.SystemControls = list(c.PortMappings), list(c.SystemControls)
	if c.Essential == nil {
		yes := true
		c.Essential = &yes
	}
	for i := range c.PortMappings {
		p := &c.PortMappings[i]
		p.Protocol = cmp.Or(p.Protocol, "tcp")
		if networkMode == "awsvpc" {
			p.HostPort = p.ContainerPort
		}
	}
	if h := c.HealthCheck; h != nil {
		for _, v := range []struct {
			p        **int
			standard int
		}{{&h.Interval, 30}, {&h.Timeout, 5}, {&h.Retries, 3}} {
			if *v.p == nil {
				*v.p = &v.standard
			}
		}
	}
}

func compatibilities(in *registerTaskDefinitionInput) []string {
	if in.NetworkMode == "awsvpc" && in.CPU != "" && in.Memory != "" {
		return []string{"EC2", "FARGATE", "MANAGED_INSTANCES"}
	}
	return []string{"EC2"}
}

func (s *Service) definitionARN(family string, revision int) string {
	return s.acct.ARN("ecs", fmt.Sprintf("task-definition/%s:%d", family, revision))
}

// taskDefinition finds a revision by ARN, family:revision, or family (its latest ACTIVE one), to be looked at.
func (s *Service) taskDefinition(ref string) (*taskDefinition, error) {
	missing := clientError("Unable to describe task definition.")
	name := ref
	if strings.HasPrefix(ref, "arn:") {
		var ok bool
		if name, ok = strings.CutPrefix(ref, s.acct.ARN("ecs", "task-definition/")); !ok {
			return nil, missing
		}
	}
	name, revision, given := strings.Cut(name, ":")
	f := s.state.Families.Look(name)
	if f == nil {
		return nil, missing
	}
	n, err := f.Last, error(nil)
	if given {
		n, err = strconv.Atoi(revision)
	} else {
		for n > 0 && f.status(n) != "ACTIVE" {
			n--
		}
	}
	if d := s.state.Definitions.Look(definitionKey(name, n)); err == nil && d != nil {
		return d, nil
	}
	return nil, missing
}

// runnable finds a revision that a service or task may be started with.
func (s *Service) runnable(ref string) (*taskDefinition, error) {
	if ref == "" {
		return nil, invalid("TaskDefinition can not be blank.")
	}
	d, err := s.taskDefinition(ref)
	if err != nil {
		return nil, clientError("TaskDefinition not found.")
	}
	if d.Status != "ACTIVE" {
		return nil, clientError("TaskDefinition is inactive")
	}
	return d, nil
}

type describeTaskDefinitionInput struct {
	TaskDefinition string   `json:"taskDefinition"`
	Include        []string `json:"include"`
}

func (s *Service) describeTaskDefinition(_ context.Context, in *describeTaskDefinitionInput) (*taskDefinitionOutput, error) {
	d, err := s.taskDefinition(in.TaskDefinition)
	if err != nil {
		return nil, err
	}
	out := &taskDefinitionOutput{TaskDefinition: *d}
	if slices.Contains(in.Include, "TAGS") {
		out.Tags = fromMap(s.state.Tags.Look(d.TaskDefinitionARN))
	}
	return out, nil
}

type deregisterTaskDefinitionInput struct {
	TaskDefinition string `json:"taskDefinition"`
}

func (s *Service) deregisterTaskDefinition(_ context.Context, in *deregisterTaskDefinitionInput) (*taskDefinitionOutput, error) {
	if !strings.Contains(in.TaskDefinition, ":") {
		return nil, clientError("Task definition revision must be specified")
	}
	d, err := s.taskDefinition(in.TaskDefinition)
	if err != nil {
		return nil, clientError("The specified task definition does not exist.")
	}
	if d.Status == "ACTIVE" {
		d = s.state.Definitions.Get(definitionKey(d.Family, d.Revision))
		d.Status, d.DeregisteredAt = "INACTIVE", s.now()
		s.state.Families.Get(d.Family).Retired[d.Revision] = d.Status
		s.w.Changed()
	}
	return &taskDefinitionOutput{TaskDefinition: *d}, nil
}

type listTaskDefinitionsInput struct {
	FamilyPrefix string `json:"familyPrefix"`
	Status       string `json:"status"`
	Sort         string `json:"sort"`
	pagedInput
}

type listTaskDefinitionsOutput struct {
	TaskDefinitionARNs []string `json:"taskDefinitionArns"`
	NextToken          string   `json:"nextToken,omitempty"`
}

// listTaskDefinitions sorts by family, then by revision. The "prefix" is the whole family: so it is at AWS.
func (s *Service) listTaskDefinitions(_ context.Context, in *listTaskDefinitionsInput) (*listTaskDefinitionsOutput, error) {
	status := cmp.Or(in.Status, "ACTIVE")
	if !slices.Contains([]string{"ACTIVE", "INACTIVE", "DELETE_IN_PROGRESS"}, status) {
		return nil, invalid("Invalid status: %s", status)
	}
	type revision struct {
		family string
		number int
	}
	var all []revision
	for name, f := range s.state.Families.Ascend(in.FamilyPrefix, "") {
		if in.FamilyPrefix != "" && name != in.FamilyPrefix {
			break
		}
		for n := 1; n <= f.Last; n++ {
			if f.status(n) == status {
				all = append(all, revision{name, n})
			}
		}
	}
	if in.Sort == "DESC" {
		slices.Reverse(all)
	}
	all, next, err := page(all, in.NextToken, in.MaxResults, 100, 100)
	if err != nil {
		return nil, err
	}
	out := &listTaskDefinitionsOutput{[]string{}, next}
	for _, r := range all {
		out.TaskDefinitionARNs = append(out.TaskDefinitionARNs, s.definitionARN(r.family, r.number))
	}
	return out, nil
}

type listTaskDefinitionFamiliesInput struct {
	FamilyPrefix string `json:"familyPrefix"`
	Status       string `json:"status"`
	pagedInput
}

type listTaskDefinitionFamiliesOutput struct {
	Families  []string `json:"families"`
	NextToken string   `json:"nextToken,omitempty"`
}

// listTaskDefinitionFamilies: without a status, families with and without ACTIVE revisions.
func (s *Service) listTaskDefinitionFamilies(_ context.Context, in *listTaskDefinitionFamiliesInput) (*listTaskDefinitionFamiliesOutput, error) {
	families := []string{}
	for name, f := range s.state.Families.Ascend(in.FamilyPrefix, "") {
		active := len(f.Retired) < f.Last
		if in.Status == "" || in.Status == "ALL" || active == (in.Status == "ACTIVE") {
			families = append(families, name)
		}
	}
	families, next, err := page(families, in.NextToken, in.MaxResults, 100, 100)
	if err != nil {
		return nil, err
	}
	return &listTaskDefinitionFamiliesOutput{families, next}, nil
}
