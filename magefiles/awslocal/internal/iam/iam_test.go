package iam_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/awstest"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/iam"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sim"
)

type p = map[string]any

type bench struct {
	t       *testing.T
	world   *sim.World
	service *iam.Service
	types   map[string]resource.Type
}

func newBench(t *testing.T) *bench {
	t.Helper()
	w, _ := awstest.World(t)
	b := &bench{t: t, world: w, service: iam.New(w, awstest.Account), types: map[string]resource.Type{}}
	for _, typ := range b.service.Types() {
		b.types[typ.Name] = typ
	}
	return b
}

func (b *bench) make(name string, properties p) (id string, err error) {
	b.t.Helper()
	typ := b.types["AWS::IAM::"+name]
	checked, problems := typ.Properties.Check(properties, nil)
	if len(problems) > 0 {
		b.t.Fatalf("%s: %v", name, problems)
	}
	awstest.Do(b.t, b.world, func() {
		id, err = typ.Create(resource.Request{Stack: "Stack", LogicalID: "Logical", Properties: checked})
	})
	return id, err
}

func (b *bench) must(name string, properties p) string {
	b.t.Helper()
	id, err := b.make(name, properties)
	if err != nil {
		b.t.Fatalf("%s: %v", name, err)
	}
	return id
}

func (b *bench) remove(name, id string) error {
	return b.types["AWS::IAM::"+name].Delete(resource.Request{PhysicalID: id})
}

func wantFailure(t *testing.T, err error, code, message string) {
	t.Helper()
	var e *resource.Error
	if !errors.As(err, &e) || e.Code != code || e.Message != message {
		t.Errorf("got  %#v\nwant %s %s", err, code, message)
	}
}

var (
	trust = p{"Version": "2012-10-17", "Statement": []any{p{"Effect": "Allow", "Principal": p{"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}}}
	allow = p{"Version": "2012-10-17", "Statement": []any{p{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}}
)

func TestRole(t *testing.T) {
	b := newBench(t)
	name := b.must("Role", p{"AssumeRolePolicyDocument": trust, "RoleName": "task", "Path": "/app/"})
	arn, err := b.types["AWS::IAM::Role"].Attribute(name, "Arn")
	if err != nil || name != "task" || arn != "arn:aws:iam::000000000000:role/app/task" || !b.service.HasRole("arn:aws:iam::000000000000:role/app/task") {
		t.Errorf("role %s %v %v", name, arn, err)
	}
	if id, _ := b.types["AWS::IAM::Role"].Attribute(name, "RoleId"); !regexp.MustCompile(`^AROA[0-9A-Z]{17}$`).MatchString(id.(string)) {
		t.Errorf("role id %v", id)
	}
	_, err = b.make("Role", p{"AssumeRolePolicyDocument": trust, "RoleName": "task"})
	wantFailure(t, err, "AlreadyExists", "Resource of type 'AWS::IAM::Role' with identifier 'task' already exists.")
	if generated := b.must("Role", p{"AssumeRolePolicyDocument": trust}); !strings.HasPrefix(generated, "Stack-Logical-") {
		t.Errorf("generated name %s", generated)
	}
	_, err = b.make("Role", p{"AssumeRolePolicyDocument": allow})
	wantFailure(t, err, "InvalidRequest", "Has prohibited field Resource")
	_, err = b.make("Role", p{"AssumeRolePolicyDocument": trust, "Policies": []any{p{"PolicyName": "x", "PolicyDocument": trust}}})
	wantFailure(t, err, "InvalidRequest", "Policy document should not specify a principal.")
	_, err = b.make("Role", p{"AssumeRolePolicyDocument": p{"Statement": []any{}}})
	wantFailure(t, err, "InvalidRequest", "Syntax errors in policy.")
	_, err = b.make("Role", p{"AssumeRolePolicyDocument": trust, "RoleName": "sp ace"})
	wantFailure(t, err, "InvalidRequest", "The specified value for roleName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-")
	_, err = b.make("Role", p{"AssumeRolePolicyDocument": trust, "ManagedPolicyArns": []any{"nonsense"}})
	wantFailure(t, err, "InvalidRequest", "ARN nonsense is not valid.")
	b.must("Role", p{"AssumeRolePolicyDocument": trust, "ManagedPolicyArns": []any{"arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"}})
}

func TestPolicies(t *testing.T) {
	b := newBench(t)
	role := b.must("Role", p{"AssumeRolePolicyDocument": trust, "RoleName": "r"})
	inline := b.must("Policy", p{"PolicyName": "p", "PolicyDocument": allow, "Roles": []any{role}})
	_, err := b.make("Policy", p{"PolicyName": "p", "PolicyDocument": allow})
	wantFailure(t, err, "InvalidRequest", "At least one of [Groups,Roles,Users] must be non-empty.")
	_, err = b.make("Policy", p{"PolicyName": "p", "PolicyDocument": allow, "Roles": []any{"nobody"}})
	wantFailure(t, err, "NotFound", "The role with name nobody cannot be found.")
	managed := b.must("ManagedPolicy", p{"ManagedPolicyName": "m", "PolicyDocument": allow, "Roles": []any{role}})
	if managed != "arn:aws:iam::000000000000:policy/m" {
		t.Errorf("managed policy %s", managed)
	}
	_, err = b.make("ManagedPolicy", p{"ManagedPolicyName": "m", "PolicyDocument": allow})
	wantFailure(t, err, "AlreadyExists", "Resource of type 'AWS::IAM::ManagedPolicy' with identifier '"+managed+"' already exists.")
	on := b.must("RolePolicy", p{"PolicyName": "q", "RoleName": role, "PolicyDocument": allow})
	if on != "q|r" {
		t.Errorf("role policy %s", on)
	}
	wantFailure(t, b.remove("Role", role), "ResourceConflict", "Cannot delete entity, must delete policies first.")
	for _, one := range [][2]string{{"Policy", inline}, {"RolePolicy", on}} {
		if err := b.remove(one[0], one[1]); err != nil {
			t.Error(err)
		}
	}
	wantFailure(t, b.remove("Role", role), "ResourceConflict", "Cannot delete entity, must detach all policies first.")
	if err := b.remove("ManagedPolicy", managed); err != nil {
		t.Error(err)
	}
	_, err = b.make("Role", p{"AssumeRolePolicyDocument": trust, "ManagedPolicyArns": []any{managed}})
	wantFailure(t, err, "NotFound", "Policy "+managed+" does not exist or is not attachable.")
	if err := b.remove("Role", role); err != nil {
		t.Error(err)
	}
	_, err = b.make("ManagedPolicy", p{"PolicyDocument": p{"Statement": []any{p{"Effect": "Allow", "Action": strings.Repeat("a", 6200), "Resource": "*"}}}})
	wantFailure(t, err, "ServiceLimitExceeded", "Cannot exceed quota for PolicySize: 6144")
}
