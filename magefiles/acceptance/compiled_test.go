package acceptance_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

// compiled is this repository's magefile as a program, the same for all tests.
func compiled(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("short: compiles the magefile")
	}
	program, err := compileOnce()
	if err != nil {
		t.Fatal(err)
	}
	return program
}

var compileOnce = sync.OnceValues(func() (string, error) {
	besideTheMagefile.Lock()
	defer besideTheMagefile.Unlock()
	program := filepath.Join(scratch, "mage.exe")
	cmd := exec.Command("go", "tool", "mage", "-compile", program)
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("compile the magefile: %w\n%s", err, out)
	}
	return program, nil
})

var besideTheMagefile sync.Mutex

// takeTurn lets this test alone run "go tool mage" in the repository, to its end: Mage writes a file beside the magefile,
// which another one would take for a part of it.
func takeTurn(t *testing.T) {
	t.Helper()
	compiled(t) // has a turn of its own
	besideTheMagefile.Lock()
	t.Cleanup(besideTheMagefile.Unlock)
}

// quickPath is a PATH on which "go tool mage" is the compiled magefile: the same program, without the second that it takes
// to find out whether it has changed.
func quickPath(t *testing.T) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the commands are those of a shell")
	}
	compiled(t)
	dir, err := quickOnce()
	if err != nil {
		t.Fatal(err)
	}
	return dir + string(filepath.ListSeparator) + os.Getenv("PATH")
}

var quickOnce = sync.OnceValues(func() (dir string, err error) {
	program, err := compileOnce()
	if err != nil {
		return "", err
	}
	tool, err := exec.LookPath("go")
	if err != nil {
		return "", err
	}
	dir = filepath.Join(scratch, "bin")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return "", err
	}
	script := fmt.Sprintf("#!/bin/sh\nif [ \"$1 $2\" = 'tool mage' ]; then shift 2; exec '%s' \"$@\"; fi\nexec '%s' \"$@\"\n", program, tool)
	return dir, os.WriteFile(filepath.Join(dir, "go"), []byte(script), 0o755)
})

// keptMagefile is a cache in which scripts/mage has this repository's compiled magefile.
func keptMagefile(t *testing.T) (variable string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the commands are those of a shell")
	}
	variable, err := keptOnce()
	if err != nil {
		t.Fatal(err)
	}
	return variable
}

var keptOnce = sync.OnceValues(func() (variable string, err error) {
	besideTheMagefile.Lock()
	defer besideTheMagefile.Unlock()
	variable = "SPLITECS_CACHE=" + filepath.Join(scratch, "kept")
	cmd := exec.Command(inRepository("scripts/mage"), "-l")
	cmd.Dir, cmd.Env = root, append(os.Environ(), variable)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("compile the magefile: %w\n%s", err, out)
	}
	return variable, nil
})
