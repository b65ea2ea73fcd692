package awslocal

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/bellyfed/splitecs/magefiles/internal/private"
)

// runFolder is where, in a state folder, everything is that runs.
const runFolder = "run"

// machineName is argument 0 of the process of a machine, by which this package knows that it is one; the next is its
// [MachineOptions] as JSON.
const machineName = "splitecs-machine"

// MachineOptions are those of a machine that is to be started.
type MachineOptions struct {
	Dir    string  // state folder
	Region string  // as [Options] has it
	Speed  float64 // likewise
	// HostPorts are ports of 127.0.0.1 that programs reach at host.splitecs.internal, such as that of a database.
	HostPorts []int
	// AccessLog writes a line for each request to a load balancer into run/access.log in the state folder, in the form of an
	// Application Load Balancer's.
	AccessLog bool
	// Engine allows a machine in a container of an engine with Docker's API, where the kernel lets this user run programs in no other way. To that engine
	// the container is root.
	Engine bool
}

// asksMore tells whether a machine has to be another one than one that runs with these options.
func (o MachineOptions) asksMore(than MachineOptions) bool {
	return len(o.HostPorts) > 0 && !slices.Equal(o.HostPorts, than.HostPorts) || o.AccessLog && !than.AccessLog
}

// startPatience is how long a machine may take until it answers: it tries first what this system allows, which has half a minute,
// and another one may be about to end.
const startPatience = time.Minute

// StartMachine makes sure that the programs of a state folder are executed: by the machine that is there, else by one that is started
// and goes on when this process ends. One of another version of this program, or without ports or a log that are asked for, is
// switched off first; one that does not answer is killed. Error: [*NoProgramsError] where this system cannot execute any,
// [*StuckError] where one neither answers nor ends.
func StartMachine(ctx context.Context, o MachineOptions) (*Machine, error) {
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, err
	}
	o.Dir = dir
	m := newMachine(dir)
	st, err := m.Status(ctx)
	switch {
	case errors.Is(err, errSilent):
		err = m.kill(ctx)
	case err != nil: // there is none
		err = nil
	case st.Off: // it is about to end
		err = m.away(ctx, st.Process)
	case st.Version != version() || o.asksMore(st.Options):
		err = m.SwitchOff(ctx)
		if _, killed := errors.AsType[*machineError](err); killed { // the next one records what was lost
			err = nil
		}
	default:
		return m, nil
	}
	if err != nil {
		return nil, fmt.Errorf("end the machine that is there: %w", err)
	}
	if err := o.begin(ctx, m); err != nil {
		return nil, err
	}
	return m, nil
}

// begin launches a machine, or finds another one that somebody else has launched.
func (o MachineOptions) begin(ctx context.Context, m *Machine) error {
	log := filepath.Join(m.run(), "log")
	lost, emptied := 0, false
	for began := time.Now(); ; {
		taken, err := o.launch(ctx)
		if none, cannot := errors.AsType[*NoProgramsError](err); cannot {
			taken, err = o.launchInEngine(ctx, m, none)
		}
		if errors.Is(err, errFailed) && !emptied { // by what is not this user's, it may be
			emptied = true
			if emptyTasks(ctx, o.Dir) == nil {
				continue
			}
		}
		if err != nil {
			return err
		}
		if _, err = m.Status(ctx); err == nil {
			return nil
		}
		if !taken { // it was killed as soon as it had begun
			if lost++; lost == 3 {
				return fmt.Errorf("start the machine that executes programs: %w; see %s", err, log)
			}
		}
		if time.Since(began) > startPatience { // one that neither begins nor ends
			if err := m.kill(ctx); err != nil {
				return err
			}
			began = time.Now()
		}
		select { // another one is about to start, or to end
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// launch starts a machine, and waits until it answers. taken: there is another one.
func (o MachineOptions) launch(ctx context.Context) (taken bool, err error) {
	run := filepath.Join(o.Dir, runFolder)
	if _, err := private.Folder(o.Dir, "state.db", "state.json", "lock"); err != nil {
		return false, err
	}
	if err := os.MkdirAll(run, 0o700); err != nil {
		return false, err
	}
	text, err := json.Marshal(machineOrder{MachineOptions: o})
	if err != nil {
		return false, err
	}
	self, err := os.Executable()
	if err != nil {
		return false, err
	}
	log, err := os.OpenFile(filepath.Join(run, "log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return false, err
	}
	defer log.Close()
	said, says, err := os.Pipe()
	if err != nil {
		return false, err
	}
	defer said.Close()
	cmd := &exec.Cmd{Path: self, Args: []string{machineName, string(text)}, Env: machineEnvironment(), Dir: "/", Stdout: log, Stderr: log, ExtraFiles: []*os.File{says}, SysProcAttr: detached}
	err = errors.Join(cmd.Start(), says.Close())
	if err != nil {
		return false, fmt.Errorf("start the machine that executes programs: %w", err)
	}
	go func() { _ = cmd.Wait() }() // it is not ours, but a child
	taken, err = o.hear(ctx, said)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		_ = cmd.Process.Kill() // it may have ended by now
	}
	return taken, err
}

// errFailed is how a machine ended that could be started.
var errFailed = errors.New("start the machine that executes programs")

// hear how a machine begins.
func (o MachineOptions) hear(ctx context.Context, said *os.File) (taken bool, err error) {
	if err := said.SetReadDeadline(time.Now().Add(startPatience)); err != nil {
		return false, err
	}
	stop := context.AfterFunc(ctx, func() { _ = said.SetReadDeadline(time.Now()) })
	defer stop()
	line, err := bufio.NewReader(said).ReadString('\n')
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return false, fmt.Errorf("start the machine that executes programs: %w: it has not begun within %s; see %s", err, startPatience, filepath.Join(o.Dir, runFolder, "log"))
	}
	word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	switch word {
	case "ready":
		return false, nil
	case "taken":
		return true, nil
	case "none":
		e := &NoProgramsError{}
		if err := json.Unmarshal([]byte(rest), e); err != nil {
			return false, err
		}
		return false, e
	case "failed":
		return false, fmt.Errorf("%w: %s", errFailed, rest)
	}
	return false, fmt.Errorf("start the machine that executes programs: it ended at once; see %s", filepath.Join(o.Dir, runFolder, "log"))
}

// machineEnvironment is what a machine gets of this process's environment. GitHub's runner ends at the end of a job what has its
// variable. https://github.com/actions/runner/issues/598
func machineEnvironment() []string {
	var kept []string
	for _, name := range []string{"PATH", "HOME", "USER", "LANG", "TMPDIR", "GODEBUG", "GOTRACEBACK", "GORACE", "RUNNER_TRACKING_ID", "BUILD_ID", "JENKINS_NODE_COOKIE"} {
		if value, ok := os.LookupEnv(name); ok {
			kept = append(kept, name+"="+value)
		}
	}
	return kept
}
