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
	c.Console = &Console{
		out: &c.out, start: c.at, now: func() time.Time { c.at = c.at.Add(100 * time.Millisecond); return c.at },
		filter: NewFilter(func(string) string { return "" }),
	}
	c.renderer = form(c)
	return c
}

// forms are all forms of output.
var forms = map[string]func(*course) renderer{
	"plain":  func(c *course) renderer { return &lines{&c.err} },
	"github": func(c *course) renderer { return &github{lines: lines{&c.err}} },
	"json":   func(c *course) renderer { return &jsonLines{&c.err} },
	"terminal": func(c *course) renderer {
		return &live{w: &c.err, size: func() (int, int) { return 80, 24 }, paint: painter(func(string) string { return "" })}
	},
	"terminal without colour": func(c *course) renderer {
		return &live{w: &c.err, size: func() (int, int) { return 40, 5 }, paint: painter(func(string) string { return "1" })}
	},
}

// aws is a time by the clock of AWS, seconds after something began there.
func aws(seconds float64) time.Time {
	return time.Date(2026, 1, 2, 3, 4, 0, 0, time.UTC).Add(time.Duration(seconds * float64(time.Second)))
}

// courses are what targets do, as the console sees it.
var courses = map[string]func(*Console){
	"create": func(c *Console) {
		c.Step("stack S")
		c.Note("stack S is created: 2 to add\n  + A\n  + B")
		c.Progress(Progress{Subject: "S", State: "CREATE_IN_PROGRESS", Reason: "User Initiated", At: aws(0)})
		c.Progress(Progress{Subject: "A", Parent: "S", State: "CREATE_IN_PROGRESS", At: aws(1)})
		c.Progress(Progress{Subject: "B", Parent: "S", State: "CREATE_IN_PROGRESS", At: aws(1.5)})
		c.Refresh()
		c.Progress(Progress{Subject: "A", Parent: "S", State: "CREATE_COMPLETE", At: aws(96)})
		c.Progress(Progress{Subject: "B", Parent: "S", State: "CREATE_COMPLETE", At: aws(5.75)})
		c.Progress(Progress{Subject: "S", State: "CREATE_COMPLETE", At: aws(97)})
		c.End()
		c.Result("Key=Value")
	},
	"update": func(c *Console) {
		c.Step("stack S")
		c.Note("stack S changes: 1 to change\n  ~ Service\n      Cpu: 256 → 512")
		c.Expect("S", 95*time.Second, "stack S: about 1m35s, as the last 3 times")
		c.Progress(Progress{Subject: "S", State: "UPDATE_IN_PROGRESS", Reason: "User Initiated", At: aws(0)})
		c.Progress(Progress{Subject: "Service", Parent: "S", State: "UPDATE_IN_PROGRESS", At: aws(2)})
		c.Progress(Progress{Subject: "shop", Parent: "Service", State: "event", Reason: "has started 1 tasks: (task 1)."})
		c.Progress(Progress{Subject: "task 1", Parent: "Service", State: "PENDING"})
		c.Progress(Progress{Subject: "task 1", Parent: "Service", State: "RUNNING"})
		c.Progress(Progress{Subject: "target 10.0.0.1:3000", Parent: "Service", State: "initial"})
		c.Progress(Progress{Subject: "Service", Parent: "S", State: "UPDATE_COMPLETE", At: aws(92)})
		c.Progress(Progress{Subject: "S", State: "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", At: aws(93)})
		c.Progress(Progress{Subject: "S", State: "UPDATE_COMPLETE", At: aws(93.5)})
		c.End()
		c.Result("Key=Value")
	},
	"nothing to change": func(c *Console) {
		c.Step("stack S")
		c.Note("stack S: nothing to change")
		c.Rung("nothing", "the reason", "[embedded AWS] nothing runs: the reason")
		c.End()
		c.Result("Key=Value")
	},
	"failure with rollback": func(c *Console) {
		c.Step("stack S")
		c.Progress(Progress{Subject: "S", State: "UPDATE_IN_PROGRESS", Reason: "User Initiated", At: aws(0)})
		c.Progress(Progress{Subject: "A", Parent: "S", State: "UPDATE_IN_PROGRESS", At: aws(1)})
		c.Progress(Progress{Subject: "A", Parent: "S", State: "UPDATE_FAILED", Reason: "100 % of A, gone: b", At: aws(31)})
		c.Progress(Progress{Subject: "S", State: "UPDATE_ROLLBACK_IN_PROGRESS", Reason: "The following resource(s) failed to update: [A].", At: aws(32)})
		c.Progress(Progress{Subject: "S", State: "UPDATE_ROLLBACK_COMPLETE", At: aws(40)})
		c.End()
		c.Fail(&Failure{Code: RolledBack, What: "service:deploy dev: it failed", Why: "100 %", Evidence: []string{"a\nb"}, Next: []string{"go tool mage service:status dev"}})
	},
	"interruption": func(c *Console) {
		c.Step("stack S")
		c.Progress(Progress{Subject: "A", State: "UPDATE_IN_PROGRESS", At: aws(0)})
		c.End()
		c.Fail(&Failure{Code: Interrupted, What: "infra:deploy dev", Why: "interrupted; what was begun in AWS goes on", Next: []string{"go tool mage infra:status dev"}})
	},
}

func TestGolden(t *testing.T) {
	for form, f := range forms {
		for name, run := range courses {
			c := newCourse(f)
			run(c.Console)
			got := "stdout:\n" + c.out.String() + "stderr:\n" + strings.NewReplacer("\x1b", "ESC", "\r", "CR").Replace(c.err.String())
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
	if s := newCourse(forms["plain"]).Summary("service:deploy dev", f); !strings.Contains(s, "### service:deploy dev: it failed\n\nexit code 7: exit 1") || !strings.Contains(s, "`go tool mage x`") {
		t.Errorf("summary %q", s)
	}
}
