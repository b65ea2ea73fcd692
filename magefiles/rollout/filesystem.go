package rollout

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// Filesystem is where a container's program may write, as its definition says it.
type Filesystem struct {
	ReadOnlyRoot bool
	User         string   // empty leaves it to the image
	Volumes      []string // folders in which volumes are mounted that are not read-only
}

// Filesystems are those of the containers of a revision, by name.
func (r *Rollouts) Filesystems(ctx context.Context, definition string) (map[string]Filesystem, error) {
	d, err := r.taskDefinition(ctx, definition)
	if err != nil {
		return nil, err
	}
	return filesystems(d), nil
}

func filesystems(d types.TaskDefinition) map[string]Filesystem {
	all := map[string]Filesystem{}
	for _, c := range d.ContainerDefinitions {
		f := Filesystem{ReadOnlyRoot: aws.ToBool(c.ReadonlyRootFilesystem), User: aws.ToString(c.User)}
		for _, m := range c.MountPoints {
			if !aws.ToBool(m.ReadOnly) {
				f.Volumes = append(f.Volumes, aws.ToString(m.ContainerPath))
			}
		}
		all[aws.ToString(c.Name)] = f
	}
	return all
}
