//go:build mage

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/bellyfed/splitecs/magefiles/internal/pins"
)

// Vulnerabilities looks for known ones in what the code calls, modules and Go itself.
//
// The database is a Go module, so nothing is needed but the module proxy, and one commit gets one answer. Go is that of
// the toolchain line, which CI and the pipeline use, whatever runs here.
func Vulnerabilities(ctx context.Context) error {
	gomod, err := os.ReadFile("go.mod")
	if err != nil {
		return err
	}
	toolchain := pins.Toolchain(string(gomod))
	if toolchain == "" {
		return errors.New("look for vulnerabilities: go.mod has no toolchain line")
	}
	module, err := download(ctx, vulndb)
	if err != nil {
		return fmt.Errorf("look for vulnerabilities: %w", err)
	}
	// govulncheck reads a folder of reports as well as a database with an index.
	database := "file://" + filepath.ToSlash(filepath.Join(module, "data", "osv"))
	// Compiled by the Go that runs here, which has most of it in its cache; the code that it reads is the other one's.
	return run(ctx, "", "go", "run", "-exec", "env GOTOOLCHAIN="+toolchain, govulncheck, "-db", database, "-tags", "mage", "./...")
}

// download fetches a module, checked against the checksum database, and returns its folder.
func download(ctx context.Context, module string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "mod", "download", "-json", module)
	out, err := cmd.Output()
	var answer struct{ Dir, Error string }
	if jerr := json.Unmarshal(out, &answer); jerr == nil && answer.Error != "" {
		return "", fmt.Errorf("download %s: %s", module, answer.Error)
	}
	if err != nil {
		return "", fmt.Errorf("download %s: %w", module, err)
	}
	return answer.Dir, nil
}
