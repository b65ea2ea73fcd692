package targets_test

import (
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/targets"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// forms are the variables that ask for each form of output.
var forms = map[string][]string{
	"plain":  {"SPLITECS_OUTPUT=plain"},
	"github": {"GITHUB_ACTIONS=true"},
	"json":   {"SPLITECS_OUTPUT=json"},
}

// courses are the ways a deployment can go, one after the other in one world.
var courses = []struct {
	name string
	code int
	f    func(targets.Set, context.Context) error
	set  []string
}{
	{"create", 0, serviceDeploy, []string{"SPLITECS_IMAGE=v1"}},
	{"no change", 0, serviceDeploy, []string{"SPLITECS_IMAGE=v1"}},
	{"update", 0, serviceDeploy, []string{"SPLITECS_IMAGE=v2"}},
	{"failure with rollback", 7, serviceDeploy, []string{"SPLITECS_IMAGE=v2", "SPLITECS_LOCAL_SCENARIO=exit:3"}},
	{"interruption", 10, leftBehind(serviceDeploy), []string{"SPLITECS_IMAGE=v1"}},
}

// Everything that a person or a machine gets from whole deployments.
func TestGoldenDeployments(t *testing.T) {
	t.Parallel()
	for form, set := range forms {
		t.Run(form, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t).timed()
			w.infra()
			w.push("v1")
			w.write("app/server.txt", "version 2")
			w.push("v2")
			for _, c := range courses {
				summary := filepath.Join(t.TempDir(), "summary.md")
				w.run(c.f, slices.Concat(c.set, set, []string{"GITHUB_STEP_SUMMARY=" + summary})...)
				w.want(c.code)
				markdown, err := os.ReadFile(summary)
				if err != nil {
					t.Fatal(err)
				}
				got := fmt.Sprintf("exit code %d\nstdout:\n%sstderr:\n%ssummary:\n%s", w.code, &w.out, tidy(w.err.String(), c.name), markdown)
				compare(t, filepath.Join("testdata", strings.ReplaceAll(form+"-"+c.name, " ", "-")+".txt"), anonymous(got))
			}
		})
	}
}

// leftBehind is a target whose user presses Ctrl-C when the change has begun.
func leftBehind(f func(targets.Set, context.Context) error) func(targets.Set, context.Context) error {
	return func(t targets.Set, ctx context.Context) error {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		out, l := t.Err, &leaver{text: "UPDATE_IN_PROGRESS", leave: cancel}
		t.Err = l
		err := f(t, ctx)
		_, _ = l.WriteTo(out) // a buffer
		return err
	}
}

func compare(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
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
		t.Errorf("%s: got\n%s\nwant\n%s", file, got, want)
	}
}

// progress is a line that tells how something gets on.
type progress struct{ line, subject, parent, state string }

var progressLine = regexp.MustCompile(`^ +[\d.]+s  ((?:task |target )?\S+) +(event|initial|healthy|unhealthy|[A-Z]+(?:_[A-Z]+)*)(?:[ :]|$)`)

// parse recognises progress, in JSON and in lines.
func parse(line string) (progress, bool) {
	var e struct{ Kind, Subject, Parent, State string }
	if json.Unmarshal([]byte(line), &e) == nil {
		return progress{line, e.Subject, e.Parent, e.State}, e.Kind == "progress"
	}
	m := progressLine.FindStringSubmatch(line)
	if m == nil {
		return progress{}, false
	}
	return progress{line: line, subject: m[1], state: m[2]}, true
}

// tidy brings the lines of progress into an order that does not depend on chance, and leaves out those that do. What
// stands around them stays.
//
// Chance decides how what happens at the same time is mixed. So the lines of the stack come first, then those of its
// resources by name, then what the service said, its deployment, and its tasks and targets; each one's own lines keep
// their order. Chance also decides whether a look at the service falls into a moment in which a task starts, a target
// is new or a deployment is half done: those lines are left out, and TestTheWatcherTellsHowTasksStart has them. After
// an interruption, it decides how much of what happens is still seen: the stack's first line is kept.
func tidy(stderr, course string) string {
	var all []progress
	var before, after strings.Builder
	for line := range strings.Lines(stderr) {
		p, is := parse(strings.TrimSuffix(line, "\n"))
		switch {
		case is:
			all = append(all, p)
		case len(all) == 0:
			before.WriteString(line)
		default:
			after.WriteString(line)
		}
	}
	all = slices.DeleteFunc(all, func(p progress) bool { return p.rank() >= ofService && slices.Contains(chance, p.state) })
	slices.SortStableFunc(all, func(a, b progress) int {
		return cmp.Or(cmp.Compare(a.rank(), b.rank()), strings.Compare(a.name(), b.name()))
	})
	if course == "interruption" {
		all = all[:1]
	}
	for _, p := range all {
		if p.rank() == ofTask {
			p.line = ofTheMoment.ReplaceAllString(p.line, "")
		}
		before.WriteString(p.line + "\n")
	}
	return before.String() + after.String()
}

// chance are the states of the service, its tasks and targets that one look may see and another not.
var chance = []string{"PROVISIONING", "PENDING", "ACTIVATING", "RUNNING", "initial", "healthy", "IN_PROGRESS"}

// ofTheMoment is for how long a task was seen before it stopped, and whether one that the deployment stops has ended.
var ofTheMoment = regexp.MustCompile(` \([\dhms.]+\)|"took":[\d.]+,|; exit code 0`)

// The order of lines of progress.
const (
	ofStack = iota
	ofResource
	ofService
	ofDeployment
	ofTask
)

func (p progress) rank() int {
	switch {
	case strings.HasPrefix(p.subject, "ShopEcsServiceStack"):
		return ofStack
	case strings.HasPrefix(p.subject, "shop-") && p.state == "event":
		return ofService
	case strings.HasPrefix(p.subject, "shop-"):
		return ofDeployment
	case strings.HasPrefix(p.subject, "task "), strings.HasPrefix(p.subject, "target "):
		return ofTask
	}
	return ofResource
}

// name is what lines of resources are sorted by; the others keep their order.
func (p progress) name() string {
	if p.rank() == ofResource {
		return p.subject
	}
	return ""
}

// anonymous replaces what is different in every run.
func anonymous(text string) string {
	for _, r := range []struct {
		pattern *regexp.Regexp
		with    string
	}{
		{regexp.MustCompile(`(?m)^ +[\d.]+s  `), "    0.0s  "},
		{regexp.MustCompile(`"time":"[^"]+","elapsed":[\d.]+`), `"time":"TIME","elapsed":0`},
		{regexp.MustCompile(`"(took|expected)":[\d.]+`), `"$1":1`},
		{regexp.MustCompile(` \([\dhms.]+\)`), ` (1s)`},
		{regexp.MustCompile(`about [\dhms.]+, as`), `about 1s, as`},
		{regexp.MustCompile(`sha256:[0-9a-f]{32,64}`), "sha256:DIGEST"},
		{regexp.MustCompile(`RequestToken: [0-9a-f-]{36}`), "RequestToken: ID"},
		{regexp.MustCompile(`task [0-9a-f]{8,32}`), "task ID"},
		{regexp.MustCompile(`task ID +STOPPED`), "task ID STOPPED"},
		{regexp.MustCompile(`ecs-svc/\d+`), "ecs-svc/ID"},
		{regexp.MustCompile(`targetgroup/[\w-]+/[0-9a-f]+`), "targetgroup/ID"},
		{regexp.MustCompile(`10\.0\.\d+\.\d+`), "10.0.0.1"},
	} {
		text = r.pattern.ReplaceAllString(text, r.with)
	}
	return text
}
