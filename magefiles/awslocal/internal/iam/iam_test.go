package iam_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/awstest"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/iam"
)

type p = map[string]any

type bench struct {
	*awstest.Bench
	service *iam.Service
}

func newBench(t *testing.T) bench {
	t.Helper()
	w, _ := awstest.World(t)
	service := iam.New(w, awstest.Account)
	return bench{awstest.NewBench(t, w, "AWS::IAM::", service.Types()), service}
}

var (
	trust = p{"Version": "2012-10-17", "Statement": []any{p{"Effect": "Allow", "Principal": p{"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}}}
	allow = p{"Version": "2012-10-17", "Statement": []any{p{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}}
)

func TestRole(t *testing.T) {
	b := newBench(t)
	name := b.Must("Role", p{"AssumeRolePolicyDocument": trust, "RoleName": "task", "Path": "/app/"})
	arn, err := b.Types["Role"].Attribute(name, "Arn")
	if err != nil || name != "task" || arn != "arn:aws:iam::000000000000:role/app/task" || !b.service.HasRole("arn:aws:iam::000000000000:role/app/task") {
		t.Errorf("role %s %v %v", name, arn, err)
	}
	if id, _ := b.Types["Role"].Attribute(name, "RoleId"); !regexp.MustCompile(`^AROA[0-9A-Z]{17}$`).MatchString(id.(string)) {
		t.Errorf("role id %v", id)
	}
	b.Refuses("Role", p{"AssumeRolePolicyDocument": trust, "RoleName": "task"}, "AlreadyExists", "Resource of type 'AWS::IAM::Role' with identifier 'task' already exists.")
	if generated := b.Must("Role", p{"AssumeRolePolicyDocument": trust}); !strings.HasPrefix(generated, "Stack-Logical-") {
		t.Errorf("generated name %s", generated)
	}
	b.Refuses("Role", p{"AssumeRolePolicyDocument": allow}, "InvalidRequest", "Has prohibited field Resource")
	b.Refuses("Role", p{"AssumeRolePolicyDocument": trust, "Policies": []any{p{"PolicyName": "x", "PolicyDocument": trust}}}, "InvalidRequest", "Policy document should not specify a principal.")
	b.Refuses("Role", p{"AssumeRolePolicyDocument": p{"Statement": []any{}}}, "InvalidRequest", "Syntax errors in policy.")
	b.Refuses("Role", p{"AssumeRolePolicyDocument": trust, "RoleName": "sp ace"}, "InvalidRequest", "The specified value for roleName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-")
	b.Refuses("Role", p{"AssumeRolePolicyDocument": trust, "ManagedPolicyArns": []any{"nonsense"}}, "InvalidRequest", "ARN nonsense is not valid.")
	b.Must("Role", p{"AssumeRolePolicyDocument": trust, "ManagedPolicyArns": []any{"arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"}})
}

func TestPolicies(t *testing.T) {
	b := newBench(t)
	role := b.Must("Role", p{"AssumeRolePolicyDocument": trust, "RoleName": "r"})
	inline := b.Must("Policy", p{"PolicyName": "p", "PolicyDocument": allow, "Roles": []any{role}})
	b.Refuses("Policy", p{"PolicyName": "p", "PolicyDocument": allow}, "InvalidRequest", "At least one of [Groups,Roles,Users] must be non-empty.")
	b.Refuses("Policy", p{"PolicyName": "p", "PolicyDocument": allow, "Roles": []any{"nobody"}}, "NotFound", "The role with name nobody cannot be found.")
	managed := b.Must("ManagedPolicy", p{"ManagedPolicyName": "m", "PolicyDocument": allow, "Roles": []any{role}})
	if managed != "arn:aws:iam::000000000000:policy/m" {
		t.Errorf("managed policy %s", managed)
	}
	b.Refuses("ManagedPolicy", p{"ManagedPolicyName": "m", "PolicyDocument": allow}, "AlreadyExists", "Resource of type 'AWS::IAM::ManagedPolicy' with identifier '"+managed+"' already exists.")
	on := b.Must("RolePolicy", p{"PolicyName": "q", "RoleName": role, "PolicyDocument": allow})
	if on != "q|r" {
		t.Errorf("role policy %s", on)
	}
	b.Keeps("Role", role, "ResourceConflict", "Cannot delete entity, must delete policies first.")
	for _, one := range [][2]string{{"Policy", inline}, {"RolePolicy", on}} {
		if err := b.Remove(one[0], one[1]); err != nil {
			t.Error(err)
		}
	}
	b.Keeps("Role", role, "ResourceConflict", "Cannot delete entity, must detach all policies first.")
	if err := b.Remove("ManagedPolicy", managed); err != nil {
		t.Error(err)
	}
	b.Refuses("Role", p{"AssumeRolePolicyDocument": trust, "ManagedPolicyArns": []any{managed}}, "NotFound", "Policy "+managed+" does not exist or is not attachable.")
	if err := b.Remove("Role", role); err != nil {
		t.Error(err)
	}
	b.Refuses("ManagedPolicy", p{"PolicyDocument": p{"Statement": []any{p{"Effect": "Allow", "Action": strings.Repeat("a", 6200), "Resource": "*"}}}}, "ServiceLimitExceeded", "Cannot exceed quota for PolicySize: 6144")
}
