package ecs_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// cli runs the aws CLI, a strict parser, against the region.
func (r *region) cli(arguments ...string) map[string]any {
	r.t.Helper()
	if _, err := exec.LookPath("aws"); err != nil {
		if os.Getenv("CI") == "true" {
			r.t.Fatal("judge missing: aws")
		}
		r.t.Skip("judge missing: aws")
	}
	c := exec.Command("aws", append([]string{"--endpoint-url", r.URL, "--output", "json"}, arguments...)...)
	c.Env = append(os.Environ(), "AWS_ACCESS_KEY_ID=x", "AWS_SECRET_ACCESS_KEY=x", "AWS_DEFAULT_REGION=ap-southeast-1", "AWS_MAX_ATTEMPTS=1", "AWS_PAGER=")
	out, err := c.CombinedOutput()
	if err != nil {
		r.t.Fatalf("aws %s: %v\n%s", strings.Join(arguments, " "), err, out)
	}
	var m map[string]any
	if err := json.Unmarshal(out, &m); err != nil {
		r.t.Fatalf("aws %s: %v\n%s", strings.Join(arguments, " "), err, out)
	}
	return m
}

func first(m map[string]any, list string) map[string]any {
	l, _ := m[list].([]any)
	if len(l) == 0 {
		return nil
	}
	v, _ := l[0].(map[string]any)
	return v
}

func TestTheAWSCLIUnderstands(t *testing.T) {
	r := newRegion(t)
	r.ground()
	arn := r.register("app:1", "")
	r.create(arn, 1)
	r.running(arn)
	bad := r.register("app:2", "exit")
	r.update(taskDefinition(bad))
	r.pass(10 * time.Minute)

	v := first(r.cli("ecs", "describe-services", "--cluster", "dev", "--services", "web", "--include", "TAGS"), "services")
	if d := first(v, "deployments"); v["status"] != "ACTIVE" || d["rolloutState"] != "COMPLETED" || d["status"] != "PRIMARY" {
		t.Errorf("%v", v)
	}
	if d, _ := r.cli("ecs", "describe-task-definition", "--task-definition", "app:1")["taskDefinition"].(map[string]any); d["revision"] != 1.0 {
		t.Errorf("%v", d)
	}
	stopped, _ := r.cli("ecs", "list-tasks", "--cluster", "dev", "--service-name", "web", "--desired-status", "STOPPED")["taskArns"].([]any)
	if len(stopped) == 0 {
		t.Fatal("no stopped task")
	}
	task := first(r.cli("ecs", "describe-tasks", "--cluster", "dev", "--tasks", stopped[0].(string)), "tasks")
	if task["stopCode"] != "EssentialContainerExited" || first(task, "containers")["exitCode"] != 1.0 {
		t.Errorf("%v", task)
	}
	brief := first(r.cli("ecs", "list-service-deployments", "--cluster", "dev", "--service", "web"), "serviceDeployments")
	full := first(r.cli("ecs", "describe-service-deployments", "--service-deployment-arns", brief["serviceDeploymentArn"].(string)), "serviceDeployments")
	if full["status"] != "ROLLBACK_SUCCESSFUL" {
		t.Errorf("%v", full)
	}
}
