package targets

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/awslocal"
)

// startMachine makes sure that the programs of environment local are executed, where they are to be and can be.
func (s *session) startMachine(ctx context.Context) error { return s.machineOf(ctx)() }

// machineOf does what startMachine does; of the session nothing changes before its result is called.
func (s *session) machineOf(ctx context.Context) (known func() error) {
	if s.clock != nil || s.settings.withoutPrograms {
		err := s.withoutMachine(ctx)
		return func() error { return err }
	}
	options := awslocal.MachineOptions{
		Dir: s.localDir(), Region: s.place.Environment.Region, Speed: s.settings.speed, HostPorts: s.settings.hostPorts, AccessLog: s.settings.accessLog,
		Engine: s.settings.engine,
	}
	m, err := awslocal.StartMachine(ctx, options)
	none, cannot := errors.AsType[*awslocal.NoProgramsError](err)
	if cannot {
		err = s.withoutMachine(ctx)
	}
	return func() error {
		s.machine, s.without = m, none
		if m != nil && err == nil {
			s.keepMachine(ctx, options)
		}
		return err
	}
}

// looking is how often it is looked whether the machine is there.
const looking = 500 * time.Millisecond

// keepMachine starts the machine again, until the session ends, where it has been killed: what the target waits for would never
// happen.
func (s *session) keepMachine(ctx context.Context, o awslocal.MachineOptions) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	s.unkeep = func() {
		cancel()
		<-done
	}
	go func() {
		defer close(done)
		tick := time.NewTicker(looking)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			if lost, err := s.server.Lost(ctx); err != nil || !lost {
				continue // the target meets the error itself
			}
			_, err := awslocal.StartMachine(ctx, o)
			switch {
			case ctx.Err() != nil:
			case err != nil: // what the target waits for would never happen
				s.abort(&executionError{err})
				return
			default:
				s.console.Note("the process that executed the programs has ended: another one executes them from now on")
			}
		}
	}()
}

// executionError says that programs are not executed any more, and cannot be.
type executionError struct{ err error }

func (e *executionError) Error() string {
	return "the process that executed the programs has ended, and none can be started: " + e.err.Error()
}

func (e *executionError) Unwrap() error { return e.err }

// withoutMachine switches off what may run: from now on it is assumed how programs do.
func (s *session) withoutMachine(ctx context.Context) error {
	if m := awslocal.FindMachine(ctx, s.localDir()); m != nil {
		if err := m.SwitchOff(ctx); err != nil {
			return err
		}
	}
	return s.server.Assume(ctx)
}

// tellMachine says how programs are executed, or why none are.
func (s *session) tellMachine(ctx context.Context) error {
	if s.machine == nil {
		s.tellNothing()
		return nil
	}
	st, err := s.machine.Status(ctx)
	if err != nil {
		return err
	}
	line := fmt.Sprintf("programs run below process %d, by %s", st.Process, st.Rung)
	if st.Container != "" {
		line = fmt.Sprintf("programs run in container %s of %s", st.Container, st.Engine)
	}
	if st.Why != "" {
		line += ": " + st.Why
	}
	s.console.Rung(st.Rung, st.Why, fmt.Sprintf("%s; %s stops them", line, command("local:down")))
	return nil
}

// tellNothing says why nothing is executed, and what would help.
func (s *session) tellNothing() {
	if s.without == nil {
		const why = "SPLITECS_LOCAL_PROGRAMS=off"
		s.console.Rung(awslocal.RungNothing, why, "[embedded AWS] nothing runs ("+why+"): that programs start and answer is assumed")
		return
	}
	s.console.Rung(awslocal.RungNothing, s.without.Why, "[embedded AWS] nothing runs: "+s.without.Why+". That programs start and answer is assumed")
	if s.without.Help != "" {
		s.console.Note("  %s   # lets programs run", s.without.Help)
	}
	if s.without.Engine != "" {
		s.console.Note("  %s   # lets them run in a container of %s, which is root there", allowEngine(), s.without.Engine)
	}
}

// allowEngine is the command that lets a container engine execute programs.
func allowEngine() string { return "SPLITECS_LOCAL_PROGRAMS=docker " + command("local:up") }

// showAddress says where the application answers; nothing on stdout where nothing does.
func (s *session) showAddress(ctx context.Context) error {
	if err := s.tellMachine(ctx); err != nil || s.machine == nil {
		return err
	}
	st, err := s.machine.Status(ctx)
	if err != nil {
		return err
	}
	infra, err := s.stacks().Describe(ctx, s.place.Names.InfraStack)
	if err != nil {
		return err
	}
	at := addressOf(st.Addresses, infra.Outputs[cfn.OutputLoadBalancerName])
	if at.URL == "" {
		return nil
	}
	if at.Taken != 0 {
		s.console.Note("port %d of 127.0.0.1, where the application was, is in use by %s: it is at another one from now on", at.Taken, holderOf(at.Taken))
	}
	why, err := s.nothingAnswers(ctx)
	if err != nil {
		return err
	}
	if why != "" {
		s.console.Note("[embedded AWS] %s answers 503, since nothing of the service is executed: %s", at.URL, why)
		return nil
	}
	s.console.Result("%s", at.URL)
	return nil
}

// addressOf the application, at its own load balancer (app/NAME/ID): other environments in the same state have theirs. Of its
// listeners it is the one with certificates, as others may lead there, else that of the lowest port. Zero where it has no load balancer.
func addressOf(all []awslocal.Address, loadBalancer string) awslocal.Address {
	var own []awslocal.Address
	for _, a := range all {
		if strings.HasPrefix(loadBalancer, "app/"+a.LoadBalancer+"/") {
			own = append(own, a)
		}
	}
	if len(own) == 0 {
		return awslocal.Address{}
	}
	return slices.MinFunc(own, func(a, b awslocal.Address) int {
		if a.TLS != b.TLS {
			return cmp.Compare(btoi(b.TLS), btoi(a.TLS))
		}
		return cmp.Compare(a.Port, b.Port)
	})
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// LocalDown stops what runs of environment local; its state stays.
func (t Set) LocalDown(ctx context.Context) error {
	return t.run(ctx, "local:down", cfn.Local, func(ctx context.Context, s *session) error {
		m := awslocal.FindMachine(ctx, s.localDir())
		if m == nil {
			s.console.Note("embedded AWS: nothing runs in %s", s.localDir())
			return nil
		}
		s.console.Step("stop what runs")
		if err := m.SwitchOff(ctx); err != nil {
			return err
		}
		s.console.Note("embedded AWS: nothing runs any more; %s starts it again", command("local:up"))
		return nil
	})
}

// used is what containers use that are executed here; none where that is not known.
func (s *session) used(ctx context.Context) []awslocal.TaskUse {
	if s.machine == nil {
		return nil
	}
	all, err := s.machine.Use(ctx)
	if err != nil {
		s.console.Note("what the programs use is not known: %v", err)
	}
	return all
}

// useOf a container in words.
func useOf(u awslocal.TaskUse) string {
	line := fmt.Sprintf("%s uses %.1f MB of memory", u.Container, float64(u.Memory)/1e6)
	if u.Limit > 0 {
		line += fmt.Sprintf(" (%.0f %% of its %.0f MB)", 100*float64(u.Memory)/float64(u.Limit), float64(u.Limit)/1e6)
	}
	return line + fmt.Sprintf(" and %.2f processors", u.Processors)
}
