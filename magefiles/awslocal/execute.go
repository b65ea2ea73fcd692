package awslocal

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/supervisor"
)

// execute begins to execute the programs of tasks. api is the embedded AWS, which programs reach at AWS_ENDPOINT_URL.
func (s *Server) execute(o Options, api http.Handler) (err error) {
	balancers := newGuard(Options{Hosts: o.Hosts, Address: "127.0.0.1:0"})
	s.supervisor, err = supervisor.Start(supervisor.Options{
		World: s.world, Tasks: s.services.containers, Balancing: s.services.balancing, Images: s.services.registry,
		Sandbox: *o.box, Dir: filepath.Join(o.Dir, runFolder), Region: o.Region, API: api, HostPorts: o.hostPorts, AccessLog: o.accessLog, Hasty: o.hasty,
		Refuse: balancers.visitRefusal,
		Log: func(format string, args ...any) {
			fmt.Fprintln(os.Stderr, time.Now().UTC().Format(time.RFC3339Nano), fmt.Sprintf(format, args...))
		},
	}, rand.Text())
	return err
}

// Addresses are where the listeners of load balancers are on this machine, where this server executes programs.
func (s *Server) Addresses() []Address {
	if s.supervisor == nil {
		return nil
	}
	var all []Address
	for _, a := range s.supervisor.Addresses() {
		all = append(all, Address(a))
	}
	return all
}

// Lost tells whether the machine that is to execute the programs of this server's folder has ended without having been switched
// off, or does not answer: tasks stay as they are until [StartMachine].
func (s *Server) Lost(ctx context.Context) (lost bool, err error) {
	switch _, err := newMachine(s.world.Dir()).Status(ctx); {
	case err == nil:
		return false, nil
	case errors.Is(err, errSilent): // it may hold the state, so that nobody can ask that
		return true, nil
	}
	if err = s.world.Do(ctx, func() error { lost = s.services.containers.SwitchedOn(); return nil }); err != nil {
		return false, fmt.Errorf("ask who executes programs: %w", err)
	}
	return lost, nil
}

// NotExecuted are the tasks of which nothing is executed although a [Machine] executes programs, by their ids, with the reason: an image of another
// registry that cannot be had, or a program that is rehearsed. That they run is assumed.
func (s *Server) NotExecuted(ctx context.Context) (all map[string]string, err error) {
	if err = s.world.Do(ctx, func() error { all = s.services.containers.NotExecuted(); return nil }); err != nil {
		return nil, fmt.Errorf("ask which tasks are not executed: %w", err)
	}
	return all, nil
}

// Assume lets no programs be executed from now on: how they do is assumed, or rehearsed. What a machine had executed has ended.
func (s *Server) Assume(ctx context.Context) error {
	if err := s.world.Do(ctx, func() error {
		if s.services.containers.Supervised() {
			s.services.containers.Supervise("")
		}
		return nil
	}); err != nil {
		return fmt.Errorf("assume how programs do: %w", err)
	}
	return nil
}
