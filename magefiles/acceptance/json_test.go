package acceptance_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// With SPLITECS_OUTPUT=json every line of stderr is a JSON object, however the run ends, and the last one of a run that
// fails is the failure with the process's exit code.
func TestStderrIsJSONAlone(t *testing.T) {
	t.Parallel()
	program := compiled(t)
	takeTurn(t)
	u := newUser(t)
	nowhere := httptest.NewServer(http.NotFoundHandler()) // an instance that has no role
	defer nowhere.Close()
	withoutCredentials := []string{
		"AWS_EC2_METADATA_SERVICE_ENDPOINT=" + nowhere.URL, "AWS_EC2_METADATA_DISABLED=false", "AWS_CONFIG_FILE=/absent", "AWS_SHARED_CREDENTIALS_FILE=/absent",
		"AWS_ACCESS_KEY_ID=", "AWS_SECRET_ACCESS_KEY=", "AWS_PROFILE=", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=", "AWS_CONTAINER_CREDENTIALS_FULL_URI=", "AWS_WEB_IDENTITY_TOKEN_FILE=",
	}
	for _, c := range []struct {
		name string
		set  []string
		args string
		code int
		why  string
	}{
		{"success", nil, "infra:deploy local", 0, ""},
		{"nothing to change", nil, "infra:deploy local", 0, ""},
		{"preflight", []string{"SPLITECS_IMAGE=absent"}, "service:deploy local", 4, "absent is not in repository"},
		{"stack", []string{"SPLITECS_LOCAL_SCENARIO=fault:cloudformation:*:denied"}, "infra:diff local", 3, "is not authorized"},
		{"time is up", []string{"SPLITECS_TIMEOUT=1ms"}, "infra:deploy local", 9, "SPLITECS_TIMEOUT=1ms"},
		{"unknown environment", nil, "infra:deploy prodd", 2, `unknown environment "prodd"`},
		{"unknown target", nil, "infra:deply local", 2, `there is no target "infra:deply"`},
		{"a flag", nil, "infra:deploy local --dry-run", 2, "takes no flag"},
		{"no argument", nil, "infra:deploy", 2, "<env> is missing"},
		{"a variable", []string{"SPLITECS_TIMEOUT=soon"}, "infra:deploy local", 2, `SPLITECS_TIMEOUT="soon"`},
		{"no credentials", withoutCredentials, "infra:status dev", 3, "no credentials found"},
		{"no profile", append(withoutCredentials[:len(withoutCredentials):len(withoutCredentials)], "AWS_PROFILE=absent"), "infra:status dev", 3, `there is no profile "absent"`},
	} {
		commands := [][]string{{program}}
		if c.name == "preflight" || c.name == "unknown target" { // both are one program, and Mage is slow to find that out
			commands = append(commands, []string{"go", "tool", "mage"})
		}
		for _, command := range commands {
			set := append([]string{"SPLITECS_OUTPUT=json"}, c.set...)
			out, errs, code := u.run(set, command[0], append(command[1:], strings.Fields(c.args)...)...)
			if code != c.code {
				t.Errorf("%s: exit code %d, want %d\n%s%s", c.name, code, c.code, out, errs)
			}
			var last struct {
				Kind    string `json:"kind"`
				Failure struct {
					Code int      `json:"code"`
					Why  string   `json:"why"`
					Next []string `json:"next"`
				} `json:"failure"`
			}
			for text := range strings.Lines(errs) {
				if err := json.Unmarshal([]byte(text), &last); err != nil {
					t.Errorf("%s: %v: %s", c.name, err, text)
				}
			}
			if f := last.Failure; code != 0 && (last.Kind != "failure" || f.Code != code || len(f.Next) == 0 || !strings.Contains(f.Why, c.why)) {
				t.Errorf("%s: the last object is not the failure with code %d and %q:\n%s", c.name, code, c.why, errs)
			}
		}
	}
	out, errs, code := u.run(withoutCredentials, program, "infra:status", "dev")
	want := "Error: infra:status dev\n  why:  no credentials found\n  next: set AWS_PROFILE, or sign in with `aws sso login`, then run the same command again\n"
	if code != 3 || out != "" || errs != want {
		t.Errorf("exit code %d\n%s", code, cmp.Diff(want, errs))
	}
}

// A target of the magefile's own that calls one of the library's still handles its error, in every form of output.
func TestOwnTargetsHandleFailures(t *testing.T) {
	t.Parallel()
	u := newConsumer(t, map[string]string{"magefiles/magefile.go": `//go:build mage

package main

import (
	"context"
	"fmt"

	"github.com/bellyfed/splitecs"
)

func init() {
	splitecs.Use(splitecs.App{Name: "shop", Region: "eu-central-1", DefaultEnvironment: "dev", Environments: map[string]splitecs.Environment{"dev": {CPU: 256, Memory: 512}}})
}

// Try tries.
func Try(ctx context.Context) error {
	err := splitecs.Service{}.Status(ctx, "local")
	fmt.Printf("handled: %+v\n", err)
	return err
}
`})
	for _, set := range [][]string{nil, {"SPLITECS_OUTPUT=json"}} {
		u.state = filepath.Join(t.TempDir(), "state")
		out, errs, code := u.run(set, "go", "tool", "mage", "try")
		if code != 4 || !strings.Contains(out, "handled: service:status local\n  why:  ") || strings.Contains(errs, "Error: ") != (set == nil) {
			t.Errorf("%q: exit code %d\nstdout:\n%s\nstderr:\n%s", set, code, out, errs)
		}
		if _, err := os.Stat(u.state); err != nil {
			t.Error(err)
		}
	}
}
