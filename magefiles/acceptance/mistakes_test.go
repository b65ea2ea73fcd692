package acceptance_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
)

// mistaken is a magefile whose App has the mistake that MISTAKE names.
const mistaken = `//go:build mage

package main

import (
	"os"

	//mage:import
	"github.com/bellyfed/splitecs"
	"github.com/bellyfed/splitecs/cfn"
)

const secret = "arn:aws:secretsmanager:ap-southeast-1:000000000000:secret:shop/password-a1B2c3"

func init() {
	dev := splitecs.Environment{CPU: 256, Memory: 512, MinTasks: 1, MaxTasks: 2}
	app := splitecs.App{
		Name: "shop", Region: "ap-southeast-1", DefaultEnvironment: "dev",
		Image: cfn.Image{Source: "app", Entrypoint: []string{"/app/server"}},
	}
	switch os.Getenv("MISTAKE") {
	case "values":
		app.Container.Port, app.Container.HealthCheckPath = 80000, "health"
		dev.CPU, dev.Memory, dev.LogRetentionDays, dev.MaxTasks = 300, 1000, 8, -1
	case "region":
		app.Region = ""
	case "account":
		dev.AccountID = "123456789012"
	case "suffix":
		dev.Secrets = map[string]string{"PASSWORD": "arn:aws:secretsmanager:ap-southeast-1:000000000000:secret"}
	case "name":
		dev.Secrets = map[string]string{"PASSWORD": "/shop/password"}
	case "secret":
		dev.Secrets = map[string]string{"PASSWORD": secret}
	case "architecture":
		dev.Architecture = splitecs.ARM64
	case "port":
		app.Container.Port = 8000
	case "program":
		app.Container.Command = []string{"node", "server.js"}
	case "base":
		app.Image.Base = "127.0.0.1:9/node:22"
	}
	app.Environments = map[string]splitecs.Environment{"dev": dev}
	splitecs.Use(app)
}
`

// mistake is what a person gets wrong, the command that meets it, and how that ends.
type mistake struct {
	name    string
	app     string // of the magefile, see mistaken
	set     []string
	command string
	code    int
}

// mistakes are made in this order on one embedded AWS: what succeeds prepares for what comes after it, and is told only
// where it has something to say.
var mistakes = []mistake{
	{"a target that does not exist", "", nil, "deploy local", 2},
	{"a target misspelt", "", nil, "infra:deply local", 2},
	{"no environment", "", nil, "service:deploy", 2},
	{"an environment misspelt", "", nil, "infra:deploy dve", 2},
	{"a flag", "", nil, "infra:deploy local --dry-run", 2},
	{"a word too many", "", nil, "service:rollback local 3", 2},
	{"five wrong values in the App", "values", nil, "infra:deploy local", 2},
	{"no region", "region", nil, "infra:deploy dev", 2},
	{"a secret by the ARN that it does not have", "suffix", nil, "infra:deploy local", 2},
	{"a parameter by its name", "name", nil, "infra:deploy local", 2},
	{"a scenario misspelt", "", []string{"SPLITECS_LOCAL_SCENARIO=unhealty"}, "service:deploy local", 2},
	{"no credentials", "", []string{"AWS_EC2_METADATA_DISABLED=true", "AWS_ACCESS_KEY_ID=", "AWS_SECRET_ACCESS_KEY=", "AWS_PROFILE=", "AWS_CONFIG_FILE=none", "AWS_SHARED_CREDENTIALS_FILE=none"}, "infra:deploy dev", 3},
	{"credentials of another account", "account", []string{"ENDPOINT"}, "infra:deploy dev", 3},
	{"credentials that have expired", "", []string{"SPLITECS_LOCAL_SCENARIO=fault:*:expired"}, "infra:deploy local", 3},
	{"a permission that is missing", "", []string{"SPLITECS_LOCAL_SCENARIO=fault:cloudformation:CreateChangeSet:denied"}, "infra:deploy local", 3},
	{"no infra stack", "", []string{"SPLITECS_IMAGE=v1"}, "service:deploy local", 4},
	{"", "", nil, "infra:deploy local", 0},
	{"no commit to name the image after", "", nil, "image:push", 2},
	{"a base that cannot be reached", "base", []string{"SPLITECS_TAG=v1"}, "image:push", 5},
	{"", "", []string{"SPLITECS_TAG=v1"}, "image:push", 0},
	{"an image that is not there", "", []string{"SPLITECS_IMAGE=v9"}, "service:deploy local", 4},
	{"an image of somebody else's", "", []string{"SPLITECS_IMAGE=nginx:1.29"}, "service:deploy local", 2},
	{"an infra stack older than the App", "secret", []string{"SPLITECS_IMAGE=v1"}, "service:deploy local", 4},
	{"", "secret", []string{"ENDPOINT"}, "infra:deploy dev", 0}, // local makes the secrets that an App names
	{"", "secret", []string{"ENDPOINT", "SPLITECS_ENV=dev", "SPLITECS_TAG=v1"}, "image:push", 0},
	{"a secret that does not exist", "secret", []string{"ENDPOINT", "SPLITECS_IMAGE=v1"}, "service:deploy dev", 4},
	{"an image for another architecture", "architecture", []string{"SPLITECS_IMAGE=v1"}, "service:deploy local", 4},
	{"", "", []string{"SPLITECS_IMAGE=v1"}, "service:deploy local", 0},
	{"the health check answers 404", "", []string{"SPLITECS_IMAGE=v1", "SPLITECS_TAG=", "SPLITECS_LOCAL_SCENARIO=unhealthy:404"}, "service:deploy local", 7},
	{"the program listens on another port", "", []string{"SPLITECS_IMAGE=v1", "SPLITECS_LOCAL_SCENARIO=port:8080"}, "service:deploy local", 7},
	{"the program ends at once", "", []string{"SPLITECS_IMAGE=v1", "SPLITECS_LOCAL_SCENARIO=crash:Error: DATABASE_URL is not set"}, "service:deploy local", 7},
	{"the program needs more memory", "", []string{"SPLITECS_IMAGE=v1", "SPLITECS_LOCAL_SCENARIO=oom"}, "service:deploy local", 7},
	{"the program is for another architecture", "", []string{"SPLITECS_IMAGE=v1", "SPLITECS_LOCAL_SCENARIO=exec-format"}, "service:deploy local", 7},
	{"a quote that is left open", "", nil, `service:run local 'node "migrate.js'`, 2},
}

// told is what a failure says, by docs/output.md.
type told struct {
	Kind    string
	Failure struct {
		Code           int
		What, Why      string
		Evidence, Next []string
	}
}

// varying parts of what is said.
var varying = regexp.MustCompile(`sha256:[0-9a-f]{64}|\b[0-9a-f]{32}\b|RequestID: [0-9a-f-]{36}|127\.0\.0\.1:\d{4,5}|/tmp/\S*/`)

// sometimes is said where the time of AWS is slow enough to tell.
var sometimes = regexp.MustCompile(`, \d+ s after its start`)

// mistakesMade is the table of what is said of each.
func mistakesMade(t *testing.T) string {
	u := newConsumer(t, map[string]string{"magefiles/magefile.go": mistaken, "app/server": "a program"})
	if err := os.Chmod(filepath.Join(u.dir, "app/server"), 0o755); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("git", "init", "-q", u.dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	program := u.compiles()
	server, err := awslocal.Open(awslocal.Options{Dir: t.TempDir(), Speed: 10000})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	var b strings.Builder
	b.WriteString("| mistake | command | code | what | why | next |\n| --- | --- | --- | --- | --- | --- |\n")
	for _, m := range mistakes {
		set := []string{"SPLITECS_OUTPUT=json", "MISTAKE=" + m.app, "SPLITECS_ENV=local"}
		for _, kv := range m.set {
			if kv == "ENDPOINT" {
				set = append(set, "AWS_ENDPOINT_URL="+server.URL(), "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test")
				continue
			}
			set = append(set, kv)
		}
		words, quoted, isQuoted := strings.Cut(m.command, " '")
		args := strings.Fields(words)
		if isQuoted { // as a shell hands it on
			args = append(args, strings.TrimSuffix(quoted, "'"))
		}
		out, errs, code := u.run(set, program, args...)
		if code != m.code {
			t.Fatalf("%s: %s: exit code %d, want %d\n%s%s", m.name, m.command, code, m.code, out, errs)
		}
		if m.name == "" {
			continue
		}
		lines := strings.Split(strings.TrimSpace(errs), "\n")
		var f told
		if err := json.Unmarshal([]byte(lines[len(lines)-1]), &f); err != nil {
			t.Fatalf("%s: %v\n%s", m.command, err, errs)
		}
		if f.Kind != "failure" || f.Failure.Code != m.code || f.Failure.What == "" || f.Failure.Why == "" || len(f.Failure.Next) == 0 {
			t.Errorf("%s: %s: it does not say what, why and what next: %s", m.name, m.command, lines[len(lines)-1])
		}
		why := f.Failure.Why
		if m.code == 4 {
			why = strings.Join(append([]string{why}, f.Failure.Evidence...), "\n")
		}
		cell := func(text string) string {
			text = sometimes.ReplaceAllString(text, "")
			text = strings.ReplaceAll(varying.ReplaceAllString(strings.TrimSpace(text), "…"), "|", `\|`)
			return strings.ReplaceAll(text, "\n", "<br>")
		}
		fmt.Fprintf(&b, "| %s | `%s` | %d | %s | %s | %s |\n", m.name, m.command, m.code, cell(f.Failure.What), cell(why), cell(strings.Join(f.Failure.Next, "\n")))
	}
	return b.String()
}
