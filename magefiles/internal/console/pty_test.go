package console

import (
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
)

// inTerminal is set where the test binary is to write to its terminal.
const inTerminal = "SPLITECS_TEST_IN_TERMINAL"

// A real terminal is recognised as one, and gives its size.
func TestOnARealTerminal(t *testing.T) {
	if os.Getenv(inTerminal) != "" {
		c := New(os.Stdout, os.Stderr, Auto, func(string) string { return "" })
		courses["create"](c)
		return
	}
	if runtime.GOOS != "linux" {
		t.Skip("script takes other options here")
	}
	script, err := exec.LookPath("script") // of util-linux
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("judge missing: script")
		}
		t.Skip("judge missing: script")
	}
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(script, "-qec", "stty cols 48 rows 3; '"+binary+"' -test.run '^TestOnARealTerminal$'", os.DevNull)
	cmd.Env = append(cmd.Environ(), inTerminal+"=1", "TERM=xterm", "SHELL=/bin/sh")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	s := newScreen(t, 48, 3)
	if _, err := s.Write([]byte(strings.ReplaceAll(string(out), "\r\n", "\n"))); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"\x1b[2A\x1b[J", "  … and 2 more\r\n", "CREATE_COMPLETE (1m35s)"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the terminal did not get %q:\n%q", want, out)
		}
	}
	if got := s.String(); strings.Contains(got, "…") || !strings.Contains(got, "Key=Value") {
		t.Errorf("left on the screen:\n%s", got)
	}
}
