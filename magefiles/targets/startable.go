package targets

import (
	"context"
	"fmt"
	"strings"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/internal/console"
	"github.com/bellyfed/splitecs/magefiles/preflight"
	"github.com/bellyfed/splitecs/magefiles/rollout"
	"github.com/bellyfed/splitecs/magefiles/stack"
)

// digest of a reference that is pinned; the reference where it is not.
func digest(reference string) string {
	if _, d, pinned := strings.Cut(reference, "@"); pinned {
		return d
	}
	return reference
}

// startable sees, before a rollback begins, that a revision of before could be started and reached on the infra stack as it
// is: that may have lost a secret's grant, a port, a role or a log group since. What cannot be looked at is no hindrance: a
// rollback is the way out of worse.
func (s *session) startable(ctx context.Context, infra, present stack.Stack, good rollout.Revision) error {
	needs, err := s.rollouts().NeedsOf(ctx, good.TaskDefinition)
	if err != nil {
		return err
	}
	w, err := s.wanted(infra)
	if err != nil {
		return err
	}
	w.ExecutionRole, w.TaskRole, w.LogGroup, w.Secrets, w.SidecarRepositories = needs.ExecutionRole, needs.TaskRole, needs.LogGroup, needs.Secrets, nil
	w.TargetGroup, w.Port = present.Parameters[cfn.OutputTargetGroup], good.Port
	r := s.reader(infra, nil)
	r.Running = nil
	f := &console.Failure{
		Code: console.Preflight, What: s.title, Why: good.Name() + " could not be started, or reached, on the infra stack as it is now; nothing was changed",
		Next: []string{
			"SPLITECS_IMAGE=" + digest(good.Image) + " " + s.command("service:deploy") + "   # its image, with what is configured now",
			"put back what it needs into the App of the magefile", "then " + s.command("infra:deploy"), "then " + s.command("service:rollbackTo", good.Name()),
		},
	}
	if w.TargetGroup != "" && w.Port == 0 {
		f.Evidence = append(f.Evidence, fmt.Sprintf("%s listens on no port, and the load balancer sends requests to service %s", good.Name(), s.place.Names.Service))
	}
	if w.Port == 0 {
		w.TargetGroup = "" // no request comes
	}
	for _, one := range preflight.Check(r.Read(ctx, preflight.Facts{Wanted: w})) {
		if one.Level == preflight.Error {
			f.Evidence = append(f.Evidence, one.What+": "+one.Why)
		}
	}
	if ctx.Err() != nil || len(f.Evidence) == 0 {
		return ctx.Err()
	}
	return f
}
