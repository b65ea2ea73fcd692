package supervisor

import (
	"context"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecs"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sandbox"
)

// first is the pause after a failed health check of a program that has not been well yet. AWS waits the whole interval; a
// shorter pause finds out the same sooner.
const first = 50 * time.Millisecond

// check makes the health check of a container until it ends, and reports what changes.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
func (s *Supervisor) check(t *task, c *container, h ecs.Check) {
	argv := h.Command
	switch {
	case len(argv) > 1 && argv[0] == "CMD-SHELL":
		argv = []string{"/bin/sh", "-c", argv[1]}
	case len(argv) > 0 && argv[0] == "CMD":
		argv = argv[1:]
	}
	began, failures, told, explained := time.Now(), 0, false, false
	for {
		good, err := c.passes(t.ctx, argv, h.Timeout)
		if err != nil && !explained && !c.ends(t.ctx) { // on Fargate nobody says so
			explained = true
			s.report(func() {
				s.Tasks.Write(t.id, c.name, []string{"[embedded AWS] the health check's command cannot be executed: " + err.Error()})
			})
		}
		if c.over(t.ctx) {
			return
		}
		pause := h.Interval
		switch {
		case good:
			if !told || failures >= h.Retries {
				s.report(func() { s.Tasks.Checked(t.id, c.name, true) })
			}
			told, failures = true, 0
		case time.Since(began) < h.Forgive:
			pause = min(first, h.Interval)
		default:
			if failures++; failures == h.Retries {
				s.report(func() { s.Tasks.Checked(t.id, c.name, false) })
				told = true
			}
		}
		select {
		case <-t.ctx.Done():
			return
		case <-c.box.Done():
			return
		case <-time.After(pause):
		}
	}
}

// ends tells whether a container is over, or about to be: nothing can be started where the program has just ended.
func (c *container) ends(ctx context.Context) bool {
	select {
	case <-c.box.Done():
	case <-ctx.Done():
	case <-time.After(first):
		return false
	}
	return true
}

func (c *container) over(ctx context.Context) bool {
	select {
	case <-c.box.Done():
		return true
	default:
		return ctx.Err() != nil
	}
}

// passes tells whether a command in the container ends with 0 in time. The error is that it cannot be executed.
func (c *container) passes(ctx context.Context, argv []string, timeout time.Duration) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	e, err := c.exec(ctx, sandbox.ExecSpec{Argv: argv})
	if err != nil {
		return false, err
	}
	ended := make(chan int, 1)
	go func() { ended <- e.Wait().Code }()
	select {
	case code := <-ended:
		return code == 0, nil
	case <-ctx.Done():
		_ = e.Signal(sigkill) // it may have ended
		return false, nil
	}
}
