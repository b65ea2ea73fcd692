package console

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func fixed(mode Mode) (*Console, *bytes.Buffer, *bytes.Buffer) {
	var out, err bytes.Buffer
	c := New(&out, &err, mode)
	c.start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	c.now = func() time.Time { return c.start.Add(1500 * time.Millisecond) }
	return c, &out, &err
}

func speak(c *Console) {
	c.Step("infra stack %s", "X")
	c.Progress("Vpc", "CREATE_FAILED", "no room")
	c.Note("two\nlines")
	c.Result("Key=%s", "Value")
}

func TestPlainLinesGoToStderrAndResultsToStdout(t *testing.T) {
	c, out, err := fixed(Auto)
	speak(c)
	if got := out.String(); got != "Key=Value\n" {
		t.Errorf("stdout %q", got)
	}
	want := "    1.5s  == infra stack X\n" +
		"    1.5s  Vpc                            CREATE_FAILED: no room\n" +
		"    1.5s  two\n          lines\n"
	if got := err.String(); got != want {
		t.Errorf("stderr\n%s\nwant\n%s", got, want)
	}
}

func TestJSONIsOneObjectPerEvent(t *testing.T) {
	c, out, err := fixed(JSON)
	speak(c)
	if got := out.String(); got != "Key=Value\n" {
		t.Errorf("stdout %q", got)
	}
	lines := strings.Split(strings.TrimSpace(err.String()), "\n")
	if len(lines) != 3 {
		t.Fatalf("%d lines, want 3: %q", len(lines), lines)
	}
	var e Event
	if err := json.Unmarshal([]byte(lines[1]), &e); err != nil {
		t.Fatal(err)
	}
	if e.Kind != "progress" || e.Subject != "Vpc" || e.State != "CREATE_FAILED" || e.Text != "no room" || e.Elapsed != 1.5 {
		t.Errorf("got %+v", e)
	}
}

func TestModes(t *testing.T) {
	for in, want := range map[string]Mode{"": Auto, "auto": Auto, "plain": Plain, "json": JSON} {
		if got, err := ParseMode(in); err != nil || got != want {
			t.Errorf("%q: %v, %v", in, got, err)
		}
	}
	if _, err := ParseMode("xml"); err == nil {
		t.Error("xml was accepted")
	}
}

func TestFailureSaysEverything(t *testing.T) {
	f := &Failure{Code: RolledBack, What: "service:deploy dev: it failed", Why: "exit 1", Evidence: []string{"a\nb"}, Next: []string{"go tool mage x"}}
	want := "service:deploy dev: it failed\n  why:  exit 1\n  seen: a\n        b\n  next: go tool mage x"
	if f.Error() != want {
		t.Errorf("got\n%s\nwant\n%s", f.Error(), want)
	}
	if f.ExitStatus() != 7 {
		t.Errorf("exit %d", f.ExitStatus())
	}
}
