package ledger_test

import (
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

	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/awslocal/ledger"
)

// template is a stack with one resource.
const template = `{"Resources": {"Logs": {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 7}}}}`

// account is an embedded AWS at full speed.
type account struct {
	t      *testing.T
	dir    string
	stacks *cloudformation.Client
	cfg    aws.Config
}

func newAccount(t *testing.T) *account {
	t.Helper()
	a := &account{t: t, dir: t.TempDir()}
	server, err := awslocal.Open(awslocal.Options{Dir: a.dir, Speed: awslocal.MaxSpeed})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	a.cfg = server.Config()
	a.stacks = cloudformation.NewFromConfig(a.cfg)
	return a
}

func (a *account) must(err error) {
	a.t.Helper()
	if err != nil {
		a.t.Fatal(err)
	}
}

func (a *account) wants(want ...string) {
	a.t.Helper()
	got, err := ledger.Read(a.t.Context(), a.dir)
	a.must(err)
	if !slices.Equal(got, want) {
		a.t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// propose makes a change set for a new stack.
func (a *account) propose(stack, name string) {
	a.t.Helper()
	in := &cloudformation.CreateChangeSetInput{
		StackName: &stack, ChangeSetName: &name, ChangeSetType: types.ChangeSetTypeCreate, TemplateBody: aws.String(template),
	}
	_, err := a.stacks.CreateChangeSet(a.t.Context(), in)
	a.must(err)
	a.must(cloudformation.NewChangeSetCreateCompleteWaiter(a.stacks, func(o *cloudformation.ChangeSetCreateCompleteWaiterOptions) {
		o.MinDelay = time.Millisecond
	}).Wait(a.t.Context(), &cloudformation.DescribeChangeSetInput{StackName: &stack, ChangeSetName: &name}, time.Minute))
}

func (a *account) create(stack string) {
	a.t.Helper()
	_, err := a.stacks.CreateStack(a.t.Context(), &cloudformation.CreateStackInput{StackName: &stack, TemplateBody: aws.String(template)})
	a.must(err)
	a.must(cloudformation.NewStackCreateCompleteWaiter(a.stacks, func(o *cloudformation.StackCreateCompleteWaiterOptions) {
		o.MinDelay = time.Millisecond
	}).Wait(a.t.Context(), &cloudformation.DescribeStacksInput{StackName: &stack}, time.Minute))
}

func (a *account) remove(stack string) {
	a.t.Helper()
	_, err := a.stacks.DeleteStack(a.t.Context(), &cloudformation.DeleteStackInput{StackName: &stack})
	a.must(err)
	a.must(cloudformation.NewStackDeleteCompleteWaiter(a.stacks, func(o *cloudformation.StackDeleteCompleteWaiterOptions) {
		o.MinDelay = time.Millisecond
	}).Wait(a.t.Context(), &cloudformation.DescribeStacksInput{StackName: &stack}, time.Minute))
}

func TestWhatIsDoneTwiceIsTwoOfIt(t *testing.T) {
	a := newAccount(t)
	a.wants()
	a.create("app")
	a.remove("app")
	a.create("app")
	a.wants("stack app: CREATE", "stack app: CREATE DELETE")
}

func TestAStackThatNeverHeldAnythingIsNothing(t *testing.T) {
	a := newAccount(t)
	a.propose("app", "first")
	a.wants("change set first of app: left", "stack app:")
	a.remove("app")
	a.wants()
}

func TestRevisionsAndRepositoriesAreCounted(t *testing.T) {
	a := newAccount(t)
	ctx := t.Context()
	_, err := ecr.NewFromConfig(a.cfg).CreateRepository(ctx, &ecr.CreateRepositoryInput{RepositoryName: aws.String("shop")})
	a.must(err)
	tasks := ecs.NewFromConfig(a.cfg)
	for range 2 {
		_, err := tasks.RegisterTaskDefinition(ctx, &ecs.RegisterTaskDefinitionInput{
			Family: aws.String("web"), Cpu: aws.String("256"), Memory: aws.String("512"), NetworkMode: ecstypes.NetworkModeAwsvpc,
			RequiresCompatibilities: []ecstypes.Compatibility{ecstypes.CompatibilityFargate},
			ContainerDefinitions:    []ecstypes.ContainerDefinition{{Name: aws.String("web"), Image: aws.String("web")}},
		})
		a.must(err)
	}
	_, err = tasks.DeregisterTaskDefinition(ctx, &ecs.DeregisterTaskDefinitionInput{TaskDefinition: aws.String("web:1")})
	a.must(err)
	a.wants("family web: 2 revisions", "repository shop: 0 images, 0 tags")
}
