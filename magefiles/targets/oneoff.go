package targets

import (
	"context"
	"fmt"
	"strings"
	"time"

	"mvdan.cc/sh/v3/shell"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/internal/console"
	"github.com/bellyfed/splitecs/magefiles/rollout"
)

// oneOffInterval is the pause between two looks at a one-off task.
const oneOffInterval = 2 * time.Second

// ServiceRun runs a command once, such as a migration, in a task of its own: with the image, the variables, the
// secrets and the network of the service. What it writes goes to stdout, and its exit code is the target's. The command
// is split into words as a shell does it, but no shell runs it.
func (t Set) ServiceRun(ctx context.Context, env, line string) error {
	return t.run(ctx, "service:run", env, func(ctx context.Context, s *session) error {
		words, err := shell.Fields(line, func(name string) string { return "$" + name })
		if err != nil || len(words) == 0 {
			return &console.Failure{
				Code: console.Usage, What: s.title(), Why: fmt.Sprintf("%q is no command: %v", line, err),
				Next: []string{command("service:run", env, `"sh -c '…'"`) + "   # where the image has a shell"},
			}
		}
		if err := s.connect(ctx); err != nil {
			return err
		}
		return s.runOnce(ctx, words)
	})
}

func (s *session) runOnce(ctx context.Context, words []string) error {
	task := rollout.OneOff{Command: words}
	if s.env == cfn.Local && s.settings.scenario != "" {
		task.Variables = map[string]string{"SPLITECS_LOCAL_SCENARIO": s.settings.scenario}
	}
	since, err := s.now(ctx)
	if err != nil {
		return err
	}
	r := s.rollouts()
	id, err := r.Run(ctx, task)
	if err != nil {
		return err
	}
	s.resume = "SPLITECS_TASK=" + id + " SPLITECS_FOLLOW=1 " + command("service:logs", s.place)
	s.console.Step("task %s: %s", id, strings.Join(words, " "))
	tail := s.tail([]string{id}, since.Add(-time.Minute))
	tail.only = s.names.Container // a sidecar's lines are no result of the command
	told := ""
	for {
		ended, state, over, err := r.Ended(ctx, id)
		if err != nil {
			return err
		}
		if state != told {
			told = state
			s.console.Progress(console.Progress{Subject: "task " + id, State: state, Reason: ended.Reason})
		}
		if err := tail.show(ctx); err != nil {
			return err
		}
		if over {
			return s.outcome(ended, words)
		}
		if err := s.pause(ctx, oneOffInterval); err != nil {
			return err
		}
	}
}

// outcome of a one-off task: its exit code is ours.
func (s *session) outcome(t rollout.Task, words []string) error {
	if t.Exit != nil && *t.Exit == 0 {
		return nil
	}
	v := rollout.Judge(rollout.Evidence{Stopped: []rollout.Task{t}})
	f := &console.Failure{Code: console.Unexpected, What: s.title() + ": " + strings.Join(words, " "), Why: v.Why, Evidence: v.Evidence}
	if t.Exit != nil {
		f.Code = console.Code(*t.Exit)
	}
	if v.Advice != "" {
		f.Next = append(f.Next, v.Advice)
	}
	f.Next = append(f.Next, "SPLITECS_TASK="+t.ID+" "+command("service:logs", s.place))
	return f
}
