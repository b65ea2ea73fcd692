package autoscaling_test

import (
	"strings"
	"testing"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/awstest"
)

func TestTheCLIDrivesEveryOperation(t *testing.T) {
	r := newRegion(t)
	cli := awstest.NewCLI(t, r.url)
	about := func(command string, more ...string) []string {
		return append([]string{"application-autoscaling", command, "--service-namespace", "ecs"}, more...)
	}
	of := func(command, service string, more ...string) []string {
		return about(command, append([]string{"--resource-id", "service/dev/" + service, "--scalable-dimension", "ecs:service:DesiredCount"}, more...)...)
	}
	query := func(q string, command []string) string {
		t.Helper()
		return cli.Run(append(command, "--query", q, "--output", "text")...)
	}
	equal := func(got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}

	arn := query("ScalableTargetARN", of("register-scalable-target", "web", "--min-capacity", "2", "--max-capacity", "4", "--tags", "team=food"))
	cli.Fail("ValidationException", of("register-scalable-target", "none", "--min-capacity", "1", "--max-capacity", "2")...)
	cli.Fail("ValidationException", of("register-scalable-target", "web", "--min-capacity", "5")...)
	equal(query("ScalableTargets[].[ScalableTargetARN,MinCapacity,MaxCapacity]", about("describe-scalable-targets")), arn+"\t2\t4")
	cli.Fail("InvalidNextTokenException", about("describe-scalable-targets", "--starting-token", "nonsense")...)

	cli.Run("application-autoscaling", "tag-resource", "--resource-arn", arn, "--tags", "a=1,b=2")
	cli.Fail("ResourceNotFoundException", "application-autoscaling", "tag-resource", "--resource-arn", arn+"x", "--tags", "a=1")
	cli.Run("application-autoscaling", "untag-resource", "--resource-arn", arn, "--tag-keys", "a")
	cli.Fail("ResourceNotFoundException", "application-autoscaling", "untag-resource", "--resource-arn", arn+"x", "--tag-keys", "a")
	equal(query("[Tags.team,Tags.b,Tags.a]", []string{"application-autoscaling", "list-tags-for-resource", "--resource-arn", arn}), "food\t2\tNone")
	cli.Fail("ResourceNotFoundException", "application-autoscaling", "list-tags-for-resource", "--resource-arn", arn+"x")

	tracking := `{"TargetValue": 60, "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}}`
	policy := []string{"--policy-name", "cpu", "--policy-type", "TargetTrackingScaling", "--target-tracking-scaling-policy-configuration", tracking}
	equal(query("length(Alarms)", of("put-scaling-policy", "web", policy...)), "2")
	cli.Fail("ObjectNotFoundException", of("put-scaling-policy", "off", policy...)...)
	cli.Fail("ValidationException", of("put-scaling-policy", "web", "--policy-name", "p", "--policy-type", "PredictiveScaling")...)
	equal(query("ScalingPolicies[].PolicyName", about("describe-scaling-policies")), "cpu")
	cli.Fail("InvalidNextTokenException", about("describe-scaling-policies", "--starting-token", "nonsense")...)

	put := []string{"--scheduled-action-name", "night", "--schedule", "rate(1 hour)", "--scalable-target-action", "MinCapacity=3"}
	cli.Run(of("put-scheduled-action", "web", put...)...)
	cli.Fail("ObjectNotFoundException", of("put-scheduled-action", "off", put...)...)
	cli.Fail("ValidationException", of("put-scheduled-action", "web", "--scheduled-action-name", "x", "--schedule", "cron(nonsense)", "--scalable-target-action", "MinCapacity=3")...)
	equal(query("ScheduledActions[].[ScheduledActionName,Schedule]", about("describe-scheduled-actions")), "night\trate(1 hour)")
	cli.Fail("InvalidNextTokenException", about("describe-scheduled-actions", "--starting-token", "nonsense")...)
	r.clock.Advance(time.Hour)
	got := query("ScalingActivities[].Description", about("describe-scaling-activities"))
	equal(got, strings.Join([]string{"Setting desired count to 3.", "Setting min capacity to 3", "Setting desired count to 2."}, "\t"))
	cli.Fail("InvalidNextTokenException", about("describe-scaling-activities", "--starting-token", "nonsense")...)

	cli.Run(of("delete-scheduled-action", "web", "--scheduled-action-name", "night")...)
	cli.Fail("ObjectNotFoundException", of("delete-scheduled-action", "web", "--scheduled-action-name", "night")...)
	cli.Run(of("delete-scaling-policy", "web", "--policy-name", "cpu")...)
	cli.Fail("ObjectNotFoundException", of("delete-scaling-policy", "web", "--policy-name", "cpu")...)
	cli.Run(of("deregister-scalable-target", "web")...)
	cli.Fail("ObjectNotFoundException", of("deregister-scalable-target", "web")...)
	r.record.Complete(t, nil)
}
