package awslocal_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/smithy-go"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
)

// makeCluster is what is tested here: it makes a cluster and waits a minute when it is throttled.
func makeCluster(ctx context.Context, client *ecs.Client, name string, pause func(context.Context, time.Duration) error) error {
	for {
		_, err := client.CreateCluster(ctx, &ecs.CreateClusterInput{ClusterName: aws.String(name)})
		refused, ok := errors.AsType[smithy.APIError](err)
		if !ok || refused.ErrorCode() != "ThrottlingException" {
			return err
		}
		if err := pause(ctx, time.Minute); err != nil {
			return err
		}
	}
}

// testMakeCluster is called TestMakeCluster in a test file.
func testMakeCluster(t *testing.T) {
	server := awslocal.Start(t, awslocal.Fault{Operation: "ecs:CreateCluster", Call: 1, Kind: awslocal.Throttle})
	began := server.Now()
	if err := makeCluster(t.Context(), ecs.NewFromConfig(server.Config()), "shop", server.Pause); err != nil {
		t.Fatal(err)
	}
	if waited := server.Now().Sub(began); waited != time.Minute { // in no time at all
		t.Errorf("it waited for %s", waited)
	}
	if got := server.Calls(); !slices.Equal(got, []string{"ecs:CreateCluster", "ecs:CreateCluster"}) {
		t.Errorf("it called %v", got)
	}
}

func ExampleStart() {
	var t *testing.T // go test has it
	testMakeCluster(t)
}
