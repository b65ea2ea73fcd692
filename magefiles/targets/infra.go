package targets

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/awslabs/goformation/v7/cloudformation"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/stack"
)

// InfraDeploy creates or updates the infra stack. Its outputs go to stdout as Key=Value lines.
func (t Set) InfraDeploy(ctx context.Context, env string) error {
	return t.run(ctx, "infra:deploy", env, func(ctx context.Context, s *session) error {
		if err := s.connect(ctx); err != nil {
			return err
		}
		return s.deployInfra(ctx)
	})
}

func (s *session) deployInfra(ctx context.Context) error {
	result, err := s.bringInfra(ctx)
	if err != nil {
		return err
	}
	for _, line := range s.leftBehindLines() {
		s.console.Note("%s", line)
	}
	s.results(result.Stack.Outputs)
	return nil
}

// deployStack brings one stack to its wanted state and tells how it went.
func (s *session) deployStack(ctx context.Context, spec stack.Spec, approve func(stack.Plan) error) (stack.Result, error) {
	s.console.Step("stack %s", spec.Name)
	spec.Author, spec.RefuseBusy = s.author(), s.place.App.RefuseWhenBusy
	result, err := s.stacks().Deploy(ctx, spec, approve)
	if err != nil {
		return result, err
	}
	if result.Changed {
		s.console.Note("stack %s: %s", spec.Name, result.Stack.Status)
	} else {
		s.console.Note("stack %s: nothing to change", spec.Name)
	}
	return result, nil
}

// unchanged tells that a stack is as it is wanted.
func (s *session) unchanged(present stack.Stack) {
	s.console.Step("stack %s", present.Name)
	s.console.Note("stack %s: nothing to change", present.Name)
}

// results writes outputs to stdout, one Key=Value a line, in the order of the keys.
func (s *session) results(outputs map[string]string) {
	if own, deployed := outputs[cfn.OutputTaskDefinition], outputs[cfn.OutputDeployedTaskDefinition]; own != deployed {
		s.console.Note("%s runs (%s); %s (%s) is the stack's own, which the next service:deploy replaces", name(deployed), cfn.OutputDeployedTaskDefinition, name(own), cfn.OutputTaskDefinition)
	}
	for _, k := range slices.Sorted(maps.Keys(outputs)) {
		s.console.Result("%s=%s", k, outputs[k])
	}
}

// infraSpec is the wanted infra stack, with what is kept for services that run once these were looked at.
func (s *session) infraSpec() (stack.Spec, error) {
	t, err := s.place.InfraTemplate(s.memory.reached.kept)
	if err != nil {
		return stack.Spec{}, err
	}
	return s.infraSpecOf(t)
}

// infraSpecOf is an infra stack of this template.
func (s *session) infraSpecOf(t *cloudformation.Template) (stack.Spec, error) {
	body, err := cfn.Render(t)
	if err != nil {
		return stack.Spec{}, err
	}
	parameters := map[string]string{}
	fillDefaults(parameters, t)
	return stack.Spec{
		Name: s.place.Names.InfraStack, Template: body, Parameters: parameters, Tags: s.tags(), Protected: s.place.Environment.Protected,
		RevertDrift: len(s.memory.reached.gone) > 0,
	}, nil
}

// InfraDiff shows on stdout what InfraDeploy would change.
func (t Set) InfraDiff(ctx context.Context, env string) error {
	return t.run(ctx, "infra:diff", env, func(ctx context.Context, s *session) error {
		if err := s.connect(ctx); err != nil {
			return err
		}
		if err := s.lookAround(ctx); err != nil {
			return err
		}
		if err := s.lookForMissing(ctx); err != nil {
			return err
		}
		if len(s.memory.reached.gone) > 0 {
			s.compareInfra(ctx)
		}
		findings, err := s.lookAtOwn(ctx)
		if err != nil {
			return err
		}
		spec, err := s.infraSpec()
		if err != nil {
			return err
		}
		if err := s.diff(ctx, spec); err != nil {
			return err
		}
		for _, line := range s.memory.reached.lines(s.place) {
			s.console.Result("  ! %s", line)
		}
		for _, line := range s.leftBehindLines() {
			s.console.Result("  ! %s", line)
		}
		for _, f := range findings {
			s.console.Result("  ! %s", f)
		}
		return nil
	})
}

func (s *session) diff(ctx context.Context, spec stack.Spec) error {
	p, err := s.stacks().Plan(ctx, spec)
	if err != nil {
		return err
	}
	for _, line := range planLines(s.place, p) {
		s.console.Result("%s", line)
	}
	for _, c := range s.cutOffs(p) {
		s.console.Result("  ! cuts off what runs: %s", c)
	}
	return nil
}

// InfraSynth writes the infra template to stdout. It needs no credentials.
func (t Set) InfraSynth(ctx context.Context, env string) error {
	return t.run(ctx, "infra:synth", env, func(_ context.Context, s *session) error {
		spec, err := s.infraSpec()
		if err != nil {
			return err
		}
		s.console.Document(spec.Template)
		return nil
	})
}

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
