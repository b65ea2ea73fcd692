package rollout

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
)

// Superfluous are the revisions of the family that no rollback can need: those that are neither in use nor newer than
// what is, nor among the latest good ones, of which so many are kept. Lowest first. Pure.
func Superfluous(family []string, inUse []string, good []Revision, keep int) []string {
	needed := map[string]bool{}
	newest := 0
	for _, arn := range inUse {
		needed[arn] = true
		_, n := revisionNumber(arn)
		newest = max(newest, n)
	}
	for _, v := range good[:min(len(good), keep)] {
		needed[v.TaskDefinition] = true
	}
	var superfluous []string
	for _, arn := range family {
		// One that is newer than what is in use may be about to be deployed.
		if _, n := revisionNumber(arn); !needed[arn] && n < newest {
			superfluous = append(superfluous, arn)
		}
	}
	slices.SortFunc(superfluous, func(a, b string) int {
		_, m := revisionNumber(a)
		_, n := revisionNumber(b)
		return m - n
	})
	return superfluous
}

// Prunable are the revisions that [Superfluous] finds. What the service's deployments run is in use, and what the
// caller names, such as the revisions that the stack knows.
func (r *Rollouts) Prunable(ctx context.Context, inUse []string, keep int) ([]string, error) {
	s, err := r.describe(ctx)
	if err != nil {
		return nil, err
	}
	inUse = append(slices.Clone(inUse), aws.ToString(s.TaskDefinition))
	for _, d := range s.Deployments {
		inUse = append(inUse, aws.ToString(d.TaskDefinition))
	}
	_, good, err := r.Known(ctx)
	if err != nil {
		return nil, err
	}
	family, err := r.activeOf(ctx, []string{r.Service.Family})
	if err != nil {
		return nil, err
	}
	return Superfluous(slices.Collect(maps.Keys(family)), inUse, good, keep), nil
}

// Deregister makes a revision INACTIVE: what runs it goes on, and it cannot be deployed again.
func (r *Rollouts) Deregister(ctx context.Context, definition string) error {
	if _, err := r.ECS.DeregisterTaskDefinition(ctx, &ecs.DeregisterTaskDefinitionInput{TaskDefinition: aws.String(definition)}); err != nil {
		return fmt.Errorf("deregister task definition %s: %w", last(definition), err)
	}
	return nil
}
