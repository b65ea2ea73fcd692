package targets_test

import (
	"flag"
	"os"
	"runtime/debug"
	"testing"
)

// beside is how many tests run at once: they wait for the embedded AWS most of the time, not for a processor.
const beside = "12"

// garbage is how much of it there may be, in percent of what is in use, before it is collected: hundreds of deployments
// leave much, and little of it is in use at any time.
const garbage = 400

func TestMain(m *testing.M) {
	flag.Parse()
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbage)
	}
	set := false
	flag.Visit(func(f *flag.Flag) { set = set || f.Name == "test.parallel" })
	if !set {
		if err := flag.Set("test.parallel", beside); err != nil {
			panic(err)
		}
	}
	var err error
	if prepared.dir, err = os.MkdirTemp("", "splitecs-targets"); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(prepared.dir)
	os.Exit(code)
}
