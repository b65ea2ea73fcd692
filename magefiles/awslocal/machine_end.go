package awslocal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// How long a machine may take; tests have less patience.
var (
	// answerPatience is for an answer, which takes milliseconds: who is silent for longer is stopped or stuck.
	answerPatience = 30 * time.Second
	// endPatience is for the end of one that has begun to end.
	endPatience = 20 * time.Second
	// killPatience is for the kernel to end one that was killed.
	killPatience = 10 * time.Second
)

// asking is how often one is asked that stops its tasks.
const asking = time.Second

// errSilent is what a machine answers that is there and says nothing.
var errSilent = errors.New("it does not answer")

// StuckError tells of a process that executes the programs of a state folder, does not answer, and cannot be killed.
type StuckError struct {
	Dir       string
	Processes []int // which it may be; none: it is not seen from here
}

func (e *StuckError) Error() string {
	if len(e.Processes) == 0 {
		return "the process that executes programs of " + e.Dir + " neither answers nor ends, and is not seen from here: it may be in another container"
	}
	numbers := strings.Trim(fmt.Sprint(e.Processes), "[]")
	return "process " + numbers + ", which executes programs of " + e.Dir + ", neither answers nor ends; `ps -o stat,wchan " + numbers + "` tells what it waits for"
}

// answering is a context for one answer.
func answering(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, answerPatience, errSilent)
}

// SwitchOff stops all tasks, with SIGTERM first, and ends the machine. Services are without tasks until there is another one. A
// machine that does not answer is killed; what it had is recorded as lost by the next one. Error: [*StuckError] where even that does
// nothing; another one where tasks were killed that should have stopped.
func (m *Machine) SwitchOff(ctx context.Context) error {
	st, err := m.Status(ctx)
	if errors.Is(err, errSilent) {
		return m.kill(ctx)
	}
	if err != nil { // there is none, or it is about to be gone
		return m.gone(ctx)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	said := make(chan error, 1)
	go func() { said <- m.call(ctx, http.MethodPost, "/off", nil) }()
	if err := m.away(ctx, st.Process); err != nil {
		return err
	}
	if trouble, ok := errors.AsType[*machineError](<-said); ok { // any other error is that it has gone
		return trouble
	}
	return nil
}

// away waits for the end of a machine that stops its tasks. It takes the time that it needs as long as it answers.
func (m *Machine) away(ctx context.Context, process int) error {
	for {
		if free, err := m.freed(ctx, asking); free || err != nil {
			return err
		}
		st, err := m.Status(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, errSilent):
			return m.kill(ctx)
		case err != nil: // it accepts nothing any more
			return m.gone(ctx)
		case st.Process != process: // there is another one already
			return nil
		}
	}
}

// end ends the machine with everything that runs, at once.
func (m *Machine) end(ctx context.Context) error {
	if free, err := m.freed(ctx, 0); free || err != nil {
		return err
	}
	asked, cancel := answering(ctx)
	defer cancel()
	if err := m.call(asked, http.MethodPost, "/end", nil); errors.Is(err, errSilent) {
		return m.kill(ctx)
	}
	return m.gone(ctx)
}

// gone waits for the end of the machine, which gives itself up where that takes too long; one that does not even do that is killed.
func (m *Machine) gone(ctx context.Context) error {
	if free, err := m.freed(ctx, endPatience+killPatience); free || err != nil {
		return err
	}
	return m.kill(ctx)
}

// kill ends the machine whatever state it is in. What it has started ends with it, by the kernel.
func (m *Machine) kill(ctx context.Context) error {
	all := machineProcesses(m.dir)
	for _, pid := range all {
		killProcess(pid)
	}
	removeContainer(ctx, m.dir)
	if free, err := m.freed(ctx, killPatience); free || err != nil {
		return err
	}
	return &StuckError{Dir: m.dir, Processes: all}
}

// freed waits until no machine has the folder, but no longer than patience.
func (m *Machine) freed(ctx context.Context, patience time.Duration) (free bool, err error) {
	pause := 2 * time.Millisecond
	for end := time.Now().Add(patience); ; pause = min(2*pause, 50*time.Millisecond) {
		lock := flock.New(filepath.Join(m.run(), "lock"))
		free, err := lock.TryLock()
		if err = errors.Join(err, lock.Close()); errors.Is(err, fs.ErrNotExist) {
			return true, nil // nor the folder
		}
		if free || err != nil || time.Now().After(end) {
			return free, err
		}
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-time.After(pause):
		}
	}
}
