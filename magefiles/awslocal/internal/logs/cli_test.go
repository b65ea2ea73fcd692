package logs_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/awstest"
)

func TestTheCLIDrivesEveryOperation(t *testing.T) {
	r := newRegion(t)
	t.Setenv("AWS_DISABLE_HOST_PREFIX_INJECTION", "true") // there is no stream-127.0.0.1
	cli := awstest.NewCLI(t, r.url)
	of := func(command string, more ...string) []string { return append([]string{"logs", command}, more...) }
	const missing = "ResourceNotFoundException"
	app, none := []string{"--log-group-name", "/app"}, []string{"--log-group-name", "/none"}
	stream := []string{"--log-group-name", "/app", "--log-stream-name", "web/1"}
	noStream := []string{"--log-group-name", "/app", "--log-stream-name", "web/2"}

	cli.Run(of("create-log-group", append(app, "--tags", "team=food")...)...)
	cli.Fail("ResourceAlreadyExistsException", of("create-log-group", app...)...)
	cli.Run(of("put-retention-policy", append(app, "--retention-in-days", "7")...)...)
	cli.Fail("InvalidParameterException", of("put-retention-policy", append(app, "--retention-in-days", "8")...)...)
	cli.Query(appARN+":*\t7\tSTANDARD", "logGroups[].[arn,retentionInDays,logGroupClass]", of("describe-log-groups", "--log-group-name-prefix", "/a")...)
	cli.Fail("InvalidParameterException", of("describe-log-groups", "--log-group-name-prefix", "a", "--log-group-name-pattern", "b")...)
	cli.Run(of("delete-retention-policy", app...)...)
	cli.Fail(missing, of("delete-retention-policy", none...)...)

	cli.Run(of("tag-resource", "--resource-arn", appARN, "--tags", "a=1,b=2")...)
	cli.Fail(missing, of("tag-resource", "--resource-arn", appARN+"x", "--tags", "a=1")...)
	cli.Run(of("untag-resource", "--resource-arn", appARN, "--tag-keys", "a")...)
	cli.Fail(missing, of("untag-resource", "--resource-arn", appARN+"x", "--tag-keys", "a")...)
	cli.Query("food\t2\tNone", "[tags.team,tags.b,tags.a]", of("list-tags-for-resource", "--resource-arn", appARN)...)
	cli.Fail(missing, of("list-tags-for-resource", "--resource-arn", appARN+"x")...)

	cli.Run(of("create-log-stream", stream...)...)
	cli.Fail("ResourceAlreadyExistsException", of("create-log-stream", stream...)...)
	events := []string{"--log-events", fmt.Sprintf("timestamp=%d,message=hello", r.clock.Now().UnixMilli())}
	cli.Run(of("put-log-events", append(stream, events...)...)...)
	cli.Fail(missing, of("put-log-events", append(noStream, events...)...)...)
	cli.Query("web/1", "logStreams[].logStreamName", of("describe-log-streams", app...)...)
	cli.Fail(missing, of("describe-log-streams", none...)...)
	cli.Query("hello", "events[].message", of("get-log-events", stream...)...)
	cli.Fail(missing, of("get-log-events", noStream...)...)
	cli.Query("web/1\thello", "events[].[logStreamName,message]", of("filter-log-events", append(app, "--filter-pattern", "hello")...)...)
	cli.Fail("InvalidParameterException", of("filter-log-events", append(app, "--filter-pattern", "{ $.x = 1 }")...)...)

	tailed := make(chan awstest.Answer)
	go func() { tailed <- cli.Try(of("start-live-tail", "--log-group-identifiers", appARN)...) }()
	for r.record.Served("StartLiveTail") == 0 {
		awstest.Do(t, r.world, func() {})
	}
	r.write("/app", "web/1", "live")
	r.clock.Advance(3 * time.Hour)
	if a := <-tailed; a.Code != 0 || !strings.Contains(a.Out, "live\n") || !strings.Contains(a.Out, "SessionTimeoutException") {
		t.Errorf("start-live-tail: %+v", a)
	}
	cli.Fail(missing, of("start-live-tail", "--log-group-identifiers", appARN+"x")...)

	cli.Run(of("delete-log-stream", stream...)...)
	cli.Fail(missing, of("delete-log-stream", stream...)...)
	cli.Run(of("delete-log-group", app...)...)
	cli.Fail(missing, of("delete-log-group", app...)...)
	r.record.Complete(t, nil)
}
