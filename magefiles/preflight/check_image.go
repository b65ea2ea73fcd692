package preflight

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// imagePermissions are those of pulling an image, which a look at its configuration needs as well.
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policy-examples.html
var imagePermissions = []string{"ecr:DescribeImages", "ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"}

var portCheck = check{Description{
	Name: "port", Finds: "an image that exposes other ports than the container's (warning: EXPOSE is documentation)", Permissions: imagePermissions,
}, checkPort}

var imageChecks = []check{
	{Description{
		Name: "image", Finds: "an image that is not in the repository, one that starts nothing, a small one that does not have what it is to execute, and one with layers of a type that not every runtime knows (warning)", Permissions: imagePermissions,
	}, checkImage},
	{Description{
		Name: "architecture", Finds: "an image for another processor than the task's (exec format error)", Permissions: imagePermissions,
	}, checkArchitecture},
	portCheck,
	{Description{
		Name: "user", Finds: "a container that runs as root (warning); writable paths that belong to root, because the image does not declare them volumes", Permissions: imagePermissions,
	}, checkUser},
}

// notThere are the findings for an image that could not be looked at; known tells whether it could.
func (f Facts) notThere() (findings []Finding, known bool) {
	switch f.Image.State {
	case Known:
		return nil, true
	case Unknown:
		return f.Image.unknown("image"), false
	case Absent:
		next := "SPLITECS_ENV=" + f.Wanted.Place + " go tool mage image:push"
		if absent, ok := errors.AsType[*ReadError](f.Image.Err); ok && absent.Infra {
			next = f.Wanted.infraDeploy() // there is nowhere to push to
		}
		return []Finding{{Level: Error, What: "image", Why: fmt.Sprint(f.Image.Err), Next: next}}, false
	}
	return nil, false
}

func checkImage(f Facts) []Finding {
	findings, known := f.notThere()
	if known && !f.Image.Value.Starts && len(f.Wanted.Command) == 0 {
		return []Finding{{
			Level: Error, What: "image", Why: "starts nothing: neither entrypoint nor command is in it, and App.Container.Command is empty",
			Next: "set App.Image.Entrypoint or App.Container.Command in the magefile",
		}}
	}
	if known && f.Image.Value.NotStartable != "" {
		return []Finding{{Level: Error, What: "image", Why: "cannot start: " + f.Image.Value.NotStartable, Next: f.Image.Value.StartNext}}
	}
	if known && f.Image.Value.UnknownLayer != "" { // which containerd Fargate has is not known
		return []Finding{{
			Level: Warning, What: "image", Why: fmt.Sprintf("has a layer of the media type %q, which containerd before 2.0 does not count (layers and diffIDs don't match)", f.Image.Value.UnknownLayer),
			Next: "build it with layers of OCI's types (buildx: oci-mediatypes=true, or compression=gzip), or push an archive of it with image:push, which gives them these",
		}}
	}
	return findings
}

func checkArchitecture(f Facts) []Finding {
	if f.Image.State != Known {
		return nil // told by the check of the image
	}
	wanted := "linux/" + f.Wanted.Architecture
	if slices.Contains(f.Image.Value.Platforms, wanted) {
		return nil
	}
	return []Finding{{
		Level: Error, What: "image", Why: fmt.Sprintf("is built for %s, and the task runs on %s", strings.Join(f.Image.Value.Platforms, ", "), wanted),
		Next: "build it for " + wanted + ", or set Environment.Architecture in the magefile",
	}}
}

func checkPort(f Facts) []Finding {
	if ports := f.Image.Value.Ports; f.Wanted.Port != 0 && f.Image.State == Known && len(ports) > 0 && !slices.Contains(ports, f.Wanted.Port) {
		return []Finding{{
			Level: Warning, What: "image", Why: fmt.Sprintf("exposes %s, and the load balancer asks on port %d", numbers(ports), f.Wanted.Port),
			Next: "set App.Container.Port to the port that the application listens on",
		}}
	}
	return nil
}

func numbers(list []int) string {
	var words []string
	for _, n := range list {
		words = append(words, fmt.Sprint(n))
	}
	return strings.Join(words, ", ")
}

// checkUser: without a user of its own the container runs as the image's, and an image without one as root. Fargate
// makes the volume of a writable path for root, unless the image declares the folder a volume.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bind-mounts.html
func checkUser(f Facts) []Finding {
	if f.Image.State != Known {
		return nil
	}
	user := f.Wanted.User
	if user == "" {
		user = f.Image.Value.User
	}
	name, _, _ := strings.Cut(user, ":")
	if name == "" || name == "root" || name == "0" {
		return []Finding{{
			Level: Warning, What: "user", Why: "the container runs as root",
			Next: "set App.Container.User, or USER in the image",
		}}
	}
	var all []Finding
	for _, path := range f.Wanted.WritablePaths {
		if f.Wanted.ReadOnlyRoot && !slices.Contains(f.Image.Value.Volumes, path) {
			all = append(all, Finding{
				Level: Warning, What: "writable path " + path, Why: fmt.Sprintf("the image does not declare it a volume: it will belong to root, and user %s cannot write there", user),
				Next: "declare it in the image (VOLUME " + path + ")",
			})
		}
	}
	return all
}
