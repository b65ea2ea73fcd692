package targets_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What a user gives by mistake, or AWS repeats, is not written: not by the console, not in the error that Mage prints,
// not in the step summary.
func TestCredentialsAreNotWritten(t *testing.T) {
	t.Parallel()
	const token = "ghs_0123456789abcdefghijklmnopqrstuvwxyz"
	w := newWorld(t)
	w.env["AWS_SECRET_ACCESS_KEY"] = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	w.env["GITHUB_STEP_SUMMARY"] = filepath.Join(t.TempDir(), "summary.md")
	w.run(infraDeploy)
	w.want(0)
	for _, form := range forms {
		for name, c := range map[string]struct {
			set  string
			code int
		}{
			"before there is a console": {"SPLITECS_TIMEOUT=" + token, 2},
			"in a failure":              {"SPLITECS_IMAGE=" + token, 4},
			"a value of the process":    {"SPLITECS_IMAGE=" + w.env["AWS_SECRET_ACCESS_KEY"], 2},
		} {
			w.run(serviceDeploy, append(form, c.set)...)
			w.want(c.code, "***")
			summary, err := os.ReadFile(w.env["GITHUB_STEP_SUMMARY"])
			if err != nil {
				t.Fatal(err)
			}
			for _, secret := range []string{token, w.env["AWS_SECRET_ACCESS_KEY"]} {
				if all := w.out.String() + w.err.String() + string(summary); strings.Contains(all, secret) {
					t.Errorf("%s, %v: %s is in\n%s", name, form, secret, all)
				}
			}
		}
	}
}
