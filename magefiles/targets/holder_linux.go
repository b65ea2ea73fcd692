package targets

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// holderOf is who listens on a port of 127.0.0.1, or of all addresses: its name and process where that is a process of this user, or this is root.
// https://man7.org/linux/man-pages/man5/proc_pid_net.5.html
func holderOf(port int) string {
	var sockets []string // as links in /proc/PID/fd name them
	for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		data, err := os.ReadFile(table)
		if err != nil {
			continue // without IPv6 there is none
		}
		for line := range strings.Lines(string(data)) {
			const address, state, listening, inode = 1, 3, "0A", 9
			f := strings.Fields(line)
			if len(f) > inode && f[state] == listening && strings.HasSuffix(f[address], fmt.Sprintf(":%04X", port)) {
				sockets = append(sockets, "socket:["+f[inode]+"]")
			}
		}
	}
	for _, socket := range sockets {
		open, err := filepath.Glob("/proc/[0-9]*/fd/*")
		if err != nil {
			return someProgram
		}
		for _, file := range open {
			if to, err := os.Readlink(file); err != nil || to != socket {
				continue // it has been closed, or its process has ended
			}
			process := filepath.Dir(filepath.Dir(file))
			if line, err := os.ReadFile(filepath.Join(process, "cmdline")); err == nil { // comm is the name of a thread, such as Node.js's MainThread
				name, _, _ := strings.Cut(string(line), "\x00")
				return fmt.Sprintf("%s (process %s)", filepath.Base(name), filepath.Base(process))
			}
		}
	}
	return someProgram
}
