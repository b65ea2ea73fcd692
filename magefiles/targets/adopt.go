package targets

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/internal/console"
	"github.com/bellyfed/splitecs/magefiles/stack"
)

// InfraAdopt is InfraDeploy for an account in which something exists already under the names of the infra stack:
// cluster, repository, log group. It takes them over as they are, into a new stack or the one that is there, and then shows
// and makes the change to what is configured. What belongs to another stack has to be let go by that one first. Its outputs
// go to stdout as Key=Value lines.
func (t Set) InfraAdopt(ctx context.Context, env string) error {
	return t.run(ctx, "infra:adopt", env, func(ctx context.Context, s *session) error {
		if err := s.connect(ctx); err != nil {
			return err
		}
		if err := s.adopt(ctx); err != nil {
			return err
		}
		return s.deployInfra(ctx)
	})
}

// adopt takes over what exists and is in no stack. Nothing of that changes.
func (s *session) adopt(ctx context.Context) error {
	wanted, err := s.place.Adoptable()
	if err != nil {
		return err
	}
	if err := s.lookAround(ctx); err != nil {
		return err
	}
	present, err := s.stacks().Describe(ctx, s.place.Names.InfraStack)
	if err != nil && !stack.IsGone(err) {
		return err
	}
	found, err := s.existing(ctx, wanted)
	if err != nil {
		return err
	}
	if err := s.loose(ctx, found); err != nil {
		return err
	}
	if found.Empty() {
		s.console.Note("nothing of the names of %s is outside of it: nothing to take over", s.place.Names.InfraStack)
		return nil
	}
	action := stack.Decide(present.Status)
	t, err := s.place.Adoption(found, action != stack.Create && action != stack.Recreate, s.memory.reached.kept)
	if err != nil {
		return err
	}
	spec, err := s.infraSpecOf(t)
	if err != nil {
		return err
	}
	// What a service relies on comes with the second step, and with it the protection of the stack.
	spec.Adopt, spec.Protected = true, present.Protected
	_, err = s.deployStack(ctx, spec, s.approver)
	return err
}

// loose leaves out what the infra stack has already. What another stack has ends the run: it cannot be taken over.
func (s *session) loose(ctx context.Context, found cfn.Existing) error {
	var others, next []string
	check := func(typeName, kind, name string) (ours bool, err error) {
		holder, err := s.stacks().Holder(ctx, typeName, name)
		if err != nil || holder == "" || holder == s.place.Names.InfraStack {
			return holder != "", err
		}
		others = append(others, fmt.Sprintf("%s %s is in stack %s", kind, name, holder))
		next = append(next, fmt.Sprintf("let stack %s go of %s: DeletionPolicy Retain, then take it out of its template", holder, name))
		return false, nil
	}
	for _, name := range slices.Sorted(maps.Keys(found.Clusters)) {
		ours, err := check("AWS::ECS::Cluster", "cluster", name)
		if err != nil {
			return err
		}
		if ours {
			delete(found.Clusters, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(found.LogGroups)) {
		ours, err := check("AWS::Logs::LogGroup", "log group", name)
		if err != nil {
			return err
		}
		if ours {
			delete(found.LogGroups, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(found.Repositories)) {
		ours, err := check("AWS::ECR::Repository", "repository", name)
		if err != nil {
			return err
		}
		if ours {
			delete(found.Repositories, name)
		}
	}
	if len(others) == 0 {
		return nil
	}
	return &console.Failure{
		Code: console.Preflight, What: s.title, Why: "what belongs to another stack cannot be taken over: " + strings.Join(others, "; "),
		Next: append(next, "or name ours otherwise: Names of the environment in the magefile   # docs/migration.md"),
	}
}
