package ecs

import (
	"slices"
	"strings"
)

// requiredAttributes are what a container instance would have to be capable of, which ECS derives from a task
// definition. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-placement-constraints.html
func requiredAttributes(d *taskDefinition, registry string) []attribute {
	need := map[string]bool{}
	if d.TaskRoleARN != "" {
		need["com.amazonaws.ecs.capability.task-iam-role"] = true
	}
	if d.NetworkMode == "awsvpc" {
		need["ecs.capability.task-eni"] = true
		need["com.amazonaws.ecs.capability.docker-remote-api.1.18"] = true
	}
	for i := range d.ContainerDefinitions {
		d.ContainerDefinitions[i].needs(need, registry, d.ExecutionRoleARN != "")
	}
	for _, v := range d.Volumes {
		if v.EfsVolumeConfiguration != nil {
			need["ecs.capability.efs"] = true
			need["com.amazonaws.ecs.capability.docker-remote-api.1.25"] = true
		}
	}
	out := []attribute{}
	for _, name := range sortedKeys(need) {
		out = append(out, attribute{Name: name})
	}
	return out
}

func (c *containerDefinition) needs(need map[string]bool, registry string, role bool) {
	if strings.HasPrefix(c.Image, registry+"/") {
		need["com.amazonaws.ecs.capability.ecr-auth"] = true
		if role {
			need["ecs.capability.execution-role-ecr-pull"] = true
		}
	}
	if l := c.LogConfiguration; l != nil {
		need["com.amazonaws.ecs.capability.logging-driver."+l.LogDriver] = true
		need["com.amazonaws.ecs.capability.docker-remote-api.1.19"] = true
		if l.LogDriver == "awslogs" && role {
			need["ecs.capability.execution-role-awslogs"] = true
		}
	}
	if c.HealthCheck != nil {
		need["ecs.capability.container-health-check"] = true
		need["com.amazonaws.ecs.capability.docker-remote-api.1.24"] = true
	}
	if len(c.DependsOn) > 0 {
		need["ecs.capability.container-ordering"] = true
	}
	if slices.ContainsFunc(c.Secrets, func(s secret) bool { return strings.Contains(s.ValueFrom, ":secretsmanager:") }) {
		need["ecs.capability.secrets.asm.environment-variables"] = true
	}
	if slices.ContainsFunc(c.Secrets, func(s secret) bool { return !strings.Contains(s.ValueFrom, ":secretsmanager:") }) {
		need["ecs.capability.secrets.ssm.environment-variables"] = true
	}
	if len(c.EnvironmentFiles) > 0 {
		need["ecs.capability.env-files.s3"] = true
	}
}
