package cfn

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/awslabs/goformation/v7/cloudformation"
	"github.com/awslabs/goformation/v7/cloudformation/ecs"
)

// Health check within the container, at the pace of the load balancer's.
const (
	containerHealthInterval = 10 * time.Second
	containerHealthTimeout  = 5 * time.Second
	containerHealthRetries  = 3
)

// ImageUser leaves the user to the image; see [Container.User].
const ImageUser = "image"

func (d deployment) addTaskDefinition(t *cloudformation.Template) {
	t.Resources[ResourceTaskDefinition] = &ecs.TaskDefinition{
		Family:                  new(d.Names.Family),
		Cpu:                     new(strconv.Itoa(d.Environment.CPU)),
		Memory:                  new(strconv.Itoa(d.Environment.Memory)),
		NetworkMode:             new("awsvpc"),
		RequiresCompatibilities: []string{fargate},
		ExecutionRoleArn:        cloudformation.RefPtr(OutputExecutionRole),
		TaskRoleArn:             cloudformation.RefPtr(OutputTaskRole),
		RuntimePlatform: &ecs.TaskDefinition_RuntimePlatform{
			CpuArchitecture:       new(string(d.Environment.Architecture)),
			OperatingSystemFamily: new("LINUX"),
		},
		ContainerDefinitions: append([]ecs.TaskDefinition_ContainerDefinition{d.containerDefinition()}, d.sidecars()...),
		Volumes:              d.volumes(),
		// An update replaces the revision. Deregistering the old one would leave nothing to roll back to:
		// an inactive revision cannot be deployed again.
		AWSCloudFormationUpdateReplacePolicy: "Retain",
		AWSCloudFormationDeletionPolicy:      "Delete",
	}
}

func (d deployment) containerDefinition() ecs.TaskDefinition_ContainerDefinition {
	definition := ecs.TaskDefinition_ContainerDefinition{
		Name:                   d.Names.Container,
		Image:                  cloudformation.Ref(ParameterImage),
		Essential:              new(true),
		Command:                d.Container.Command,
		PortMappings:           d.portMappings(),
		Environment:            environmentOf(d.Environment.Variables),
		Secrets:                secretsOf(d.Environment.Secrets),
		HealthCheck:            d.healthCheck(d.Container.HealthCheckCommand),
		DependsOnProp:          d.waits(),
		LogConfiguration:       d.logConfiguration(),
		MountPoints:            d.mountPoints(),
		ReadonlyRootFilesystem: new(!d.Container.WritableRootFilesystem),
		StopTimeout:            new(int(d.Container.StopTimeout.Seconds())),
		// Reaps zombies and passes SIGTERM on, which a program that runs as process 1 has to do by itself.
		LinuxParameters: &ecs.TaskDefinition_LinuxParameters{InitProcessEnabled: new(true)},
	}
	if d.Container.User != ImageUser {
		definition.User = new(d.Container.User)
	}
	return definition
}

// portMappings are of what the load balancer asks: nothing reaches the port of a worker.
func (d deployment) portMappings() []ecs.TaskDefinition_PortMapping {
	if !d.balanced() {
		return nil
	}
	return []ecs.TaskDefinition_PortMapping{{
		Name:          new("http"),
		ContainerPort: new(d.Container.Port),
		Protocol:      new("tcp"),
		AppProtocol:   new("http"),
	}}
}

// logConfiguration writes to the infra stack's log group. Mode "blocking" loses no line: the other one, the default
// since June 2025, drops lines silently when its buffer is full. Its price is that the application waits
// where CloudWatch Logs does not take lines.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_LogConfiguration.html
func (d deployment) logConfiguration() *ecs.TaskDefinition_LogConfiguration {
	return &ecs.TaskDefinition_LogConfiguration{
		LogDriver: "awslogs",
		Options: map[string]string{
			"awslogs-group":         cloudformation.Ref(OutputLogGroup),
			"awslogs-region":        cloudformation.Ref("AWS::Region"),
			"awslogs-stream-prefix": d.Names.StreamPrefix,
			"mode":                  "blocking",
		},
	}
}

// healthCheck within a container; nil where there is no command.
func (d deployment) healthCheck(command []string) *ecs.TaskDefinition_HealthCheck {
	if len(command) == 0 {
		return nil
	}
	return &ecs.TaskDefinition_HealthCheck{
		Command:     command,
		Interval:    new(int(containerHealthInterval.Seconds())),
		Timeout:     new(int(containerHealthTimeout.Seconds())),
		Retries:     new(containerHealthRetries),
		StartPeriod: new(int(d.Container.StartPeriod.Seconds())),
	}
}

func (d deployment) volumes() []ecs.TaskDefinition_Volume {
	var volumes []ecs.TaskDefinition_Volume
	for _, path := range d.Container.WritablePaths {
		volumes = append(volumes, ecs.TaskDefinition_Volume{Name: new(volumeName(path))})
	}
	return volumes
}

func (d deployment) mountPoints() []ecs.TaskDefinition_MountPoint {
	var mounts []ecs.TaskDefinition_MountPoint
	for _, path := range d.Container.WritablePaths {
		mounts = append(mounts, ecs.TaskDefinition_MountPoint{
			SourceVolume:  new(volumeName(path)),
			ContainerPath: new(path),
			ReadOnly:      new(false),
		})
	}
	return mounts
}

// volumeName turns /app/.next/cache into app-_next-cache. Validation refuses two paths of one name.
func volumeName(path string) string {
	return volumeNames.Replace(strings.TrimPrefix(path, "/"))
}

var volumeNames = strings.NewReplacer("/", "-", ".", "_")

func environmentOf(variables map[string]string) []ecs.TaskDefinition_KeyValuePair {
	var pairs []ecs.TaskDefinition_KeyValuePair
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		pairs = append(pairs, ecs.TaskDefinition_KeyValuePair{Name: new(name), Value: new(variables[name])})
	}
	return pairs
}

func secretsOf(secrets map[string]string) []ecs.TaskDefinition_Secret {
	var list []ecs.TaskDefinition_Secret
	for _, name := range slices.Sorted(maps.Keys(secrets)) {
		list = append(list, ecs.TaskDefinition_Secret{Name: name, ValueFrom: secrets[name]})
	}
	return list
}
