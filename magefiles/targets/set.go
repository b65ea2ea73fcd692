package targets

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/term"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/internal/console"
)

// Set are the targets of one application. Fields with a default may stay empty.
type Set struct {
	App cfn.App
	// Getenv reads the process's environment. Default os.Getenv.
	Getenv func(string) string
	// Out takes results, Err everything else. Default os.Stdout and os.Stderr.
	Out, Err io.Writer
	// In answers questions; they are asked only when it is a terminal. Default os.Stdin.
	In *os.File
	// Dir is the project's folder. Default: the working directory.
	Dir string

	// Of the embedded AWS, in tests.
	faults []awslocal.Fault
	clock  *awslocal.Clock // nil is the machine's
}

func (t Set) withDefaults() Set {
	if t.Getenv == nil {
		t.Getenv = os.Getenv
	}
	if t.Out == nil {
		t.Out = os.Stdout
	}
	if t.Err == nil {
		t.Err = os.Stderr
	}
	if t.In == nil {
		t.In = os.Stdin
	}
	if t.Dir == "" {
		t.Dir = "."
	}
	return t
}

// run carries out the target called name in the place that text names: an environment, or a service of it. What does not depend
// on AWS is checked first: the place, the variables, the configuration.
func (t Set) run(ctx context.Context, name, text string, f func(context.Context, *session) error) error {
	t = t.withDefaults()
	place, err := placeOf(t.App, name, text)
	s := t.newSession(name, text, place)
	// Mage turns SIGINT into the end of ctx; SIGTERM, which CI systems send, would kill it.
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM)
	defer stop()
	ctx, s.abort = context.WithCancelCause(ctx)
	defer s.abort(nil)
	defer s.join()()
	if err == nil {
		err = s.prepare()
	}
	if err == nil {
		if s.settings.timeout > 0 {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, s.settings.timeout)
			defer cancel()
		}
		s.ended = ctx.Done()
		err = s.foreign(ctx, f(ctx, s))
		if err != nil && ctx.Err() == nil {
			s.compareNamed(ctx, s.failure(ctx, err).Next)
		}
		err = errors.Join(err, s.close())
	}
	var failed *console.Failure
	if err != nil {
		failed = console.NewFilter(t.Getenv).Failure(s.further(s.failure(ctx, err))) // Mage prints it
	}
	s.report(failed)
	if failed == nil {
		return nil // an error that is a nil pointer would not be nil
	}
	return failed
}

// report ends the output: GitHub Actions gets a step summary, and a failure is told where the form has a place for it, as
// the last event. Mage prints the error itself.
func (s *session) report(failed *console.Failure) {
	s.console.End()
	if path := s.Getenv("GITHUB_STEP_SUMMARY"); path != "" {
		if err := appendTo(path, s.console.Summary(s.title, failed)); err != nil {
			s.console.Note("no step summary: %v", err)
		}
	}
	if failed != nil {
		s.console.Fail(failed)
	}
}

func appendTo(path, text string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

// prepare checks everything of a place that needs no AWS.
func (s *session) prepare() error {
	var err error
	if s.settings, err = readSettings(s.Getenv); err != nil {
		return err
	}
	if err := s.place.App.Validate(); err != nil {
		return err
	}
	return s.tryExtensions()
}

// console writes what people see. It is there before anything is checked; a mode that does not exist is told with the
// other variables.
func (t Set) console() *console.Console {
	mode, _ := console.ParseMode(t.Getenv("SPLITECS_OUTPUT"))
	return console.New(t.Out, t.Err, mode, t.Getenv)
}

// defaultEnvironment is the environment of targets that take none.
func (t Set) defaultEnvironment() string {
	getenv := t.Getenv
	if getenv == nil {
		getenv = os.Getenv
	}
	if env := getenv("SPLITECS_ENV"); env != "" {
		return env
	}
	return t.App.DefaultEnvironment
}

// interactive tells whether a person can be asked.
func (s *session) interactive() bool {
	out, ok := s.Err.(*os.File)
	return ok && term.IsTerminal(int(s.In.Fd())) && term.IsTerminal(int(out.Fd()))
}
