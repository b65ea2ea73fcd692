package console

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// course is a run in one form, a tenth of a second between events.
type course struct {
	*Console
	out, err bytes.Buffer
	at       time.Time
}

func newCourse(form func(*course) renderer) *course {
	c := &course{at: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	c.Console = &Console{out: &c.out, start: c.at, now: func() time.Time { c.at = c.at.Add(100 * time.Millisecond); return c.at }}
	c.renderer = form(c)
	return c
}

// forms are all forms of output.
var forms = map[string]func(*course) renderer{
	"plain":  func(c *course) renderer { return &lines{&c.err} },
	"github": func(c *course) renderer { return &github{lines: lines{&c.err}} },
	"json":   func(c *course) renderer { return &jsonLines{&c.err} },
	"terminal": func(c *course) renderer {
		return &live{w: &c.err, width: func() int { return 60 }, paint: painter(func(string) string { return "" })}
	},
	"terminal without colour": func(c *course) renderer {
		return &live{w: &c.err, width: func() int { return 30 }, paint: painter(func(string) string { return "1" })}
	},
}

// courses are what targets do, as the console sees it.
var courses = map[string]func(*Console){
	"create": func(c *Console) {
		c.Step("stack S")
		c.Note("stack S is created: 2 to add\n  + A\n  + B")
		c.Progress("S", "CREATE_IN_PROGRESS", "User Initiated")
		c.Progress("A", "CREATE_IN_PROGRESS", "")
		c.Progress("B", "CREATE_IN_PROGRESS", "")
		c.Refresh()
		c.Progress("A", "CREATE_COMPLETE", "")
		c.Progress("B", "CREATE_COMPLETE", "")
		c.Progress("S", "CREATE_COMPLETE", "")
		c.Result("Key=Value")
		c.End()
	},
	"update": func(c *Console) {
		c.Step("stack S")
		c.Note("stack S changes: 1 to change\n  ~ A\n      Cpu: 256 → 512")
		c.Note("stack S: the last time, it took 1m35s")
		c.Progress("S", "UPDATE_IN_PROGRESS", "User Initiated")
		c.Progress("A", "UPDATE_IN_PROGRESS", "")
		c.Progress("service", "event", "has started 1 tasks: (task 1).")
		c.Progress("A", "UPDATE_COMPLETE", "")
		c.Progress("S", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "")
		c.Progress("S", "UPDATE_COMPLETE", "")
		c.Result("Key=Value")
		c.End()
	},
	"nothing to change": func(c *Console) {
		c.Step("stack S")
		c.Note("stack S: nothing to change")
		c.Result("Key=Value")
		c.End()
	},
	"failure with rollback": func(c *Console) {
		c.Step("stack S")
		c.Progress("S", "UPDATE_IN_PROGRESS", "User Initiated")
		c.Progress("A", "UPDATE_IN_PROGRESS", "")
		c.Progress("A", "UPDATE_FAILED", "100 % of A, gone: b")
		c.Progress("S", "UPDATE_ROLLBACK_IN_PROGRESS", "The following resource(s) failed to update: [A].")
		c.Progress("S", "UPDATE_ROLLBACK_COMPLETE", "")
		c.End()
		c.Fail(&Failure{Code: RolledBack, What: "service:deploy dev: it failed", Why: "100 %", Evidence: []string{"a\nb"}, Next: []string{"go tool mage service:status dev"}})
	},
	"interruption": func(c *Console) {
		c.Step("stack S")
		c.Progress("A", "UPDATE_IN_PROGRESS", "")
		c.End()
		c.Fail(&Failure{Code: Interrupted, What: "infra:deploy dev", Why: "interrupted; what was begun in AWS goes on", Next: []string{"go tool mage infra:status dev"}})
	},
}

func TestGolden(t *testing.T) {
	for form, f := range forms {
		for name, run := range courses {
			c := newCourse(f)
			run(c.Console)
			got := "stdout:\n" + c.out.String() + "stderr:\n" + strings.ReplaceAll(c.err.String(), "\x1b", "ESC")
			file := filepath.Join("testdata", strings.ReplaceAll(form+"-"+name, " ", "-")+".txt")
			if *update {
				if err := os.MkdirAll("testdata", 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("%s, %s: got\n%s\nwant\n%s", form, name, got, want)
			}
		}
	}
}

func TestNothingMovesOutsideATerminal(t *testing.T) {
	for _, form := range []string{"plain", "github", "json"} {
		c := newCourse(forms[form])
		for _, run := range courses {
			run(c.Console)
		}
		if strings.ContainsAny(c.err.String(), "\x1b\r") {
			t.Errorf("%s writes control characters", form)
		}
	}
}

func TestLiveLinesFitTheTerminal(t *testing.T) {
	c := newCourse(forms["terminal without colour"])
	for _, name := range []string{"A", strings.Repeat("long", 20)} {
		c.Progress(name, "CREATE_IN_PROGRESS", "")
	}
	for line := range strings.Lines(c.err.String()) {
		if text := strings.TrimSuffix(line, "\n"); strings.Contains(text, "…") && len([]rune(text)) > 40 { // with its escape
			t.Errorf("%q is wider than 30 characters", text)
		}
	}
}

func TestEachJSONLineIsAnEvent(t *testing.T) {
	c := newCourse(forms["json"])
	courses["failure with rollback"](c.Console)
	var last Event
	for line := range strings.Lines(c.err.String()) {
		last = Event{}
		if err := json.Unmarshal([]byte(line), &last); err != nil {
			t.Fatal(err)
		}
	}
	if last.Kind != "failure" || last.Failure.Code != RolledBack || last.Failure.Next[0] != "go tool mage service:status dev" {
		t.Errorf("got %+v", last)
	}
}

func TestThePlaceChoosesTheForm(t *testing.T) {
	env := func(set map[string]string) func(string) string { return func(k string) string { return set[k] } }
	var buffer bytes.Buffer
	if _, ok := choose(&buffer, Auto, env(nil)).(*lines); !ok {
		t.Error("a pipe does not get lines")
	}
	if _, ok := choose(&buffer, Auto, env(map[string]string{"GITHUB_ACTIONS": "true"})).(*github); !ok {
		t.Error("GitHub Actions does not get its marks")
	}
	if _, ok := choose(&buffer, Plain, env(map[string]string{"GITHUB_ACTIONS": "true"})).(*lines); !ok {
		t.Error("plain is not plain")
	}
	if _, ok := choose(&buffer, JSON, env(map[string]string{"GITHUB_ACTIONS": "true"})).(*jsonLines); !ok {
		t.Error("json is not JSON")
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
	if s := Summary("service:deploy dev", f); !strings.Contains(s, "### service:deploy dev: it failed\n\nexit code 7: exit 1") || !strings.Contains(s, "`go tool mage x`") {
		t.Errorf("summary %q", s)
	}
}
