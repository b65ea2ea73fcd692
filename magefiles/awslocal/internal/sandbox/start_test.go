//go:build linux && (amd64 || arm64)

package sandbox_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sandbox"
)

// What cannot be executed is refused in the words of runc; what fails only by being executed ends as a program does.
func TestWhatCannotBeExecuted(t *testing.T) {
	files := map[string]string{
		"bin/foreign": "\x7fELF\x02\x01\x01\x00nothing of this processor", "bin/script": "#!/bin/nobody\n", "bin/plain": "text", "locked/program": "",
	}
	image := layer(t, files)
	for name, mode := range map[string]os.FileMode{"bin/plain": 0o644, "locked": 0o000} {
		if err := os.Chmod(filepath.Join(image, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { os.Chmod(filepath.Join(image, "locked"), 0o700) })
	for _, test := range []struct {
		argv  []string
		errno syscall.Errno
		want  string
	}{
		{[]string{"/nope"}, syscall.ENOENT, `exec: "/nope": stat /nope: no such file or directory`},
		{[]string{"nope"}, syscall.ENOENT, `exec: "nope": executable file not found in $PATH`},
		{[]string{"/bin/plain"}, syscall.EACCES, `exec: "/bin/plain": permission denied`},
		{[]string{"plain"}, syscall.EACCES, `exec: "plain": permission denied`},
		{[]string{"/locked/program"}, syscall.EACCES, `exec: "/locked/program": permission denied`},
		{[]string{"/bin"}, syscall.EISDIR, `exec: "/bin": is a directory`},
		{nil, syscall.ENOENT, "no command specified"},
	} {
		for _, init := range []bool{false, true} {
			s := withProgram(t)
			s.Layers, s.Argv, s.Init = append(s.Layers, image), test.argv, init
			_, err := newTask(t).Start(t.Context(), s)
			var start *sandbox.StartError
			if !errors.As(err, &start) || start.Errno != test.errno || err.Error() != test.want {
				t.Errorf("%v, init %v: %v", test.argv, init, err)
			}
		}
	}
	for name, want := range map[string]string{
		"/bin/foreign": "exec /bin/foreign: exec format error\n", "script": "exec /bin/script: no such file or directory\n",
	} {
		s := withProgram(t)
		s.Layers, s.Argv = append(s.Layers, image), []string{name}
		o := &output{}
		s.Stderr = o.file(t)
		c, err := newTask(t).Start(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		if exit := c.Wait(); exit.Code != 255 || o.all() != want {
			t.Errorf("%s: %+v %q", name, exit, o.all())
		}
	}
}

// A container starts again under its name, with the files of its image.
func TestStartAgain(t *testing.T) {
	task := newTask(t)
	for range 2 {
		s := withProgram(t, "write", "/tmp/new")
		s.Mounts = nil
		s.UID, s.GID = 0, 0
		s.Layers = append(s.Layers, layer(t, map[string]string{"tmp/x": ""}))
		c, o := start(t, task, s)
		if exit := c.Wait(); exit.Code != 0 || o.all() != "/tmp/new <nil>\n" {
			t.Errorf("%+v %q", exit, o.all())
		}
	}
	c, o := start(t, task, withProgram(t, "sleep"))
	o.await(t, "ready")
	if _, err := task.Start(t.Context(), withProgram(t, "sleep")); err == nil || err.Error() != "start container app: one of this name runs in the task" {
		t.Error(err)
	}
	c.Kill()
	c.Wait()
}

// Containers of a task have one network, and each its own processes and files.
func TestSidecar(t *testing.T) {
	task := newTask(t)
	start(t, task, withProgram(t, "serve", "127.0.0.1:3000"))
	eventually(t, func() error { _, err := get(t.Context(), task, "127.0.0.1:3000"); return err })
	s := withProgram(t, "self")
	s.Name, s.Hostname = "sidecar", "other"
	c, o := start(t, task, s)
	if c.Wait().Code != 0 {
		t.Error(o.all())
	}
	s = withProgram(t, "ask", "127.0.0.1:3000")
	s.Name = "asks"
	c, _ = start(t, task, s)
	c.Kill() // it waits for an answer to nothing
	c.Wait()
}
