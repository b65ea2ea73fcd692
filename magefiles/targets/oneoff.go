package targets

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/image"
	"github.com/bellyfed/splitecs/magefiles/internal/argv"
	"github.com/bellyfed/splitecs/magefiles/internal/console"
	"github.com/bellyfed/splitecs/magefiles/rollout"
)

// oneOffInterval is the pause between two looks at a one-off task.
const oneOffInterval = 2 * time.Second

// ServiceRun runs a command once, such as a migration, in a task of its own: with the image, the variables, the
// secrets and the network of the service. What it writes goes to stdout, and its exit code is the target's. The command
// is split into words as a POSIX shell does it, but no shell runs it and nothing in it is expanded. It is executed as it
// is given, whatever the image's entry point: behind one that passes commands on, else in its place.
func (t Set) ServiceRun(ctx context.Context, env, line string) error {
	return t.run(ctx, "service:run", env, func(ctx context.Context, s *session) error {
		words, err := splitWords(line)
		if err != nil {
			next := `name a program and its arguments as one word, such as "node migrate.js --to latest"`
			if _, ok := errors.AsType[shellError](err); ok {
				next = s.command("service:run", quoted([]string{"sh", "-c", line})) + "   # where the image has a shell"
			}
			return s.noCommand(fmt.Sprintf("%q is no command: %v", line, err), next)
		}
		task := rollout.OneOff{Command: words, Token: rand.Text()}
		if s.place.Env == cfn.Local && s.settings.scenario != "" && !awslocal.IsFault(s.settings.scenario) {
			task.Variables = map[string]string{"SPLITECS_LOCAL_SCENARIO": s.settings.scenario}
		}
		if err := s.fits(task); err != nil {
			return s.noCommand(err.Error(), "shorten its arguments, and let the program read the rest from the image or from a place of its own")
		}
		if err := s.connect(ctx); err != nil {
			return err
		}
		return s.runOnce(ctx, task)
	})
}

// fits tells whether ECS takes a command of this length.
func (s *session) fits(task rollout.OneOff) error {
	r := rollout.Rollouts{Service: serviceOf(s.place.Names)} // it asks nobody
	n, err := r.OverridesLength(task)
	if err == nil && n > rollout.OverridesLimit {
		err = fmt.Errorf("the command is too long: its override has %d characters of JSON, and ECS takes %d", n, rollout.OverridesLimit)
	}
	return err
}

// noCommand is the failure of a command that cannot be asked for, and what to ask for.
func (s *session) noCommand(why, next string) error {
	return &console.Failure{Code: console.Usage, What: s.title, Why: why, Next: []string{next}}
}

// execution finds out how a command gets executed in the revision that the service runs, or with the image of
// SPLITECS_IMAGE in its place, which may not be released yet: which revision and image that is, whether
// the command has to take the place of its entry point, and the argument vector that comes of it. An entry point that is
// not known to pass a command on is taken to swallow it: in its place the command always runs.
func (s *session) execution(ctx context.Context, task rollout.OneOff) (rollout.OneOff, []string, error) {
	p, err := s.rollouts().Program(ctx)
	if err != nil {
		return task, nil, err
	}
	task.TaskDefinition = p.TaskDefinition
	if s.settings.image != "" {
		infra, err := s.infra(ctx)
		if err != nil {
			return task, nil, err
		}
		img, err := s.resolve(ctx, infra, s.settings.image)
		if err != nil {
			return task, nil, err
		}
		s.console.Note("image %s in place of the service's", img.Reference)
		task.Image, p.Image = img.Reference, img.Reference
	}
	return s.vector(ctx, task, p)
}

// vector finds out how a task's command gets executed in a program's place.
func (s *session) vector(ctx context.Context, task rollout.OneOff, p rollout.Program) (_ rollout.OneOff, vector []string, err error) {
	entryPoint := p.EntryPoint
	if len(entryPoint) == 0 {
		if entryPoint, err = s.entryPointOf(ctx, p); ctx.Err() != nil {
			return task, nil, ctx.Err()
		}
		if err != nil {
			s.console.Note("the image's entry point is not known, and the command runs in its place: %v", err)
			task.InPlace = true
			return task, task.Command, nil
		}
	}
	if task.InPlace = !argv.PassesOn(entryPoint); task.InPlace {
		s.console.Note("the entry point %s would take the command for its arguments: the command runs in its place", argv.Quote(entryPoint))
		return task, task.Command, nil
	}
	return task, slices.Concat(entryPoint, task.Command), nil
}

// entryPointOf the image of a program, of its registry.
func (s *session) entryPointOf(ctx context.Context, p rollout.Program) ([]string, error) {
	infra, err := s.describeInfra(ctx)
	if err != nil {
		return nil, err
	}
	found, err := image.Inspect(ctx, p.Image, p.Architecture, s.accessOf(p.Image, repository(infra).URI))
	return found.Entrypoint, err
}

func (s *session) runOnce(ctx context.Context, task rollout.OneOff) error {
	task, vector, err := s.execution(ctx, task)
	if err != nil {
		return err
	}
	ended, err := s.carryOut(ctx, task, vector, s.console.Program)
	if err != nil {
		return err
	}
	return s.outcome(ended, vector)
}

// carryOut starts a one-off task and follows it to its end; show is given what it writes.
func (s *session) carryOut(ctx context.Context, task rollout.OneOff, vector []string, show func([]console.Line)) (rollout.Task, error) {
	since, err := s.now(ctx)
	if err != nil {
		return rollout.Task{}, err
	}
	r := s.rollouts()
	s.memory.resume = "SPLITECS_TASK=all " + s.command("service:logs") + "   # shows whether a task was started"
	id, err := r.Run(ctx, task)
	if err != nil {
		return rollout.Task{}, err
	}
	s.memory.resume = "SPLITECS_TASK=" + id + " SPLITECS_FOLLOW=1 " + s.command("service:logs")
	s.console.Step("task %s: runs %s", id, argv.Quote(vector))
	tail := s.tail([]string{id}, since.Add(-time.Minute))
	tail.only = s.place.Names.Container // a sidecar's lines are no result of the command
	tail.write = show
	told := ""
	missing := r.Lagging()
	for {
		ended, state, over, err := r.Ended(ctx, id)
		if err != nil {
			return ended, err
		}
		switch {
		case state != rollout.Missing: // an answer may still be older than this one
			missing = r.Lagging()
		case !missing():
			return ended, &unknownTaskError{id}
		}
		if state != told && state != rollout.Missing {
			told = state
			s.console.Progress(console.Progress{Subject: "task " + id, State: state, Reason: ended.Reason})
		}
		if err := tail.show(ctx); err != nil {
			return ended, err
		}
		if over {
			if err := tail.end(ctx); err != nil {
				return ended, err
			}
			if len(tail.seen) == 0 {
				s.console.Note("no line of its log has come so far; what comes later: SPLITECS_TASK=%s %s", id, s.command("service:logs"))
			}
			if tail.simulated {
				s.console.Note("the embedded AWS did not execute %s: how it ended is assumed, or rehearsed", argv.Quote(vector))
			}
			return ended, nil
		}
		if err := s.pause(ctx, oneOffInterval); err != nil {
			return ended, err
		}
	}
}

// unknownTaskError says that ECS does not tell of a task that it has started.
type unknownTaskError struct{ id string }

func (e *unknownTaskError) Error() string {
	return "describe task " + e.id + ": ECS does not know it any more, and how it ended is not known"
}

// succeeded tells whether the command ran, and ended well.
func succeeded(t rollout.Task) bool { return t.Exit != nil && *t.Exit == 0 }

// outcome of a one-off task: its exit code is ours.
func (s *session) outcome(t rollout.Task, vector []string) error {
	if succeeded(t) {
		return nil
	}
	v := rollout.Judge(rollout.Evidence{Stopped: []rollout.Task{t}})
	f := &console.Failure{Code: console.Unexpected, What: s.title + ": " + argv.Quote(vector), Why: v.Why, Evidence: v.Evidence}
	if t.Exit != nil {
		f.Code = console.Code(*t.Exit)
	}
	logs := "SPLITECS_TASK=" + t.ID + " " + s.command("service:logs")
	if v.Advice != "" {
		f.Next = append(f.Next, strings.Replace(s.advice(v), "SPLITECS_TASK=stopped", "SPLITECS_TASK="+t.ID, 1))
	}
	if len(f.Next) == 0 || !strings.HasPrefix(f.Next[0], logs) {
		f.Next = append(f.Next, logs)
	}
	s.tellClock(f)
	return f
}
