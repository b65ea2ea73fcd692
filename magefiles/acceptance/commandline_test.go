package acceptance_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// ownTargets is a magefile with targets of its own, of every kind of argument, beside those of the library. Each of them
// leaves a word in a file.
const ownTargets = `//go:build mage

package main

import (
	"fmt"
	"os"
	"time"

	//mage:import
	"github.com/bellyfed/splitecs"
	"github.com/magefile/mage/mg"
)

func init() {
	fmt.Fprintln(os.Stderr, "init of the magefile")
	splitecs.Use(splitecs.App{
		Name: "shop", Region: "eu-central-1", DefaultEnvironment: "dev",
		Environments: map[string]splitecs.Environment{"dev": {CPU: 256, Memory: 512}, "prod": {CPU: 256, Memory: 512}},
	})
}

var Aliases = map[string]interface{}{"b": Build, "d": DB.Seed, "look": splitecs.Service.Synth}

func did(args ...any) error {
	f, err := os.OpenFile(os.Getenv("DID"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err == nil {
		_, err = fmt.Fprintln(f, args...)
	}
	return err
}

// Build builds.
func Build() error { return did("build") }

// Take takes one of each kind.
func Take(name string, n int, f float64, yes bool, wait time.Duration) error {
	return did("take", name, n, f, yes, wait)
}

// Greet greets, with flags.
func Greet(name string, loud *bool, times *int) error {
	return did("greet", name, loud != nil && *loud, times != nil && *times == 3)
}

type DB mg.Namespace

// Seed seeds a table.
func (DB) Seed(table string) error { return did("seed", table) }
`

// line is a command line, and how it ends.
type line struct {
	args string
	code int
	says string // on stderr, or with code 0 anywhere
	did  string // by the magefile's own targets
}

var lines = []line{
	{"service:rollback local --help", 0, "service:rollback <env>", ""},
	{"service:rollback local -h", 0, "service:rollback <env>", ""},
	{"service:deploy --help", 0, "service:deploy <env>", ""},
	{"infra:deploy local service:restart local --help", 0, "service:restart <env>", ""},
	{"build --help", 0, "Build builds", ""},
	{"-h service:deploy", 0, "service:deploy <env>", ""},
	{"-l", 0, "service:deploy", ""},

	{"infra:deploy local --dry-run", 2, "infra:deploy takes no flag --dry-run", ""},
	{"infra:deploy local -x", 2, "infra:deploy takes no flag -x", ""},
	{"infra:deploy -x local", 2, "infra:deploy takes no flag -x", ""},
	{"build infra:deploy local --verbose", 2, "takes no flag --verbose", ""},
	{"build -x", 2, `"-x" is no target`, ""},

	{"deploy local", 2, "did you mean infra:deploy or service:deploy?", ""},
	{"infra:deply local", 2, "next: go tool mage infra:deploy local", ""},
	{"build infra:deply local", 2, "next: go tool mage build infra:deploy local", ""},
	{"rollback local", 2, "next: go tool mage service:rollback local", ""},
	{"build buidl", 2, "next: go tool mage build build", ""},
	{"sing", 2, `there is no target "sing"`, ""},
	{"infra:deploy local prod", 2, `"prod" is neither an argument of infra:deploy nor a target`, ""},
	{"service:rollback local 3", 2, "next: go tool mage service:rollbackTo local 3", ""},

	{"service:deploy", 2, "<env> is missing: service:deploy <env>; environments are dev, local, prod", ""},
	{"build service:rollbackTo local", 2, "<to> is missing: service:rollbackTo <env> <to>", ""},
	{"build take one 2", 2, "<f> is missing", ""},
	{"build service:scale local many", 2, `"many" is not a number: service:scale <env> <count>`, ""},
	{"build service:deploy dve", 2, "did you mean dev?\n  next: go tool mage build service:deploy dev", ""},
	{"build infra:deploy local/worker", 2, "worker", ""},
	{"service:run local node migrate.js", 2, `next: go tool mage service:run local "node migrate.js"`, ""},
	{"service:run local node --version", 2, `next: go tool mage service:run local "node --version"`, ""},

	{"build take a 1 1.5 true 3s db:seed -t", 0, "", "build\ntake a 1 1.5 true 3s\nseed -t\n"},
	{"greet ann -loud -times=3 build", 0, "", "greet ann true true\nbuild\n"},
	{"greet ann -lout build", 2, "-lout", ""},
	{"BUILD DB:Seed users", 0, "", "build\nseed users\n"},
	{"b d users look dev", 0, "AWS::ECS::Service", "build\nseed users\n"},
	{"infra:synth dev service:synth dev", 0, "AWS::ECS::Service", ""},
	{"-v build", 0, "Running target: Build", "build\n"},
	{"service:rollbackTo local -2", 4, "does not exist", ""},
}

// A command line is read to its end before anything runs, whatever stands in it.
func TestCommandLine(t *testing.T) {
	t.Parallel()
	u := newConsumer(t, map[string]string{"magefiles/magefile.go": ownTargets})
	program := u.compiles()
	for _, l := range lines {
		u.ends(t, l, program)
	}
	for _, l := range []line{lines[0], lines[7], lines[13], lines[26], {"b d users", 0, "", "build\nseed users\n"}} {
		u.ends(t, l, "go", "tool", "mage")
	}
}

// ends runs a command line and looks at its end. Where nothing was to run, nothing was done in the embedded AWS.
func (u user) ends(t *testing.T, l line, command ...string) {
	t.Helper()
	u.state = filepath.Join(t.TempDir(), "state")
	did := filepath.Join(t.TempDir(), "did")
	out, errs, code := u.run([]string{"DID=" + did}, command[0], append(command[1:], strings.Fields(l.args)...)...)
	where := errs
	if l.code == 0 {
		where += out
	}
	if code != l.code || !strings.Contains(where, l.says) {
		t.Errorf("%s: exit code %d, want %d with %q\nstdout:\n%s\nstderr:\n%s", l.args, code, l.code, l.says, out, errs)
	}
	have, err := os.ReadFile(did)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	if string(have) != l.did {
		t.Errorf("%s: the magefile's targets did %q, want %q", l.args, have, l.did)
	}
	if _, err := os.Stat(u.state); err == nil && l.code != 4 {
		t.Errorf("%s: the embedded AWS was started", l.args)
	}
	if l.code == 2 && (!strings.Contains(errs, "\n  why:  ") || !strings.Contains(errs, "\n  next: ")) {
		t.Errorf("%s: no why, or no next:\n%s", l.args, errs)
	}
	if strings.Count(errs, "init of the magefile") > 1 {
		t.Errorf("%s: what the magefile writes when it is asked is shown:\n%s", l.args, errs)
	}
}

// Targets that are imported under a prefix have the library's arguments; those that are not imported are not there.
func TestCommandLineOfOtherImports(t *testing.T) {
	t.Parallel()
	u := newConsumer(t, map[string]string{"magefiles/magefile.go": strings.NewReplacer(
		"//mage:import", "//mage:import ecs", `, "look": splitecs.Service.Synth`, "").Replace(ownTargets)})
	program := u.compiles()
	for _, l := range []line{
		{"build ecs:service:deploy dve", 2, "did you mean dev?", ""},
		{"ecs:service:rollback local --help", 0, "ecs:service:rollback <env>", ""},
		{"build service:deploy local", 2, "", ""},
		{"build ecs:infra:synth dev", 0, "AWS::EC2::VPC", "build\n"},
	} {
		u.ends(t, l, program)
	}
	u.write("magefiles/magefile.go", strings.NewReplacer("//mage:import", "//", `, "look": splitecs.Service.Synth`, "").Replace(ownTargets))
	program = u.compiles()
	for _, l := range []line{
		{"build service:deploy local", 2, "//mage:import stands before the import", ""},
		{"service:deploy local", 2, "//mage:import stands before the import", ""},
		{"build", 0, "", "build\n"},
	} {
		u.ends(t, l, program)
	}
}

// A program with a main of its own reads its own command line, also where it was built from a list of files.
func TestUseLeavesOtherProgramsAlone(t *testing.T) {
	t.Parallel()
	u := newConsumer(t, map[string]string{"tool/main.go": `package main

import (
	"fmt"
	"os"

	"github.com/bellyfed/splitecs"
)

func init() { splitecs.Use(splitecs.App{Name: "shop"}) }

func main() { fmt.Println("ran with", os.Args[1:]) }
`})
	for _, from := range []string{"tool/main.go", "./tool"} {
		program := filepath.Join(t.TempDir(), "tool.exe")
		build := exec.Command("go", "build", "-o", program, from)
		build.Dir, build.Env = u.dir, append(os.Environ(), u.set...)
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if out, errs, code := u.run(nil, program, "deploy", "--help"); code != 0 || out != "ran with [deploy --help]\n" || errs != "" {
			t.Errorf("%s: exit code %d\n%s\n%s", from, code, out, errs)
		}
	}
}

// What is read off the namespaces is what Mage reads off their source: every argument of every target.
func TestEveryTargetRefusesASurplusWord(t *testing.T) {
	t.Parallel()
	program := compiled(t)
	u := newUser(t)
	usage := regexp.MustCompile(`\n\t\S+ (\S+)((?: <\w+>)*)\n`)
	for _, target := range listed.FindAllStringSubmatch(read(t, listing), -1) {
		help, errs, code := u.run(nil, program, "-h", target[1])
		m := usage.FindStringSubmatch(help)
		if code != 0 || m == nil {
			t.Fatalf("%s: no usage\n%s%s", target[1], help, errs)
		}
		line := []string{target[1]}
		for _, a := range argument.FindAllStringSubmatch(m[2], -1) {
			line = append(line, map[string]string{"env": "local", "from": "dev", "count": "1", "file": "image.tar"}[a[1]])
			if line[len(line)-1] == "" {
				line[len(line)-1] = "qa"
			}
		}
		out, errs, code := u.run(nil, program, append(line, "--surplus")...)
		u.wants(2, out, errs, code, "--surplus")
		if len(line) > 1 {
			out, errs, code = u.run(nil, program, line[:len(line)-1]...)
			u.wants(2, out, errs, code, "> is missing: "+target[1])
		}
		if _, err := os.Stat(u.state); err == nil {
			t.Fatalf("%s ran", target[1])
		}
	}
}
