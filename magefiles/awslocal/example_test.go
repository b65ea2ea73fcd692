package awslocal_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
)

func TestTheExampleHolds(t *testing.T) { testMakeCluster(t) }

func TestTheExampleOfRealProgramsHolds(t *testing.T) { testRelease(t) }

func ExampleOpen() {
	dir, err := os.MkdirTemp("", "awslocal")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	server, err := awslocal.Open(awslocal.Options{Dir: dir})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer server.Close()
	me, err := sts.NewFromConfig(server.Config()).GetCallerIdentity(context.Background(), &sts.GetCallerIdentityInput{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(aws.ToString(me.Account))
	// Output: 000000000000
}

func ExampleParseFault() {
	fault, err := awslocal.ParseFault("fault:ecs:UpdateService:throttle:2")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(fault.Operation, fault.Kind, "of call", fault.Call)
	_, err = awslocal.ParseFault("fault:ecs:UpdateServce:throttle")
	fmt.Println(err)
	// Output:
	// ecs:UpdateService throttle of call 2
	// fault "fault:ecs:UpdateServce:throttle": the embedded AWS does not serve ecs:UpdateServce
}
