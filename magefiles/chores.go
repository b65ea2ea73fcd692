//go:build mage

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/magefile/mage/mg"

	"github.com/bellyfed/splitecs/magefiles/internal/bigtree"
	"github.com/bellyfed/splitecs/magefiles/internal/gotest"
)

// Test runs every test and says at its end which independent judges were missing.
func Test(ctx context.Context) error { return test(ctx, targetsTests, acceptanceTests, "./...") }

// The packages whose tests take longest. They are named first, in which order go test takes them: at the end, none of them
// has the machine for itself and leaves half of it idle.
const (
	targetsTests    = "./magefiles/targets"
	acceptanceTests = "./magefiles/acceptance"
)

// Race runs the tests under the race detector. Not those of acceptance: they run compiled programs, into which it does
// not see. The longest suites are shortened: Test has them as they are.
func Race(ctx context.Context) error {
	list, err := exec.CommandContext(ctx, "go", "list", "./cfn/...", "./magefiles/...").Output()
	if err != nil {
		return fmt.Errorf("list the packages: %w", err)
	}
	packages := slices.DeleteFunc(strings.Fields(string(list)), func(p string) bool { return strings.HasSuffix(p, "/magefiles/acceptance") })
	if os.Getenv("GORACE") == "" { // else each of these programs sleeps for a second at its end
		if err := os.Setenv("GORACE", "atexit_sleep_ms=50"); err != nil {
			return err
		}
	}
	return test(ctx, append([]string{"-race", "-short", "-vet=off", targetsTests}, packages...)...) // Lint vets all of them
}

func test(ctx context.Context, args ...string) error {
	cmd := exec.CommandContext(ctx, "go", append([]string{"test", "-json", "-timeout", "20m"}, args...)...)
	cmd.Stderr = os.Stderr
	events, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	summary, err := gotest.Follow(events, os.Stdout)
	if err != nil {
		_, _ = io.Copy(io.Discard, events) // so that go test can end
	}
	err = errors.Join(err, cmd.Wait())
	fmt.Println(summary)
	if len(summary.Missing) > 0 && os.Getenv("CI") == "true" {
		err = errors.Join(err, errors.New("judges are missing, and CI=true: "+strings.Join(summary.Missing, ", ")))
	}
	return err
}

// Faults brings trouble to every call of deployments and every phase of tasks. Tests try some of it.
func Faults(ctx context.Context) error {
	if err := run(ctx, "", "go", "test", "-timeout", "10m", "-v", "-count=1", "-run", "^TestRealFaults$", "./magefiles/awslocal", "-faults.real"); err != nil {
		return err
	}
	return run(ctx, "", "go", "test", "-timeout", "120m", "-v", "-count=1", "-run", "TestTroubleAtAnyCall|TestSignalsAtAnyCall", "./magefiles/targets", "./magefiles/acceptance", "-full")
}

// Sequences tries 1,000 random sequences of operations, disturbed or not. Tests try some.
func Sequences(ctx context.Context) error {
	return run(ctx, "", "go", "test", "-timeout", "60m", "-count=1", "-run", "^TestSequences$", "./magefiles/targets", "-sequences=1000")
}

// Canaries looks for canaries in what is written, and tries texts for 20 minutes. A canary is a credential that is
// none; the texts are to be heard by GitHub's runner, or to move a screen's cursor. Tests try some.
func Canaries(ctx context.Context) error {
	err := run(ctx, "SPLITECS_CANARIES=full", "go", "test", "-timeout", "60m", "-count=1", "-v", "-run", "Canaries", "./magefiles/internal/console", "./magefiles/targets")
	for _, fuzz := range []string{"^FuzzTheRunnerHearsNothingFromOutside$", "^FuzzNothingFromOutsideMovesTheCursor$"} {
		if err == nil {
			err = run(ctx, "", "go", "test", "-run", "^$", "-fuzz", fuzz, "-fuzztime", "10m", "./magefiles/internal/console")
		}
	}
	return err
}

// Lint runs gofmt, go vet for every system, staticcheck, actionlint, govulncheck.
func Lint(ctx context.Context) error {
	mg.SerialCtxDeps(ctx, Format)
	// No file is for builds without the tag mage: with it, every file is read, in one go.
	vet := [][]string{
		{"", "vet", "-tags", "mage", "./..."},
		{"GOOS=darwin", "vet", "./..."},
		{"GOOS=windows", "vet", "./..."},
		{"", "run", staticcheck, "-tags", "mage", "./..."},
		{"", "run", actionlint},
	}
	for _, args := range vet {
		if err := run(ctx, args[0], "go", args[1:]...); err != nil {
			return err
		}
	}
	return Vulnerabilities(ctx)
}

// Format fails when gofmt would change a file.
func Format(ctx context.Context) error {
	out, err := exec.CommandContext(ctx, "gofmt", "-l", ".").Output()
	if err != nil {
		return err
	}
	if len(out) > 0 {
		return fmt.Errorf("gofmt would change:\n%s", out)
	}
	return nil
}

// Bench runs every benchmark with its allocations.
func Bench(ctx context.Context) error {
	return run(ctx, "", "go", "test", "-run", "^$", "-bench", ".", "-benchmem", "./...")
}

// NextJS builds a Next.js application, runs its image as on Fargate, asks questions.
func NextJS(ctx context.Context) error { return applications(ctx, "npm", "/^npm$") } // Test has those that are not built

// RealApps does so with every application of testdata, by their package managers.
func RealApps(ctx context.Context) error { return applications(ctx, "all", "") }

func applications(ctx context.Context, names, among string) error {
	return run(ctx, "", "go", "test", "-run", "^TestApplicationsRun$"+among, "-count=1", "-v", "-timeout=60m", "./magefiles/targets", "-realapps="+names)
}

// Tree writes the large application of docs/performance.md to dir.
func Tree(dir string) error { return bigtree.Full.Write(dir) }

// NodeService writes the Express service of docs/performance.md to dir.
func NodeService(dir string) error { return bigtree.FullService.Write(dir) }

// Kills kills local:up 200 times at random moments, then what executes programs. It completes the job after each few.
func Kills(ctx context.Context) error {
	return run(ctx, "", "go", "test", "-run", "^Test(Real)?Kills$", "-count=1", "-v", "-timeout=90m", "./magefiles/acceptance", "-kills=200", "-kills.real=200")
}
