package ecs_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/awstest"
)

// judge is the aws CLI, a strict parser, on ECS.
type judge struct {
	*region
	cli *awstest.CLI
}

func newJudge(t *testing.T) *judge {
	r := newRegion(t)
	r.ground()
	return &judge{r, awstest.NewCLI(t, r.URL)}
}

func (j *judge) run(args ...string) string {
	j.t.Helper()
	return j.cli.Run(append([]string{"ecs"}, args...)...)
}

func (j *judge) fail(code string, args ...string) {
	j.t.Helper()
	j.cli.Fail(code, append([]string{"ecs"}, args...)...)
}

// is runs a command and compares a part of its answer, as text.
func (j *judge) is(want, query string, args ...string) {
	j.t.Helper()
	if got := j.ask(query, args...); got != want {
		j.t.Errorf("%s: got %q, want %q", args[0], got, want)
	}
}

func (j *judge) ask(query string, args ...string) string {
	j.t.Helper()
	return j.run(append(args, "--query", query, "--output", "text")...)
}

func text(v any) string {
	data, _ := json.Marshal(v) // maps and lists of strings and numbers
	return string(data)
}

func TestTheCLIDrivesEveryOperation(t *testing.T) {
	j := newJudge(t)
	for _, part := range []func(){j.clusters, j.taskDefinitions, j.services, j.deployments, j.tasksAlone, j.tagged, j.endings} {
		part()
	}
	j.record.Complete(t, nil)
}

func (j *judge) clusters() {
	j.is("ACTIVE", "cluster.status", "create-cluster", "--cluster-name", "other", "--tags", "key=a,value=b")
	j.fail("InvalidParameterException", "create-cluster", "--cluster-name", "no such/name")
	j.is("b", "clusters[].tags[].value", "describe-clusters", "--clusters", "other", "--include", "TAGS")
	j.is("MISSING", "failures[].reason", "describe-clusters", "--clusters", "none")
	j.fail("InvalidParameterException", append([]string{"describe-clusters", "--clusters"}, strings.Fields(strings.Repeat("x ", 101))...)...)
	j.is("2", "length(clusterArns)", "list-clusters")
	j.fail("InvalidParameterException", "list-clusters", "--starting-token", "nonsense")
	j.run("update-cluster", "--cluster", "other", "--settings", "name=containerInsights,value=enabled")
	j.fail("ClusterNotFoundException", "update-cluster", "--cluster", "none", "--settings", "name=containerInsights,value=enabled")
	j.is("enhanced", "cluster.settings[].value", "update-cluster-settings", "--cluster", "other", "--settings", "name=containerInsights,value=enhanced")
	j.fail("InvalidParameterException", "update-cluster-settings", "--cluster", "other", "--settings", "name=containerInsights,value=on")
	put := []string{"put-cluster-capacity-providers", "--cluster", "other", "--default-capacity-provider-strategy", "capacityProvider=FARGATE,weight=1", "--capacity-providers"}
	j.is("FARGATE", "cluster.capacityProviders[]", append(put, "FARGATE")...)
	j.fail("InvalidParameterException", append(put, "mine")...)
	j.is("INACTIVE", "cluster.status", "delete-cluster", "--cluster", "other")
	j.fail("ClusterNotFoundException", "delete-cluster", "--cluster", "other")
}

// revision registers one, and returns its ARN.
func (j *judge) revision(image, scenario string) string {
	j.t.Helper()
	container := map[string]any{"name": "web", "image": host + "/" + image, "portMappings": []any{map[string]any{"containerPort": 3000}}}
	if scenario != "" {
		container["environment"] = []any{map[string]any{"name": "SPLITECS_LOCAL_SCENARIO", "value": scenario}}
	}
	return j.ask("taskDefinition.taskDefinitionArn", "register-task-definition", "--family", "app", "--cpu", "256", "--memory", "512", "--network-mode", "awsvpc",
		"--requires-compatibilities", "FARGATE", "--execution-role-arn", "arn:aws:iam::000000000000:role/x", "--container-definitions", text([]any{container}))
}

func (j *judge) taskDefinitions() {
	first := j.revision("app:1", "")
	j.revision("app:2", "")
	j.fail("ClientException", "register-task-definition", "--family", "app", "--container-definitions", "[]")
	j.is("1\tACTIVE\tawsvpc\tweb", "taskDefinition.[revision,status,networkMode,containerDefinitions[0].name]", "describe-task-definition", "--task-definition", "app:1")
	j.fail("ClientException", "describe-task-definition", "--task-definition", "app:3")
	j.is(strings.Replace(first, ":1", ":2", 1)+"\t"+first, "taskDefinitionArns", "list-task-definitions", "--family-prefix", "app", "--sort", "DESC")
	j.fail("InvalidParameterException", "list-task-definitions", "--starting-token", "nonsense")
	j.is("app", "families", "list-task-definition-families", "--family-prefix", "a")
	j.fail("InvalidParameterException", "list-task-definition-families", "--starting-token", "nonsense")
	j.is("INACTIVE", "taskDefinition.status", "deregister-task-definition", "--task-definition", "app:2")
	j.fail("ClientException", "deregister-task-definition", "--task-definition", "app")
}

const network = "awsvpcConfiguration={subnets=[subnet-a]}"

func (j *judge) services() {
	create := []string{"create-service", "--cluster", "dev", "--service-name", "web", "--task-definition", "app:1", "--launch-type", "FARGATE",
		"--desired-count", "1", "--network-configuration", network, "--load-balancers", "targetGroupArn=" + j.group + ",containerName=web,containerPort=3000",
		"--deployment-configuration", `{"deploymentCircuitBreaker": {"enable": true, "rollback": true}}`}
	j.is("ACTIVE\tPRIMARY\tIN_PROGRESS", "service.[status,deployments[0].status,deployments[0].rolloutState]", create...)
	j.fail("InvalidParameterException", create...)
	j.pass(2 * time.Minute)
	j.is("1\tCOMPLETED\t200\t100", "services[].[runningCount,deployments[0].rolloutState,deploymentConfiguration.maximumPercent,deploymentConfiguration.minimumHealthyPercent]",
		"describe-services", "--cluster", "dev", "--services", "web")
	j.fail("ClusterNotFoundException", "describe-services", "--cluster", "none", "--services", "web")
	j.is("1", "length(serviceArns)", "list-services", "--cluster", "dev")
	j.fail("ClusterNotFoundException", "list-services", "--cluster", "none")
	j.is("2", "service.desiredCount", "update-service", "--cluster", "dev", "--service", "web", "--desired-count", "2")
	j.fail("ServiceNotFoundException", "update-service", "--cluster", "dev", "--service", "none", "--desired-count", "2")
	j.pass(2 * time.Minute)
}

func (j *judge) deployments() {
	bad := j.revision("app:2", "exit:7")
	j.run("update-service", "--cluster", "dev", "--service", "web", "--task-definition", bad)
	j.pass(15 * time.Minute)
	j.is("ROLLBACK_SUCCESSFUL\tSUCCESSFUL", "serviceDeployments[].status", "list-service-deployments", "--cluster", "dev", "--service", "web")
	j.fail("ServiceNotFoundException", "list-service-deployments", "--cluster", "dev", "--service", "none")
	arn := j.ask("serviceDeployments[0].serviceDeploymentArn", "list-service-deployments", "--cluster", "dev", "--service", "web")
	j.is("ROLLBACK_SUCCESSFUL\tTRIGGERED\t3\tDISABLED", "serviceDeployments[].[status,deploymentCircuitBreaker.status,deploymentCircuitBreaker.threshold,alarms.status]",
		"describe-service-deployments", "--service-deployment-arns", arn)
	j.fail("InvalidParameterException", append([]string{"describe-service-deployments", "--service-deployment-arns"}, strings.Fields(strings.Repeat(arn+" ", 21))...)...)
	target := j.ask("serviceDeployments[0].targetServiceRevision.arn", "describe-service-deployments", "--service-deployment-arns", arn)
	j.is(bad+"\tweb", "serviceRevisions[].[taskDefinition,containerImages[0].containerName]", "describe-service-revisions", "--service-revision-arns", target)
	j.is("MISSING", "failures[].reason", "describe-service-revisions", "--service-revision-arns", target+"0")
	j.fail("InvalidParameterException", append([]string{"describe-service-revisions", "--service-revision-arns"}, strings.Fields(strings.Repeat(target+" ", 21))...)...)

	j.run("update-service", "--cluster", "dev", "--service", "web", "--task-definition", j.revision("app:2", "deaf"))
	current := j.ask("services[].currentServiceDeployment", "describe-services", "--cluster", "dev", "--services", "web")
	j.fail("InvalidParameterException", "stop-service-deployment", "--service-deployment-arn", current, "--stop-type", "ABORT")
	j.is(current, "serviceDeploymentArn", "stop-service-deployment", "--service-deployment-arn", current, "--stop-type", "ROLLBACK")
	j.pass(5 * time.Minute)
	j.fail("ConflictException", "stop-service-deployment", "--service-deployment-arn", current)
	j.fail("ServiceDeploymentNotFoundException", "stop-service-deployment", "--service-deployment-arn", current+"0")
}

func (j *judge) tasksAlone() {
	run := []string{"run-task", "--cluster", "dev", "--task-definition", "app:1", "--launch-type", "FARGATE", "--started-by", "me"}
	task := j.ask("tasks[].taskArn", append(run, "--network-configuration", network)...)
	j.fail("InvalidParameterException", run...) // no network
	j.is(task, "taskArns", "list-tasks", "--cluster", "dev", "--started-by", "me")
	j.fail("ServiceNotFoundException", "list-tasks", "--cluster", "dev", "--service-name", "none")
	j.is("PROVISIONING\tRUNNING\tweb", "tasks[].[lastStatus,desiredStatus,containers[0].name]", "describe-tasks", "--cluster", "dev", "--tasks", task)
	j.fail("ClusterNotFoundException", "describe-tasks", "--cluster", "none", "--tasks", task)
	j.is("UserInitiated\tenough", "task.[stopCode,stoppedReason]", "stop-task", "--cluster", "dev", "--task", task, "--reason", "enough")
	j.fail("InvalidParameterException", "stop-task", "--cluster", "dev", "--task", "none")
}

func (j *judge) tagged() {
	arn := j.ask("services[].serviceArn", "describe-services", "--cluster", "dev", "--services", "web")
	j.run("tag-resource", "--resource-arn", arn, "--tags", "key=a,value=1", "key=b,value=2")
	j.fail("InvalidParameterException", "tag-resource", "--resource-arn", arn, "--tags", "key=aws:a,value=1")
	j.run("untag-resource", "--resource-arn", arn, "--tag-keys", "a")
	j.fail("InvalidParameterException", "untag-resource", "--resource-arn", arn+"0", "--tag-keys", "a")
	j.is("b\t2", "tags[].[key,value]", "list-tags-for-resource", "--resource-arn", arn)
	j.fail("InvalidParameterException", "list-tags-for-resource", "--resource-arn", arn+"0")
}

func (j *judge) endings() {
	j.fail("InvalidParameterException", "delete-service", "--cluster", "dev", "--service", "web")
	j.fail("ClusterContainsServicesException", "delete-cluster", "--cluster", "dev")
	j.is("DRAINING", "service.status", "delete-service", "--cluster", "dev", "--service", "web", "--force")
	j.pass(5 * time.Minute)
	j.is("INACTIVE", "services[].status", "describe-services", "--cluster", "dev", "--services", "web")
	j.run("delete-cluster", "--cluster", "dev")
}
