package awslocal

import (
	"context"
	"crypto/sha256"
	"debug/elf"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/gofrs/flock"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/engine"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sandbox"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/supervisor"
	"github.com/bellyfed/splitecs/magefiles/internal/private"
)

// inContainer is what a machine is told of the container that it is in.
type inContainer struct {
	Name, Engine string
	Why          string // it is in one
	Said         string // a named pipe, on which it says how it begins
}

// starter is whom a machine tells how it begins. What a machine in a container says of itself goes where any machine's does.
func (o machineOrder) starter() (*os.File, error) {
	if o.In == nil {
		return os.NewFile(3, "starter"), nil
	}
	log, err := os.OpenFile(filepath.Join(o.Dir, runFolder, "log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	for fd := 1; fd <= 2; fd++ {
		if err := syscall.Dup3(int(log.Fd()), fd, 0); err != nil {
			return nil, err
		}
	}
	return os.OpenFile(o.In.Said, os.O_WRONLY, 0)
}

// engineFile in a state folder's run folder holds the socket of the engine that has run its machine: files of it may be left that are not this user's.
const engineFile = "engine"

// beyond are the capabilities of a machine beside those of Docker: to mount and to make namespaces, to bring up the network of a task, to look at
// processes of other users.
var beyond = []string{"SYS_ADMIN", "NET_ADMIN", "SYS_PTRACE"}

// launchInEngine starts a machine in a container of an engine, if that is allowed, because none can be started outside. What cannot be is told with
// the reason that there was before.
func (o MachineOptions) launchInEngine(ctx context.Context, m *Machine, none *NoProgramsError) (taken bool, err error) {
	found, err := engine.Find(ctx, os.Getenv)
	if !o.Engine {
		if err == nil {
			none.Engine = found.String()
		}
		return false, none
	}
	if err == nil {
		if taken, err = o.launchIn(ctx, found, m, none.Why); err == nil {
			return taken, nil
		}
	}
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	if errors.Is(err, errFailed) { // it runs there, and something else is the matter
		return false, err
	}
	return false, &NoProgramsError{Why: none.Why + "; and in a container they do not run either: " + err.Error(), Help: none.Help}
}

func (o MachineOptions) launchIn(ctx context.Context, e *engine.Engine, m *Machine, why string) (taken bool, err error) {
	run := m.run()
	one := flock.New(filepath.Join(run, "engine.lock")) // whoever has it may remove a container that is there
	if _, err := one.TryLockContext(ctx, 5*time.Millisecond); err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, one.Close()) }()
	if _, err := m.Status(ctx); err == nil {
		return true, nil
	}
	if err := sameKernel(e); err != nil {
		return false, err
	}
	if err := private.Write(filepath.Join(run, engineFile), []byte(e.Socket)); err != nil {
		return false, err
	}
	pipe := filepath.Join(run, "said")
	if err := os.Remove(pipe); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		return false, fmt.Errorf("make a pipe at %s: %w", pipe, err)
	}
	defer os.Remove(pipe)
	said, err := os.OpenFile(pipe, os.O_RDWR, 0) // not at its end before somebody has begun
	if err != nil {
		return false, err
	}
	defer said.Close()
	name := containerName(o.Dir)
	text, err := json.Marshal(machineOrder{MachineOptions: o, In: &inContainer{Name: name, Engine: e.String(), Why: why, Said: pipe}})
	if err != nil {
		return false, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	inside, err := o.inside(ctx, e, name, sandbox.Settled(o.Dir, machineName, string(text)))
	if err != nil {
		return false, err
	}
	ended, err := e.Start(ctx, inside)
	if err != nil {
		return false, err
	}
	go func() {
		<-ended
		cancel(errEndedAtOnce)
	}()
	if taken, err = o.hear(ctx, said); err == nil {
		return taken, nil
	}
	if context.Cause(ctx) == errEndedAtOnce {
		err = o.look(context.WithoutCancel(ctx), e, name)
	}
	return false, fmt.Errorf("run a machine in a container of %s: %w", e, err)
}

var errEndedAtOnce = errors.New("the container ended at once")

// look why a container cannot be a machine.
func (o MachineOptions) look(ctx context.Context, e *engine.Engine, name string) error {
	inside, err := o.inside(ctx, e, name, sandbox.Settled(o.Dir))
	if err != nil {
		return err
	}
	code, err := e.Run(ctx, inside)
	if err == nil {
		err = sandbox.Unsettled(code)
	}
	if err == nil {
		err = fmt.Errorf("%w; see %s", errEndedAtOnce, filepath.Join(o.Dir, runFolder, "log"))
	}
	return err
}

// sameKernel refuses an engine that can be seen to be in a virtual machine. What it cannot tell, the container itself does.
func sameKernel(e *engine.Engine) error {
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if own := strings.TrimSpace(string(release)); err == nil && e.Kernel != "" && own != e.Kernel {
		return fmt.Errorf("%s is in a virtual machine or on another machine: its kernel is %s, and this one %s", e, e.Kernel, own)
	}
	return nil
}

// containerName of a state folder.
func containerName(dir string) string {
	return fmt.Sprintf("splitecs-machine-%x", sha256.Sum256([]byte(dir)))[:len("splitecs-machine-")+12]
}

// inside is a container of this executable and the state folder, in place of one that was there.
func (o MachineOptions) inside(ctx context.Context, e *engine.Engine, name string, argv []string) (engine.Container, error) {
	self, err := os.Executable()
	if err != nil {
		return engine.Container{}, err
	}
	libraries, err := libraries(self)
	if err != nil {
		return engine.Container{}, err
	}
	mounts := append(libraries, engine.Mount{Source: self, Target: sandbox.Settle, ReadOnly: true}, engine.Mount{Source: o.Dir, Target: o.Dir})
	// For images of other registries: their certificates, and the logins of docker login.
	for _, folder := range []string{"/etc/ssl", "/etc/pki", filepath.Join(os.Getenv("HOME"), ".docker")} {
		if filepath.IsAbs(folder) && isFolder(folder) {
			mounts = append(mounts, engine.Mount{Source: folder, Target: folder, ReadOnly: true})
		}
	}
	return engine.Container{
		Name: name, Argv: argv, Mounts: mounts, Capabilities: beyond, Labels: map[string]string{"com.github.bellyfed.splitecs.state": o.Dir},
		Env: slices.DeleteFunc(machineEnvironment(), func(v string) bool { return strings.HasPrefix(v, "TMPDIR=") }),
	}, e.Remove(ctx, name)
}

func isFolder(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// libraries are what an executable needs where there is nothing: one that is linked dynamically needs those of this machine.
func libraries(executable string) (all []engine.Mount, err error) {
	f, err := elf.Open(executable)
	if err != nil { // it has been replaced, and its name says so
		return nil, fmt.Errorf("open this executable: %w", err)
	}
	defer f.Close()
	needed, err := f.ImportedLibraries()
	if err != nil || len(needed) == 0 {
		return nil, err
	}
	for _, name := range []string{"/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache"} {
		at, err := filepath.EvalSymlinks(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, engine.Mount{Source: at, Target: name, ReadOnly: true})
	}
	return all, nil
}

// emptyByEngine removes what is in a folder of a state folder, also what a machine in a container has left there that is not this user's. fs.ErrNotExist: there
// was no such machine.
func emptyByEngine(ctx context.Context, dir, folder string) (*engine.Engine, error) {
	socket, err := os.ReadFile(filepath.Join(dir, runFolder, engineFile))
	if err != nil {
		return nil, err
	}
	e, err := engine.At(ctx, string(socket))
	if err != nil {
		return nil, err
	}
	name := containerName(dir)
	inside, err := MachineOptions{Dir: dir}.inside(ctx, e, name, sandbox.Emptying(folder))
	if err != nil {
		return nil, err
	}
	code, err := e.Run(ctx, inside)
	if err == nil {
		err = sandbox.Unsettled(code)
	}
	if err != nil {
		return nil, fmt.Errorf("remove what is in %s in a container of %s: %w", folder, e, err)
	}
	return e, nil
}

// removeContainer kills a machine that is in a container: its processes are those of the engine's user. Whether it has gone is seen by its lock.
func removeContainer(ctx context.Context, dir string) {
	ctx, cancel := context.WithTimeout(ctx, killPatience)
	defer cancel()
	socket, err := os.ReadFile(filepath.Join(dir, runFolder, engineFile))
	if err != nil { // it is in none
		return
	}
	if e, err := engine.At(ctx, string(socket)); err == nil {
		_ = e.Remove(ctx, containerName(dir))
	}
}

// emptyTasks removes what tasks of a machine in a container have left, which had no time to do so by itself.
func emptyTasks(ctx context.Context, dir string) error {
	_, err := emptyByEngine(ctx, dir, filepath.Join(dir, runFolder, supervisor.TasksFolder))
	return err
}

// removeByEngine removes what a machine in a container has left, and what the engine has of it.
func removeByEngine(ctx context.Context, dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	e, err := emptyByEngine(ctx, dir, filepath.Join(dir, runFolder))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return e.RemoveImage(ctx)
}
