package acceptance_test

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

const module = "github.com/bellyfed/splitecs"

// arrows are the imports within the module that each package may have, besides those below it. The templates
// stay pure, the rooms do not know each other, and only targets joins them.
var arrows = map[string][]string{
	"":                            {"cfn", "magefiles/targets"},
	"cfn":                         {"cfn/partition", "cfn/confidential"},
	"cfn/confidential":            {},
	"cfn/partition":               {},
	"magefiles/stack":             {},
	"magefiles/rollout":           {"cfn/confidential"},
	"magefiles/image":             {"cfn/partition", "cfn/confidential", "magefiles/internal/private"},
	"magefiles/preflight":         {"cfn/partition", "magefiles/internal/argv"},
	"magefiles/awslocal":          {"magefiles/awslocal/internal/", "magefiles/internal/private"},
	"magefiles/awslocal/hello":    {},
	"magefiles/awslocal/ledger":   {"magefiles/awslocal"},
	"magefiles/internal/argv":     {},
	"magefiles/internal/console":  {"cfn/confidential"},
	"magefiles/internal/canaries": {},
	"magefiles/internal/gotest":   {},
	"magefiles/internal/bigtree":  {},
	"magefiles/internal/pins":     {},
	"magefiles/internal/private":  {},
	"magefiles/acceptance":        {}, // tests alone
	"magefiles/targets":           {"cfn", "cfn/partition", "cfn/confidential", "magefiles/stack", "magefiles/rollout", "magefiles/image", "magefiles/preflight", "magefiles/awslocal", "magefiles/internal/argv", "magefiles/internal/console", "magefiles/internal/private"},
	"magefiles/awslocal/internal": {"magefiles/awslocal/internal/", "magefiles/internal/argv", "magefiles/internal/private"},
}

// foreign are modules that a package may not need, with the reason.
var foreign = map[string]map[string]string{
	"cfn":                        {"github.com/aws/": "templates are a function of the configuration; nothing is asked of AWS", "github.com/google/": "templates know no images"},
	"magefiles/stack":            {"github.com/awslabs/": "a stack does not know what is in its template"},
	"magefiles/rollout":          {"github.com/awslabs/": "a rollout does not know templates"},
	"magefiles/image":            {"github.com/awslabs/": "an image does not know templates"},
	"magefiles/preflight":        {"github.com/awslabs/": "a preflight does not know templates", "github.com/aws/aws-sdk-go-v2/service/ec2": "it takes a minute to compile, for four operations"},
	"magefiles/internal/console": {"github.com/aws/": "what people see does not depend on AWS"},
	"magefiles/awslocal":         {"github.com/awslabs/": "the judge of a template must not share its code"},
}

func TestArrows(t *testing.T) {
	list := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...")
	list.Dir = root
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		name := strings.TrimPrefix(strings.TrimPrefix(words[0], module), "/")
		key := name
		if strings.HasPrefix(name, "magefiles/awslocal/internal/") {
			key = "magefiles/awslocal/internal"
		}
		allowed, known := arrows[key]
		if !known {
			t.Errorf("package %q is not in the plan of the house: give it its arrows here, and a line in DESIGN's layout", name)
		}
		for _, path := range words[1:] {
			if inner, ours := strings.CutPrefix(path, module); ours {
				inner = strings.TrimPrefix(inner, "/")
				if !slices.ContainsFunc(allowed, func(a string) bool { return inner == a || strings.HasSuffix(a, "/") && strings.HasPrefix(inner, a) }) {
					t.Errorf("%s imports %s", name, inner)
				}
			}
			for prefix, reason := range foreign[key] {
				if strings.HasPrefix(path, prefix) {
					t.Errorf("%s imports %s: %s", name, path, reason)
				}
			}
		}
	}
}

// user runs a command as a user does: in a folder, with a state folder of its own.
type user struct {
	t     *testing.T
	state string
	dir   string
	set   []string      // variables of every command
	limit time.Duration // after which a command is killed; 0: never
}

func newUser(t *testing.T) user {
	t.Helper()
	if testing.Short() {
		t.Skip("short: compiles the magefile")
	}
	return user{t: t, state: filepath.Join(t.TempDir(), "state"), dir: root}
}

func (u user) run(set []string, name string, args ...string) (stdout, stderr string, code int) {
	u.t.Helper()
	ctx := context.Background()
	if u.limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, u.limit)
		defer cancel()
	}
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = u.dir
	cmd.Env = append(os.Environ(), "SPLITECS_LOCAL_DIR="+u.state, "SPLITECS_LOCAL_SPEED=10000", "MAGEFILE_VERBOSE=")
	cmd.Env = append(append(cmd.Env, u.set...), set...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		u.t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

func (u user) mage(args ...string) (stdout, stderr string, code int) {
	u.t.Helper()
	return u.run(nil, "go", append([]string{"tool", "mage"}, args...)...)
}

func (u user) wants(code int, stdout, stderr string, got int, said string) {
	u.t.Helper()
	if got != code || !strings.Contains(stderr, said) {
		u.t.Errorf("exit code %d, want %d with %q on stderr\nstdout:\n%s\nstderr:\n%s", got, code, said, stdout, stderr)
	}
}

func TestSynthPrintsTheGoldenTemplates(t *testing.T) {
	t.Parallel()
	program := compiled(t)
	u := newUser(t)
	for _, stack := range []string{"infra", "service"} {
		for _, env := range []string{"dev", "test", "qa", "prod", "local"} {
			out, errs, code := u.run(nil, program, stack+":synth", env)
			if code != 0 || errs != "" {
				t.Fatalf("%s:synth %s: exit code %d, stderr %q", stack, env, code, errs)
			}
			if out != read(t, goldenFile(env, stack)) {
				t.Errorf("%s:synth %s differs from the golden file of cfn: the App in magefiles/magefile.go and the one in cfn's tests are not alike", stack, env)
			}
		}
	}
}

func TestScriptsKeepArgumentsAndExitCodes(t *testing.T) {
	t.Parallel()
	quick := "PATH=" + quickPath(t)
	takeTurn(t)
	u := newUser(t)
	u.dir = t.TempDir() // from anywhere
	through := map[string]bool{}
	for _, c := range []struct {
		script string
		args   []string
		code   int
		said   string
	}{
		{"deploy-ecs-infra.sh", nil, 2, "usage"},
		{"deploy-ecs-infra.sh", []string{"dev", "x"}, 2, "usage"},
		{"deploy-ecs-infra.sh", []string{"Prod"}, 2, "Prod"},
		{"deploy-ecs-service.sh", nil, 2, "usage"},
		{"deploy-ecs-service.sh", []string{"local"}, 4, "infra:deploy local"},
		{"deploy-split-ecs.sh", nil, 2, "usage"},
		{"deploy-split-ecs.sh", []string{"local", "both"}, 2, "usage"},
		{"deploy-split-ecs.sh", []string{"local", "infra"}, 0, "CREATE_COMPLETE"},
		{"deploy-split-ecs.sh", []string{"local", "service"}, 4, "image:push"},
		{"deploy-split-ecs.sh", []string{"local"}, 4, "nothing to change"},
		{"deploy-ecs-infra.sh", []string{"local"}, 0, "nothing to change"},
	} {
		set := []string{"SPLITECS_IMAGE=absent"}
		if through[c.script] {
			set = append(set, quick)
		}
		through[c.script] = through[c.script] || c.said != "usage" // each script runs Mage itself once
		out, errs, code := u.run(set, inRepository("scripts/"+c.script), c.args...)
		u.wants(c.code, out, errs, code, c.said)
	}
}

var mentioned = regexp.MustCompile("go tool mage ([a-z][a-zA-Z]*(?::[a-zA-Z]+)?)")

// Every target that the README or a guide names is there, and every target is in the README.
func TestDocumentsNameTheTargets(t *testing.T) {
	targets := map[string]bool{}
	for line := range strings.Lines(read(t, listing)) {
		if words := strings.Fields(line); strings.HasPrefix(line, "  ") && len(words) > 1 {
			targets[words[0]] = true
		}
	}
	for _, name := range append(matching(t, "docs/*.md"), "README.md", "magefile.go") {
		text := read(t, name)
		for _, m := range mentioned.FindAllStringSubmatch(text, -1) {
			if !targets[m[1]] {
				t.Errorf("%s names the target %s, which does not exist", name, m[1])
			}
		}
		if name == "README.md" {
			for _, target := range slices.Sorted(maps.Keys(targets)) {
				if !strings.Contains(text, target) {
					t.Errorf("README.md does not mention the target %s", target)
				}
			}
		}
	}
}

func TestFirstCommandOfTheReadme(t *testing.T) {
	t.Parallel()
	takeTurn(t)
	u := newUser(t)
	out, errs, code := u.mage("local:up")
	u.wants(0, out, errs, code, "BellyfedEcsServiceStack-local: CREATE_COMPLETE")
	if !strings.Contains(out, "bellyfed-local-service:1: COMPLETED") {
		t.Errorf("stdout does not show the deployment:\n%s", out)
	}
	out, errs, code = u.mage("local:up")
	u.wants(0, out, errs, code, "BellyfedEcsServiceStack-local: nothing to change")
}
