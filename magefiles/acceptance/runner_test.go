package acceptance_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
)

// runner runs the steps of a job as GitHub does, as far as they are commands.
type runner struct {
	user
	context map[string]string // values of expressions: inputs.environment, steps.push.outputs.image, …
	env     map[string]string // of the job, and what steps add
	temp    string
	kept    map[string][]byte // artifacts, by their ids
	skipped []string          // actions and steps whose condition does not hold
	failed  bool
	said    strings.Builder
}

// newRunner has an embedded AWS on a port, in the place of an account.
func newRunner(t *testing.T) *runner {
	t.Helper()
	u := newUser(t)
	server, err := awslocal.Open(awslocal.Options{Dir: u.state, Speed: 10000})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	temp := t.TempDir()
	// gh keeps what it is asked for.
	gh := "#!/bin/sh\necho \"$@\" >>" + filepath.Join(temp, "gh.log") + "\n"
	if err := os.WriteFile(filepath.Join(temp, "gh"), []byte(gh), 0o755); err != nil {
		t.Fatal(err)
	}
	return &runner{user: u, temp: temp, kept: map[string][]byte{}, context: map[string]string{"runner.temp": temp}, env: map[string]string{
		"AWS_ENDPOINT_URL": server.URL(), "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "ap-southeast-1",
		"GITHUB_ACTIONS": "true", "RUNNER_TEMP": temp, "PATH": temp + string(filepath.ListSeparator) + quickPath(t),
	}}
}

func (r *runner) file(name string) string {
	text, err := os.ReadFile(filepath.Join(r.temp, name))
	if err != nil && !os.IsNotExist(err) {
		r.t.Fatal(err)
	}
	return string(text)
}

// take reads the NAME=VALUE lines that a step has written to a file, and empties it.
func (r *runner) take(name string, set func(k, v string)) {
	for line := range strings.Lines(r.file(name)) {
		k, v, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		if !ok {
			r.t.Fatalf("%s has the line %q", name, line)
		}
		set(k, v)
	}
	if err := os.WriteFile(filepath.Join(r.temp, name), nil, 0o644); err != nil {
		r.t.Fatal(err)
	}
}

// job runs the steps of a job in order. A failed step ends it, but for those that run always.
func (r *runner) job(j workflowJob, inputs map[string]string) {
	r.t.Helper()
	for k, v := range inputs {
		r.context["inputs."+k] = v
	}
	maps.DeleteFunc(r.context, func(name, _ string) bool { return strings.HasPrefix(name, "steps.") })
	r.failed, r.skipped = false, nil
	r.said.Reset()
	env := maps.Clone(r.env)
	for k, v := range j.Env {
		env[k] = r.substitute(v)
	}
	for _, s := range j.Steps {
		name := s.Uses + s.Name
		if r.holds(s.If) && r.artifact(s) {
			continue
		}
		if s.Uses != "" || !r.holds(s.If) {
			r.skipped = append(r.skipped, name)
			r.context["steps."+s.ID+".outcome"] = "skipped"
			continue
		}
		stepEnv := maps.Clone(env)
		for k, v := range s.Env {
			stepEnv[k] = r.substitute(v)
		}
		ok := r.step(r.substitute(s.Run), stepEnv)
		if s.ID != "" {
			r.context["steps."+s.ID+".outcome"] = map[bool]string{true: "success", false: "failure"}[ok]
		}
		r.take("output", func(k, v string) { r.context["steps."+s.ID+".outputs."+k] = v })
		r.take("env", func(k, v string) { env[k] = v })
		r.failed = r.failed || !ok
	}
}

// artifact stands for the actions that keep a file for another job, and bring it there. It tells whether the step is one.
func (r *runner) artifact(s step) bool {
	r.t.Helper()
	path := r.substitute(s.With["path"])
	switch name, _, _ := strings.Cut(s.Uses, "@"); name {
	case "actions/upload-artifact":
		content, err := os.ReadFile(path)
		if err != nil {
			r.t.Fatal(err)
		}
		id := fmt.Sprint(len(r.kept) + 1)
		r.kept[id] = content
		r.context["steps."+s.ID+".outputs.artifact-id"] = id
	case "actions/download-artifact":
		content, ok := r.kept[r.substitute(s.With["artifact-ids"])]
		if !ok {
			r.t.Fatalf("artifact %q is not there", r.substitute(s.With["artifact-ids"]))
		}
		if err := os.MkdirAll(path, 0o755); err != nil {
			r.t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(path, "image-of-the-build"), content, 0o644); err != nil {
			r.t.Fatal(err)
		}
	default:
		return false
	}
	return true
}

// needs runs a job that another one needs, without credentials, and keeps its outputs for that.
func (r *runner) needs(name string, j workflowJob, inputs map[string]string) {
	r.t.Helper()
	with := maps.Clone(r.env)
	for k := range r.env {
		if strings.HasPrefix(k, "AWS_") {
			delete(r.env, k)
		}
	}
	r.job(j, inputs)
	r.env = with
	for k, v := range j.Outputs {
		r.context["needs."+name+".outputs."+k] = r.substitute(v)
	}
}

func (r *runner) step(script string, env map[string]string) bool {
	cmd := exec.Command("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script)
	cmd.Dir = r.dir
	cmd.Env = append(os.Environ(), "SPLITECS_LOCAL_SPEED=10000", "MAGEFILE_VERBOSE=",
		"GITHUB_OUTPUT="+filepath.Join(r.temp, "output"), "GITHUB_ENV="+filepath.Join(r.temp, "env"),
		"GITHUB_STEP_SUMMARY="+filepath.Join(r.temp, "summary.md"))
	for k, v := range env {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	err := cmd.Run()
	fmt.Fprintf(&r.said, "$ %s\n%s", script, &said)
	return err == nil
}

// holds tells whether a step runs: by its condition, and only while nothing has failed unless it says always().
func (r *runner) holds(condition string) bool {
	if !strings.Contains(condition, "always()") && r.failed {
		return false
	}
	return condition == "" || truth(r.evaluate(condition))
}

var expression = regexp.MustCompile(`\$\{\{(.*?)\}\}`)

func (r *runner) substitute(text string) string {
	return expression.ReplaceAllStringFunc(text, func(e string) string {
		return r.evaluate(expression.FindStringSubmatch(e)[1])
	})
}

func truth(value string) bool { return value != "" && value != "false" }

// evaluate knows the expressions that the workflows have: a || b, a && b, a == b, a != b, literals, always() and
// names of the context. A name that the test does not give is empty, as at GitHub.
func (r *runner) evaluate(e string) string {
	for _, operator := range []string{"||", "&&", "==", "!="} {
		left, right, ok := strings.Cut(e, operator)
		if !ok {
			continue
		}
		value := r.evaluate(left)
		switch operator {
		case "||":
			if truth(value) {
				return value
			}
			return r.evaluate(right)
		case "&&":
			if !truth(value) {
				return value
			}
			return r.evaluate(right)
		}
		return fmt.Sprint((value == r.evaluate(right)) == (operator == "=="))
	}
	e = strings.TrimSpace(e)
	if literal, ok := strings.CutPrefix(e, "'"); ok {
		return strings.TrimSuffix(literal, "'")
	}
	if e == "always()" {
		return "true"
	}
	if !regexp.MustCompile(`^(inputs|steps|github|vars|secrets|needs|runner)\.[\w.-]+$`).MatchString(e) {
		r.t.Fatalf("the test does not know the expression %q", e)
	}
	return r.context[e]
}

func (r *runner) want(ok bool, said ...string) {
	r.t.Helper()
	if r.failed == ok {
		r.t.Fatalf("failed: %v, skipped: %q\n%s", r.failed, r.skipped, &r.said)
	}
	for _, s := range said {
		if !strings.Contains(r.said.String(), s) {
			r.t.Errorf("the job does not say %q:\n%s", s, &r.said)
		}
	}
}
