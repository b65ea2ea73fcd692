package preflight_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/preflight"
)

func reader(cfg aws.Config) preflight.Reader {
	return preflight.Reader{
		Caller: sts.NewFromConfig(cfg), Roles: preflight.IAM{Config: cfg}, Secrets: secretsmanager.NewFromConfig(cfg), Parameters: preflight.SSM{Config: cfg},
		Logs: cloudwatchlogs.NewFromConfig(cfg), Balancing: elb.NewFromConfig(cfg), Network: preflight.EC2{Config: cfg},
		Containers: ecs.NewFromConfig(cfg),
		Image: func(context.Context, string) (preflight.Image, error) {
			return preflight.Image{}, &preflight.ReadError{Operation: "ecr:BatchGetImage", Denied: true, Err: errors.New("no")}
		},
	}
}

// In an empty account nothing that is wanted is there.
func TestReadingAnEmptyAccount(t *testing.T) {
	server := awslocal.Start(t)
	got := reader(server.Config()).Read(t.Context(), preflight.Facts{Wanted: good().Wanted})
	for what, state := range map[string]preflight.State{
		"execution role": got.ExecutionRole.State, "task role": got.TaskRole.State, "policies": got.Policies.State, "log group": got.LogGroup.State,
		"target group": got.TargetGroup.State, "cluster": got.Cluster.State, "service": got.Service.State, "secret": got.Secrets["DATABASE_URL"].State, "parameter": got.Secrets["KEY"].State,
	} {
		if state != preflight.Absent {
			t.Errorf("%s: state %d", what, state)
		}
	}
	if got.Caller.Value.Account != awslocal.AccountID || got.Balancers.State != preflight.Unread {
		t.Errorf("%+v %+v", got.Caller, got.Balancers)
	}
	if f := got.Image; f.State != preflight.Unknown || !f.Denied || f.Operation != "ecr:BatchGetImage" {
		t.Errorf("%+v", f)
	}
	calls := server.Calls()
	slices.Sort(calls)
	want := []string{
		"ec2:DescribeRouteTables", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcEndpoints",
		"ecs:DescribeClusters", "ecs:DescribeServices", "elasticloadbalancing:DescribeTargetGroups",
		"iam:GetRole", "iam:GetRole", "iam:ListRolePolicies", "logs:DescribeLogGroups", "secretsmanager:DescribeSecret",
		"ssm:GetParameters", "sts:GetCallerIdentity",
	}
	if !slices.Equal(calls, want) {
		t.Errorf("calls %q", calls)
	}
}

func TestReadingStopsWithItsContext(t *testing.T) {
	server := awslocal.Start(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	got := reader(server.Config()).Read(ctx, preflight.Facts{Wanted: good().Wanted})
	if got.Subnets.State != preflight.Unknown || !errors.Is(got.Subnets.Err, context.Canceled) || got.LogGroup.State != preflight.Unknown {
		t.Errorf("%+v %+v", got.Subnets, got.LogGroup)
	}
	if calls := server.Calls(); len(calls) > 0 {
		t.Errorf("calls %q", calls)
	}
}

func TestReadingGoesThroughEveryPage(t *testing.T) {
	server := awslocal.Start(t)
	cfg := server.Config()
	for i := range 60 { // a page has 50 log groups
		name := fmt.Sprintf("/shop/%02d", i)
		if _, err := cloudwatchlogs.NewFromConfig(cfg).CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: &name}); err != nil {
			t.Fatal(err)
		}
	}
	w := preflight.Wanted{LogGroup: "/shop/5", Secrets: map[string]string{}}
	got := reader(cfg).Read(t.Context(), preflight.Facts{Wanted: w})
	if got.LogGroup.State != preflight.Absent {
		t.Errorf("the beginning of a name is not the name: %+v", got.LogGroup)
	}
	for i := range 23 {
		name := fmt.Sprintf("/shop/key%02d", i)
		w.Secrets[fmt.Sprintf("KEY%02d", i)] = "arn:aws:ssm:ap-southeast-1:000000000000:parameter" + name
		if i == 22 {
			break
		}
		if _, err := ssm.NewFromConfig(cfg).PutParameter(t.Context(), &ssm.PutParameterInput{Name: &name, Value: aws.String("x"), Type: ssmtypes.ParameterTypeSecureString}); err != nil {
			t.Fatal(err)
		}
	}
	got = reader(cfg).Read(t.Context(), preflight.Facts{Wanted: w})
	for name, fact := range got.Secrets {
		if want := (name == "KEY22"); (fact.State == preflight.Absent) != want || !want && !fact.Value.HasValue {
			t.Errorf("%s: %+v", name, fact)
		}
	}
	if len(got.Secrets) != 23 {
		t.Errorf("%d parameters", len(got.Secrets))
	}
}

func TestVersionsAndKeysOfSecrets(t *testing.T) {
	server := awslocal.Start(t)
	api := secretsmanager.NewFromConfig(server.Config())
	made, err := api.CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: aws.String("db"), SecretString: aws.String(`{"old":1}`)})
	if err != nil {
		t.Fatal(err)
	}
	next, err := api.PutSecretValue(t.Context(), &secretsmanager.PutSecretValueInput{SecretId: made.ARN, SecretString: aws.String(`{"url":"hidden"}`)})
	if err != nil {
		t.Fatal(err)
	}
	plain, err := api.CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: aws.String("plain"), SecretString: aws.String("hidden")})
	if err != nil {
		t.Fatal(err)
	}
	for suffix, want := range map[string]struct {
		value bool
		keys  string
	}{
		"":                                 {true, ""},
		":url::":                           {true, "url"},
		":old:AWSPREVIOUS:":                {true, "old"},
		":url::" + *next.VersionId:         {true, "url"},
		"::NONE:":                          {false, ""},
		":url::" + strings.Repeat("0", 36): {false, ""},
	} {
		facts := preflight.Facts{Wanted: preflight.Wanted{Secrets: map[string]string{"V": *made.ARN + suffix}}}
		got := reader(server.Config()).Read(t.Context(), facts).Secrets["V"]
		if got.State != preflight.Known || got.Value.HasValue != want.value || strings.Join(got.Value.Keys.Value, ",") != want.keys {
			t.Errorf("%s: %+v", suffix, got)
		}
		if strings.Contains(fmt.Sprintf("%+v", got), "hidden") {
			t.Errorf("%s: the value is kept", suffix)
		}
	}
	before := len(server.Calls())
	facts := preflight.Facts{Wanted: preflight.Wanted{Secrets: map[string]string{"A": *made.ARN, "B": *made.ARN + ":url::", "C": *made.ARN + ":other::"}}}
	reader(server.Config()).Read(t.Context(), facts)
	if calls := server.Calls()[before:]; len(calls) != 3 { // with that for the caller
		t.Errorf("three references to one value take %q", calls)
	}
	facts = preflight.Facts{Wanted: preflight.Wanted{Secrets: map[string]string{"V": *plain.ARN + ":url::"}}}
	if got := reader(server.Config()).Read(t.Context(), facts).Secrets["V"].Value.Keys; got.State != preflight.Known || len(got.Value) != 0 {
		t.Errorf("a value that is no object: %+v", got)
	}
}

// elsewhere notes which regions are asked for secrets.
type elsewhere struct {
	preflight.SecretsAPI
	preflight.ParametersAPI
	mu    sync.Mutex
	asked []string
}

func (e *elsewhere) note(what, region string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.asked = append(e.asked, what+" in "+region)
}

func (e *elsewhere) DescribeSecret(_ context.Context, in *secretsmanager.DescribeSecretInput, options ...func(*secretsmanager.Options)) (*secretsmanager.DescribeSecretOutput, error) {
	var o secretsmanager.Options
	for _, set := range options {
		set(&o)
	}
	e.note("secret", o.Region)
	return &secretsmanager.DescribeSecretOutput{ARN: in.SecretId}, nil
}

func (e *elsewhere) InvalidParameters(_ context.Context, region string, names []string) ([]string, error) {
	e.note(fmt.Sprint(len(names), " parameters"), region)
	return nil, nil
}

func TestSecretsAreReadWhereTheyAre(t *testing.T) {
	e := &elsewhere{}
	r := reader(awslocal.Start(t).Config())
	r.Secrets, r.Parameters = e, e
	r.Read(t.Context(), preflight.Facts{Wanted: preflight.Wanted{Region: region, Secrets: map[string]string{
		"A": strings.Replace(dbARN, region, "us-east-1", 1), "B": keyARN, "C": keyARN + "2", "D": strings.Replace(keyARN, region, "us-east-2", 1),
	}}})
	slices.Sort(e.asked)
	if want := []string{"1 parameters in us-east-2", "2 parameters in eu-west-1", "secret in us-east-1"}; !slices.Equal(e.asked, want) {
		t.Errorf("asked for %q", e.asked)
	}
}

// Of a running revision, only what the deployment does not take as well is asked for.
func TestReadingTheRunningRevision(t *testing.T) {
	server := awslocal.Start(t)
	r := reader(server.Config())
	w := good().Wanted
	v := preflight.Running{
		Name: "web:7", Active: true, Image: "shop@sha256:1", ExecutionRole: w.ExecutionRole, TaskRole: w.TaskRole + "-old", LogGroup: "/old",
		Secrets: map[string]string{"SAME": w.Secrets["KEY"], "OLD": keyARN + "-old", "OLDER": dbARN + ":old::"},
	}
	r.Running = func(context.Context) (preflight.Running, error) { return v, nil }
	var asked []string
	r.ImageThere = func(_ context.Context, reference string) error {
		asked = append(asked, reference)
		return &preflight.ReadError{Absent: true, Err: errors.New("no")}
	}
	got := r.Read(t.Context(), preflight.Facts{Wanted: w}).Running
	if got.State != preflight.Known || got.Value.ImageThere.State != preflight.Absent || !slices.Equal(asked, []string{v.Image}) {
		t.Errorf("%+v, asked for %q", got, asked)
	}
	for what, is := range map[string][2]preflight.State{
		"execution role": {got.Value.ExecutionRoleThere.State, preflight.Unread}, "task role": {got.Value.TaskRoleThere.State, preflight.Absent},
		"log group": {got.Value.LogGroupThere.State, preflight.Absent}, "secret OLD": {got.Value.SecretsThere["OLD"].State, preflight.Absent},
		"secret OLDER": {got.Value.SecretsThere["OLDER"].State, preflight.Absent}, "secret SAME": {got.Value.SecretsThere["SAME"].State, preflight.Unread},
	} {
		if is[0] != is[1] {
			t.Errorf("%s: state %d, want %d", what, is[0], is[1])
		}
	}
	r.Running = func(context.Context) (preflight.Running, error) {
		return preflight.Running{}, &preflight.ReadError{Absent: true, Err: errors.New("no service")}
	}
	if got := r.Read(t.Context(), preflight.Facts{Wanted: w}).Running; got.State != preflight.Absent {
		t.Errorf("%+v", got)
	}
}
