package elb_test

import (
	"testing"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/awstest"
)

func TestTheCLIDrivesEveryOperation(t *testing.T) {
	r := newRegion(t)
	lb, group, listener := r.ground()
	rule := r.make(ruleType, map[string]any{"ListenerArn": listener, "Priority": 5, "Actions": forward(group),
		"Conditions": []any{map[string]any{"Field": "path-pattern", "PathPatternConfig": map[string]any{"Values": []any{"/api/*"}}}}})
	cli := awstest.NewCLI(t, r.url)
	of := func(command string, more ...string) []string { return append([]string{"elbv2", command}, more...) }
	const noGroup, noBalancer, noListener = "TargetGroupNotFound", "LoadBalancerNotFound", "ListenerNotFound"

	cli.Query(lb+"\tprovisioning", "LoadBalancers[].[LoadBalancerArn,State.Code]", of("describe-load-balancers")...)
	cli.Fail(noBalancer, of("describe-load-balancers", "--names", "none")...)
	cli.Query("90", "Attributes[?Key=='idle_timeout.timeout_seconds'].Value", of("describe-load-balancer-attributes", "--load-balancer-arn", lb)...)
	cli.Fail(noBalancer, of("describe-load-balancer-attributes", "--load-balancer-arn", lb+"x")...)
	cli.Query(group+"\t200,204\t"+lb, "TargetGroups[].[TargetGroupArn,Matcher.HttpCode,LoadBalancerArns[0]]", of("describe-target-groups", "--names", "tasks")...)
	cli.Fail(noGroup, of("describe-target-groups", "--names", "none")...)
	cli.Query("30", "Attributes[?Key=='deregistration_delay.timeout_seconds'].Value", of("describe-target-group-attributes", "--target-group-arn", group)...)
	cli.Fail(noGroup, of("describe-target-group-attributes", "--target-group-arn", group+"x")...)
	cli.Query(listener+"\t80\tforward", "Listeners[].[ListenerArn,Port,DefaultActions[0].Type]", of("describe-listeners", "--load-balancer-arn", lb)...)
	cli.Fail(noListener, of("describe-listeners", "--listener-arns", listener+"x")...)
	cli.Query("false", "Attributes[?Key=='routing.http.response.server.enabled'].Value", of("describe-listener-attributes", "--listener-arn", listener)...)
	cli.Fail(noListener, of("describe-listener-attributes", "--listener-arn", listener+"x")...)
	cli.Query("5\tdefault", "Rules[].Priority", of("describe-rules", "--listener-arn", listener)...)
	cli.Query("/api/*\t/api/*", "Rules[].Conditions[].[Values[0],PathPatternConfig.Values[0]]", of("describe-rules", "--rule-arns", rule)...)
	cli.Query("True", "Rules[?Priority==`default`].IsDefault", of("describe-rules", "--listener-arn", listener)...)
	cli.Fail(noListener, of("describe-rules", "--listener-arn", listener+"x")...)
	cli.Fail("RuleNotFound", of("describe-rules", "--rule-arns", rule+"x")...)
	cli.Query("s", "TagDescriptions[].Tags[?Key=='stack'].Value[]", of("describe-tags", "--resource-arns", rule)...)
	cli.Fail(noGroup, of("describe-tags", "--resource-arns", group+"x")...)
	cli.Fail("RuleNotFound", of("describe-tags", "--resource-arns", rule+"x")...)

	target := []string{"--target-group-arn", group, "--targets", "Id=10.0.0.5,Port=3000"}
	cli.Run(of("register-targets", target...)...)
	cli.Fail("ValidationError", of("register-targets", "--target-group-arn", group, "--targets", "Id=here")...)
	r.clock.Advance(5 * time.Minute)
	cli.Query("10.0.0.5\tunhealthy\tTarget.Timeout\tRequest timed out", "TargetHealthDescriptions[].[Target.Id,TargetHealth.State,TargetHealth.Reason,TargetHealth.Description]",
		of("describe-target-health", "--target-group-arn", group)...)
	cli.Fail(noGroup, of("describe-target-health", "--target-group-arn", group+"x")...)
	cli.Run(of("deregister-targets", target...)...)
	cli.Fail("InvalidTarget", of("deregister-targets", "--target-group-arn", group, "--targets", "Id=10.0.0.6")...)
	cli.Query("draining", "TargetHealthDescriptions[].TargetHealth.State", of("describe-target-health", "--target-group-arn", group)...)

	cli.Fail("ResourceInUse", of("delete-target-group", "--target-group-arn", group)...)
	cli.Fail(noListener, of("delete-listener", "--listener-arn", listener+"x")...)
	cli.Run(of("delete-listener", "--listener-arn", listener)...)
	cli.Fail("RuleNotFound", of("describe-rules", "--rule-arns", rule)...)
	cli.Run(of("delete-target-group", "--target-group-arn", group)...)
	cli.Run(of("delete-target-group", "--target-group-arn", group)...)
	cli.Fail(noGroup, of("describe-target-groups", "--target-group-arns", group)...)
	r.record.Complete(t, nil)
}
