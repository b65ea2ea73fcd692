//go:build linux && (amd64 || arm64)

package boot_test

import (
	"errors"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sandbox/boot"
)

func TestStandardLibraryAlone(t *testing.T) {
	list := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}", ".")
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Fields(string(out)); len(got) != 1 || !strings.HasSuffix(got[0], "/sandbox/boot") {
		t.Errorf("it needs %v", got)
	}
}

// initialised is a line of GODEBUG=inittrace=1, which a package writes that has been initialised.
var initialised = regexp.MustCompile(`(?m)^init (\S+) @.* (\d+) bytes, \d+ allocs$`)

// A process of a task costs the initialisation of little beside this package, in an executable that has all of the library: nothing that
// parses, no schemas, no table that somebody would feel. The order is a property of the toolchain and of import paths.
func TestBeforeTheRest(t *testing.T) {
	program := filepath.Join(t.TempDir(), "everything")
	build := exec.Command("go", "build", "-ldflags=-s -w", "-o", program, "./testdata/everything")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	trace := func(argv0 string) (packages []string, bytes int) {
		cmd := exec.Command(program)
		cmd.Args[0] = argv0
		cmd.Env = []string{"GODEBUG=inittrace=1"}
		out, err := cmd.CombinedOutput()
		if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		for _, m := range initialised.FindAllStringSubmatch(string(out), -1) {
			n, _ := strconv.Atoi(m[2])
			packages, bytes = append(packages, m[1]), bytes+n
		}
		return packages, bytes
	}
	all, allBytes := trace(program)
	for _, kind := range []string{boot.Shim, boot.Entry} { // each ends at once: nothing was passed to it
		some, bytes := trace(kind)
		if len(some) > 80 || bytes > 200_000 || len(some)*2 > len(all) || bytes*10 > allBytes {
			t.Errorf("%s initialises %d of %d packages, with %d of %d bytes: %s", kind, len(some), len(all), bytes, allBytes, strings.Join(some, " "))
		}
		for _, name := range some {
			if strings.Contains(name, "schemas") || strings.Contains(name, "splitecs/cfn") || strings.Contains(name, "goformation") {
				t.Errorf("%s initialises %s", kind, name)
			}
		}
	}
	t.Logf("%d packages, %d bytes", len(all), allBytes)
}
