package acceptance_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
)

var shellBlock = regexp.MustCompile("(?ms)^(<!-- (?:real account|crane|another App) -->\n+)?```sh\n(.*?)^```$")

// untried are blocks without the mark of a shell whose commands are no guide's to try.
var untried = map[string]string{
	"README.md":            "each has a test of its own, or is the same in getting-started.md",
	"docs/contributing.md": "this repository's chores, the tests among them",
	"docs/performance.md":  "measurements",
}

// A command that nothing tries goes stale: in a guide it stands in a block that is tried, or says what it needs.
func TestCommandsAreInBlocksThatAreTried(t *testing.T) {
	command := regexp.MustCompile(`(?m)^(\w+=\S* )*(go tool mage|aws|crane) `)
	for _, name := range documents(t) {
		if untried[name] != "" {
			continue
		}
		for _, block := range fence.FindAllString(read(t, name), -1) {
			if found := command.FindString(block); found != "" && !strings.HasPrefix(block, "```sh\n") {
				t.Errorf("%s: no test tries this block; begin it with ```sh:\n%s", name, block)
			}
		}
	}
}

// wanted turns the comment that tells the exit code of a command into a check of it.
var wanted = regexp.MustCompile(`(?m)^(.*?)\s+# exit code (\d+)$`)

// The commands of a guide, in their order, against the embedded AWS. What needs an account, or a program that is no
// judge, says so; a command that is meant to fail tells its exit code. Environment variables stay set, as in a terminal.
func TestCommandsOfTheGuides(t *testing.T) {
	t.Parallel()
	path := quickPath(t)
	for _, name := range documents(t) {
		text := read(t, name)
		var script strings.Builder
		for _, m := range shellBlock.FindAllStringSubmatch(text, -1) {
			if m[1] == "" {
				script.WriteString(wanted.ReplaceAllString(m[2], `code=0; { $1; } || code=$$?; [ "$$code" = $2 ] || { echo "exit code $$code, want $2" >&2; exit 99; }`))
			}
		}
		if script.Len() == 0 {
			continue
		}
		t.Run(filepath.Base(name), func(t *testing.T) {
			programs := []string{"bash", "aws"}
			if strings.Contains(script.String(), "skopeo") {
				programs = append(programs, "skopeo")
			}
			for _, program := range programs {
				if _, err := exec.LookPath(program); err != nil {
					if os.Getenv("CI") == "true" {
						t.Fatal("judge missing: " + program)
					}
					t.Skip("judge missing: " + program)
				}
			}
			u := newUser(t)
			server, err := awslocal.Open(awslocal.Options{Dir: u.state, Speed: 10000})
			if err != nil {
				t.Fatal(err)
			}
			defer server.Close()
			account := []string{
				"AWS_ENDPOINT_URL=" + server.URL(), "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_PAGER=",
				"AWS_REGION=ap-southeast-1", "AWS_DEFAULT_REGION=ap-southeast-1", "PATH=" + path,
				"REGISTRY_AUTH_FILE=" + filepath.Join(t.TempDir(), "auth.json"), // of skopeo
			}
			// local:serve would have the address that the guide to it names.
			commands := strings.ReplaceAll(script.String(), "127.0.0.1:4566", strings.TrimPrefix(server.URL(), "http://"))
			out, errs, code := u.run(account, "bash", "-euxo", "pipefail", "-c", commands)
			if code != 0 {
				t.Errorf("exit code %d\nstdout:\n%s\nstderr:\n%s", code, out, errs)
			}
		})
	}
}
