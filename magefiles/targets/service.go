package targets

import (
	"context"
	"maps"

	"github.com/awslabs/goformation/v7/cloudformation"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/rollout"
	"github.com/bellyfed/splitecs/magefiles/stack"
)

// ServiceDeploy deploys an image, pinned by digest, and waits until ECS says that the deployment is complete.
// A service that stands at 0 tasks is started. Outputs go to stdout.
func (t Set) ServiceDeploy(ctx context.Context, env string) error {
	return t.run(ctx, "service:deploy", env, func(ctx context.Context, s *session) error {
		if err := s.connect(ctx); err != nil {
			return err
		}
		return s.deployService(ctx, s.settings.image)
	})
}

// deployService deploys the image that text names; empty is the image of the current commit.
func (s *session) deployService(ctx context.Context, text string) error {
	whole, err := s.wholeInfra(ctx)
	if err != nil {
		return err
	}
	infra := s.ofPlace(whole)
	if err := s.place.CheckInfra(infra.Outputs); err != nil {
		return err
	}
	img, err := s.resolve(ctx, infra, text)
	if err != nil {
		return err
	}
	if err := s.follow(ctx, infra, img); err != nil {
		return err
	}
	spec, err := s.serviceSpec(infra, img.Reference)
	if err != nil {
		return err
	}
	s.console.Note("image %s", img.Reference)
	if spec.RevertDrift, err = s.deletedService(ctx); err != nil {
		return err
	}
	s.memory.remade = spec.RevertDrift
	present, same, err := s.stacks().Equal(ctx, spec)
	if err == nil && !same && !s.memory.remade {
		spec.RevertDrift, err = s.remakes(ctx, present, img.Reference)
		s.memory.restored = spec.RevertDrift
	}
	if err != nil {
		return err
	}
	called := false // BeforeDeploy; it is decided again what to do where somebody else is faster
	d := cfn.Deployment{Environment: s.place.String(), Image: img.Reference, Names: s.place.Names, URL: infra.Outputs[cfn.OutputURL]}
	approve := func(p stack.Plan) error {
		d.Changed = true
		if p.Waited {
			if err := s.newest(ctx, repository(infra).URI, img.Reference); err != nil {
				return err
			}
		}
		if err := s.verify(ctx, infra, img.Reference); err != nil {
			return err
		}
		if err := s.approver(p); err != nil {
			return err
		}
		if called {
			return nil
		}
		called = true
		return s.before(ctx, d, p)
	}
	if same {
		s.unchanged(present)
		err = s.ends(ctx, present, nil, nil)
	} else {
		s.memory.stood = rollout.Deployment{}
		err = s.release(ctx, spec, approve)
	}
	if err != nil {
		return err
	}
	if err := s.after(ctx, d); err != nil {
		return err
	}
	if !d.Changed {
		return nil
	}
	return s.tellLeftovers(ctx, whole.Outputs)
}

// infra is the infra stack, complete and recent enough for the service.
func (s *session) infra(ctx context.Context) (stack.Stack, error) {
	infra, err := s.describeInfra(ctx)
	if err != nil {
		return infra, err
	}
	return infra, s.place.CheckInfra(infra.Outputs)
}

// describeInfra is [session.wholeInfra], with its outputs as the service of this run sees them.
func (s *session) describeInfra(ctx context.Context) (stack.Stack, error) {
	whole, err := s.wholeInfra(ctx)
	return s.ofPlace(whole), err
}

// ofPlace is the infra stack with its outputs as the service of this run sees them.
func (s *session) ofPlace(whole stack.Stack) stack.Stack {
	whole.Outputs = s.place.InfraOutputs(whole.Outputs)
	return whole
}

// wholeInfra is the infra stack, with its outputs for every service. One that was never complete, and so has none, is a
// [stack.RefusedError].
func (s *session) wholeInfra(ctx context.Context) (stack.Stack, error) {
	infra, err := s.stacks().Describe(ctx, s.place.Names.InfraStack)
	if err == nil && len(infra.Outputs) == 0 && stack.Decide(infra.Status) != stack.Change {
		err = &stack.RefusedError{Stack: infra.Name, Status: infra.Status, Why: "it was never complete, so there is nothing yet that a service could use"}
	}
	return infra, err
}

// serviceSpec is the wanted service stack: no revision is pinned, and what the infra stack knows is filled in.
func (s *session) serviceSpec(infra stack.Stack, reference string) (stack.Spec, error) {
	t, err := s.releaseTemplate()
	if err != nil {
		return stack.Spec{}, err
	}
	body, err := cfn.Render(t)
	if err != nil {
		return stack.Spec{}, err
	}
	parameters := map[string]string{cfn.ParameterImage: reference, cfn.ParameterPinned: ""}
	for name := range t.Parameters {
		if v, ok := infra.Outputs[name]; ok {
			parameters[name] = v
		}
	}
	fillDefaults(parameters, t, cfn.ParameterRestart)
	return stack.Spec{
		Name: s.place.Names.ServiceStack, Template: body, Parameters: parameters, Keep: []string{cfn.ParameterRestart},
		Tags: s.tags(), Protected: s.place.Environment.Protected,
	}, nil
}

// releaseTemplate is the service template of the release, with the failure to rehearse: on the embedded AWS, a variable of the
// container says how its program behaves. Being in the task definition, it belongs to one revision and no other.
func (s *session) releaseTemplate() (*cloudformation.Template, error) {
	place := s.place
	if place.Env == cfn.Local && s.settings.scenario != "" && !awslocal.IsFault(s.settings.scenario) {
		app := place.App
		app.Container.Variables = maps.Clone(app.Container.Variables)
		if app.Container.Variables == nil {
			app.Container.Variables = map[string]string{}
		}
		app.Container.Variables["SPLITECS_LOCAL_SCENARIO"] = s.settings.scenario
		var err error
		if place, err = place.Of(app); err != nil {
			return nil, err
		}
	}
	return place.ServiceTemplate()
}

// ServiceSynth writes the service template to stdout. It needs no credentials.
func (t Set) ServiceSynth(ctx context.Context, env string) error {
	return t.run(ctx, "service:synth", env, func(ctx context.Context, s *session) error {
		if err := s.followSource(ctx); err != nil {
			return err
		}
		t, err := s.releaseTemplate()
		if err != nil {
			return err
		}
		body, err := cfn.Render(t)
		if err != nil {
			return err
		}
		s.console.Document(body)
		return nil
	})
}

// ServiceDiff shows on stdout what ServiceDeploy would change. Where SPLITECS_IMAGE is not set and the image of
// the current commit is not in the repository, the comparison is made with the image that is deployed.
func (t Set) ServiceDiff(ctx context.Context, env string) error {
	return t.run(ctx, "service:diff", env, func(ctx context.Context, s *session) error {
		if err := s.connect(ctx); err != nil {
			return err
		}
		infra, err := s.infra(ctx)
		if err != nil {
			return err
		}
		img, err := s.comparedImage(ctx, infra)
		if err != nil {
			return err
		}
		if err := s.follow(ctx, infra, img); err != nil {
			return err
		}
		spec, err := s.serviceSpec(infra, img.Reference)
		if err != nil {
			return err
		}
		if spec.RevertDrift, err = s.deleted(ctx, nil); err != nil {
			return err
		}
		if !spec.RevertDrift {
			if spec.RevertDrift, err = s.remakesSeen(ctx, img.Reference); err != nil {
				return err
			}
		}
		s.console.Note("compared with image %s", img.Reference)
		return s.diff(ctx, spec)
	})
}
