//go:build unix

package sim_test

import (
	"errors"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sim"
	"github.com/bellyfed/splitecs/magefiles/internal/private"
)

// little is more than a test writes elsewhere meanwhile.
const little = 64 << 10

// full makes every file of this process end at little, as on a disk that is full, while f runs.
func full(t *testing.T, f func()) {
	t.Helper()
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGXFSZ) // else the first write would end the process
	defer signal.Stop(told)
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	limited := before
	limited.Cur = little
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limited); err != nil {
		t.Fatal(err)
	}
	f()
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
}

func TestAFullDiskLosesNothing(t *testing.T) {
	w, d := open(t, t.TempDir(), sim.NewManual(noon), 1)
	if err := line(w, d, "one"); err != nil {
		t.Fatal(err)
	}
	var err error
	full(t, func() { err = line(w, d, strings.Repeat("two", little)) })
	if !errors.Is(err, syscall.EFBIG) || !strings.HasPrefix(err.Error(), "save state: ") {
		t.Errorf("got %v", err)
	}
	if err := line(w, d, "three"); err != nil || !slices.Equal(d.Lines, []string{"one", "three"}) {
		t.Errorf("%q, %v", d.Lines, err)
	}
}

// What others put in the way of the state is not written to, and nobody else can read the state.
func TestTheStateIsThisUsersAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	precious := filepath.Join(t.TempDir(), "precious")
	if err := errors.Join(os.WriteFile(precious, []byte("old"), 0o644), os.MkdirAll(dir, 0o700), os.Symlink(precious, filepath.Join(dir, "state.db.next"))); err != nil {
		t.Fatal(err)
	}
	w, d := open(t, dir, sim.NewManual(noon), 1)
	if err := line(w, d, "one"); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(precious); err != nil || string(got) != "old" {
		t.Errorf("a link was followed: %q, %v", got, err)
	}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %04o", path, info.Mode().Perm())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// A state of before, when others could read it, is narrowed and told; one that others may write is not opened.
func TestAStateOfOthersIsNotOpened(t *testing.T) {
	dir := t.TempDir()
	w, d := open(t, dir, sim.NewManual(noon), 1)
	if err := line(w, d, "one"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		mode     os.FileMode
		narrowed bool
		nothing  bool // was done yet
	}{{0o700, false, false}, {0o755, true, false}, {0o755, true, true}} {
		mode, narrowed := c.mode, c.narrowed
		if err := os.Chmod(dir, mode); err != nil {
			t.Fatal(err)
		}
		if c.nothing {
			if err := os.Remove(filepath.Join(dir, "state.db")); err != nil {
				t.Fatal(err)
			}
		}
		again, err := sim.Open(dir, sim.Options{})
		if err != nil || again.Narrowed() != narrowed {
			t.Fatalf("mode %04o: %v", mode, err)
		}
		if err := again.Close(); err != nil {
			t.Error(err)
		}
		if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("mode %04o becomes %04o, %v", mode, info.Mode().Perm(), err)
		}
	}
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	_, err := sim.Open(dir, sim.Options{})
	if refusal, ok := errors.AsType[*private.FolderError](err); !ok || refusal.Reason != "may be written by others (mode 0777)" {
		t.Errorf("got %v", err)
	}
}
