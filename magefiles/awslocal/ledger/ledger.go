// Package ledger tells what was done in an embedded AWS, for tests that something was done once, whatever went wrong
// on the way. It reads AWS's own records and changes nothing.
//
// It knows the API, and does not know what was to be done. Imported by tests.
package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
)

// Read tells what was done in the embedded AWS whose state lies in dir, a line a thing, sorted:
//
//	stack shop-service: CREATE UPDATE                 operations that a user asked for, in order
//	change set splitecs-1f2e of shop-service: left    it could still be executed
//	family shop-service: 2 revisions                  active or not
//	service shop-service: 2 deployments
//	repository shop: 2 images, 2 tags
//
// A stack that was deleted has a line of its own, unless it never held a resource: all that was ever there was a
// change set that nobody executed.
func Read(ctx context.Context, dir string) (lines []string, err error) {
	server, err := awslocal.Open(awslocal.Options{Dir: dir, Speed: awslocal.MaxSpeed})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	for _, read := range []func(context.Context, aws.Config) ([]string, error){stacks, families, services, repositories} {
		some, err := read(ctx, server.Config())
		if err != nil {
			return nil, fmt.Errorf("read what was done in %s: %w", dir, err)
		}
		lines = append(lines, some...)
	}
	slices.Sort(lines)
	return lines, nil
}
