package targets

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/internal/argv"
	"github.com/bellyfed/splitecs/magefiles/internal/console"
	"github.com/bellyfed/splitecs/magefiles/rollout"
	"github.com/bellyfed/splitecs/magefiles/stack"
)

// runError is how a command of a hook ended that did not end well.
type runError struct {
	text  string
	err   error            // AWS's, or that of a context; nil where the command itself ended
	ended *console.Failure // of the command; nil where it is not known how it ended
}

func (e *runError) Error() string { return e.text }
func (e *runError) Unwrap() error { return e.err }

// runner is what Deployment.Run does: with what a plan says that the release will be, or, where there is none, with what the
// service runs. Commands of one hook run one after the other.
func (s *session) runner(p *stack.Plan) func(context.Context, ...string) error {
	var one sync.Mutex
	return func(ctx context.Context, words ...string) error {
		if len(words) == 0 || words[0] == "" {
			return errors.New("run a command: it has no program")
		}
		one.Lock()
		defer one.Unlock()
		return s.runForHook(ctx, p, rollout.OneOff{Command: words, Token: rand.Text()})
	}
}

func (s *session) runForHook(ctx context.Context, p *stack.Plan, task rollout.OneOff) error {
	name := argv.Quote(task.Command)
	ended, vector, err := s.runWith(ctx, p, task)
	s.memory.followed, s.memory.resume = s.memory.resume, ""
	if ctx.Err() != nil {
		return &runError{text: fmt.Sprintf("run %s: not followed to its end: %v", name, ctx.Err()), err: ctx.Err()}
	}
	s.memory.followed = ""
	if err != nil {
		return &runError{text: fmt.Sprintf("run %s: %v", name, err), err: err}
	}
	if succeeded(ended) {
		return nil
	}
	f, _ := errors.AsType[*console.Failure](s.outcome(ended, vector))
	return &runError{text: fmt.Sprintf("run %s: %s", name, f.Why), ended: f}
}

// runWith runs a command to its end. The task that ended has the last lines that it wrote.
func (s *session) runWith(ctx context.Context, p *stack.Plan, task rollout.OneOff) (ended rollout.Task, vector []string, err error) {
	if err := s.fits(task); err != nil {
		return ended, nil, err
	}
	task, program, err := s.programFor(ctx, p, task)
	if err != nil {
		return ended, nil, err
	}
	if task, vector, err = s.vector(ctx, task, program); err != nil {
		return ended, nil, err
	}
	var last []string
	ended, err = s.carryOut(ctx, task, vector, func(lines []console.Line) {
		if s.settings.withoutLines {
			return // the failure says where they are
		}
		s.console.Quote(lines)
		for _, l := range lines {
			last = append(last, strings.Split(l.Text, "\n")...)
		}
		last = last[max(0, len(last)-shownLines):]
	})
	ended.Log = last
	return ended, vector, err
}

// shownLines is how many of a command's last lines its failure has.
const shownLines = 10

// programFor is what the task of a command is made of, and its program.
func (s *session) programFor(ctx context.Context, p *stack.Plan, task rollout.OneOff) (rollout.OneOff, rollout.Program, error) {
	r := s.rollouts()
	if p == nil {
		program, err := r.Program(ctx)
		task.TaskDefinition = program.TaskDefinition
		return task, program, err
	}
	definition, changes := p.Change(cfn.ResourceTaskDefinition)
	service, _ := p.Change(cfn.ResourceService)
	var err error
	if task.Network, err = rollout.PlanNetwork(service.Will); err != nil {
		return task, rollout.Program{}, err
	}
	if !changes { // the stack's own, which need not be what the service runs
		present, err := s.stacks().Describe(ctx, s.place.Names.ServiceStack)
		if err != nil {
			return task, rollout.Program{}, err
		}
		task.TaskDefinition = present.Outputs[cfn.OutputTaskDefinition]
		program, err := r.ProgramOf(ctx, task.TaskDefinition)
		return task, program, err
	}
	if definition.Will == nil {
		return task, rollout.Program{}, errors.New("CloudFormation does not tell before the deployment what the task definition will be")
	}
	if task.Definition, err = rollout.PlanDefinition(definition.Will, s.tags()); err != nil {
		return task, rollout.Program{}, err
	}
	return task, r.ProgramIn(task.Definition.TaskDefinition), nil
}
