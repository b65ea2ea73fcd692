package ecs_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/google/go-cmp/cmp"
)

var identifiers = regexp.MustCompile(`[0-9a-f]{32}|[0-9]{19}|arn:aws:elasticloadbalancing:[^ )]*|^[0-9:]+ `)

// plot is a service's story without times and identifiers.
func (r *region) plot() []string {
	var lines []string
	for line := range strings.SplitSeq(strings.TrimSpace(r.story()), "\n") {
		lines = append(lines, identifiers.ReplaceAllStringFunc(line, func(id string) string {
			switch {
			case strings.HasPrefix(id, "arn:"):
				return "TG"
			case len(id) == 32:
				return "TASK"
			case len(id) == 19:
				return "ID"
			}
			return ""
		}))
	}
	return lines
}

func taskDefinition(arn string) *awsecs.UpdateServiceInput {
	return &awsecs.UpdateServiceInput{TaskDefinition: &arn}
}

// back: the service runs the revision again, and its deployment is completed.
func back(arn string) func(types.Service) bool {
	return func(v types.Service) bool {
		return *v.TaskDefinition == arn && len(v.Deployments) == 1 && v.Deployments[0].RolloutState == types.DeploymentRolloutStateCompleted
	}
}

func (r *region) running(arn string) {
	r.t.Helper()
	r.until(30*time.Minute, "completed", back(arn))
}

func (r *region) deployment() types.ServiceDeployment {
	r.t.Helper()
	list, err := r.ecs.ListServiceDeployments(ctx, &awsecs.ListServiceDeploymentsInput{Cluster: aws.String("dev"), Service: aws.String("web")})
	if err != nil {
		r.t.Fatal(err)
	}
	out, err := r.ecs.DescribeServiceDeployments(ctx, &awsecs.DescribeServiceDeploymentsInput{
		ServiceDeploymentArns: []string{*list.ServiceDeployments[0].ServiceDeploymentArn}})
	if err != nil {
		r.t.Fatal(err)
	}
	return out.ServiceDeployments[0]
}

func TestGoodDeployment(t *testing.T) {
	r := newRegion(t)
	r.ground()
	first := r.register("app:1", "")
	v := r.create(first, 1)
	if d := v.Deployments[0]; *d.Status != "PRIMARY" || d.RolloutState != types.DeploymentRolloutStateInProgress || *d.RolloutStateReason != "ECS deployment "+*d.Id+" in progress." {
		t.Errorf("first deployment: %s %s %q", *d.Status, d.RolloutState, *d.RolloutStateReason)
	}
	r.running(first)
	second := r.register("app:2", "")
	r.update(taskDefinition(second))
	r.running(second)
	if diff := cmp.Diff([]string{
		"(service web) has started 1 tasks: (task TASK).",
		"(service web) registered 1 targets in (target-group TG)",
		"(service web) (deployment ecs-svc/ID) deployment completed.",
		"(service web) has reached a steady state.",
		"(service web) has started 1 tasks: (task TASK).",
		"(service web) registered 1 targets in (target-group TG)",
		"(service web) deregistered 1 targets in (target-group TG)",
		"(service web) has begun draining connections on 1 tasks.",
		"(service web) has stopped 1 running tasks: (task TASK).",
		"(service web) (deployment ecs-svc/ID) deployment completed.",
		"(service web) has reached a steady state.",
	}, r.plot()); diff != "" {
		t.Error(diff)
	}
	task := r.tasks(types.DesiredStatusRunning)[0]
	if c := task.Containers[0]; *c.ImageDigest != r.images[host+"/app:2"].Digest || *c.LastStatus != "RUNNING" || c.NetworkInterfaces[0].PrivateIpv4Address == nil {
		t.Errorf("container %+v", c)
	}
	health, err := r.elb.DescribeTargetHealth(ctx, &elasticloadbalancingv2.DescribeTargetHealthInput{TargetGroupArn: &r.group})
	if err != nil || len(health.TargetHealthDescriptions) != 1 || health.TargetHealthDescriptions[0].TargetHealth.State != "healthy" {
		t.Errorf("target health %+v %v", health, err)
	}
	d := r.deployment()
	if d.Status != types.ServiceDeploymentStatusSuccessful || len(d.SourceServiceRevisions) != 1 || d.TargetServiceRevision.RunningTaskCount != 1 {
		t.Errorf("service deployment %+v", d)
	}
	revision, err := r.ecs.DescribeServiceRevisions(ctx, &awsecs.DescribeServiceRevisionsInput{ServiceRevisionArns: []string{*d.TargetServiceRevision.Arn}})
	if err != nil || *revision.ServiceRevisions[0].ContainerImages[0].ImageDigest != r.images[host+"/app:2"].Digest {
		t.Errorf("revision %+v %v", revision, err)
	}
	if lines := r.lines(task); !slices.Contains(lines, "[embedded AWS] listening on port 3000") {
		t.Errorf("log %q", lines)
	}
	old := r.tasks(types.DesiredStatusStopped)[0]
	if *old.StoppedReason != "Scaling activity initiated by (deployment "+*r.describe().Deployments[0].Id+")" || old.StopCode != types.TaskStopCodeServiceSchedulerInitiated {
		t.Errorf("old task: %s %s", old.StopCode, *old.StoppedReason)
	}
}

func (r *region) lines(task types.Task) []string {
	r.t.Helper()
	id := (*task.TaskArn)[strings.LastIndexByte(*task.TaskArn, '/')+1:]
	out, err := r.logs.GetLogEvents(ctx, &cloudwatchlogs.GetLogEventsInput{LogGroupName: aws.String("/aws/ecs/dev"), LogStreamName: aws.String("web/web/" + id)})
	if err != nil {
		r.t.Fatal(err)
	}
	var lines []string
	for _, e := range out.Events {
		lines = append(lines, *e.Message)
	}
	return lines
}

func TestBadDeploymentsRollBack(t *testing.T) {
	noGroup := func(in *awsecs.RegisterTaskDefinitionInput) {
		in.ContainerDefinitions[0].LogConfiguration.Options["awslogs-group"] = "/missing"
	}
	for _, c := range []struct {
		name, image, scenario string
		change                func(*awsecs.RegisterTaskDefinitionInput)
		code                  types.TaskStopCode
		reason                string
		exit                  int32 // -1: none
		log, event            string
	}{
		{name: "missing image", image: "app:missing", code: "TaskFailedToStart", exit: -1,
			reason: "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref " + host + "/app:missing: " + host + "/app:missing: not found"},
		{name: "exits", image: "app:2", scenario: "exit:7", code: "EssentialContainerExited", reason: "Essential container in task exited", exit: 7,
			log: "[embedded AWS] scenario exit: the program exits with code 7"},
		{name: "exits by label", image: "app:label", code: "EssentialContainerExited", reason: "Essential container in task exited", exit: 3},
		{name: "out of memory", image: "app:2", scenario: "oom", code: "EssentialContainerExited", reason: "Essential container in task exited", exit: 137},
		{name: "another architecture", image: "app:arm", code: "EssentialContainerExited", reason: "Essential container in task exited", exit: 255,
			log: "exec /web: exec format error"},
		{name: "no log group", image: "app:2", change: noGroup, code: "TaskFailedToStart", exit: -1,
			reason: "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist. : exit status 1"},
		{name: "unhealthy", image: "app:2", scenario: "unhealthy", code: "ServiceSchedulerInitiated", reason: "Task failed ELB health checks in (target-group TG)", exit: 0,
			event: "(service web) (task TASK) (port 3000) is unhealthy in (target-group TG) due to (reason Health checks failed with these codes: [503])."},
		{name: "unhealthy with a status", image: "app:2", scenario: "unhealthy:307", code: "ServiceSchedulerInitiated", reason: "Task failed ELB health checks in (target-group TG)", exit: 0,
			event: "(service web) (task TASK) (port 3000) is unhealthy in (target-group TG) due to (reason Health checks failed with these codes: [307])."},
		{name: "deaf", image: "app:2", scenario: "deaf", code: "ServiceSchedulerInitiated", reason: "Task failed ELB health checks in (target-group TG)", exit: 0,
			event: "(service web) (task TASK) (port 3000) is unhealthy in (target-group TG) due to (reason Health checks failed)."},
		{name: "too slow", image: "app:2", scenario: "slow:10m", code: "ServiceSchedulerInitiated", reason: "Task failed ELB health checks in (target-group TG)", exit: 0},
		{name: "secret", image: "app:2", scenario: "no-secret", code: "TaskFailedToStart", exit: -1,
			reason: "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret the secret of no-secret from secrets manager: ResourceNotFoundException: Secrets Manager can't find the specified secret."},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRegion(t)
			r.ground()
			good := r.register("app:1", "")
			r.create(good, 2)
			r.running(good)
			before := r.tasks(types.DesiredStatusRunning)
			var changes []func(*awsecs.RegisterTaskDefinitionInput)
			if c.change != nil {
				changes = append(changes, c.change)
			}
			bad := r.update(taskDefinition(r.register(c.image, c.scenario, changes...))).Deployments[0]
			r.until(30*time.Minute, "failed", func(v types.Service) bool {
				return slices.ContainsFunc(v.Deployments, func(d types.Deployment) bool {
					return *d.Id == *bad.Id && d.RolloutState == types.DeploymentRolloutStateFailed && d.FailedTasks >= 3 &&
						*d.RolloutStateReason == "ECS deployment circuit breaker: tasks failed to start."
				})
			})
			if p := r.describe().Deployments[0]; *p.RolloutStateReason != "ECS deployment circuit breaker: rolling back to deploymentId "+*p.Id+"." {
				t.Errorf("primary: %s", *p.RolloutStateReason)
			}
			r.running(good)
			plot := r.plot()
			for _, want := range []string{"(service web) (deployment ecs-svc/ID) deployment failed: tasks failed to start.",
				"(service web) rolling back to deployment ecs-svc/ID.", c.event} {
				if want != "" && !slices.Contains(plot, want) {
					t.Errorf("no event %q in\n%s", want, strings.Join(plot, "\n"))
				}
			}
			d := r.deployment()
			if d.Status != types.ServiceDeploymentStatusRollbackSuccessful || d.DeploymentCircuitBreaker.Status != "TRIGGERED" || d.Rollback == nil ||
				*d.StatusReason != "Service deployment rolled back because the circuit breaker threshold was exceeded." {
				t.Errorf("service deployment %+v", d)
			}
			arns := func(tasks []types.Task) (out []string) {
				for _, task := range tasks {
					out = append(out, *task.TaskArn)
				}
				return out
			}
			if diff := cmp.Diff(arns(before), arns(r.tasks(types.DesiredStatusRunning))); diff != "" {
				t.Errorf("the good tasks did not stay: %s", diff)
			}
			r.pass(2 * time.Minute)
			task := r.tasks(types.DesiredStatusStopped)[0]
			reason := identifiers.ReplaceAllString(*task.StoppedReason, "TG")
			if task.StopCode != c.code || reason != c.reason || *task.LastStatus != "STOPPED" || task.StoppedAt == nil {
				t.Errorf("stopped: %s %q", task.StopCode, *task.StoppedReason)
			}
			if k := task.Containers[0]; (c.exit < 0) != (k.ExitCode == nil) || k.ExitCode != nil && *k.ExitCode != c.exit {
				t.Errorf("exit code %v, want %d", k.ExitCode, c.exit)
			} else if c.exit == 137 && *k.Reason != "OutOfMemoryError: container killed due to memory usage" {
				t.Errorf("reason %s", *k.Reason)
			}
			if c.log != "" && !slices.Contains(r.lines(task), c.log) {
				t.Errorf("log %q", r.lines(task))
			}
			r.pass(time.Hour)
			if left := r.tasks(types.DesiredStatusStopped); len(left) != 0 {
				t.Errorf("%d stopped tasks left after an hour", len(left))
			}
		})
	}
}

func TestSlowProgramWithinItsGrace(t *testing.T) {
	r := newRegion(t)
	r.ground()
	arn := r.register("app:1", "slow:90s")
	r.create(arn, 1, func(in *awsecs.CreateServiceInput) { in.HealthCheckGracePeriodSeconds = aws.Int32(120) })
	took := r.until(10*time.Minute, "completed", rollout(types.DeploymentRolloutStateCompleted))
	if took < 110*time.Second || r.describe().Deployments[0].FailedTasks != 0 {
		t.Errorf("took %s\n%s", took, r.story())
	}
}

func TestFirstDeploymentFailsWithoutAnythingToGoBackTo(t *testing.T) {
	r := newRegion(t)
	r.ground()
	r.create(r.register("app:missing", ""), 1)
	r.until(10*time.Minute, "failed", rollout(types.DeploymentRolloutStateFailed))
	if d := r.deployment(); d.Status != types.ServiceDeploymentStatusStopped || d.StoppedAt == nil {
		t.Errorf("service deployment %s", d.Status)
	}
	n := len(r.describe().Events)
	r.pass(time.Hour)
	if v := r.describe(); len(v.Events) != n || v.PendingCount != 0 {
		t.Errorf("it still launches tasks\n%s", r.story())
	}
	good := r.register("app:1", "")
	r.update(taskDefinition(good))
	r.running(good)
}

func TestThresholds(t *testing.T) {
	for _, c := range []struct {
		kind    types.ThresholdType
		value   int32
		desired int32
		want    int32
	}{{"", 0, 1, 3}, {"", 0, 9, 5}, {"COUNT", 1, 5, 1}, {"BOUNDED_PERCENT", 100, 2, 3}, {"UNBOUNDED_PERCENT", 50, 2, 1}} {
		r := newRegion(t)
		r.ground()
		r.create(r.register("app:missing", ""), c.desired, func(in *awsecs.CreateServiceInput) {
			if c.kind != "" {
				in.DeploymentConfiguration.DeploymentCircuitBreaker.ThresholdConfiguration = &types.ThresholdConfiguration{Type: c.kind, Value: c.value}
			}
		})
		r.until(time.Hour, "failed", rollout(types.DeploymentRolloutStateFailed))
		if b := r.deployment().DeploymentCircuitBreaker; b.Threshold != c.want || b.FailureCount < c.want {
			t.Errorf("%+v: threshold %d, count %d", c, b.Threshold, b.FailureCount)
		}
	}
}

func TestWithoutACircuitBreakerItNeverEnds(t *testing.T) {
	r := newRegion(t)
	r.ground()
	r.create(r.register("app:missing", ""), 1, func(in *awsecs.CreateServiceInput) { in.DeploymentConfiguration = nil })
	r.pass(3 * time.Hour)
	v := r.describe()
	if v.Deployments[0].RolloutState != types.DeploymentRolloutStateInProgress || v.Deployments[0].FailedTasks < 5 {
		t.Errorf("%s, %d failed", v.Deployments[0].RolloutState, v.Deployments[0].FailedTasks)
	}
	if !strings.Contains(r.story(), "is unable to consistently start tasks successfully.") {
		t.Error(r.story())
	}
	if n := len(r.tasks(types.DesiredStatusStopped)); n == 0 || n > 10 {
		t.Errorf("%d stopped tasks: launching does not slow down", n)
	}
}

func TestPercentsAreHonoured(t *testing.T) {
	for _, c := range []struct{ low, high, desired int32 }{{100, 200, 3}, {50, 100, 4}, {100, 150, 4}, {0, 100, 2}, {50, 200, 2}} {
		r := newRegion(t)
		r.ground()
		first := r.register("app:1", "")
		r.create(first, c.desired, func(in *awsecs.CreateServiceInput) {
			in.DeploymentConfiguration = &types.DeploymentConfiguration{MinimumHealthyPercent: &c.low, MaximumPercent: &c.high}
		})
		r.running(first)
		second := r.register("app:2", "")
		r.update(taskDefinition(second))
		low, high := (c.desired*c.low+99)/100, c.desired*c.high/100
		r.until(30*time.Minute, "completed", func(v types.Service) bool {
			live := int32(len(r.tasks(types.DesiredStatusRunning)))
			if live > high || v.RunningCount < low {
				t.Errorf("%+v: %d live, %d running", c, live, v.RunningCount)
			}
			return back(second)(v)
		})
	}
}

func TestADeploymentThatItsConfigurationLeavesNoWayFor(t *testing.T) {
	r := newRegion(t)
	r.ground()
	first := r.register("app:1", "")
	r.create(first, 1, func(in *awsecs.CreateServiceInput) {
		in.DeploymentConfiguration = &types.DeploymentConfiguration{MinimumHealthyPercent: aws.Int32(50), MaximumPercent: aws.Int32(150)}
	})
	r.running(first)
	r.update(taskDefinition(r.register("app:2", "")))
	r.pass(time.Hour)
	if v := r.describe(); v.Deployments[0].RolloutState != types.DeploymentRolloutStateInProgress || v.RunningCount != 1 {
		t.Error(r.story())
	}
	if n := strings.Count(r.story(), "was unable to stop or start tasks during a deployment because of the service deployment configuration"); n != 1 {
		t.Errorf("told %d times\n%s", n, r.story())
	}
}
