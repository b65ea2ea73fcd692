package awslocal

import (
	"context"
	"debug/elf"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// detached is a process in a session of its own, which no terminal ends.
var detached = &syscall.SysProcAttr{Setsid: true}

// socketName is the socket of a machine in its folder.
const socketName = "sock"

// The name of a socket has 108 bytes at most, and state folders lie deeper: it is reached through a descriptor of its folder.
// https://man7.org/linux/man-pages/man7/unix.7.html
func socketPath(folder *os.File) string {
	return fmt.Sprintf("/proc/self/fd/%d/%s", folder.Fd(), socketName)
}

func dialSocket(ctx context.Context, run string) (net.Conn, error) {
	folder, err := os.Open(run)
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	var d net.Dialer
	return d.DialContext(ctx, "unix", socketPath(folder))
}

// listenSocket is called by who holds the lock: a socket that is there already is a dead machine's.
func listenSocket(run string) (net.Listener, error) {
	if err := os.Remove(filepath.Join(run, socketName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	folder, err := os.Open(run)
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	l, err := net.Listen("unix", socketPath(folder))
	if err != nil {
		return nil, err
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false) // the descriptor is closed by then
	return l, os.Chmod(filepath.Join(run, socketName), 0o600)
}

// machineProcesses are those that execute the programs of a state folder, or are about to.
func machineProcesses(dir string) (all []int) {
	list, _ := filepath.Glob("/proc/[0-9]*/cmdline") // the pattern is well formed
	for _, name := range list {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended
		}
		var o MachineOptions
		words := strings.Split(string(text), "\x00")
		if len(words) < 2 || words[0] != machineName || json.Unmarshal([]byte(words[1]), &o) != nil || o.Dir != dir {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(name))); err == nil {
			all = append(all, pid)
		}
	}
	return all
}

// killProcess kills one, which may have ended.
func killProcess(pid int) { _ = syscall.Kill(pid, syscall.SIGKILL) }

// version of this program, as far as machines differ by it: the version of this library where it is a released one; else what
// the linker says of the program's content.
var version = sync.OnceValue(func() string {
	const module = "github.com/bellyfed/splitecs"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, d := range info.Deps {
			if d.Path == module && d.Replace == nil && d.Version != "" && d.Version != "(devel)" {
				return d.Version
			}
		}
	}
	f, err := elf.Open("/proc/self/exe")
	if err != nil {
		return "unknown"
	}
	defer f.Close()
	note := f.Section(".note.go.buildid")
	if note == nil {
		return "unknown"
	}
	data, err := note.Data()
	if err != nil {
		return "unknown"
	}
	id := strings.TrimRight(string(data), "\x00")
	return id[strings.LastIndex(id, "/")+1:]
})
