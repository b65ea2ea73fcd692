//go:build mage

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/bellyfed/splitecs/magefiles/internal/pins"
)

// Outdated tells which modules, tools, actions and judges have newer versions.
//
// It changes nothing, and asks the Go module proxy, PyPI and GitHub. What could not be asked is an error, once all the rest is told. An action whose
// commit is not the one that its version names is an error, too.
func Outdated(ctx context.Context) error {
	gomod, err := os.ReadFile("go.mod")
	if err != nil {
		return err
	}
	o := outdated{ctx: ctx}
	o.toolchain(pins.Toolchain(string(gomod)))
	o.dependencies()
	var texts []string
	for _, pattern := range []string{".ci/run", ".github/workflows/*.yml", "magefiles/commands.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			return err
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			texts = append(texts, string(text))
		}
	}
	for _, pin := range pins.All(texts...) {
		switch pin.Kind {
		case pins.Action:
			o.action(pin)
		case pins.Python:
			o.python(pin)
		case pins.Module:
			o.module(pin)
		}
	}
	fmt.Printf("%d looked at, %d behind, %d not answered\n", o.asked, o.behind, len(o.errs))
	return errors.Join(o.errs...)
}

type outdated struct {
	ctx           context.Context
	asked, behind int
	errs          []error
}

// tell writes a line where a newer version is there.
func (o *outdated) tell(what, version, newest string) {
	if pins.Behind(version, newest) {
		o.behind++
		fmt.Printf("%s %s: %s is there\n", what, version, newest)
	}
}

// answer is what a command says; its failure is kept.
func (o *outdated) answer(what, name string, args ...string) (string, bool) {
	o.asked++
	cmd := exec.CommandContext(o.ctx, name, args...)
	cmd.Env = append(os.Environ(), "GIT_TERMINAL_PROMPT=0") // a repository that is not there is no question of a password
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		o.errs = append(o.errs, fmt.Errorf("ask for %s: %w: %s", what, err, strings.TrimSpace(said.String())))
		return "", false
	}
	return string(out), true
}

func (o *outdated) toolchain(version string) {
	listed, ok := o.answer("versions of Go", "go", "list", "-m", "-versions", "go")
	if !ok {
		return
	}
	minor := strings.Join(strings.SplitN(version, ".", 3)[:2], ".")
	versions := strings.Fields(listed)
	o.tell("toolchain", version, pins.Newest(versions, minor))
	if newest := pins.Newest(versions, ""); pins.Behind(minor, newest) {
		fmt.Printf("Go %s is the latest of all\n", newest)
	}
}

// dependencies are those that go.mod names itself; the others follow from these.
func (o *outdated) dependencies() {
	listed, ok := o.answer("modules", "go", "list", "-m", "-u", "-f", "{{if not (or .Main .Indirect)}}{{.Path}} {{.Version}} {{with .Update}}{{.Version}}{{end}}{{end}}", "all")
	if !ok {
		return
	}
	for line := range strings.Lines(listed) {
		if words := strings.Fields(line); len(words) > 0 {
			o.asked++
			if len(words) == 3 {
				o.tell(words[0], words[1], words[2])
			}
		}
	}
	o.asked-- // the question itself
}

func (o *outdated) module(pin pins.Pin) {
	if newest, ok := o.answer(pin.Name, "go", "list", "-m", "-f", "{{.Version}}", pin.Name+"@latest"); ok {
		o.tell(pin.Name, pin.Version, strings.TrimSpace(newest))
	}
}

// latest is how pip begins: "cfn-lint (1.58.0)".
var latest = regexp.MustCompile(`^\S+ \((\S+)\)`)

func (o *outdated) python(pin pins.Pin) {
	said, ok := o.answer(pin.Name, "python3", "-m", "pip", "index", "versions", "--disable-pip-version-check", pin.Name)
	if !ok {
		return
	}
	m := latest.FindStringSubmatch(said)
	if m == nil {
		o.errs = append(o.errs, fmt.Errorf("ask for %s: pip answers %q", pin.Name, said))
		return
	}
	o.tell(pin.Name, pin.Version, m[1])
}

func (o *outdated) action(pin pins.Pin) {
	listed, ok := o.answer(pin.Name, "git", "ls-remote", "--tags", "https://github.com/"+pin.Name)
	if !ok {
		return
	}
	commit, tags := pins.Tag(listed, pin.Version)
	if commit != pin.Commit {
		o.errs = append(o.errs, fmt.Errorf("%s is pinned to %s, and its %s is %s", pin.Name, pin.Commit, pin.Version, commit))
	}
	o.tell(pin.Name, pin.Version, pins.Newest(tags, ""))
}
