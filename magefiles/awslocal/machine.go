package awslocal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
)

// Machine is a process of its own that executes the programs of the tasks of a state folder. It goes on when the process ends that
// has started it.
type Machine struct {
	dir    string
	client *http.Client
}

// MachineStatus is how a machine stands.
type MachineStatus struct {
	Process   int    // its number; 0 where it is in a container
	Version   string // of the program that it is
	Options   MachineOptions
	Rung      string // how programs are executed: RungRoot, RungUserNamespace or RungEngine
	Container string // its name, on RungEngine
	Engine    string // which it is and where, on RungEngine: Docker 28.2.2 at unix:///var/run/docker.sock
	Why       string // it is no better way; empty where there is none
	Addresses []Address
	Off       bool // it stops its tasks, and ends
}

// Rungs of the ladder, of which the first one that the machine allows is taken.
const (
	RungRoot          = "root"             // with the users of the image
	RungUserNamespace = "user namespace"   // as an ordinary user
	RungEngine        = "container engine" // in a container of an engine with Docker's API, where [MachineOptions] allow that
	RungNothing       = "nothing"          // it is assumed how programs do
)

// Address is where a listener of a load balancer is on this machine. It speaks plain HTTP.
type Address struct {
	LoadBalancer string // its name
	Port         int    // of the listener
	TLS          bool   // the listener has certificates, which this machine does without
	URL          string // such as http://127.0.0.1:41234
	Taken        int    // the port of this machine that it had before, where another program has that now; else 0
}

// TaskUse is what a container uses.
type TaskUse struct {
	Task, Container string
	Memory          int64   // bytes
	Limit           int64   // of memory; 0: none
	Processors      float64 // how many, of late
}

// NoProgramsError says why no programs are executed here.
type NoProgramsError struct {
	Why  string // a sentence's end
	Help string // a command that would change it; empty: there is none
	// Engine is a container engine that is there, and could run them if that were allowed, which it is not. Empty: none.
	Engine string
}

func (e *NoProgramsError) Error() string { return "programs are not executed: " + e.Why }

// FindMachine is the machine of a state folder, whether it answers or not; nil where none runs.
func FindMachine(ctx context.Context, dir string) *Machine {
	m := newMachine(dir)
	if _, err := m.Status(ctx); err != nil && !errors.Is(err, errSilent) {
		return nil
	}
	return m
}

func newMachine(dir string) *Machine {
	m := &Machine{dir: dir}
	m.client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return dialSocket(ctx, m.run())
	}}}
	return m
}

// run is the folder of what runs.
func (m *Machine) run() string { return filepath.Join(m.dir, runFolder) }

// Status asks it. One that does not answer within half a minute is stopped or stuck; [Machine.SwitchOff] ends it.
func (m *Machine) Status(ctx context.Context) (MachineStatus, error) {
	ctx, cancel := answering(ctx)
	defer cancel()
	var st MachineStatus
	err := m.call(ctx, http.MethodGet, "/status", &st)
	return st, err
}

// Use is what containers that run use. It takes a tenth of a second.
func (m *Machine) Use(ctx context.Context) ([]TaskUse, error) {
	ctx, cancel := answering(ctx)
	defer cancel()
	var all []TaskUse
	err := m.call(ctx, http.MethodGet, "/use", &all)
	return all, err
}

// machineError is what a machine says went wrong.
type machineError struct{ text string }

func (e *machineError) Error() string { return e.text }

func (m *Machine) call(ctx context.Context, method, path string, out any) error {
	req, err := http.NewRequestWithContext(ctx, method, "http://machine"+path, http.NoBody)
	if err != nil {
		return err
	}
	asked := func(err error) error {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return fmt.Errorf("ask the machine of %s: %w", m.dir, err)
	}
	resp, err := m.client.Do(req)
	if err != nil {
		return asked(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return asked(err)
	}
	if resp.StatusCode != http.StatusOK {
		return &machineError{string(bytes.TrimSpace(data))}
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(data, out)
}
