// Package acceptance_test meets splitecs as its users do: by the command line, in magefiles of their own, through the
// scripts, the workflows and the guides. What it knows of the house is its plan: the arrows, and the exported names. What
// one package does on its own is for the tests of that package.
//
// It knows what a user can see. It does not know how that comes about: what can be seen inside of the packages is tested
// there. Imported by nothing.
package acceptance_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// beside is how many tests run at once: they wait for the embedded AWS and for the linker, which uses one processor.
const beside = "4"

// scratch is for what tests share, such as compiled programs.
var scratch string

// TestMain has Mage keep what it compiles among the shared things, so that nothing is left of a run. Programs are linked
// without what a debugger needs: nobody debugs them, and it is half of the linker's work.
func TestMain(m *testing.M) {
	flag.Parse()
	set := false
	flag.Visit(func(f *flag.Flag) { set = set || f.Name == "test.parallel" })
	if !set {
		if err := flag.Set("test.parallel", beside); err != nil {
			panic(err)
		}
	}
	var err error
	if scratch, err = os.MkdirTemp("", "splitecs-acceptance"); err != nil {
		panic(err)
	}
	for name, value := range map[string]string{
		"MAGEFILE_CACHE": filepath.Join(scratch, "magefiles"),
		"GOFLAGS":        strings.TrimSpace(os.Getenv("GOFLAGS") + " -ldflags=-w"),
		"GOGC":           "400", // a tenth of what linking takes
		// Programs are executed where a test is about that.
		"SPLITECS_LOCAL_PROGRAMS": "off",
		"SPLITECS_LOCAL_ACCOUNT":  "000000000000", // as documents show it
	} {
		if err := os.Setenv(name, value); err != nil {
			panic(err)
		}
	}
	code := m.Run()
	_ = os.RemoveAll(scratch)
	os.Exit(code)
}
