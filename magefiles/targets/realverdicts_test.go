//go:build linux

package targets_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/internal/spread"
)

// realVerdicts are failures that real programs cause, by the signature that is to be recognised: what the program of
// awslocal's testdata does in the second revision, in place of serving.
var realVerdicts = map[string]struct {
	does    string         // BEHAVIOUR of the second revision
	app     func(*cfn.App) // what both revisions have
	release func(*cfn.App) // what the second revision changes beside its behaviour
	code    string         // with which it ends, where the scenario has another one
}{
	"program-denied":  {release: func(a *cfn.App) { withCommand("server")(a); withVariable("PATH", "/app/denied")(a) }}, // by its variables: what the image says by itself is found before
	"program-missing": {release: func(a *cfn.App) { withCommand("server")(a); withVariable("PATH", "/bin")(a) }},        // by its variables: what the image lacks is found before
	"user-missing":    {release: func(a *cfn.App) { a.Container.User = "node" }},

	"health-redirect":     {does: "status 307 , serve :3000"},
	"health-denied":       {does: "status 401 , serve :3000"},
	"health-not-found":    {does: "status 404 , serve :3000"},
	"health-error":        {does: "status 500 , serve :3000"},
	"health-code":         {does: "status 204 , serve :3000"},
	"health-timeout":      {does: "silent , serve :3000"},
	"loopback":            {does: "serve 127.0.0.1:3000"},
	"wrong-port":          {does: "serve :8080"},
	"slow-start":          {does: "say listening on port 3000 , wait 1h , serve :3000"},
	"no-answer":           {does: "sleep"},
	"container-unhealthy": {does: "serve :3000", release: func(a *cfn.App) { a.Container.HealthCheckCommand = []string{"CMD", "/app/server", "get", "4000"} }},

	"architecture":       {release: withCommand("/app/foreign")},
	"out-of-memory":      {does: "eat 700"},
	"heap-exhausted":     {does: "complain FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory , exit 134", code: "exit code 134"}, // SIGABRT, as Node.js ends itself
	"variable-removed":   {does: "need DATABASE_URL", app: withVariable("DATABASE_URL", "postgres://db/shop"), release: withVariable("DATABASE_URL", "")},
	"variable-missing":   {does: "need STRIPE_KEY"},
	"port-in-use":        {does: "hold :3000 , serve :3000"},
	"not-writable":       {does: "make /app/db", app: func(a *cfn.App) { a.Container.WritableRootFilesystem, a.Container.User = true, "1001" }},
	"read-only":          {does: "make /app/db", app: func(a *cfn.App) { a.Container.WritableRootFilesystem = true }, release: func(a *cfn.App) { a.Container.WritableRootFilesystem = false }},
	"module-missing":     {does: "complain node:internal/modules/cjs/loader:1228|Error: Cannot find module 'next' , exit 1"},
	"name-unresolved":    {does: "dial db.invalid:5432"},
	"login-refused":      {does: `complain error: password authentication failed for user "shop" , exit 1`},
	"certificate":        {does: "complain Error: self-signed certificate in certificate chain , exit 1"},
	"connection-refused": {does: "dial 127.0.0.1:5432"},
	"connection-timeout": {does: "complain Error: connect ETIMEDOUT 10.0.3.17:5432 , exit 1"},
	"file-denied":        {does: "open /app/server.txt", app: func(a *cfn.App) { a.Container.WritableRootFilesystem, a.Container.User = true, "1001" }},
	"file-missing":       {does: "open /app/config.json"},
	"command-missing":    {does: "exit 127"},
	"command-denied":     {does: "exit 126"},
	"killed":             {does: "signal 9"},
	"crashed":            {does: "exit 139"},
	"ended":              {does: "exit 0"},
	"exited-at-start":    {does: "exit 3"},
	"exited":             {does: "later 11s 3 , status 500 , serve :3000", app: func(a *cfn.App) { a.Container.StartPeriod = 20 * time.Second }},
}

// notByPrograms are the failures that no program causes, with what does.
var notByPrograms = map[string]string{
	"image-not-found": registries, "image-platform": registries, "image-layers": registries, "disk-full": registries, "pull-limit": registries,
	"registry-unknown": registries, "registry-denied": registries, "registry-unreachable": registries,
	"role-assume": accounts, "secret-key": accounts, "secret-undecryptable": accounts, "secret-denied": accounts, "secret-valueless": accounts,
	"secret-missing": accounts, "secret-unreachable": accounts, "parameter-missing": accounts,
	"log-group-missing": accounts, "logs-denied": accounts, "logs-unreachable": accounts,
	"capacity": places, "quota": places, "size-limit": places, "addresses": places, "spot": places,
	"superseded": "another deployment",
}

const (
	registries = "a registry, or what is in it"
	accounts   = "what an account has beside the program: roles, secrets, log groups"
	places     = "AWS's capacity"
)

func TestEveryVerdictIsARealProgramsOrAnothers(t *testing.T) {
	for name := range verdicts {
		_, real := realVerdicts[name]
		_, not := notByPrograms[name]
		if real == not {
			t.Errorf("%s is of real programs: %v; of others: %v", name, real, not)
		}
	}
}

// withVariable gives the container a variable beside those that it has, or takes it away.
func withVariable(name, value string) func(*cfn.App) {
	return func(a *cfn.App) {
		all := map[string]string{}
		for k, v := range a.Container.Variables {
			all[k] = v
		}
		if all[name] = value; value == "" {
			delete(all, name)
		}
		a.Container.Variables = all
	}
}

// realProgram is the program of awslocal's testdata, built.
var realProgram = sync.OnceValues(func() ([]byte, error) {
	at := filepath.Join(prepared.dir, "program")
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", at, "../awslocal/testdata/program")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build the program of the tests: %w\n%s", err, out)
	}
	return os.ReadFile(at)
})

// realWorld is one whose programs are executed: an application that serves, in a repository.
func realWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.app.Image.Entrypoint, w.app.Image.Command = nil, []string{"/app/server"}
	w.app.Image.Env = map[string]string{"PATH": "/app"}
	w.app.Container.StartPeriod = time.Second
	w.app.Container.Variables = map[string]string{"BEHAVIOUR": "serve :3000"}
	program, err := realProgram()
	must(t, err)
	for name, content := range map[string]string{"server": string(program), "foreign": "\x7fELF\x02\x01\x01 of another machine"} {
		w.write("app/"+name, content)
		must(t, os.Chmod(filepath.Join(w.dir, "app", name), 0o755))
	}
	w.write("app/denied/server", "a text")
	w.infra()
	w.push("v1")
	return w
}

// executes is a machine with the same embedded AWS as far as it has come, which executes programs from now on, until the test
// ends.
func (w *world) executes(t *testing.T) *world {
	t.Helper()
	c := newWorld(t)
	c.app, c.env["SPLITECS_LOCAL_PROGRAMS"] = w.app, "on"
	must(t, os.CopyFS(c.env["SPLITECS_LOCAL_DIR"], os.DirFS(w.env["SPLITECS_LOCAL_DIR"])))
	t.Cleanup(func() {
		c.run(localReset)
		c.want(0)
	})
	return c
}

// TestRealVerdicts deploys with real programs what TestVerdicts rehearses, and compares what the verdicts say: the signature, its sentence and the exit code.
func TestRealVerdicts(t *testing.T) {
	t.Parallel()
	base := realWorld(t)
	for name, v := range spread.Table(t, 5, realVerdicts) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := base.executes(t)
			if v.app != nil {
				v.app(&w.app)
			}
			w.run(serviceDeploy, "SPLITECS_IMAGE=v1")
			w.want(0)
			if v.does != "" {
				withVariable("BEHAVIOUR", v.does)(&w.app)
			}
			if v.release != nil {
				v.release(&w.app)
			}
			w.run(serviceDeploy, "SPLITECS_IMAGE=v1")
			w.want(7)
			rehearsed, err := os.ReadFile(filepath.Join("testdata", "verdicts", name+".txt"))
			must(t, err)
			want := verdictOf(string(rehearsed))
			if v.code != "" {
				want.code = v.code
			}
			if got := verdictOf(w.err.String()); got != want || got.id != name {
				t.Errorf("the verdict is %+v, rehearsed it was %+v\n%s", got, want, failure(w.err.String()))
			}
		})
	}
}

// said is what a verdict says of any program: after it come the program's own words.
type said struct{ id, sentence, code string }

var (
	verdictForm = regexp.MustCompile(`(?m)^  why:  ([a-z-]+): (.*)$`)
	codeForm    = regexp.MustCompile(`exit code \d+`)
)

// verdictOf reads the text of a failure.
func verdictOf(text string) (v said) {
	if found := verdictForm.FindStringSubmatch(text); found != nil {
		v.id, v.code = found[1], codeForm.FindString(found[2])
		v.sentence, _, _ = strings.Cut(found[2], ": ")
	}
	return v
}
