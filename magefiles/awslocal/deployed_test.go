package awslocal_test

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
)

// region is an embedded AWS with both stacks of Bellyfed's environment dev.
type region struct {
	*awslocal.Test
	t        testing.TB
	stacks   *cloudformation.Client
	services *ecs.Client
}

func deployed(t testing.TB) *region {
	t.Helper()
	r := &region{Test: awslocal.Start(t), t: t}
	r.stacks, r.services = cloudformation.NewFromConfig(r.Config()), ecs.NewFromConfig(r.Config())
	outputs := r.deploy("infra", nil)
	outputs["ImageUri"] = r.push(outputs["RepositoryName"])
	r.deploy("service", outputs)
	return r
}

func (r *region) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// deploy creates a stack from a golden template of package cfn and returns its outputs.
func (r *region) deploy(kind string, values map[string]string) map[string]string {
	r.t.Helper()
	template, err := os.ReadFile(filepath.Join("..", "..", "cfn", "testdata", "golden", "dev."+kind+".yaml"))
	r.must(err)
	wanted, err := r.stacks.ValidateTemplate(ctx, &cloudformation.ValidateTemplateInput{TemplateBody: aws.String(string(template))})
	r.must(err)
	in := &cloudformation.CreateStackInput{
		StackName: aws.String("Bellyfed-" + kind), TemplateBody: aws.String(string(template)), Capabilities: []types.Capability{types.CapabilityCapabilityNamedIam},
	}
	for _, p := range wanted.Parameters {
		if v, ok := values[*p.ParameterKey]; ok {
			in.Parameters = append(in.Parameters, types.Parameter{ParameterKey: p.ParameterKey, ParameterValue: &v})
		}
	}
	_, err = r.stacks.CreateStack(ctx, in)
	r.must(err)
	for range 1000 {
		r.Advance(5 * time.Second)
		out, err := r.stacks.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: in.StackName})
		r.must(err)
		stack := out.Stacks[0]
		switch stack.StackStatus {
		case types.StackStatusCreateInProgress:
			continue
		case types.StackStatusCreateComplete:
			outputs := map[string]string{}
			for _, o := range stack.Outputs {
				outputs[*o.OutputKey] = *o.OutputValue
			}
			return outputs
		}
		r.t.Fatalf("stack %s: %s: %s", *in.StackName, stack.StackStatus, aws.ToString(stack.StackStatusReason))
	}
	r.t.Fatalf("stack %s is not there in time", *in.StackName)
	return nil
}

// push pushes a small image for linux/amd64 and returns its reference.
func (r *region) push(repository string) string {
	r.t.Helper()
	token, err := ecr.NewFromConfig(r.Config()).GetAuthorizationToken(ctx, &ecr.GetAuthorizationTokenInput{})
	r.must(err)
	plain, err := base64.StdEncoding.DecodeString(*token.AuthorizationData[0].AuthorizationToken)
	r.must(err)
	user, password, _ := strings.Cut(string(plain), ":")
	image, err := random.Image(1000, 1)
	r.must(err)
	image, err = mutate.ConfigFile(image, &v1.ConfigFile{OS: "linux", Architecture: "amd64"})
	r.must(err)
	tag, err := name.NewTag(strings.TrimPrefix(r.URL(), "http://") + "/" + repository + ":v1")
	r.must(err)
	r.must(remote.Write(tag, image, remote.WithAuth(&authn.Basic{Username: user, Password: password})))
	digest, err := image.Digest()
	r.must(err)
	return awslocal.AccountID + ".dkr.ecr." + awslocal.DefaultRegion + ".localhost/" + repository + "@" + digest.String()
}

// stopped are the reasons of the service's tasks that have stopped.
func (r *region) stopped() (reasons []string) {
	r.t.Helper()
	list, err := r.services.ListTasks(ctx, &ecs.ListTasksInput{Cluster: aws.String("bellyfed-dev"), DesiredStatus: ecstypes.DesiredStatusStopped})
	r.must(err)
	if len(list.TaskArns) == 0 {
		return nil
	}
	out, err := r.services.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: aws.String("bellyfed-dev"), Tasks: list.TaskArns})
	r.must(err)
	for _, task := range out.Tasks {
		reasons = append(reasons, aws.ToString(task.StoppedReason))
	}
	return reasons
}

func TestAScenarioIsRehearsed(t *testing.T) {
	r := deployed(t)
	restart := func() {
		t.Helper()
		_, err := r.services.UpdateService(ctx, &ecs.UpdateServiceInput{Cluster: aws.String("bellyfed-dev"), Service: aws.String("bellyfed-dev-service"), ForceNewDeployment: true})
		r.must(err)
		for range 24 {
			r.Advance(5 * time.Second)
			r.stopped()
		}
	}
	exited := func(reason string) bool { return reason == "Essential container in task exited" }
	if restart(); slices.ContainsFunc(r.stopped(), exited) {
		t.Errorf("without a scenario: %q", r.stopped())
	}
	r.Rehearse("exit:3")
	if restart(); !slices.ContainsFunc(r.stopped(), exited) {
		t.Errorf("rehearsing exit:3: %q", r.stopped())
	}
	if err := r.Server.Rehearse("sulk"); err == nil {
		t.Error("sulk was accepted")
	}
}

// BenchmarkDescribeStacks is what a client that polls sees.
func BenchmarkDescribeStacks(b *testing.B) {
	r := deployed(b)
	for b.Loop() {
		if _, err := r.stacks.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSave is a call that changes one tag: a transaction with a save of what it changed.
func BenchmarkSave(b *testing.B) {
	r := deployed(b)
	arn := "arn:aws:ecs:" + awslocal.DefaultRegion + ":" + awslocal.AccountID + ":cluster/bellyfed-dev"
	for b.Loop() {
		if _, err := r.services.TagResource(ctx, &ecs.TagResourceInput{ResourceArn: &arn, Tags: []ecstypes.Tag{{Key: aws.String("a"), Value: aws.String("b")}}}); err != nil {
			b.Fatal(err)
		}
	}
}
