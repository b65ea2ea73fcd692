package ecs_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	elbtypes "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// health of the only target.
func (r *region) health() elbtypes.TargetHealth {
	r.t.Helper()
	out, err := r.elb.DescribeTargetHealth(ctx, &elasticloadbalancingv2.DescribeTargetHealthInput{TargetGroupArn: &r.group})
	if err != nil || len(out.TargetHealthDescriptions) != 1 {
		r.t.Fatalf("%+v %v", out, err)
	}
	return *out.TargetHealthDescriptions[0].TargetHealth
}

func TestAProgramOnAnotherPort(t *testing.T) {
	r := newRegion(t)
	r.ground()
	r.create(r.register("app:1", "port:8080"), 1, func(in *awsecs.CreateServiceInput) { in.HealthCheckGracePeriodSeconds = aws.Int32(600) })
	r.pass(3 * time.Minute)
	if h := r.health(); h.State != "unhealthy" || h.Reason != "Target.FailedHealthChecks" || *h.Description != "Health checks failed" {
		t.Errorf("%+v", h)
	}
	task := r.tasks(types.DesiredStatusRunning)[0]
	if lines := r.lines(task); !slices.Contains(lines, "[embedded AWS] listening on port 8080") || slices.Contains(lines, "[embedded AWS] listening on port 3000") {
		t.Errorf("%q", lines)
	}
	r.pass(10 * time.Minute) // the grace is over
	if !slices.Contains(r.plot(), "(service web) (task TASK) (port 3000) is unhealthy in (target-group TG) due to (reason Health checks failed).") {
		t.Error(r.story())
	}
	right := r.register("app:1", "port:3000")
	r.update(taskDefinition(right))
	r.running(right)
}

func TestASickContainerBehindAHealthyTarget(t *testing.T) {
	r := newRegion(t)
	r.ground()
	r.create(r.register("app:1", "sick", checked), 1)
	r.pass(50 * time.Second)
	if task := r.tasks(types.DesiredStatusRunning)[0]; task.HealthStatus != types.HealthStatusUnknown || r.health().State != "healthy" {
		t.Errorf("%s, target %s", task.HealthStatus, r.health().State)
	}
	r.until(5*time.Minute, "failed", rollout(types.DeploymentRolloutStateFailed))
	task := r.tasks(types.DesiredStatusStopped)[0]
	if *task.StoppedReason != "Task failed container health checks" || task.HealthStatus != types.HealthStatusUnhealthy || *task.Containers[0].ExitCode != 0 {
		t.Errorf("%s %s %d", *task.StoppedReason, task.HealthStatus, *task.Containers[0].ExitCode)
	}
}

// A slow program is UNHEALTHY until it listens, and HEALTHY then.
func TestASlowContainerRecoversWithinItsGrace(t *testing.T) {
	r := newRegion(t)
	r.ground()
	arn := r.register("app:1", "slow:2m", checked)
	r.create(arn, 1, func(in *awsecs.CreateServiceInput) { in.HealthCheckGracePeriodSeconds = aws.Int32(300) })
	r.pass(2 * time.Minute)
	if task := r.tasks(types.DesiredStatusRunning)[0]; task.HealthStatus != types.HealthStatusUnhealthy {
		t.Errorf("before: %s", task.HealthStatus)
	}
	r.running(arn)
	if v := r.describe(); v.Deployments[0].FailedTasks != 0 || r.tasks(types.DesiredStatusRunning)[0].HealthStatus != types.HealthStatusHealthy {
		t.Error(r.story())
	}
}

func TestHowProgramsEndAtSIGTERM(t *testing.T) {
	for _, c := range []struct {
		scenario string
		timeout  *int32
		code     int32
		takes    time.Duration
		log      string
	}{
		{"", nil, 0, 2 * time.Second, "[embedded AWS] received SIGTERM, stopping"},
		{"stop", nil, 143, 2 * time.Second, "[embedded AWS] received SIGTERM, stopping"},
		{"stop:7", nil, 7, 2 * time.Second, "[embedded AWS] received SIGTERM, stopping"},
		{"stubborn", nil, 137, 30 * time.Second, "[embedded AWS] scenario stubborn: ignores SIGTERM"},
		{"stubborn", aws.Int32(90), 137, 90 * time.Second, "[embedded AWS] scenario stubborn: ignores SIGTERM"},
	} {
		r := newRegion(t)
		r.ground()
		arn := r.register("app:1", c.scenario, func(in *awsecs.RegisterTaskDefinitionInput) { in.ContainerDefinitions[0].StopTimeout = c.timeout })
		r.create(arn, 1)
		r.running(arn)
		r.update(&awsecs.UpdateServiceInput{DesiredCount: aws.Int32(0)})
		var stopping, ended time.Time
		for range 145 {
			r.pass(time.Second)
			if task := r.tasks(types.DesiredStatusStopped); len(task) == 1 && *task[0].LastStatus == "STOPPING" && stopping.IsZero() {
				stopping = r.clock.Now()
			} else if len(task) == 1 && *task[0].LastStatus == "DEPROVISIONING" && ended.IsZero() {
				ended = r.clock.Now()
			}
		}
		task := r.tasks(types.DesiredStatusStopped)[0]
		if took := ended.Sub(stopping); took != c.takes || *task.Containers[0].ExitCode != c.code || *task.LastStatus != "STOPPED" {
			t.Errorf("%s: took %s, exit code %d, %s", c.scenario, took, *task.Containers[0].ExitCode, *task.LastStatus)
		}
		if !slices.Contains(r.lines(task), c.log) {
			t.Errorf("%s: %q", c.scenario, r.lines(task))
		}
	}
}

// When one container ends, the others get SIGTERM too.
func TestAStubbornSidecarKeepsItsTask(t *testing.T) {
	r := newRegion(t)
	r.ground()
	sidecar := func(in *awsecs.RegisterTaskDefinitionInput) {
		in.ContainerDefinitions = append(in.ContainerDefinitions, types.ContainerDefinition{Name: aws.String("proxy"), Image: aws.String(host + "/app:2"),
			Environment: []types.KeyValuePair{{Name: aws.String("SPLITECS_LOCAL_SCENARIO"), Value: aws.String("stubborn")}}})
	}
	r.create(r.register("app:1", "exit-after:20m:5", sidecar), 1)
	r.until(5*time.Minute, "completed", rollout(types.DeploymentRolloutStateCompleted))
	first := r.tasks(types.DesiredStatusRunning)[0]
	r.pass(18 * time.Minute)
	r.until(5*time.Minute, "ended", func(types.Service) bool { return len(r.tasks(types.DesiredStatusStopped)) == 1 })
	if task := r.tasks(types.DesiredStatusStopped)[0]; *task.LastStatus != "STOPPING" || *task.TaskArn != *first.TaskArn || task.StopCode != types.TaskStopCodeEssentialContainerExited {
		t.Errorf("%s %s", *task.LastStatus, task.StopCode)
	}
	r.pass(time.Minute)
	if c := r.tasks(types.DesiredStatusStopped)[0].Containers; *c[0].ExitCode != 5 || *c[1].ExitCode != 137 {
		t.Errorf("%d %d", *c[0].ExitCode, *c[1].ExitCode)
	}
}

func TestSecretsThatCannotBeRead(t *testing.T) {
	const asm, ssm = "unable to retrieve secret from asm: service call has been retried 1 time(s): ", "unable to retrieve secrets from ssm: service call has been retried 1 time(s): "
	const arn = "arn:aws:secretsmanager:ap-southeast-1:000000000000:secret:db-AbCdEf"
	for _, c := range []struct{ from, scenario, want string }{
		{arn, "", ""},
		{arn + ":password::", "", ""},
		{"/app/db/password", "", ""},
		{"arn:aws:ssm:ap-southeast-1:000000000000:parameter/app/db", "", ""},
		{arn + ":password", "", asm + "unexpected ARN format with parameters when trying to retrieve ASM secret"},
		{"arn:aws:secretsmanager:ap-southeast-1:000000000000:db", "", asm + "unexpected ARN format with parameters when trying to retrieve ASM secret"},
		{"app//db", "", ssm + "Invalid parameters: app//db"},
		{"arn:aws:s3:::bucket/key", "", ssm + "Invalid parameters: arn:aws:s3:::bucket/key"},
		{arn, "no-secret", asm + "failed to fetch secret " + arn + " from secrets manager: ResourceNotFoundException: Secrets Manager can't find the specified secret."},
		{"/app/db/password", "no-secret", ssm + "Invalid parameters: /app/db/password"},
	} {
		r := newRegion(t)
		r.ground()
		r.create(r.register("app:1", c.scenario, func(in *awsecs.RegisterTaskDefinitionInput) {
			in.ContainerDefinitions[0].Secrets = []types.Secret{{Name: aws.String("PASSWORD"), ValueFrom: &c.from}}
		}), 1)
		r.pass(20 * time.Second)
		tasks := r.tasks(types.DesiredStatusStopped)
		if c.want == "" {
			if len(tasks) != 0 {
				t.Errorf("%s: %s", c.from, *tasks[0].StoppedReason)
			}
			continue
		}
		want := "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: " + c.want
		if len(tasks) != 1 || tasks[0].StopCode != types.TaskStopCodeTaskFailedToStart || *tasks[0].StoppedReason != want {
			t.Errorf("%s %s: %+v", c.from, c.scenario, tasks)
		}
	}
}

func TestARoleThatDoesNotExist(t *testing.T) {
	r := newRegion(t)
	r.svc.CheckRoles(func(arn string) bool { return strings.HasSuffix(arn, "role/x") })
	r.ground()
	good := r.register("app:1", "")
	r.create(good, 2)
	r.running(good)
	bad := r.register("app:1", "", func(in *awsecs.RegisterTaskDefinitionInput) {
		in.TaskRoleArn = aws.String("arn:aws:iam::000000000000:role/gone")
	})
	const text = "ECS was unable to assume the role 'arn:aws:iam::000000000000:role/gone' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role."
	_, err := r.ecs.RunTask(ctx, &awsecs.RunTaskInput{Cluster: aws.String("dev"), TaskDefinition: &bad, LaunchType: types.LaunchTypeFargate,
		NetworkConfiguration: &types.NetworkConfiguration{AwsvpcConfiguration: &types.AwsVpcConfiguration{Subnets: []string{"subnet-a"}}}})
	wantError(t, err, "ClientException", text)
	r.update(taskDefinition(bad))
	r.until(10*time.Minute, "rolled back", back(good))
	if !slices.Contains(r.plot(), "(service web) failed to launch a task with (error "+text+")") || len(r.tasks(types.DesiredStatusStopped)) != 0 {
		t.Error(r.story())
	}
}
