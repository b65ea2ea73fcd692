package cfn

import (
	"slices"
	"strings"

	"github.com/awslabs/goformation/v7/cloudformation/ecs"

	"github.com/bellyfed/splitecs/cfn/partition"
)

// Sidecar is a container beside the application's in each task, such as a collector of traces or a proxy. The containers of
// a task reach each other at 127.0.0.1, so that a sidecar needs no port mapping; no two of them may listen on one port. Its
// lines go to the same log group, in streams of its own: STREAM_PREFIX/NAME/TASK_ID.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
type Sidecar struct {
	// Name of the container: 1 to 255 letters, digits, hyphens and underscores; none that another container has.
	Name string
	// Image is a reference of any registry that the task reaches, with its digest, as in
	// "public.ecr.aws/aws-observability/aws-otel-collector@sha256:…": a tag would make a revision something else from one
	// day to the next. From a repository of ECR, also of another account, the execution role may pull; that account has to
	// let it. Other registries are asked without credentials.
	Image string
	// Command replaces the image's command.
	Command []string
	// Variables are plain environment variables; a value that can only be a credential is refused.
	Variables map[string]string
	// Secrets maps a variable to an ARN, as [Environment.Secrets] does.
	Secrets map[string]string
	// CPU in units and Memory in MiB are reserved for the sidecar out of the task's own. Together, sidecars have to leave
	// something to the application. Default: none is reserved, all share.
	CPU    int
	Memory int
	// Optional lets the task go on when the sidecar ends. Default, as with ECS: it is essential, and its end is the task's.
	Optional bool
	// HealthCheckCommand runs inside the sidecar: its first element is "CMD" or "CMD-SHELL". Default: no health check. That
	// of a sidecar that is not optional decides about the task as the application's does.
	HealthCheckCommand []string
	// WaitFor makes the application's container wait for the sidecar: "START" until it has started, "HEALTHY" until its
	// health check succeeds. Default: they start together.
	WaitFor string
	// User that the program runs as. Default: the image's.
	User string
	// WritableRootFilesystem turns off the read-only root filesystem.
	WritableRootFilesystem bool
}

// What WaitFor may be.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDependency.html
const (
	waitForStart   = "START"
	waitForHealthy = "HEALTHY"
)

// TaskSecrets are the references of the secrets of all containers of a task: by their variables, and those of a sidecar
// by SIDECAR/VARIABLE.
func (e Environment) TaskSecrets() map[string]string { return secretsOfTask(e.Secrets, e.Sidecars) }

func secretsOfTask(own map[string]string, sidecars []Sidecar) map[string]string {
	all := merged(own, nil)
	for _, s := range sidecars {
		for name, reference := range s.Secrets {
			all[s.Name+"/"+name] = reference
		}
	}
	return all
}

// SidecarRepositories are the ARNs of the ECR repositories that sidecars' images are in, sorted.
func (e Environment) SidecarRepositories() []string {
	var arns []string
	for _, s := range e.Sidecars {
		if arn := repositoryOf(s.Image); arn != "" {
			arns = append(arns, arn)
		}
	}
	return distinct(arns)
}

// repositoryOf is the ARN of the private repository of ECR that an image is in; empty where it is in none.
func repositoryOf(image string) string {
	if r, ok := partition.RegistryOf(image); !ok || !r.OfAWS() {
		return ""
	}
	return RepositoryOf(image)
}

// RepositoryOf is the ARN of the private repository of ECR that an image is in, whatever the address of the registry ends in,
// which that of the embedded AWS does in its own way; empty where it is in none.
func RepositoryOf(image string) string {
	r, ok := partition.RegistryOf(image)
	_, name, _ := strings.Cut(image, "/")
	if end := strings.IndexAny(name, "@:"); end >= 0 {
		name = name[:end]
	}
	if !ok || name == "" {
		return ""
	}
	return "arn:" + partition.Of(r.Region).Name + ":ecr:" + r.Region + ":" + r.Account + ":repository/" + name
}

// sidecars are the definitions of the containers beside the application's, in the order of the configuration.
func (d deployment) sidecars() []ecs.TaskDefinition_ContainerDefinition {
	var list []ecs.TaskDefinition_ContainerDefinition
	for _, s := range d.Environment.Sidecars {
		definition := ecs.TaskDefinition_ContainerDefinition{
			Name:                   s.Name,
			Image:                  s.Image,
			Essential:              new(!s.Optional),
			Command:                s.Command,
			Environment:            environmentOf(s.Variables),
			Secrets:                secretsOf(s.Secrets),
			HealthCheck:            d.healthCheck(s.HealthCheckCommand),
			LogConfiguration:       d.logConfiguration(),
			ReadonlyRootFilesystem: new(!s.WritableRootFilesystem),
			StopTimeout:            new(int(d.Container.StopTimeout.Seconds())),
			LinuxParameters:        &ecs.TaskDefinition_LinuxParameters{InitProcessEnabled: new(true)},
		}
		if s.CPU > 0 {
			definition.Cpu = new(s.CPU)
		}
		if s.Memory > 0 {
			definition.MemoryReservation = new(s.Memory)
		}
		if s.User != "" {
			definition.User = new(s.User)
		}
		list = append(list, definition)
	}
	return list
}

// waits are the sidecars that the application's container waits for.
func (d deployment) waits() []ecs.TaskDefinition_ContainerDependency {
	var list []ecs.TaskDefinition_ContainerDependency
	for _, s := range d.Environment.Sidecars {
		if s.WaitFor != "" {
			list = append(list, ecs.TaskDefinition_ContainerDependency{ContainerName: new(s.Name), Condition: new(s.WaitFor)})
		}
	}
	return list
}

// pulled are what the execution role may pull from: the repositories of the infra stack, and those of sidecars.
func (d deployment) pulled() []string {
	others := append(d.Environment.SidecarRepositories(), d.kept.Repositories...)
	for _, s := range d.services {
		others = append(others, s.Environment.SidecarRepositories()...)
	}
	return slices.Concat(d.repositories(), distinct(others))
}
