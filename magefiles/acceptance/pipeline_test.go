package acceptance_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The steps of the workflows, in their order, against the embedded AWS: dev, promotions to qa and prod, a plan, and a
// rollback.
func TestThePipelineRuns(t *testing.T) {
	t.Parallel()
	r := newRunner(t)
	build := readWorkflow(t, ".github/workflows/deploy.yml").Jobs["build"]
	deploy := readWorkflow(t, ".github/workflows/deploy.yml").Jobs["deploy"]
	rollback := readWorkflow(t, ".github/workflows/rollback.yml").Jobs["rollback"]
	plan := readWorkflow(t, ".github/workflows/plan.yml").Jobs["plan"]
	inputs := map[string]string{"environment": "dev", "image": "", "infra": "true", "source": "./magefiles/awslocal/hello",
		"build": `test -f go.mod && test "$NEXT_SERVER_ACTIONS_ENCRYPTION_KEY" = a2V5 && test -z "$AWS_ACCESS_KEY_ID$AWS_SECRET_ACCESS_KEY"`}
	r.context["secrets.server-actions-key"] = "a2V5"

	r.needs("build", build, inputs)
	r.want(true)
	if want := []string{"actions/checkout", "actions/checkout", "actions/setup-go", "Name the commit"}; !slices.EqualFunc(r.skipped, want, strings.HasPrefix) {
		t.Errorf("skipped %q", r.skipped)
	}
	r.job(deploy, inputs)
	r.want(true, "BellyfedEcsInfraStack-dev: CREATE_COMPLETE", "BellyfedEcsServiceStack-dev: CREATE_COMPLETE", "1 of 1 tasks running")
	image := r.context["steps.push.outputs.image"]
	if !regexp.MustCompile(`/bellyfed-dev@sha256:[0-9a-f]{64}$`).MatchString(image) {
		t.Errorf("the job's output is %q", image)
	}
	if summary := r.file("summary.md"); !strings.Contains(summary, "service:deploy dev") || !strings.Contains(summary, "bellyfed-dev-service:1: COMPLETED") {
		t.Errorf("the step summary is\n%s", summary)
	}
	want := []string{"actions/checkout", "actions/setup-go", "aws-actions/configure", "Promote the image", "Compare it"}
	if !slices.EqualFunc(r.skipped, want, strings.HasPrefix) {
		t.Errorf("skipped %q", r.skipped)
	}

	// Each environment gets what the one before has run; there is nothing to build it from.
	inputs["source"], inputs["build"], inputs["application"] = "./absent", "exit 1", "bellyfed/absent"
	for _, step := range [][2]string{{"dev", "qa"}, {"qa", "prod"}} {
		inputs["from"], inputs["environment"], inputs["image"] = step[0], step[1], image
		r.job(deploy, inputs)
		r.want(true, "BellyfedEcsServiceStack-"+step[1]+": CREATE_COMPLETE")
		for _, name := range []string{"actions/download-artifact", "Check what was built", "Push the image"} {
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
	if asked := r.file("gh.log"); !strings.Contains(asked, "--method POST repos//issues//comments -F body=@"+r.temp+"/plan.md") || !strings.Contains(asked, `select(.user.login == "github-actions[bot]")`) {
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
	t.Parallel()
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

// What the job build hands over is used only where it is what it says, in every respect.
func TestWhatWasBuiltIsChecked(t *testing.T) {
	t.Parallel()
	r := newRunner(t)
	j := readWorkflow(t, ".github/workflows/deploy.yml").Jobs["deploy"]
	first := slices.IndexFunc(j.Steps, func(s step) bool { return strings.HasPrefix(s.Uses, "actions/download-artifact@") })
	check := slices.IndexFunc(j.Steps, func(s step) bool { return s.ID == "built" })
	j.Steps = j.Steps[first : check+1]
	r.kept["1"] = []byte("image")
	r.context["needs.build.outputs.artifact"] = "1"
	const sum = "6105d6cc76af400325e94d588ce511be5bfdbb73b437dc51eca43917d7a43e3d" // of image
	for _, c := range []struct {
		sum, commit string
		ok          bool
	}{
		{sum, "", true},
		{sum, strings.Repeat("a", 40), true},
		{strings.Repeat("0", 64), "", false},
		{"", "", false},
		{sum[:63], "", false},
		{sum, "main", false},
		{sum, strings.Repeat("a", 40) + "\ntag=v1", false},
	} {
		r.context["needs.build.outputs.sha256"], r.context["needs.build.outputs.application-ref"] = c.sum, c.commit
		r.job(j, nil)
		if r.failed == c.ok {
			t.Errorf("%q, %q: failed: %v\n%s", c.sum, c.commit, r.failed, &r.said)
		}
	}
	delete(r.kept, "1")
	if err := os.RemoveAll(filepath.Join(r.temp, "built")); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(r.temp, "image.tar")); err != nil {
		t.Fatal(err)
	}
	r.context["needs.build.outputs.sha256"], r.context["needs.build.outputs.application-ref"] = sum, ""
	j.Steps = j.Steps[1:]
	if r.job(j, nil); !r.failed {
		t.Errorf("nothing is taken for what was built:\n%s", &r.said)
	}
}

// An application in a repository of its own gives the image's tag its commit, beside that of the project.
func TestTheImageIsNamedAfterBothCommits(t *testing.T) {
	t.Parallel()
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
	w := readWorkflow(t, ".github/workflows/deploy.yml")
	only := func(j workflowJob, id string) workflowJob {
		i := slices.IndexFunc(j.Steps, func(s step) bool { return s.ID == id })
		j.Steps = j.Steps[i : i+1]
		return j
	}
	inputs := map[string]string{"application": "bellyfed/application"}
	r.needs("build", only(w.Jobs["build"], "application"), inputs)
	r.want(true)
	if got := r.context["needs.build.outputs.application-ref"]; got != commits[0] {
		t.Errorf("the commit of the application is %q, want %q", got, commits[0])
	}
	if err := os.MkdirAll(filepath.Join(r.temp, "built"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(r.temp, "built", "image"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	r.context["needs.build.outputs.sha256"] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" // of nothing
	r.job(only(w.Jobs["deploy"], "built"), inputs)
	r.want(true)
	if got, want := r.context["steps.built.outputs.tag"], commits[0][:12]+"-"+commits[1][:12]; got != want {
		t.Errorf("the tag is %q, want %q", got, want)
	}
}

// A text cannot end the block of a comment or a summary that it stands in.
func TestFencesAreLongerThanAnyInTheText(t *testing.T) {
	t.Parallel()
	r := newRunner(t)
	for file, id := range map[string]string{"deploy": "status", "rollback": "", "plan": "plan"} {
		j := readWorkflow(t, ".github/workflows/"+file+".yml").Jobs[file]
		for i, s := range j.Steps {
			if id != "" && s.ID == id || id == "" && s.Name == "Show what runs" {
				j.Steps[i].If = ""
				j.Steps = j.Steps[i : i+1]
				break
			}
		}
		fake := "#!/bin/sh\nprintf 'image x@sha256:1\\n~~~\\n~~~~~ more\\n# heading\\n'\n"
		if err := os.WriteFile(filepath.Join(r.temp, "go"), []byte(fake), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(r.temp, "summary.md"), nil, 0o644); err != nil {
			t.Fatal(err)
		}
		r.job(j, map[string]string{"environment": "dev"})
		r.want(true)
		text := r.file("summary.md")
		blocks := strings.Count(text, "# heading\n~~~~~~\n")
		if opened := strings.Count(text, "\n~~~~~~\nimage") + strings.Count("|"+text, "|~~~~~~\nimage"); blocks == 0 || opened != blocks {
			t.Errorf("%s: %d blocks opened, %d closed:\n%s", file, opened, blocks, text)
		}
	}
}

// GitHub refuses comments of more than 65,536 characters: what is longer is cut, and stands in the summary.
func TestALongPlanFitsIntoAComment(t *testing.T) {
	r := newRunner(t)
	j := readWorkflow(t, ".github/workflows/plan.yml").Jobs["plan"]
	i := slices.IndexFunc(j.Steps, func(s step) bool { return s.ID == "plan" })
	j.Steps = j.Steps[i : i+1]
	fake := "#!/bin/sh\nfor i in $(seq 1000); do echo '+ Subnet (AWS::EC2::Subnet) 100 characters, or nearly so'; done; echo '+ Last (AWS::Logs::LogGroup)'\n"
	if err := os.WriteFile(filepath.Join(r.temp, "go"), []byte(fake), 0o755); err != nil {
		t.Fatal(err)
	}
	r.job(j, map[string]string{"environment": "dev"})
	r.want(true)
	comment, summary := r.file("plan.md"), r.file("summary.md")
	if len(comment) > 65_536 || strings.Count(comment, "\n… the summary of this run has the whole plan\n~~~\n") != 2 {
		t.Errorf("the comment has %d characters:\n%.200s", len(comment), comment)
	}
	if strings.Count(summary, "+ Last (AWS::Logs::LogGroup)\n~~~\n") != 2 {
		t.Errorf("the summary does not have the plans:\n%.200s", summary)
	}
}
