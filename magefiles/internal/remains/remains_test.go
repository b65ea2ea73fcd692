//go:build linux

package remains

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

func TestProcessesAreThereUntilTheyEnd(t *testing.T) {
	cmd := exec.Command("sh", "-c", "sleep 300 & echo begun; wait")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	own := slices.DeleteFunc(Below(os.Getpid()), func(p *Process) bool { return p.ID != cmd.Process.Pid && p.Parent != cmd.Process.Pid })
	if len(own) != 2 || own[0].ID != cmd.Process.Pid || own[0].Name() != "sh" || len(Alive(own)) != 2 {
		t.Fatalf("below this process are %v", own)
	}
	defer func() { _ = syscall.Kill(own[1].ID, syscall.SIGKILL) }() // nobody else ends it
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for Of(cmd.Process.Pid) != nil { // until it is killed; nobody has asked for it
	}
	if left := Alive(own); slices.ContainsFunc(left, func(p *Process) bool { return p.ID == cmd.Process.Pid }) {
		t.Errorf("what was killed is there: %v", left)
	}
	_ = cmd.Wait() // it was killed
	if Of(cmd.Process.Pid) != nil {
		t.Error("it is there still")
	}
}

func TestWhatIsBesideProcesses(t *testing.T) {
	state := t.TempDir()
	if got := Beside(state, ""); len(got) > 0 {
		t.Errorf("of nothing: %q", got)
	}
	if err := os.MkdirAll(filepath.Join(state, "run", "tasks", "one"), 0o700); err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(http.NotFoundHandler())
	got := strings.Join(Beside(state, s.URL), "\n")
	if want := s.URL + " answers 404 Not Found\nfolder run/tasks/one"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	s.Close()
	if got := Beside(state, s.URL); len(got) != 1 {
		t.Errorf("without a server: %q", got)
	}
}
