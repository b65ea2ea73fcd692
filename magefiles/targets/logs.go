package targets

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/bellyfed/splitecs/cfn/confidential"
	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/internal/console"
	"github.com/bellyfed/splitecs/magefiles/rollout"
)

// logInterval is the pause between two reads of a log that is followed.
const logInterval = 2 * time.Second

// overlap is how far a read reaches back behind the last line that was seen: lines of several tasks do not arrive in
// their order.
const overlap = time.Minute

// ServiceLogs writes what the tasks have written to stdout, oldest first: those that run, or as SPLITECS_TASK says; of
// the last hour, or of SPLITECS_SINCE. SPLITECS_FOLLOW=1 goes on until it is interrupted.
func (t Set) ServiceLogs(ctx context.Context, env string) error {
	return t.run(ctx, "service:logs", env, func(ctx context.Context, s *session) error {
		if err := s.connect(ctx); err != nil {
			return err
		}
		now, err := s.now(ctx)
		if err != nil {
			return err
		}
		tasks, err := s.chosenTasks(ctx)
		if err != nil {
			return err
		}
		if tasks != nil && len(tasks) == 0 {
			s.console.Note("there is no such task; SPLITECS_TASK=all shows every line there is")
			return nil
		}
		tail := s.tail(tasks, now.Add(-s.settings.since))
		for {
			if err := tail.show(ctx); err != nil {
				if s.settings.follow && context.Cause(ctx) == context.Canceled {
					return nil // that is how following ends
				}
				return err
			}
			if !s.settings.follow {
				if len(tail.seen) == 0 {
					s.console.Note("no line in the last %s; SPLITECS_SINCE=24h looks further back", s.settings.since)
				}
				return nil
			}
			if s.pause(ctx, logInterval) != nil {
				continue // the next read finds out why
			}
			if s.settings.task == "" { // new tasks come
				if tail.tasks, err = s.chosenTasks(ctx); err != nil {
					return err
				}
			}
		}
	})
}

// chosenTasks are the ids that SPLITECS_TASK stands for; nil is all.
func (s *session) chosenTasks(ctx context.Context) ([]string, error) {
	tasks := []string{}
	switch s.settings.task {
	case "all":
		return nil, nil
	case "", "stopped":
		found, err := s.rollouts().TaskIDs(ctx, s.settings.task == "stopped")
		return append(tasks, found...), err
	}
	return append(tasks, s.settings.task), nil
}

// tail writes the lines of tasks, each once.
type tail struct {
	s     *session
	tasks []string
	only  string // a container's name; empty is all
	write func([]console.Line)
	// of are the programs, by their container and task: a private key is written on several lines.
	of    map[string]*confidential.Stream
	since time.Time
	seen  map[string]bool
	// simulated tells that a line said that the program is not executed.
	simulated bool
}

func (s *session) tail(tasks []string, since time.Time) *tail {
	return &tail{
		s: s, tasks: tasks, since: since, seen: map[string]bool{}, of: map[string]*confidential.Stream{}, write: s.console.Program,
	}
}

// show writes what is new.
func (t *tail) show(ctx context.Context) error {
	lines, err := t.s.rollouts().Lines(ctx, t.tasks, t.since)
	if err != nil {
		return err
	}
	var found []console.Line
	for _, l := range lines {
		if t.seen[l.ID] || t.only != "" && l.Container != t.only {
			continue
		}
		t.seen[l.ID] = true
		t.simulated = t.simulated || strings.HasPrefix(l.Text, awslocal.Simulated)
		found = append(found, console.Line{
			Prefix: fmt.Sprintf("%s %s ", l.Time.Format("2006-01-02T15:04:05.000Z"), t.short(l)), Text: t.program(l).Redact(l.Text),
		})
		if from := l.Time.Add(-overlap); from.After(t.since) {
			t.since = from
		}
	}
	t.write(found)
	return nil
}

// program is what was written so far by who wrote a line.
func (t *tail) program(l rollout.Line) *confidential.Stream {
	key := l.Container + "/" + l.Task
	if t.of[key] == nil {
		t.of[key] = &confidential.Stream{}
	}
	return t.of[key]
}

// quiet is how long nothing new has to come after the end of a task until its lines are taken to be complete, and endless how
// long is waited for that at most. CloudWatch Logs shows a line some seconds after it has taken it.
const (
	quiet   = 5 * time.Second
	endless = time.Minute
)

// end writes what is still to come of tasks that have ended.
func (t *tail) end(ctx context.Context) error {
	begun := t.s.clockTime()
	last := begun
	for {
		before := len(t.seen)
		if err := t.show(ctx); err != nil {
			return err
		}
		if len(t.seen) > before {
			last = t.s.clockTime()
		}
		if t.s.passed(last) >= quiet || t.s.passed(begun) >= endless {
			return nil
		}
		if err := t.s.pause(ctx, logInterval); err != nil {
			return err
		}
	}
}

// short names the task of a line, and the container where it is not the application's.
func (t *tail) short(l rollout.Line) string {
	task := l.Task[:min(len(l.Task), 8)]
	if l.Container != t.s.place.Names.Container {
		task += "/" + l.Container
	}
	return task
}
