package ledger_test

import (
	"context"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/awslocal/ledger"
)

// What a test has done in the embedded AWS is read when it is closed.
func ExampleRead() {
	dir, err := os.MkdirTemp("", "ledger")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	ctx := context.Background()
	server, err := awslocal.Open(awslocal.Options{Dir: dir, Speed: awslocal.MaxSpeed})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = ecr.NewFromConfig(server.Config()).CreateRepository(ctx, &ecr.CreateRepositoryInput{RepositoryName: aws.String("shop-dev")})
	if closed := server.Close(); err != nil || closed != nil {
		fmt.Println(err, closed)
		return
	}
	done, err := ledger.Read(ctx, dir)
	fmt.Println(done, err)
	// Output: [repository shop-dev: 0 images, 0 tags] <nil>
}
