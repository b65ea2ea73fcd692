//go:build linux && (amd64 || arm64)

package sandbox_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sandbox"
)

// A program beyond its memory is killed, and told to have been; one that is not, or that is killed otherwise, is not.
func TestMemoryLimit(t *testing.T) {
	for _, test := range []struct {
		megabytes, pause string
		init             bool
	}{{"1000", "0s", false}, {"1000", "0s", true}, {"200", "1ms", false}} {
		s := withProgram(t, "eat", test.megabytes, test.pause)
		s.Memory, s.Init = 96<<20, test.init
		got, exit := run(t, s)
		if exit.Code != 137 || !exit.OutOfMemory || strings.Contains(got, "ate") {
			t.Errorf("%+v: %+v %q", test, exit, got)
		}
	}
	s := withProgram(t, "eat", "50", "0s")
	s.Memory = 96 << 20
	c, o := start(t, newTask(t), s)
	o.await(t, "ate 50")
	use, err := c.Use()
	if err != nil || use.Memory < 50<<20 || use.Memory > 96<<20 || use.CPU <= 0 || use.CPU > 10*time.Second {
		t.Errorf("%+v %v", use, err)
	}
	c.Kill()
	if exit := c.Wait(); exit.Code != 137 || exit.OutOfMemory {
		t.Errorf("%+v", exit)
	}
	if _, err := c.Use(); err == nil {
		t.Error("a container that has ended uses something")
	}
}

// The containers of a task share its memory: the largest is killed, and the other goes on.
func TestMemoryOfTheTask(t *testing.T) {
	task, err := can(t).Task(t.Context(), sandbox.TaskSpec{ID: "test", Address: own, Dir: filepath.Join(folder(t), "task"), Memory: 128 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer task.Close()
	small := withProgram(t, "eat", "30", "0s")
	small.Name = "small"
	other, o := start(t, task, small)
	o.await(t, "ate 30")
	for _, init := range []bool{false, true} {
		large := withProgram(t, "eat", "1000", "0s")
		large.Init = init
		c, o := start(t, task, large)
		if exit := c.Wait(); exit.Code != 137 || !exit.OutOfMemory || strings.Contains(o.all(), "ate") {
			t.Errorf("init %v: %+v %q", init, exit, o.all())
		}
	}
	select {
	case <-other.Done():
		t.Error("the small one has ended too")
	default:
	}
	other.Kill()
	if exit := other.Wait(); exit.OutOfMemory {
		t.Errorf("%+v", exit)
	}
}
