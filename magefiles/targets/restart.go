package targets

import (
	"context"
	"slices"
	"strings"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/internal/console"
	"github.com/bellyfed/splitecs/magefiles/stack"
)

// ServiceRestart replaces all tasks by new ones of the same revision, through the stack, and waits until they run. A
// restart that is under way is followed, not repeated.
func (t Set) ServiceRestart(ctx context.Context, env string) error {
	return t.run(ctx, "service:restart", env, func(ctx context.Context, s *session) error {
		if err := s.connect(ctx); err != nil {
			return err
		}
		present, err := s.stacks().Describe(ctx, s.place.Names.ServiceStack)
		if err != nil {
			return err
		}
		if stack.Decide(present.Status) == stack.Wait {
			latest, err := s.stacks().Operations(ctx, present.ID, 1)
			if err != nil {
				return err
			}
			if len(latest) > 0 && strings.HasPrefix(latest[0].Doing, "service-restart") {
				s.console.Note("a restart is under way: following it to its end")
				return s.attach(ctx)
			}
		}
		complete := stack.Decide(present.Status) != stack.Create && stack.Decide(present.Status) != stack.Recreate
		if _, ok := present.Parameters[cfn.ParameterRestart]; !ok && complete {
			return &console.Failure{
				Code: console.Preflight, What: s.title, Why: "stack " + present.Name + " was made by an older version, which could not restart",
				Next: []string{s.command("service:deploy")},
			}
		}
		now, err := s.now(ctx)
		if err != nil {
			return err
		}
		spec := unchangedSpec(present, s.place.Environment.Protected)
		spec.Keep = without(spec.Keep, cfn.ParameterRestart)
		spec.Parameters = map[string]string{cfn.ParameterRestart: now.UTC().Format("20060102T150405Z")}
		return s.release(ctx, spec, s.approver)
	})
}

// without is a list without one text.
func without(list []string, text string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == text })
}
