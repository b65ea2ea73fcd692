package ecs

import (
	"errors"
	"fmt"
	"strings"
)

// What follows are the texts of tasks that cannot be started, by the reasons of the scenarios.

// unpullable is why an image cannot be pulled; see [notPulledReason].
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_cannot_pull_image.html
func (s *Service) unpullable(ref, why string, d *taskDefinition) error {
	const code = "CannotPullContainerError: "
	host, rest, _ := strings.Cut(ref, "/")
	repository, _, _ := strings.Cut(rest, "@")
	repository, _, _ = strings.Cut(repository, ":")
	head := func(cause string) error {
		return fmt.Errorf("failed to do request: Head \"https://%s/v2/%s/manifests/latest\": dial tcp%s", host, repository, cause)
	}
	switch why {
	case "route":
		return head(" 10.0.0.2:443: i/o timeout")
	case "dns":
		return head(": lookup " + host + " on 10.0.0.2:53: no such host")
	case "denied":
		return errors.New(code + "pull image manifest has been retried 1 time(s): " + s.denied(d, "ecr:BatchGetImage", s.acct.ARN("ecr", "repository/"+repository)))
	case "limit":
		return errors.New(code + "pull image manifest has been retried 5 time(s): toomanyrequests: Rate exceeded")
	case "disk":
		return errors.New(code + "ref pull has been retried 1 time(s): failed to extract layer: write /var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/1/fs/app: no space left on device")
	case "platform":
		return errors.New(code + "image Manifest does not contain descriptor matching platform 'linux/" + architecture(d) + "'")
	case "layers":
		return errors.New(code + "ref pull has been retried 1 time(s): number of layers and diffIDs don't match: 3 != 15")
	}
	return fmt.Errorf("%s: not found", ref)
}

// unloggable is the stopped reason of a task whose log group cannot be used.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/resource-initialization-error.html
func (s *Service) unloggable(group, why string, d *taskDefinition) string {
	const code = "ResourceInitializationError: failed to validate logger args: "
	const stream = "create stream has been retried 1 times: failed to create Cloudwatch log stream: "
	switch why {
	case "denied":
		return code + stream + s.denied(d, "logs:CreateLogStream", s.acct.ARN("logs", "log-group:"+group+":log-stream:*")) + " : exit status 1"
	case "route":
		return code + "The task cannot find the Amazon CloudWatch log group defined in the task definition. There is a connection issue between the task and Amazon CloudWatch. Check your network configuration. : signal: killed"
	}
	return code + stream + "ResourceNotFoundException: The specified log group does not exist. : exit status 1"
}

// unstartable is the stopped reason of a task whose program cannot be started, in the words of runc.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cannot-start-container.html
func (s *Service) unstartable(t *taskRecord, name, why string) string {
	const code = "CannotStartContainerError: ResourceInitializationError: failed to create new container runtime task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: "
	c := s.containerDefinition(t, name)
	file := program(t, c)
	switch why {
	case "denied":
		return code + fmt.Sprintf("exec: %q: permission denied: unknown", file)
	case "user":
		return fmt.Sprintf("CannotStartContainerError: ResourceInitializationError: failed to create new container runtime task: unable to find user %s: no matching entries in passwd file", c.User)
	}
	return code + fmt.Sprintf("exec: %q: stat %s: no such file or directory: unknown", file, file)
}

// unplaceable is what a service says when a task of the definition cannot be launched at all; empty where it can.
// ECS counts these failures as it counts failed tasks.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html
func (s *Service) unplaceable(d *taskDefinition) string {
	if role := s.missingRole(d); role != "" {
		return "failed to launch a task with (error " + unassumable(role) + ")"
	}
	const place = "was unable to place a task. Reason: "
	switch sc := s.rehearsed(d); sc.Name + ":" + sc.Why {
	case "no-role:":
		return "failed to launch a task with (error " + unassumable(d.ExecutionRoleARN) + ")"
	case "no-place:capacity":
		return place + "Capacity is unavailable at this time. Please try again later or in a different availability zone. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."
	case "no-place:quota":
		return place + "You've reached the limit on the number of vCPUs you can run concurrently. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."
	case "no-place:size":
		return place + "The requested CPU configuration is above your limit. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."
	}
	return ""
}

// addressless is the stopped reason of a task for which its subnet has no address left; empty where it has.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
func (s *Service) addressless(t *taskRecord) string {
	if sc := s.rehearsed(s.definition(t)); sc.Name != "no-place" || sc.Why != "addresses" {
		return ""
	}
	return "Unexpected EC2 error while attempting to Create Network Interface with public IP assignment disabled in subnet '" +
		t.Task.Attachments[0].Details[0].Value + "': InsufficientFreeAddressesInSubnet"
}

// rehearsed is the first scenario of a definition's containers that is about placing its tasks.
func (s *Service) rehearsed(d *taskDefinition) Scenario {
	for _, c := range d.ContainerDefinitions {
		var labels map[string]string
		if image, err := s.images.Image(c.Image, "linux", architecture(d)); err == nil {
			labels = image.Labels
		}
		if sc, err := scenarioOf(c.Environment, labels); err == nil && (sc.Name == "no-place" || sc.Name == "no-role") {
			return sc
		}
	}
	return Scenario{}
}

// interruptible tells whether Fargate Spot may run the task.
func interruptible(t *taskRecord, v *serviceRecord) bool {
	if v == nil || v.deployment(t.Deployment) == nil {
		return t.Task.CapacityProviderName == spotProvider
	}
	for _, i := range v.Revisions[v.deployment(t.Deployment).Revision].CapacityProviderStrategy {
		if i.CapacityProvider == spotProvider {
			return true
		}
	}
	return false
}

const spotProvider = "FARGATE_SPOT"

// interrupt takes a task of Fargate Spot back.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html
func (s *Service) interrupt(t *taskRecord) {
	if !t.live() {
		return
	}
	s.stop(t, "SpotInterruption", "Your Spot Task was interrupted.")
	s.taskFailed(t)
}

// supersede deploys the last good revision, as a person would who does not know of the deployment under way.
func (s *Service) supersede(t *taskRecord, name string) {
	v := s.state.Services[t.Service]
	if v == nil || v.LastGood == "" || t.Deployment != v.primary().ID {
		return
	}
	s.log(t, name, "[embedded AWS] scenario superseded: somebody deploys the last good revision")
	v.Settings.TaskDefinition = v.Revisions[v.LastGood].Settings.TaskDefinition
	s.deploy(v)
}
