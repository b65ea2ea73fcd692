package program

import (
	"errors"
	"fmt"
	"strings"
)

var noPull = Behaviour{
	Preset:    Scenario{Name: "no-pull", Why: "missing"},
	Arguments: []Argument{Why("missing", "denied", "dns", "disk", "layers", "limit", "platform", "route")},
	Help:      "does not start: the image cannot be pulled",
	New:       func(sc Scenario) Program { return unpullable{Scenario: sc} },
}

type unpullable struct {
	Server
	Scenario
}

// Pull fails.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_cannot_pull_image.html
func (p unpullable) Pull(c Container) error {
	const code = "CannotPullContainerError: "
	host, rest, _ := strings.Cut(c.Image, "/")
	repository, _, _ := strings.Cut(rest, "@")
	repository, _, _ = strings.Cut(repository, ":")
	head := func(cause string) error {
		return fmt.Errorf("failed to do request: Head \"https://%s/v2/%s/manifests/latest\": dial tcp%s", host, repository, cause)
	}
	switch p.Why {
	case "route":
		return head(" 10.0.0.2:443: i/o timeout")
	case "dns":
		return head(": lookup " + host + " on 10.0.0.2:53: no such host")
	case "denied":
		return errors.New(code + "pull image manifest has been retried 1 time(s): " + denied(c, "ecr:BatchGetImage", c.Account.ARN("ecr", "repository/"+repository)))
	case "limit":
		return errors.New(code + "pull image manifest has been retried 5 time(s): toomanyrequests: Rate exceeded")
	case "disk":
		return errors.New(code + "ref pull has been retried 1 time(s): failed to extract layer: write /var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/1/fs/app: no space left on device")
	case "platform":
		return errors.New(code + "image Manifest does not contain descriptor matching platform 'linux/" + c.Architecture + "'")
	case "layers":
		return errors.New(code + "ref pull has been retried 1 time(s): number of layers and diffIDs don't match: 3 != 15")
	}
	return fmt.Errorf("%s: not found", c.Image)
}

// denied is what IAM says to a task's execution role.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
func denied(c Container, action, resource string) string {
	role := c.Role[strings.LastIndex(c.Role, "/")+1:]
	return "AccessDeniedException: User: arn:aws:sts::" + c.Account.ID + ":assumed-role/" + role + "/ecs-task" +
		" is not authorized to perform: " + action + " on resource: " + resource + " because no identity-based policy allows the " + action + " action"
}
