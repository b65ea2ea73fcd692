package awslocal_test

import (
	"context"
	"io"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/targets"
)

// testRelease deploys an application as its users do, and asks it. It is called TestRelease in a test file.
func testRelease(t *testing.T) {
	aws := awslocal.Start(t, awslocal.RealPrograms) // skips the test, with the reason, where no program can be executed
	variables := map[string]string{
		"AWS_ENDPOINT_URL": aws.URL(), "AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any", "SPLITECS_CACHE": t.TempDir(),
		"SPLITECS_ENV": "dev", "SPLITECS_IMAGE": "v1", "SPLITECS_TAG": "v1",
		"SPLITECS_SOURCE": "./hello", // a Go program, the folder of a Next.js build, an archive …
	}
	for name, value := range variables {
		t.Setenv(name, value)
	}
	shop := targets.Set{App: cfn.App{
		Name: "shop", Region: awslocal.DefaultRegion, DefaultEnvironment: "dev",
		Container:    cfn.Container{HealthCheckPath: "/health", StartPeriod: 10 * time.Second},
		Environments: map[string]cfn.Environment{"dev": {CPU: 256, Memory: 512, MinTasks: 2, MaxTasks: 4}},
	}, Getenv: os.Getenv, Out: io.Discard, Err: t.Output()}
	release := func() {
		t.Helper()
		if err := shop.ServiceDeploy(t.Context(), "dev"); err != nil { // what failed, why, and the last lines of the program
			t.Fatal(err)
		}
		r, err := http.Get(aws.Addresses()[0].URL + "/health")
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Body.Close(); err != nil || r.StatusCode != http.StatusOK {
			t.Errorf("/health is answered by %s, %v", r.Status, err)
		}
	}
	for _, first := range []func(context.Context) error{
		func(ctx context.Context) error { return shop.InfraDeploy(ctx, "dev") }, shop.ImagePush,
	} {
		if err := first(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	release()
	shop.App.Container.Variables = map[string]string{"GREETING": "hello"}
	release() // replaces both tasks
}

func ExampleStart_realPrograms() {
	var t *testing.T // go test has it
	testRelease(t)
}
