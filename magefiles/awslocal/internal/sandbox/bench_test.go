//go:build linux && (amd64 || arm64)

package sandbox_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sandbox"
	"github.com/bellyfed/splitecs/magefiles/internal/remains"
)

// From a task that is not there to the first answer of a Go program on scratch, and the memory that the task costs beside the program.
func BenchmarkStart(b *testing.B) {
	s := withProgram(b, "serve", ":3000")
	beside, n := 0, 0
	for b.Loop() {
		task, err := can(b).Task(b.Context(), sandbox.TaskSpec{ID: "bench", Address: own, Dir: folder(b) + "/task"})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := task.Start(b.Context(), s); err != nil {
			b.Fatal(err)
		}
		for _, err = get(b.Context(), task, "10.0.1.5:3000"); err != nil; _, err = get(b.Context(), task, "10.0.1.5:3000") {
		}
		b.StopTimer()
		beside += proportional(b, task.PID())
		for _, p := range remains.Below(task.PID()) {
			if strings.HasPrefix(p.Name(), "splitecs-") {
				beside += proportional(b, p.ID)
			}
		}
		n++
		if err := task.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	b.ReportMetric(float64(beside)/float64(n), "KB-PSS/task")
}

// proportional is the memory of a process in KB, of which what it shares counts in part.
func proportional(b *testing.B, pid int) (kb int) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if _, err := fmt.Sscanf(line, "Pss: %d kB", &kb); err == nil {
			return kb
		}
	}
	return 0
}

// A connection into a task.
func BenchmarkDial(b *testing.B) {
	task := newTask(b)
	l, err := task.Listen("tcp", "10.0.1.5:3000")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Close()
		}
	}()
	for b.Loop() {
		c, err := task.Dial(b.Context(), "tcp", "10.0.1.5:3000")
		if err != nil {
			b.Fatal(err)
		}
		c.Close()
	}
}
