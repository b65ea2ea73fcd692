package logs_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/awstest"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
)

func TestReadingAStream(t *testing.T) {
	r := newRegion(t)
	r.write("/app", "web/1", numbered(1, 7)...)
	in := &cloudwatchlogs.GetLogEventsInput{LogGroupName: aws.String("/app"), LogStreamName: aws.String("web/1"), Limit: aws.Int32(3)}
	get := func() *cloudwatchlogs.GetLogEventsOutput {
		t.Helper()
		out, err := r.client.GetLogEvents(ctx, in)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	last := get()
	if diff := cmp.Diff(numbered(5, 7), messages(last.Events)); diff != "" {
		t.Errorf("from the end: %s", diff)
	}
	in.NextToken = last.NextBackwardToken
	if diff := cmp.Diff(numbered(2, 4), messages(get().Events)); diff != "" {
		t.Errorf("backward: %s", diff)
	}
	in.NextToken = last.NextForwardToken
	if out := get(); len(out.Events) != 0 || *out.NextForwardToken != *last.NextForwardToken {
		t.Error("at the end the same token comes back")
	}
	r.write("/app", "web/1", "line 8")
	if diff := cmp.Diff(numbered(8, 8), messages(get().Events)); diff != "" {
		t.Errorf("what is new: %s", diff)
	}
	in.NextToken, in.StartFromHead = nil, aws.Bool(true)
	var all []string
	for p := cloudwatchlogs.NewGetLogEventsPaginator(r.client, in, func(o *cloudwatchlogs.GetLogEventsPaginatorOptions) { o.StopOnDuplicateToken = true }); p.HasMorePages(); {
		out, err := p.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, messages(out.Events)...)
	}
	if diff := cmp.Diff(numbered(1, 8), all); diff != "" {
		t.Errorf("from the head: %s", diff)
	}
	in.StartTime, in.EndTime = aws.Int64(awstest.Noon.Add(2*time.Second).UnixMilli()), aws.Int64(awstest.Noon.Add(4*time.Second).UnixMilli())
	if diff := cmp.Diff(numbered(3, 4), messages(get().Events)); diff != "" {
		t.Errorf("between times: %s", diff)
	}
}

func TestFilter(t *testing.T) {
	r := newRegion(t)
	r.write("/app", "web/1", "GET /health 200", "ERROR out of luck", "GET / 500")
	r.write("/app", "web/2", "ERROR out of memory", "POST /api 200")
	r.write("/app", "job/1", "ERROR elsewhere")
	for pattern, want := range map[string][]string{
		"":                 {"GET /health 200", "ERROR out of luck", "GET / 500", "ERROR out of memory", "POST /api 200"},
		"ERROR":            {"ERROR out of luck", "ERROR out of memory"},
		"ERROR memory":     {"ERROR out of memory"},
		`"out of" -memory`: {"ERROR out of luck"},
		"?GET ?POST":       {"GET /health 200", "GET / 500", "POST /api 200"},
	} {
		var got []string
		p := cloudwatchlogs.NewFilterLogEventsPaginator(r.client, &cloudwatchlogs.FilterLogEventsInput{LogGroupName: aws.String("/app"),
			LogStreamNamePrefix: aws.String("web/"), FilterPattern: &pattern, Limit: aws.Int32(2)})
		for p.HasMorePages() {
			out, err := p.NextPage(ctx)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range out.Events {
				got = append(got, *e.Message)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", pattern, diff)
		}
	}
	_, err := r.client.FilterLogEvents(ctx, &cloudwatchlogs.FilterLogEventsInput{LogGroupName: aws.String("/app"), FilterPattern: aws.String("{ $.a = 1 }")})
	wantError(t, err, "InvalidParameterException", "Invalid filter pattern: the embedded AWS takes patterns of terms only.")
}

func wantError(t *testing.T, err error, code, message string) {
	t.Helper()
	var e smithy.APIError
	if !errors.As(err, &e) || e.ErrorCode() != code || e.ErrorMessage() != message {
		t.Errorf("got %v, want %s: %s", err, code, message)
	}
}

func TestGroupsAndStreams(t *testing.T) {
	r := newRegion(t)
	group := aws.String("/app")
	if _, err := r.client.CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: group, Tags: map[string]string{"a": "b"}}); err != nil {
		t.Fatal(err)
	}
	_, err := r.client.CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: group})
	wantError(t, err, "ResourceAlreadyExistsException", "The specified log group already exists")
	if _, err := r.client.PutRetentionPolicy(ctx, &cloudwatchlogs.PutRetentionPolicyInput{LogGroupName: group, RetentionInDays: aws.Int32(7)}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"b", "a"} {
		if _, err := r.client.CreateLogStream(ctx, &cloudwatchlogs.CreateLogStreamInput{LogGroupName: group, LogStreamName: &name}); err != nil {
			t.Fatal(err)
		}
		if _, err := r.client.PutLogEvents(ctx, &cloudwatchlogs.PutLogEventsInput{LogGroupName: group, LogStreamName: &name,
			LogEvents: []types.InputLogEvent{{Timestamp: aws.Int64(r.clock.Now().UnixMilli()), Message: aws.String("x")}}}); err != nil {
			t.Fatal(err)
		}
		r.clock.Advance(time.Second)
	}
	streams, err := r.client.DescribeLogStreams(ctx, &cloudwatchlogs.DescribeLogStreamsInput{LogGroupName: group, OrderBy: types.OrderByLastEventTime, Descending: aws.Bool(true), Limit: aws.Int32(1)})
	if err != nil || *streams.LogStreams[0].LogStreamName != "a" || streams.NextToken == nil {
		t.Errorf("%+v %v", streams, err)
	}
	groups, err := r.client.DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: aws.String("/a")})
	if err != nil || len(groups.LogGroups) != 1 || *groups.LogGroups[0].RetentionInDays != 7 || *groups.LogGroups[0].Arn != "arn:aws:logs:ap-southeast-1:000000000000:log-group:/app:*" {
		t.Errorf("%+v %v", groups, err)
	}
	_, err = r.client.GetLogEvents(ctx, &cloudwatchlogs.GetLogEventsInput{LogGroupName: group, LogStreamName: aws.String("c")})
	wantError(t, err, "ResourceNotFoundException", "The specified log stream does not exist.")
	r.clock.Advance(8 * 24 * time.Hour) // longer than the retention
	r.write("/app", "c", "y")
	if streams, err = r.client.DescribeLogStreams(ctx, &cloudwatchlogs.DescribeLogStreamsInput{LogGroupName: group}); err != nil || len(streams.LogStreams) != 1 {
		t.Errorf("%+v %v", streams, err)
	}
	if _, err := r.client.DeleteLogGroup(ctx, &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: group}); err != nil {
		t.Fatal(err)
	}
	_, err = r.client.DescribeLogStreams(ctx, &cloudwatchlogs.DescribeLogStreamsInput{LogGroupName: group})
	wantError(t, err, "ResourceNotFoundException", "The specified log group does not exist.")
}

func TestLogGroupOfAStack(t *testing.T) {
	r := newRegion(t)
	v := r.svc.Types()[0]
	q := resource.Request{Stack: "Stack", LogicalID: "Logs", Properties: map[string]any{"LogGroupName": "/aws/ecs/dev", "RetentionInDays": 7}, Tags: map[string]string{"s": "t"}}
	if err := r.world.Do(ctx, func() (err error) { q.PhysicalID, err = v.Create(q); return err }); err != nil || q.PhysicalID != "/aws/ecs/dev" {
		t.Fatal(q.PhysicalID, err)
	}
	err := r.world.Do(ctx, func() error { _, err := v.Create(q); return err })
	if err == nil || !strings.HasSuffix(err.Error(), "already exists.") {
		t.Error(err)
	}
	q.Properties = map[string]any{"LogGroupName": "/aws/ecs/dev", "RetentionInDays": 8}
	if err := r.world.Do(ctx, func() error { return v.Update(q) }); err == nil {
		t.Error("8 days are no retention")
	}
	q.Properties["RetentionInDays"] = 30
	if err := r.world.Do(ctx, func() error { return v.Update(q) }); err != nil {
		t.Error(err)
	}
	if arn, err := v.Attribute(q.PhysicalID, "Arn"); err != nil || arn != "arn:aws:logs:ap-southeast-1:000000000000:log-group:/aws/ecs/dev:*" {
		t.Error(arn, err)
	}
	for range 2 {
		if err := r.world.Do(ctx, func() error { return v.Delete(q) }); err != nil {
			t.Error(err)
		}
	}
}

func wantCode(t *testing.T, err error, code string) {
	t.Helper()
	var e smithy.APIError
	if !errors.As(err, &e) || e.ErrorCode() != code {
		t.Errorf("got %v, want %s", err, code)
	}
}
