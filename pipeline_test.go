package splitecs_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
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
	skipped []string // actions and steps whose condition does not hold
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
	// aws has one secret. The targets do without it.
	aws := "#!/bin/sh\n[ \"$*\" = 'secretsmanager get-secret-value --secret-id shop/actions --query SecretString --output text' ] && echo a2V5\n"
	if err := os.WriteFile(filepath.Join(temp, "aws"), []byte(aws), 0o755); err != nil {
		t.Fatal(err)
	}
	return &runner{user: u, temp: temp, context: map[string]string{}, env: map[string]string{
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
	if !regexp.MustCompile(`^(inputs|steps|github|vars)\.[\w.-]+$`).MatchString(e) {
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

// The steps of the workflows, in their order, against the embedded AWS: dev, promotions to qa and prod, a plan, and a
// rollback.
func TestThePipelineRuns(t *testing.T) {
	r := newRunner(t)
	deploy := readWorkflow(t, ".github/workflows/deploy.yml").Jobs["deploy"]
	rollback := readWorkflow(t, ".github/workflows/rollback.yml").Jobs["rollback"]
	plan := readWorkflow(t, ".github/workflows/plan.yml").Jobs["plan"]
	inputs := map[string]string{"environment": "dev", "image": "", "infra": "true", "source": "./magefiles/awslocal/hello",
		"server-actions-secret": "shop/actions", "build": `test -f go.mod && test "$NEXT_SERVER_ACTIONS_ENCRYPTION_KEY" = a2V5 && test -z "$AWS_ACCESS_KEY_ID$AWS_SECRET_ACCESS_KEY"`}

	r.job(deploy, inputs)
	r.want(true, "::add-mask::a2V5", "BellyfedEcsInfraStack-dev: CREATE_COMPLETE", "BellyfedEcsServiceStack-dev: CREATE_COMPLETE", "1 of 1 tasks running")
	image := r.context["steps.push.outputs.image"]
	if !regexp.MustCompile(`/bellyfed-dev@sha256:[0-9a-f]{64}$`).MatchString(image) {
		t.Errorf("the job's output is %q", image)
	}
	if summary := r.file("summary.md"); !strings.Contains(summary, "service:deploy dev") || !strings.Contains(summary, "bellyfed-dev-service:1: COMPLETED") {
		t.Errorf("the step summary is\n%s", summary)
	}
	for _, s := range r.skipped {
		t.Logf("skipped in deploy: %s", s)
	}
	want := []string{"actions/checkout", "actions/checkout", "actions/setup-go", "Name the image", "aws-actions/configure", "aws-actions/configure", "Promote the image", "Compare it"}
	if !slices.EqualFunc(r.skipped, want, strings.HasPrefix) {
		t.Errorf("skipped %q", r.skipped)
	}

	// Each environment gets what the one before has run; there is nothing to build it from.
	inputs["source"], inputs["build"], inputs["application"] = "./absent", "exit 1", "bellyfed/absent"
	for _, step := range [][2]string{{"dev", "qa"}, {"qa", "prod"}} {
		inputs["from"], inputs["environment"], inputs["image"] = step[0], step[1], image
		r.job(deploy, inputs)
		r.want(true, "BellyfedEcsServiceStack-"+step[1]+": CREATE_COMPLETE")
		for _, name := range []string{"Name the image", "Build the application", "Build and push the image"} {
			if !slices.ContainsFunc(r.skipped, func(s string) bool { return strings.HasPrefix(s, name) }) {
				t.Errorf("a promotion runs %q", name)
			}
		}
		promoted := r.context["steps.promote.outputs.image"]
		if promoted != strings.Replace(image, "bellyfed-"+step[0], "bellyfed-"+step[1], 1) {
			t.Errorf("%s was promoted as %s", image, promoted)
		}
		if _, digest, _ := strings.Cut(image, "@"); r.context["steps.status.outputs.digest"] != digest {
			t.Errorf("%s runs, want %s", r.context["steps.status.outputs.digest"], digest)
		}
		image = promoted
	}
	inputs["from"] = ""
	r.job(deploy, inputs)
	r.want(false, `"" is not the name of an environment`)
	inputs["from"], inputs["image"] = "prod", image[:len(image)-64]+strings.Repeat("0", 64)
	inputs["environment"] = "qa"
	r.job(deploy, inputs)
	r.want(false, "is not in repository bellyfed-prod")
	if strings.Contains(r.said.String(), "$ go tool mage service:deploy") {
		t.Errorf("what was not promoted is deployed:\n%s", &r.said)
	}

	r.job(plan, map[string]string{"environment": "dev"})
	r.want(true)
	if comment := r.file("plan.md"); strings.Count(comment, "nothing to change") != 2 || !strings.HasPrefix(comment, "<!-- plan of dev -->\n### infra:diff dev") {
		t.Errorf("the comment is\n%s", comment)
	}
	if asked := r.file("gh.log"); !strings.Contains(asked, "--method POST repos//issues//comments -F body=@"+r.temp+"/plan.md") {
		t.Errorf("gh was asked for\n%s", asked)
	}
	r.job(plan, map[string]string{"environment": "test"})
	r.want(false)
	if comment := r.file("plan.md"); !strings.Contains(comment, "go tool mage infra:deploy test") {
		t.Errorf("the comment does not say why there is no plan:\n%s", comment)
	}

	// There is one good revision only: it runs already.
	r.job(rollback, map[string]string{"environment": "dev", "revision": "1"})
	r.want(true, "bellyfed-dev-service:1")
	r.job(rollback, map[string]string{"environment": "dev", "revision": ""})
	r.want(false, "no revision before bellyfed-dev-service:1")
}

// A deployment that ends with another image than the promoted one fails, and says so.
func TestThePromotedImageIsCompared(t *testing.T) {
	r := newRunner(t)
	j := readWorkflow(t, ".github/workflows/deploy.yml").Jobs["deploy"]
	compare := j.Steps[len(j.Steps)-1]
	for runs, ok := range map[string]bool{"sha256:1": true, "sha256:2": false, "": false} {
		j.Steps = []step{{ID: "status", Run: "echo digest=" + runs + ` >>"$GITHUB_OUTPUT"`}, compare}
		r.job(j, map[string]string{"environment": "qa", "image": "registry/bellyfed-dev@sha256:1"})
		if r.failed == ok {
			t.Errorf("%q runs: failed: %v\n%s", runs, r.failed, &r.said)
		}
	}
}

// An application in a repository of its own gives the image's tag its commit, beside that of the project.
func TestTheImageIsNamedAfterBothCommits(t *testing.T) {
	r := newRunner(t)
	workspace := t.TempDir()
	var commits []string
	for _, folder := range []string{"application", "project"} {
		_, errs, code := r.run([]string{"GIT_CONFIG_GLOBAL=" + os.DevNull}, "bash", "-ec", `git init -q "$1"; cd "$1"
			git -c user.name=t -c user.email=t@example.com commit -q --allow-empty -m "$1"`, "bash", filepath.Join(workspace, folder))
		if code != 0 {
			t.Fatal(errs)
		}
		out, _, _ := r.run(nil, "git", "-C", filepath.Join(workspace, folder), "rev-parse", "HEAD")
		commits = append(commits, strings.TrimSpace(out))
	}
	r.dir = filepath.Join(workspace, "project")
	j := readWorkflow(t, ".github/workflows/deploy.yml").Jobs["deploy"]
	i := slices.IndexFunc(j.Steps, func(s step) bool { return s.ID == "application" })
	j.Steps = append(j.Steps[i:i+1:i+1], step{Run: `echo "tag=$SPLITECS_TAG" >>"$GITHUB_OUTPUT"`, ID: "next"})
	r.job(j, map[string]string{"application": "bellyfed/application"})
	r.want(true)
	if got, want := r.context["steps.next.outputs.tag"], commits[0][:12]+"-"+commits[1][:12]; got != want {
		t.Errorf("the tag is %q, want %q", got, want)
	}
	if got := r.context["steps.application.outputs.commit"]; got != commits[0] {
		t.Errorf("the commit of the application is %q, want %q", got, commits[0])
	}
}
