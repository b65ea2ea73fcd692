package logs_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/awstest"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/logs"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sim"
)

var ctx = context.Background()

type region struct {
	t      *testing.T
	world  *sim.World
	clock  *sim.Manual
	svc    *logs.Service
	record *awstest.Record
	client *cloudwatchlogs.Client
	url    string
}

func newRegion(t *testing.T) *region {
	t.Helper()
	r := &region{t: t}
	r.world, r.clock = awstest.World(t)
	r.svc = logs.New(r.world, awstest.Account)
	r.record = awstest.NewRecord(r.svc.Wire())
	r.url = awstest.Serve(t, r.world, r.record.Wire())
	r.client = r.newClient()
	return r
}

func (r *region) newClient() *cloudwatchlogs.Client {
	return cloudwatchlogs.NewFromConfig(awstest.Config(r.url), func(o *cloudwatchlogs.Options) {
		o.APIOptions = append(o.APIOptions, func(s *middleware.Stack) error { return s.Initialize.Add(oneHost{}, middleware.Before) })
	})
}

// oneHost keeps the host of StartLiveTail as it is: there is no stream-127.0.0.1.
type oneHost struct{}

func (oneHost) ID() string { return "OneHost" }

func (oneHost) HandleInitialize(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
	return next.HandleInitialize(smithyhttp.DisableEndpointHostPrefix(ctx, true), in)
}

// write lines, one a second.
func (r *region) write(group, stream string, lines ...string) {
	r.t.Helper()
	for _, line := range lines {
		awstest.Do(r.t, r.world, func() { r.svc.EnsureLogGroup(group); r.svc.WriteLog(group, stream, line) })
		r.clock.Advance(time.Second)
	}
}

func numbered(from, to int) (lines []string) {
	for n := from; n <= to; n++ {
		lines = append(lines, fmt.Sprintf("line %d", n))
	}
	return lines
}

func messages(events []types.OutputLogEvent) (lines []string) {
	for _, e := range events {
		lines = append(lines, *e.Message)
	}
	return lines
}
