package acceptance_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// operator runs a magefile, with an application to deploy.
type operator struct {
	user
	command []string // go tool mage, or the compiled magefile
	app     string
	tmp     string // for what a killed process leaves
}

func newOperator(t *testing.T, program string) *operator {
	t.Helper()
	o := &operator{user: newUser(t), command: []string{program}, app: t.TempDir(), tmp: t.TempDir()}
	o.limit = time.Minute
	o.write("v1")
	return o
}

// write changes the application.
func (o *operator) write(content string) {
	o.t.Helper()
	if err := writeProgram(o.app, []byte(content)); err != nil {
		o.t.Fatal(err)
	}
}

// runs a target, at a speed at which a deployment looks as often as in AWS.
func (o *operator) runs(set []string, args ...string) (stdout, stderr string, code int) {
	o.t.Helper()
	set = append([]string{"SPLITECS_LOCAL_SPEED=2000", "SPLITECS_ENV=local", "SPLITECS_SOURCE=" + o.app, "TMPDIR=" + o.tmp}, set...)
	return o.run(set, o.command[0], append(slices.Clone(o.command[1:]), args...)...)
}

func (o *operator) must(set []string, args ...string) {
	o.t.Helper()
	if out, errs, code := o.runs(set, args...); code != 0 {
		o.t.Fatalf("%s: exit code %d\n%s%s", args, code, out, errs)
	}
}

// pushes images under these tags, having deployed the infra stack.
func (o *operator) pushes(tags ...string) {
	o.t.Helper()
	o.must(nil, "infra:deploy", "local")
	for _, tag := range tags {
		o.write(tag)
		o.must([]string{"SPLITECS_TAG=" + tag}, "image:push")
	}
}

// twin has a copy of the state, in a folder of its own.
func (o *operator) twin() *operator {
	o.t.Helper()
	twin := *o
	dir, err := os.MkdirTemp(o.tmp, "state")
	if err == nil {
		twin.state = filepath.Join(dir, "state")
		if _, absent := os.Stat(o.state); absent == nil {
			err = errors.Join(os.Mkdir(twin.state, 0o700), os.CopyFS(twin.state, os.DirFS(o.state)))
		}
	}
	if err != nil {
		o.t.Fatal(err)
	}
	return &twin
}
