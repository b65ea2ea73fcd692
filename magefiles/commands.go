//go:build mage

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// Linters are run at these versions; they are no dependencies of the library. actionlint checks the workflows, and
// their scripts where shellcheck is there. vulndb is the database of govulncheck.
const (
	staticcheck = "honnef.co/go/tools/cmd/staticcheck@v0.8.2"
	actionlint  = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12"
	govulncheck = "golang.org/x/vuln/cmd/govulncheck@v1.9.0"
	vulndb      = "golang.org/x/vulndb@v0.0.0-20261105234957-e22db6528018"
)

// run runs a command with its output on ours; env is a variable more, NAME=value, or empty.
func run(ctx context.Context, env, name string, args ...string) error {
	fmt.Fprintln(os.Stderr, strings.TrimSpace(env+" "+name), strings.Join(args, " "))
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = os.Environ()
	if env != "" {
		cmd.Env = append(cmd.Env, env)
	}
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return cmd.Run()
}
