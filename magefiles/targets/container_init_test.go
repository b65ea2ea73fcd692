//go:build linux

package targets_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

// containerInit is the argument with which the test's own program is the first process of a container.
const containerInit = "container-init"

// box is what the first process is told: the container that it makes of the namespaces in which it stands.
type box struct {
	Root     string // folder of the image's files
	Hostname string
	ReadOnly bool // the root; never the volumes
	Volumes  []volume
	Program  program
}

// volume is a writable folder of its own. A runtime fills it from the image where the image declares it (VOLUME), owner
// and permissions included; elsewhere it is empty and root's.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bind-mounts.html
type volume struct {
	Path   string
	Filled bool
}

// program is a process in the container.
type program struct {
	Args     []string
	Env      []string
	Dir      string
	UID, GID uint32
}

// request is for a signal to the first program, or for a program to be run beside it.
type request struct {
	Signal  syscall.Signal
	Program program
}

// answer is what became of a program that was run beside the first one.
type answer struct {
	Exit   int
	Output string
}

func init() {
	if len(os.Args) == 2 && os.Args[1] == containerInit {
		runtime.LockOSThread() // no_new_privs is a thread's, and goes on to what that thread starts
		code, err := contain(os.Stdin, os.Stdout)
		if err != nil {
			fmt.Fprintln(os.Stderr, "container:", err)
		}
		os.Exit(code)
	}
}

// contain makes the container and runs its program, whose exit code is the container's. Requests come by in; its end
// is the container's, so that none is left when the test has ended somehow.
func contain(in io.Reader, out io.Writer) (code int, err error) {
	const noContainer = 125 // as docker run has it
	requests := json.NewDecoder(in)
	var b box
	if err := requests.Decode(&b); err != nil {
		return noContainer, err
	}
	if err := b.enter(); err != nil {
		return noContainer, err
	}
	if _, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, 38 /* PR_SET_NO_NEW_PRIVS */, 1, 0); errno != 0 {
		return noContainer, fmt.Errorf("set no_new_privs: %w", errno)
	}
	first, err := b.Program.command()
	if err != nil {
		return noContainer, err
	}
	first.Stdout, first.Stderr = os.Stderr, os.Stderr
	if err := first.Start(); err != nil {
		return noContainer, err
	}
	go func() { os.Exit(exitCode(first.Wait())) }()
	for answers := json.NewEncoder(out); ; {
		var r request
		if err := requests.Decode(&r); err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return noContainer, err
		}
		if r.Signal != 0 {
			err = first.Process.Signal(r.Signal)
		} else {
			err = answers.Encode(r.Program.run())
		}
		if err != nil {
			return noContainer, err
		}
	}
}

// enter mounts what a container runtime mounts, and goes to where only the image's files are.
func (b box) enter() error {
	at := func(name string) string { return filepath.Join(b.Root, name) }
	devices := []string{"null", "zero", "full", "random", "urandom"}
	for _, dir := range []string{"etc", "proc", "dev"} {
		if err := os.MkdirAll(at(dir), 0o755); err != nil {
			return err
		}
	}
	for _, v := range b.Volumes {
		if err := os.MkdirAll(at(v.Path), 0o755); err != nil {
			return err
		}
	}
	// The foreign name leads to one address of many, as an instance's does.
	hosts := "127.0.0.1 localhost\n" + ownAddress + " " + b.Hostname + "\n"
	if err := os.WriteFile(at("etc/hosts"), []byte(hosts), 0o644); err != nil {
		return err
	}
	mounts := []struct {
		from, to, kind string
		flags          uintptr
		options        string
	}{
		{b.Root, b.Root, "", syscall.MS_BIND, ""},
		{"proc", at("proc"), "proc", 0, ""},
		{"tmpfs", at("dev"), "tmpfs", 0, "mode=755"},
	}
	for _, m := range mounts {
		if err := syscall.Mount(m.from, m.to, m.kind, m.flags, m.options); err != nil {
			return fmt.Errorf("mount %s: %w", m.to, err)
		}
	}
	for _, name := range devices {
		if err := os.WriteFile(at("dev/"+name), nil, 0o666); err != nil {
			return err
		}
		if err := syscall.Mount("/dev/"+name, at("dev/"+name), "", syscall.MS_BIND, ""); err != nil {
			return fmt.Errorf("mount /dev/%s: %w", name, err)
		}
	}
	for link, to := range map[string]string{"fd": "fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2"} {
		if err := os.Symlink("/proc/self/"+to, at("dev/"+link)); err != nil {
			return err
		}
	}
	for _, v := range b.Volumes {
		if err := v.mount(at(v.Path)); err != nil {
			return fmt.Errorf("mount volume %s: %w", v.Path, err)
		}
	}
	if b.ReadOnly {
		if err := syscall.Mount("", b.Root, "", syscall.MS_BIND|syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
			return fmt.Errorf("make the root read-only: %w", err)
		}
	}
	return errors.Join(syscall.Sethostname([]byte(b.Hostname)), syscall.Chroot(b.Root), os.Chdir("/"))
}

func (v volume) mount(to string) error {
	stage := to
	if v.Filled {
		var err error
		if stage, err = os.MkdirTemp("", "volume"); err != nil {
			return err
		}
		defer os.Remove(stage)
	}
	if err := syscall.Mount("tmpfs", stage, "tmpfs", 0, "mode=755"); err != nil || !v.Filled {
		return err
	}
	if out, err := exec.Command("cp", "--archive", to+"/.", stage).CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return syscall.Mount(stage, to, "", syscall.MS_MOVE, "")
}

// run runs the program to its end, beside the first one.
func (p program) run() answer {
	cmd, err := p.command()
	if err != nil {
		return answer{Exit: 127, Output: err.Error()}
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err = cmd.Run()
	return answer{Exit: exitCode(err), Output: out.String()}
}

func (p program) command() (*exec.Cmd, error) {
	path, err := lookPath(p.Args[0], p.Env)
	if err != nil {
		return nil, err
	}
	return &exec.Cmd{
		Path: path, Args: p.Args, Env: p.Env, Dir: p.Dir,
		SysProcAttr: &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: p.UID, Gid: p.GID}},
	}, nil
}

// lookPath finds a program in the PATH of the container, which is not this process's.
func lookPath(name string, env []string) (string, error) {
	if strings.Contains(name, "/") {
		return name, nil
	}
	for _, kv := range env {
		list, ok := strings.CutPrefix(kv, "PATH=")
		if !ok {
			continue
		}
		for _, dir := range filepath.SplitList(list) {
			if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
				return path, nil
			}
		}
	}
	return "", fmt.Errorf("%s: not in the PATH of the container", name)
}

// exitCode as a shell and ECS count it.
func exitCode(err error) int {
	ended, ok := errors.AsType[*exec.ExitError](err)
	switch {
	case err == nil:
		return 0
	case !ok:
		return 127
	case ended.Sys().(syscall.WaitStatus).Signaled():
		return 128 + int(ended.Sys().(syscall.WaitStatus).Signal())
	}
	return ended.ExitCode()
}
