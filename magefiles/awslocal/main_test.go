package awslocal_test

import (
	"context"
	"flag"
	"os"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sts"
	"go.uber.org/goleak"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
)

// beside is how many tests run at once: those of programs wait most of the time, not for a processor.
const beside = "12"

func TestMain(m *testing.M) {
	flag.Parse()
	set := false
	flag.Visit(func(f *flag.Flag) { set = set || f.Name == "test.parallel" })
	if !set {
		if err := flag.Set("test.parallel", beside); err != nil {
			panic(err)
		}
	}
	// Who has started a machine waits for its end in the background; that its process ends is for the tests of it.
	machines := goleak.IgnoreAnyFunction("github.com/bellyfed/splitecs/magefiles/awslocal.MachineOptions.launch.func1")
	goleak.VerifyTestMain(m, machines, goleak.Cleanup(func(code int) {
		removePrograms()
		os.Exit(code)
	}))
}

// removePrograms is called when all tests have ended.
var removePrograms = func() {}

// descriptors that this process has open; -1 where the system does not say.
func descriptors() int {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return -1
	}
	return len(entries)
}

func TestServersLeaveNothingBehind(t *testing.T) {
	dir := t.TempDir()
	once := func() {
		t.Helper()
		server, err := awslocal.Open(awslocal.Options{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := sts.NewFromConfig(server.Config()).GetCallerIdentity(context.Background(), &sts.GetCallerIdentityInput{}); err != nil {
			t.Error(err)
		}
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	}
	once() // what the process opens for good, such as the poller
	goroutines := goleak.IgnoreCurrent()
	files := descriptors()
	for range 100 {
		once()
	}
	goleak.VerifyNone(t, goroutines)
	if now := descriptors(); now > files {
		t.Errorf("%d descriptors are open, %d were before 100 servers", now, files)
	}
}
