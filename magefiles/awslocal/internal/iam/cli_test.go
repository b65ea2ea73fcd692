package iam_test

import (
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/awstest"
)

func TestTheCLIDrivesEveryOperation(t *testing.T) {
	b := newBench(t)
	b.Must("Role", p{
		"AssumeRolePolicyDocument": trust, "RoleName": "task", "Path": "/app/", "Description": "of the task",
		"ManagedPolicyArns": []any{"arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"},
		"Policies":          []any{p{"PolicyName": "own", "PolicyDocument": allow}},
	})
	b.Must("RolePolicy", p{"PolicyName": "beside", "RoleName": "task", "PolicyDocument": allow})
	record := awstest.NewRecord(b.service.Wire())
	cli := awstest.NewCLI(t, awstest.Serve(t, b.World, record.Wire()))
	query := func(want, q string, args ...string) {
		t.Helper()
		cli.Query(want, q, append([]string{"iam"}, args...)...)
	}
	query("/app/\tarn:aws:iam::000000000000:role/app/task\tecs-tasks.amazonaws.com\t3600",
		"Role.[Path,Arn,AssumeRolePolicyDocument.Statement[0].Principal.Service,MaxSessionDuration]", "get-role", "--role-name", "task")
	cli.Fail("NoSuchEntity", "iam", "get-role", "--role-name", "nobody")
	cli.Fail("ValidationError", "iam", "get-role", "--role-name", "no body")

	query("beside\town", "PolicyNames", "list-role-policies", "--role-name", "task")
	query("beside\nown", "PolicyNames[0]", "list-role-policies", "--role-name", "task", "--page-size", "1")
	cli.Fail("NoSuchEntity", "iam", "list-role-policies", "--role-name", "nobody")

	query("s3:GetObject", "PolicyDocument.Statement[0].Action", "get-role-policy", "--role-name", "task", "--policy-name", "beside")
	cli.Fail("NoSuchEntity", "iam", "get-role-policy", "--role-name", "task", "--policy-name", "none")

	query("AmazonECSTaskExecutionRolePolicy\tarn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
		"AttachedPolicies[].[PolicyName,PolicyArn]", "list-attached-role-policies", "--role-name", "task")
	query("", "AttachedPolicies[]", "list-attached-role-policies", "--role-name", "task", "--path-prefix", "/own/")
	cli.Fail("NoSuchEntity", "iam", "list-attached-role-policies", "--role-name", "nobody")

	cli.Fail("DeleteConflict", "iam", "delete-role", "--role-name", "task")
	cli.Fail("NoSuchEntity", "iam", "delete-role-policy", "--role-name", "task", "--policy-name", "none")
	for _, policy := range []string{"beside", "own"} {
		cli.Run("iam", "delete-role-policy", "--role-name", "task", "--policy-name", policy)
	}
	query("", "PolicyNames", "list-role-policies", "--role-name", "task")
	cli.Fail("DeleteConflict", "iam", "delete-role", "--role-name", "task") // what is attached is in the way as well
	b.Must("Role", p{"AssumeRolePolicyDocument": trust, "RoleName": "bare"})
	cli.Run("iam", "delete-role", "--role-name", "bare")
	cli.Fail("NoSuchEntity", "iam", "delete-role", "--role-name", "bare")

	const policy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ec2:Delete*","Resource":"arn:aws:ec2:*:*:vpc/*","Condition":{"StringEquals":{"aws:ResourceTag/environment":"dev"}}}]}`
	simulate := func(env string, more ...string) []string {
		return append([]string{"simulate-custom-policy", "--policy-input-list", policy, "--action-names", "ec2:DeleteVpc", "ec2:CreateVpc",
			"--resource-arns", "arn:aws:ec2:eu-west-1:000000000000:vpc/vpc-1",
			"--context-entries", "ContextKeyName=aws:ResourceTag/environment,ContextKeyType=string,ContextKeyValues=" + env}, more...)
	}
	query("allowed\timplicitDeny", "EvaluationResults[].EvalDecision", simulate("dev")...)
	query("implicitDeny\timplicitDeny", "EvaluationResults[].EvalDecision", simulate("prod")...)
	query("implicitDeny\timplicitDeny", "EvaluationResults[].EvalDecision", simulate("dev", "--permissions-boundary-policy-input-list", strings.ReplaceAll(policy, "Delete", "Describe"))...)
	cli.Fail("InvalidInput", append([]string{"iam"}, simulate("dev", "--caller-arn", "arn:aws:iam::000000000000:role/x")...)...)
	cli.Fail("InvalidInput", "iam", "simulate-custom-policy", "--policy-input-list", "{", "--action-names", "ec2:DeleteVpc")
	record.Complete(t, nil)
}
