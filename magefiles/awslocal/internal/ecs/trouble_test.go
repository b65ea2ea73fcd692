package ecs_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// Tasks that cannot be started, each with AWS's code and words.
func TestTasksThatCannotBeStarted(t *testing.T) {
	for scenario, want := range map[string]string{
		"no-pull":            "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref " + host + "/app:1: " + host + "/app:1: not found",
		"no-pull:route":      "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref " + host + "/app:1: failed to do request: Head \"https://" + host + "/v2/app/manifests/latest\": dial tcp 10.0.0.2:443: i/o timeout",
		"no-pull:dns":        "lookup " + host + " on 10.0.0.2:53: no such host",
		"no-pull:denied":     "AccessDeniedException: User: arn:aws:sts::000000000000:assumed-role/x/ecs-task is not authorized to perform: ecr:BatchGetImage on resource: arn:aws:ecr:ap-southeast-1:000000000000:repository/app ",
		"no-pull:limit":      "CannotPullContainerError: pull image manifest has been retried 5 time(s): toomanyrequests: Rate exceeded",
		"no-pull:disk":       "no space left on device",
		"no-pull:platform":   "CannotPullContainerError: image Manifest does not contain descriptor matching platform 'linux/amd64'",
		"no-pull:layers":     "CannotPullContainerError: ref pull has been retried 1 time(s): number of layers and diffIDs don't match: 3 != 15",
		"no-secret:denied":   "is not authorized to perform: secretsmanager:GetSecretValue on resource: ",
		"no-secret:key":      "retrieved secret from Secrets Manager did not contain json key of-no-secret",
		"no-secret:kms":      "AccessDeniedException: Access to KMS is not allowed",
		"no-secret:value":    "ResourceNotFoundException: Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
		"no-secret:route":    "There is a connection issue between the task and AWS Secrets Manager. Check your task network configuration.",
		"no-logs":            "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist. : exit status 1",
		"no-logs:denied":     "is not authorized to perform: logs:CreateLogStream on resource: arn:aws:logs:ap-southeast-1:000000000000:log-group:/aws/ecs/dev:log-stream:* ",
		"no-logs:route":      "ResourceInitializationError: failed to validate logger args: The task cannot find the Amazon CloudWatch log group defined in the task definition. There is a connection issue between the task and Amazon CloudWatch. Check your network configuration. : signal: killed",
		"no-start":           `exec: "/web": stat /web: no such file or directory: unknown`,
		"no-start:denied":    `exec: "/web": permission denied: unknown`,
		"no-start:user":      "unable to find user nobody: no matching entries in passwd file",
		"no-place:addresses": "Unexpected EC2 error while attempting to Create Network Interface with public IP assignment disabled in subnet 'subnet-",
		"spot":               "the embedded AWS cannot rehearse this: the service has no capacity provider FARGATE_SPOT",
	} {
		t.Run(scenario, func(t *testing.T) {
			t.Parallel()
			r := newRegion(t)
			r.ground()
			r.create(r.register("app:1", scenario, func(in *awsecs.RegisterTaskDefinitionInput) {
				in.ContainerDefinitions[0].User = aws.String("nobody")
			}), 1)
			r.pass(30 * time.Second)
			tasks := r.tasks(types.DesiredStatusStopped)
			if len(tasks) == 0 || tasks[0].StopCode != types.TaskStopCodeTaskFailedToStart || !strings.Contains(*tasks[0].StoppedReason, want) {
				t.Fatalf("want %q\n%+v\n%s", want, tasks, r.story())
			}
			if c := tasks[0].Containers[0]; c.ExitCode != nil || *c.Reason != *tasks[0].StoppedReason {
				t.Errorf("the container: %+v", c)
			}
			r.until(10*time.Minute, "failed", rollout(types.DeploymentRolloutStateFailed))
		})
	}
}

// Parameter Store has no JSON keys, and answers in its own words.
func TestParametersThatCannotBeRead(t *testing.T) {
	for scenario, want := range map[string]string{
		"no-secret:denied": "is not authorized to perform: ssm:GetParameters on resource: /app/db",
		"no-secret:kms":    "is not authorized to perform: kms:Decrypt on resource: /app/db",
		"no-secret:route":  "There is a connection issue between the task and AWS Systems Manager Parameter Store.",
		"no-secret:key":    "Invalid parameters: /app/db",
	} {
		r := newRegion(t)
		r.ground()
		r.create(r.register("app:1", scenario, func(in *awsecs.RegisterTaskDefinitionInput) {
			in.ContainerDefinitions[0].Secrets = []types.Secret{{Name: aws.String("PASSWORD"), ValueFrom: aws.String("/app/db")}}
		}), 1)
		r.pass(20 * time.Second)
		if tasks := r.tasks(types.DesiredStatusStopped); len(tasks) != 1 || !strings.Contains(*tasks[0].StoppedReason, want) {
			t.Errorf("%s: %+v", scenario, tasks)
		}
	}
}

// A service that gets no tasks says so in its events, has no stopped tasks, and is rolled back.
func TestTasksThatCannotBePlaced(t *testing.T) {
	const more = " For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."
	for scenario, want := range map[string]string{
		"no-place":       "was unable to place a task. Reason: Capacity is unavailable at this time. Please try again later or in a different availability zone." + more,
		"no-place:quota": "was unable to place a task. Reason: You've reached the limit on the number of vCPUs you can run concurrently." + more,
		"no-place:size":  "was unable to place a task. Reason: The requested CPU configuration is above your limit." + more,
		"no-role":        "failed to launch a task with (error ECS was unable to assume the role 'arn:aws:iam::000000000000:role/x' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.)",
	} {
		r := newRegion(t)
		r.ground()
		good := r.register("app:1", "")
		r.create(good, 1)
		r.running(good)
		r.update(taskDefinition(r.register("app:2", scenario)))
		r.until(10*time.Minute, "rolled back", back(good))
		if !slices.Contains(r.plot(), "(service web) "+want) || len(r.tasks(types.DesiredStatusStopped)) != 0 {
			t.Errorf("%s: %s", scenario, r.story())
		}
	}
}

func TestASpotInterruption(t *testing.T) {
	r := newRegion(t)
	r.ground()
	arn := r.register("app:1", "spot:20m")
	r.create(arn, 1, func(in *awsecs.CreateServiceInput) {
		in.LaunchType = ""
		in.CapacityProviderStrategy = []types.CapacityProviderStrategyItem{{CapacityProvider: aws.String("FARGATE"), Weight: 1}, {CapacityProvider: aws.String("FARGATE_SPOT"), Weight: 4}}
	})
	r.running(arn)
	r.pass(20 * time.Minute)
	task := r.tasks(types.DesiredStatusStopped)[0]
	if task.StopCode != types.TaskStopCodeSpotInterruption || *task.StoppedReason != "Your Spot Task was interrupted." || *task.CapacityProviderName != "FARGATE_SPOT" {
		t.Errorf("%+v", task)
	}
	r.until(5*time.Minute, "replaced", func(v types.Service) bool {
		return v.RunningCount == 1 && *r.tasks(types.DesiredStatusRunning)[0].TaskArn != *task.TaskArn
	})
}

func TestADeploymentThatIsSuperseded(t *testing.T) {
	r := newRegion(t)
	r.ground()
	good := r.register("app:1", "")
	r.create(good, 1)
	r.running(good)
	r.update(taskDefinition(r.register("app:2", "superseded")))
	ours := *r.deployment().ServiceDeploymentArn
	r.running(good)
	list, err := r.ecs.ListServiceDeployments(ctx, &awsecs.ListServiceDeploymentsInput{Cluster: aws.String("dev"), Service: aws.String("web")})
	if err != nil || len(list.ServiceDeployments) != 3 {
		t.Fatalf("%+v %v", list, err)
	}
	if d := list.ServiceDeployments[1]; *d.ServiceDeploymentArn != ours || d.Status != types.ServiceDeploymentStatusStopped || list.ServiceDeployments[0].Status != types.ServiceDeploymentStatusSuccessful {
		t.Errorf("%+v", list.ServiceDeployments)
	}
	// The first deployment of a service has nothing that could take its place.
	r = newRegion(t)
	r.ground()
	arn := r.register("app:1", "superseded")
	r.create(arn, 1)
	r.running(arn)
}

// What programs do that run, and how the load balancer sees them.
func TestProgramsThatDoNotAnswer(t *testing.T) {
	for _, c := range []struct{ scenario, reason, description, log string }{
		{"hang", "Target.Timeout", "Request timed out", "[embedded AWS] listening on port 3000"},
		{"loopback", "Target.FailedHealthChecks", "Health checks failed", "[embedded AWS] listening on 127.0.0.1:3000"},
	} {
		r := newRegion(t)
		r.ground()
		r.create(r.register("app:1", c.scenario), 1, func(in *awsecs.CreateServiceInput) { in.HealthCheckGracePeriodSeconds = aws.Int32(600) })
		r.pass(3 * time.Minute)
		if h := r.health(); h.State != "unhealthy" || string(h.Reason) != c.reason || *h.Description != c.description {
			t.Errorf("%s: %+v", c.scenario, h)
		}
		if lines := r.lines(r.tasks(types.DesiredStatusRunning)[0]); !slices.Contains(lines, c.log) {
			t.Errorf("%s: %q", c.scenario, lines)
		}
	}
}

func TestProgramsThatWriteAndEnd(t *testing.T) {
	for _, c := range []struct {
		scenario string
		code     int32
		lines    []string
	}{
		{"crash:Error: a: b|at c", 1, []string{"[embedded AWS] Error: a: b", "[embedded AWS] at c"}},
		{"exec-format", 255, []string{"exec /web: exec format error"}},
	} {
		r := newRegion(t)
		r.ground()
		r.create(r.register("app:1", c.scenario), 1)
		r.pass(40 * time.Second)
		task := r.tasks(types.DesiredStatusStopped)[0]
		if task.StopCode != types.TaskStopCodeEssentialContainerExited || *task.Containers[0].ExitCode != c.code {
			t.Errorf("%s: %+v", c.scenario, task)
		}
		lines := r.lines(task)
		if got := lines[max(0, len(lines)-len(c.lines)):]; !slices.Equal(got, c.lines) {
			t.Errorf("%s: %q", c.scenario, lines)
		}
	}
}
