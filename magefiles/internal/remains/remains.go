// Package remains sees what is left of programs on Linux: processes, and beside them mounts, ports and folders.
//
// It knows /proc and where a state folder has its tasks, and does not know who ended what. Imported by tests.
package remains

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Process is one that has not ended. A number may be given again; with its start it is unique.
type Process struct {
	ID, Parent int
	Words      []string // its arguments from the 0th on; none of a thread of the kernel
	started    string   // in ticks
}

// Of is the process with a number; nil where it has ended, though its parent may not have asked for it.
// https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
func Of(pid int) *Process {
	folder := fmt.Sprintf("/proc/%d/", pid)
	text, err := os.ReadFile(folder + "stat")
	if err != nil {
		return nil
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if fields[0] == "Z" || fields[0] == "X" {
		return nil
	}
	p := &Process{ID: pid, started: fields[19]}
	p.Parent, _ = strconv.Atoi(fields[1]) // the kernel's number
	line, err := os.ReadFile(folder + "cmdline")
	if err != nil {
		return nil
	}
	if line = bytes.TrimSuffix(line, []byte{0}); len(line) > 0 {
		p.Words = strings.Split(string(line), "\x00")
	}
	return p
}

// All processes.
func All() (all []*Process) {
	list, _ := filepath.Glob("/proc/[0-9]*") // the pattern is well formed
	for _, folder := range list {
		pid, _ := strconv.Atoi(filepath.Base(folder))
		if p := Of(pid); p != nil {
			all = append(all, p)
		}
	}
	return all
}

// Below a process are those that it has started, and theirs; each comes after who has started it.
func Below(top int) (below []*Process) {
	children := map[int][]*Process{}
	for _, p := range All() {
		children[p.Parent] = append(children[p.Parent], p)
	}
	below = children[top]
	for i := 0; i < len(below); i++ {
		below = append(below, children[below[i].ID]...)
	}
	return below
}

// Name is the 0th argument.
func (p *Process) Name() string {
	if len(p.Words) == 0 {
		return ""
	}
	return p.Words[0]
}

func (p *Process) String() string { return fmt.Sprintf("process %d %.60q", p.ID, p.Words) }

// Alive are those of processes that have not ended.
func Alive(of []*Process) (alive []*Process) {
	for _, p := range of {
		if now := Of(p.ID); now != nil && now.started == p.started {
			alive = append(alive, now)
		}
	}
	return alive
}

// Beside processes there may be mounts below a state folder, the address of its load balancer, and folders of its tasks. An empty
// address is none.
func Beside(state, url string) (all []string) {
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		all = append(all, err.Error())
	}
	for line := range strings.Lines(string(mounts)) {
		if strings.Contains(line, state) {
			all = append(all, "mount "+line)
		}
	}
	if url != "" {
		if r, err := http.Get(url); err == nil {
			_ = r.Body.Close()
			all = append(all, url+" answers "+r.Status)
		}
	}
	tasks, err := os.ReadDir(filepath.Join(state, "run", "tasks"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		all = append(all, err.Error())
	}
	for _, e := range tasks {
		all = append(all, "folder run/tasks/"+e.Name())
	}
	return all
}
