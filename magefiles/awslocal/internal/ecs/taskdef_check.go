package ecs

import (
	"slices"
	"strconv"
	"strings"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/program"
)

// memoryOf says which MiB go with which CPU units on Fargate: from, to, step.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
var memoryOf = map[string][3]int{
	"512": {1024, 4096, 1024}, "1024": {2048, 8192, 1024}, "2048": {4096, 16384, 1024},
	"4096": {8192, 30720, 1024}, "8192": {16384, 61440, 4096}, "16384": {32768, 122880, 8192},
}

func fargateSize(cpu, memory string) bool {
	if cpu == "256" {
		return slices.Contains([]string{"512", "1024", "2048"}, memory)
	}
	m, ok := memoryOf[cpu]
	n, err := strconv.Atoi(memory)
	return ok && err == nil && n >= m[0] && n <= m[1] && (n-m[0])%m[2] == 0
}

// units turns the forms ".5 vCPU" and "1 GB" into CPU units and MiB.
func units(text, unit string) string {
	low := strings.ToLower(strings.ReplaceAll(text, " ", ""))
	if number, ok := strings.CutSuffix(low, unit); ok {
		if f, err := strconv.ParseFloat(number, 64); err == nil {
			return strconv.Itoa(int(f * 1024))
		}
	}
	return text
}

var familyForm = lazyregexp.New(`^[a-zA-Z0-9][a-zA-Z0-9_-]{0,254}$`)

// checkTaskDefinition refuses what RegisterTaskDefinition refuses, in its words, and what cannot be rehearsed.
func checkTaskDefinition(in *registerTaskDefinitionInput, registry string, behaviours program.Table) error {
	in.CPU, in.Memory = units(in.CPU, "vcpu"), units(in.Memory, "gb")
	if in.Family == "" {
		return clientError("Family should not be null or empty.")
	}
	if !familyForm.MatchString(in.Family) {
		return clientError("Family contains invalid characters.")
	}
	if len(in.ContainerDefinitions) == 0 {
		return clientError("Container list cannot be empty.")
	}
	if slices.Contains(in.RequiresCompatibilities, "FARGATE") {
		if err := checkFargate(in, registry); err != nil {
			return err
		}
	}
	essential := false
	names := map[string]bool{}
	for i := range in.ContainerDefinitions {
		c := &in.ContainerDefinitions[i]
		if err := checkContainer(in, c, behaviours); err != nil {
			return err
		}
		if names[c.Name] {
			return clientError("Container names should be unique within a task definition. %s is used more than once.", c.Name)
		}
		names[c.Name] = true
		essential = essential || or(c.Essential, true)
	}
	if !essential {
		return clientError("A task definition must have at least one essential container.")
	}
	for _, c := range in.ContainerDefinitions {
		for _, d := range c.DependsOn {
			if !names[d.ContainerName] {
				return clientError("Container '%s' depends on container '%s' which does not exist in the task definition.", c.Name, d.ContainerName)
			}
		}
	}
	return nil
}

func checkFargate(in *registerTaskDefinitionInput, registry string) error {
	switch {
	case in.NetworkMode != "awsvpc":
		return clientError("Fargate only supports network mode ‘awsvpc’.")
	case in.CPU == "":
		return clientError("Fargate requires that 'cpu' be defined at the task level.")
	case in.Memory == "":
		return clientError("Fargate requires that 'memory' be defined at the task level.")
	case !fargateSize(in.CPU, in.Memory):
		return clientError("No Fargate configuration exists for given values: %s CPU, %s memory. See the Amazon ECS documentation for the valid values.", in.CPU, in.Memory)
	}
	for _, c := range in.ContainerDefinitions {
		if in.ExecutionRoleARN == "" && strings.HasPrefix(c.Image, registry+"/") {
			return clientError("Fargate requires task definition to have execution role ARN to support ECR images.")
		}
		if or(c.Privileged, false) {
			return clientError("Fargate does not support privileged containers.")
		}
		if c.LogConfiguration == nil {
			continue
		}
		if in.ExecutionRoleARN == "" && c.LogConfiguration.LogDriver == "awslogs" {
			return clientError("Fargate requires task definition to have execution role ARN to support log driver awslogs.")
		}
		if c.LogConfiguration.LogDriver == "awslogs" && c.LogConfiguration.Options["awslogs-stream-prefix"] == "" {
			return clientError("Log driver awslogs requires options: awslogs-stream-prefix")
		}
	}
	return nil
}

func checkContainer(in *registerTaskDefinitionInput, c *containerDefinition, behaviours program.Table) error {
	switch {
	case c.Name == "":
		return clientError("Container.name should not be null or empty.")
	case c.Image == "":
		return clientError("Container.image should not be null or empty.")
	case !nameForm.MatchString(c.Name):
		return clientError("Container name %s is not valid.", c.Name)
	case len(c.Secrets) > 0 && in.ExecutionRoleARN == "":
		return clientError("When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.")
	case or(c.StopTimeout, 0) > 120:
		return clientError("The stop timeout value must be no more than 120 seconds on Fargate.")
	}
	seen := map[string]bool{}
	for _, v := range c.Environment {
		seen[v.Name] = true
	}
	for _, v := range c.Secrets {
		if seen[v.Name] {
			return clientError("The secret name must be unique and not shared with any new or existing environment variables set on the container, such as '%s'.", v.Name)
		}
	}
	for _, p := range c.PortMappings {
		if in.NetworkMode == "awsvpc" && p.HostPort != 0 && p.HostPort != p.ContainerPort {
			return clientError("When networkMode=awsvpc, the host ports and container ports in port mappings must match.")
		}
		if p.ContainerPort < 0 || p.ContainerPort > 65535 {
			return clientError("Invalid 'containerPort' setting for container '%s'", c.Name)
		}
	}
	if l := c.LogConfiguration; l != nil && l.LogDriver == "awslogs" && (l.Options["awslogs-group"] == "" || l.Options["awslogs-region"] == "") {
		return clientError("Log driver awslogs requires options: awslogs-group, awslogs-region")
	}
	if h := c.HealthCheck; h != nil {
		if err := checkHealthCheck(h); err != nil {
			return err
		}
	}
	if _, err := scenarioOf(behaviours, c.Environment, nil); err != nil {
		return clientError("The embedded AWS cannot rehearse this: container %s: %v.", c.Name, err)
	}
	return nil
}

func checkHealthCheck(h *healthCheck) error {
	if len(h.Command) == 0 {
		return clientError("Container health check command must not be empty.")
	}
	for _, v := range []struct {
		name      string
		value     *int
		low, high int
	}{{"interval", h.Interval, 5, 300}, {"timeout", h.Timeout, 2, 120}, {"retries", h.Retries, 1, 10}, {"startPeriod", h.StartPeriod, 0, 300}} {
		if v.value != nil && (*v.value < v.low || *v.value > v.high) {
			return clientError("Invalid value %d for health check %s: must be between %d and %d.", *v.value, v.name, v.low, v.high)
		}
	}
	return nil
}
