package targets

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"golang.org/x/term"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/internal/argv"
	"github.com/bellyfed/splitecs/magefiles/internal/console"
)

// ServiceExec executes a command in a task of environment local that runs. Its exit code is the target's.
func (t Set) ServiceExec(ctx context.Context, env, line string) error {
	return t.run(ctx, "service:exec", env, func(ctx context.Context, s *session) error {
		words, err := splitWords(line)
		if err != nil {
			return s.noCommand(fmt.Sprintf("%q is no command: %v", line, err), `name a program and its arguments as one word, such as sh, or "ls -l /app"`)
		}
		if s.place.Env != cfn.Local {
			return s.execElsewhere(words)
		}
		if err := s.connect(ctx); err != nil {
			return err
		}
		if s.machine == nil {
			return s.nothingRuns()
		}
		task, err := s.taskToEnter(ctx)
		if err != nil {
			return err
		}
		code, err := s.enter(ctx, awslocal.ExecRequest{Task: task, Container: s.place.Names.Container, Command: words})
		logs := "SPLITECS_TASK=" + task + " " + s.command("service:logs") + "   # what the task's own program has written"
		switch {
		case errors.Is(context.Cause(ctx), context.Canceled): // of what was begun nothing goes on
			return &console.Failure{Code: console.Interrupted, What: s.title, Why: fmt.Sprintf("interrupted: %s has ended too", argv.Quote(words)), Next: []string{logs}}
		case err != nil:
			return err
		case code != 0:
			return &console.Failure{Code: console.Code(code), What: s.title, Why: fmt.Sprintf("%s ended with exit code %d", argv.Quote(words), code), Next: []string{logs}}
		}
		return nil
	})
}

// execElsewhere is why a command is not executed in an account, and what does it.
func (s *session) execElsewhere(words []string) error {
	return &console.Failure{
		Code: console.Usage, What: s.title, Why: "in an account, commands in tasks are executed by AWS's session-manager-plugin, and by roles that allow it (ECS Exec)",
		Next: []string{fmt.Sprintf("aws ecs execute-command --region %s --cluster %s --task TASK --container %s --interactive --command %s   # TASK: an id of %s",
			s.place.Environment.Region, s.place.Names.Cluster, s.place.Names.Container, argv.Quote([]string{argv.Quote(words)}), s.command("service:status"))},
	}
}

func (s *session) nothingRuns() error {
	why := "SPLITECS_LOCAL_PROGRAMS=off: no program is executed"
	next := "unset SPLITECS_LOCAL_PROGRAMS, then " + command("local:up")
	if s.without != nil {
		why, next = s.without.Error(), s.without.Help
		if next == "" && s.without.Engine != "" {
			next = allowEngine()
		}
	}
	f := &console.Failure{Code: console.Preflight, What: s.title, Why: why}
	if next != "" {
		f.Next = []string{next}
	}
	return f
}

// taskToEnter is the task of SPLITECS_TASK, or else the newest of the service that runs.
func (s *session) taskToEnter(ctx context.Context) (string, error) {
	status, err := s.rollouts().Status(ctx)
	if err != nil {
		return "", err
	}
	why := "no task of the service runs"
	if s.settings.task != "" {
		why = fmt.Sprintf("no task of the service whose id begins with %s runs", s.settings.task)
	}
	assumed := s.notExecuted(ctx)
	var found string
	for _, t := range status.Tasks {
		switch {
		case t.State != "RUNNING" || !strings.HasPrefix(t.ID, s.settings.task):
		case assumed[t.ID] != "":
			why = fmt.Sprintf("nothing of task %s is executed: %s", t.ID, assumed[t.ID])
		default:
			found = t.ID
		}
	}
	if found == "" {
		return "", &console.Failure{Code: console.Preflight, What: s.title, Why: why, Next: []string{s.command("service:status")}}
	}
	return found, nil
}

// enter executes a command with this process's input and output.
func (s *session) enter(ctx context.Context, r awslocal.ExecRequest) (int, error) {
	out, isFile := s.Out.(*os.File)
	in := int(s.In.Fd())
	streams := awslocal.ExecStreams{In: s.In, Out: s.Out, Err: s.Err}
	if isFile && term.IsTerminal(in) && term.IsTerminal(int(out.Fd())) {
		r.Terminal = true
		columns, rows, err := term.GetSize(int(out.Fd()))
		if err != nil {
			return 0, err
		}
		r.Rows, r.Columns = rows, columns
		raw, err := term.MakeRaw(in)
		if err != nil {
			return 0, err
		}
		defer term.Restore(in, raw) // there is nobody to tell
		resized, stop := windowSizes(ctx, int(out.Fd()))
		defer stop()
		streams.Resize = resized
	} else {
		signals := make(chan os.Signal, 4)
		signal.Notify(signals, os.Interrupt)
		defer signal.Stop(signals)
		passed := make(chan syscall.Signal, 4)
		go func() {
			for range signals {
				passed <- syscall.SIGINT
			}
		}()
		streams.Signals = passed
	}
	return s.machine.Exec(ctx, r, streams)
}
