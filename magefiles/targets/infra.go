package targets

import (
	"context"
	"maps"
	"slices"

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
