package rollout

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// Needs are what a start of a revision takes.
type Needs struct {
	Revision                string // family:revision
	Active                  bool   // an INACTIVE one runs on, and no update can name it
	Image                   string // reference of the service's container
	ExecutionRole, TaskRole string // ARNs; empty where it has none
	LogGroup                string
	Secrets                 map[string]string // references by variable; of a sidecar's, NAME of container SIDECAR
}

// Needs are those of the revision that the service has now.
func (r *Rollouts) Needs(ctx context.Context) (Needs, error) {
	s, err := r.describe(ctx)
	if err != nil {
		return Needs{}, err
	}
	return r.NeedsOf(ctx, aws.ToString(s.TaskDefinition))
}

// NeedsOf are those of a revision, by its ARN.
func (r *Rollouts) NeedsOf(ctx context.Context, definition string) (Needs, error) {
	d, err := r.taskDefinition(ctx, definition)
	if err != nil {
		return Needs{}, err
	}
	own := r.container(d)
	n := Needs{
		Revision: last(aws.ToString(d.TaskDefinitionArn)), Active: d.Status == types.TaskDefinitionStatusActive, Image: aws.ToString(own.Image),
		ExecutionRole: aws.ToString(d.ExecutionRoleArn), TaskRole: aws.ToString(d.TaskRoleArn), Secrets: map[string]string{},
	}
	if l := own.LogConfiguration; l != nil && l.LogDriver == types.LogDriverAwslogs {
		n.LogGroup = l.Options["awslogs-group"]
	}
	for _, c := range d.ContainerDefinitions {
		for _, secret := range c.Secrets {
			name := aws.ToString(secret.Name)
			if aws.ToString(c.Name) != aws.ToString(own.Name) {
				name += " of container " + aws.ToString(c.Name)
			}
			n.Secrets[name] = aws.ToString(secret.ValueFrom)
		}
	}
	return n, nil
}
