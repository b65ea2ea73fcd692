package logs_test

import (
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/google/go-cmp/cmp"
)

const appARN = "arn:aws:logs:ap-southeast-1:000000000000:log-group:/app"

func (r *region) tail(in *cloudwatchlogs.StartLiveTailInput) *cloudwatchlogs.StartLiveTailEventStream {
	r.t.Helper()
	in.LogGroupIdentifiers = []string{appARN}
	out, err := r.newClient().StartLiveTail(ctx, in) // the streams of one client share a buffer (smithy-go v1.28.8)
	if err != nil {
		r.t.Fatal(err)
	}
	stream := out.GetStream()
	r.t.Cleanup(func() { stream.Close() })
	start, ok := (<-stream.Events()).(*types.StartLiveTailResponseStreamMemberSessionStart)
	if !ok || len(start.Value.LogGroupIdentifiers) != 1 || *start.Value.SessionId == "" {
		r.t.Fatalf("the stream does not begin with a sessionStart: %v", stream.Err())
	}
	return stream
}

// lines are the first n of a stream.
func lines(t *testing.T, stream *cloudwatchlogs.StartLiveTailEventStream, n int) (out []string) {
	t.Helper()
	for len(out) < n {
		e, ok := <-stream.Events()
		if !ok {
			t.Fatalf("the stream ended: %v", stream.Err())
		}
		for _, line := range e.(*types.StartLiveTailResponseStreamMemberSessionUpdate).Value.SessionResults {
			out = append(out, *line.LogStreamName+" "+*line.Message)
		}
	}
	return out
}

func TestLiveTail(t *testing.T) {
	r := newRegion(t)
	r.write("/app", "web/1", "before")
	all := r.tail(&cloudwatchlogs.StartLiveTailInput{})
	some := r.tail(&cloudwatchlogs.StartLiveTailInput{LogStreamNamePrefixes: []string{"web/"}, LogEventFilterPattern: aws.String("ERROR")})
	r.write("/app", "web/1", "hello", "ERROR one")
	r.write("/app", "job/1", "ERROR two")
	if diff := cmp.Diff([]string{"web/1 hello", "web/1 ERROR one", "job/1 ERROR two"}, lines(t, all, 3)); diff != "" {
		t.Error(diff)
	}
	r.write("/app", "web/2", "ERROR three")
	if diff := cmp.Diff([]string{"web/1 ERROR one", "web/2 ERROR three"}, lines(t, some, 2)); diff != "" {
		t.Error(diff)
	}
	r.clock.Advance(3 * time.Hour)
	for range all.Events() { // until it ends
	}
	var timeout *types.SessionTimeoutException
	if err := all.Err(); !errors.As(err, &timeout) {
		t.Errorf("the session ended with %v", err)
	}
}

func TestALiveTailThatIsRefused(t *testing.T) {
	r := newRegion(t)
	r.write("/app", "web/1", "x")
	for _, c := range []struct {
		in   cloudwatchlogs.StartLiveTailInput
		code string
	}{
		{cloudwatchlogs.StartLiveTailInput{LogGroupIdentifiers: []string{"/app"}}, "InvalidParameterException"},
		{cloudwatchlogs.StartLiveTailInput{LogGroupIdentifiers: []string{appARN + ":*"}}, "InvalidParameterException"},
		{cloudwatchlogs.StartLiveTailInput{LogGroupIdentifiers: []string{appARN + "lication"}}, "ResourceNotFoundException"},
		{cloudwatchlogs.StartLiveTailInput{LogGroupIdentifiers: []string{appARN, appARN}, LogStreamNames: []string{"a"}}, "InvalidParameterException"},
		{cloudwatchlogs.StartLiveTailInput{LogGroupIdentifiers: []string{appARN}, LogStreamNames: []string{"a"}, LogStreamNamePrefixes: []string{"a"}}, "InvalidParameterException"},
		{cloudwatchlogs.StartLiveTailInput{LogGroupIdentifiers: []string{appARN}, LogEventFilterPattern: aws.String("{ $.a = 1 }")}, "InvalidParameterException"},
	} {
		_, err := r.client.StartLiveTail(ctx, &c.in)
		wantCode(t, err, c.code)
	}
}

func TestEventsThatAreTooOldOrTooNew(t *testing.T) {
	r := newRegion(t)
	r.write("/app", "s", "x")
	put := func(ages ...time.Duration) (*cloudwatchlogs.PutLogEventsOutput, error) {
		in := &cloudwatchlogs.PutLogEventsInput{LogGroupName: aws.String("/app"), LogStreamName: aws.String("s")}
		for _, age := range ages {
			in.LogEvents = append(in.LogEvents, types.InputLogEvent{Message: aws.String(age.String()), Timestamp: aws.Int64(r.clock.Now().Add(-age).UnixMilli())})
		}
		return r.client.PutLogEvents(ctx, in)
	}
	const day = 24 * time.Hour
	out, err := put(14*day+time.Hour, 14*day-time.Hour)
	if err != nil || *out.RejectedLogEventsInfo.TooOldLogEventEndIndex != 1 {
		t.Errorf("%+v %v", out, err)
	}
	if out, err = put(0, -time.Hour, -3*time.Hour); err != nil || *out.RejectedLogEventsInfo.TooNewLogEventStartIndex != 2 {
		t.Errorf("%+v %v", out, err)
	}
	if out, err = put(0); err != nil || out.RejectedLogEventsInfo != nil {
		t.Errorf("%+v %v", out, err)
	}
	for _, ages := range [][]time.Duration{{0, time.Hour}, {25 * time.Hour, 0}} {
		_, err = put(ages...)
		wantCode(t, err, "InvalidParameterException")
	}
	got, err := r.client.FilterLogEvents(ctx, &cloudwatchlogs.FilterLogEventsInput{LogGroupName: aws.String("/app")})
	if err != nil || len(got.Events) != 5 { // the first one, and four of the seven
		t.Errorf("%d events, %v", len(got.Events), err)
	}
}
