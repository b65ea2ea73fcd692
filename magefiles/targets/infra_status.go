package targets

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/bellyfed/splitecs/magefiles/stack"
)

// InfraStatus shows on stdout how the infra stack stands: its last operation, its protection, its distance to the
// configuration and to its own template (drift), and its outputs.
func (t Set) InfraStatus(ctx context.Context, env string) error {
	return t.run(ctx, "infra:status", env, func(ctx context.Context, s *session) error {
		if err := s.connect(ctx); err != nil {
			return err
		}
		st, err := s.stacks().Describe(ctx, s.place.Names.InfraStack)
		if err != nil {
			return err
		}
		s.showStack(st)
		if err := s.showLatest(ctx, st); err != nil {
			return err
		}
		if err := s.showDistance(ctx, st.Status); err != nil {
			return err
		}
		s.results(st.Outputs)
		return nil
	})
}

// showLatest tells of the latest operation on a stack, and why it failed if it did.
func (s *session) showLatest(ctx context.Context, st stack.Stack) error {
	latest, err := s.stacks().Operations(ctx, st.ID, 1)
	if err != nil || len(latest) == 0 {
		return err
	}
	o := latest[0]
	line := fmt.Sprintf("%s, begun %s", o.Last, o.Began.Format(time.RFC3339))
	if o.Who != "" {
		line += fmt.Sprintf(" by %s (%s)", o.Who, o.Doing)
	}
	if !o.Ended.IsZero() {
		line += fmt.Sprintf(", took %s", o.Ended.Sub(o.Began).Round(time.Second))
	}
	s.console.Result("latest      %s", line)
	if o.Why.Status != "" {
		s.console.Result("  reason    %s", o.Why.Cause())
	}
	return nil
}

// showWhy tells why the latest operation on a stack failed, if it did: once it has been rolled back, the stack has no
// reason.
func (s *session) showWhy(ctx context.Context, st stack.Stack) error {
	if st.Reason != "" || !strings.Contains(string(st.Status), "ROLLBACK") && !strings.HasSuffix(string(st.Status), "_FAILED") {
		return nil
	}
	latest, err := s.stacks().Operations(ctx, st.ID, 1)
	if err != nil {
		return err
	}
	for _, o := range latest {
		if o.Why.Status != "" {
			s.console.Result("            %s", o.Why.Cause())
		}
	}
	return nil
}

// showDistance tells how far the infra stack, which is in this status, is from the configuration, and its resources from its template.
func (s *session) showDistance(ctx context.Context, status types.StackStatus) error {
	if err := s.lookAround(ctx); err != nil {
		return err
	}
	spec, err := s.infraSpec()
	if err != nil {
		return err
	}
	p, err := s.stacks().Plan(ctx, spec)
	if refused, ok := errors.AsType[*stack.RefusedError](err); ok {
		s.console.Result("config      unknown: %s", refused.Why)
		return nil // what is under way also keeps drift from being asked for
	}
	switch {
	case err != nil:
		return err
	case p.Empty() && p.Protection != "":
		s.console.Result("config      differs: termination protection %s", p.Protection)
	case p.Empty():
		s.console.Result("config      as configured")
	default:
		s.console.Result("config      differs: %s; %s shows it", summary(p), s.command("infra:diff"))
	}
	if !stack.Comparable(status) {
		s.console.Result("drift       unknown: CloudFormation compares no stack that is %s", status)
		return nil
	}
	drifts, err := s.stacks().Drifts(ctx, s.place.Names.InfraStack)
	if err != nil {
		return err
	}
	if len(drifts) == 0 {
		s.console.Result("drift       none")
	}
	for _, d := range drifts {
		s.console.Result("drift       %s", driftLine(d))
	}
	return nil
}

// driftLine is a drifted resource in a line. Pure.
func driftLine(d stack.Drift) string {
	if d.Deleted {
		return fmt.Sprintf("%s (%s) was deleted", d.Resource, d.Type)
	}
	var differences []string
	for _, p := range d.Properties {
		differences = append(differences, strings.TrimPrefix(p.Path, "/")+": "+value(p.Before)+" → "+value(p.After))
	}
	return fmt.Sprintf("%s (%s) was changed: %s", d.Resource, d.Type, strings.Join(differences, ", "))
}

// showStack is a stack in one line, and its reason where it has one.
func (s *session) showStack(st stack.Stack) {
	changed := st.Updated
	if changed.IsZero() {
		changed = st.Created
	}
	protection := "not protected"
	if st.Protected {
		protection = "protected"
	}
	s.console.Result("stack       %s: %s since %s, made %s, %s", st.Name, st.Status,
		changed.Format(time.RFC3339), st.Created.Format(time.DateOnly), protection)
	if st.Reason != "" {
		s.console.Result("            %s", st.Reason)
	}
}
