package stack_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/stack"
)

// plant puts a change set of somebody's in the place of one, as who may plan, and not deploy, can.
func (f *fixture) plant(name string) {
	f.t.Helper()
	ctx := context.Background()
	_, err := f.API.DeleteChangeSet(ctx, &cloudformation.DeleteChangeSetInput{StackName: aws.String("S"), ChangeSetName: &name})
	f.must(err)
	_, err = f.API.CreateChangeSet(ctx, &cloudformation.CreateChangeSetInput{
		StackName: aws.String("S"), ChangeSetName: &name, TemplateBody: aws.String(string(groups("a", "planted"))),
		Capabilities: []types.Capability{types.CapabilityCapabilityNamedIam},
	})
	f.must(err)
	f.server.Advance(time.Minute)
}

// sets are the names of the stack's change sets that could be executed.
func (f *fixture) sets() (names []string) {
	f.t.Helper()
	out, err := f.API.ListChangeSets(context.Background(), &cloudformation.ListChangeSetsInput{StackName: aws.String("S")})
	f.must(err)
	for _, c := range out.Summaries {
		if c.ExecutionStatus != types.ExecutionStatusAvailable {
			continue
		}
		names = append(names, aws.ToString(c.ChangeSetName))
	}
	return names
}

// notPlanted makes sure that a stack has what was wanted, and nothing that somebody planted.
func (f *fixture) notPlanted() {
	f.t.Helper()
	out, err := f.API.GetTemplate(context.Background(), &cloudformation.GetTemplateInput{StackName: aws.String("S")})
	f.must(err)
	if text := aws.ToString(out.TemplateBody); strings.Contains(text, "planted") || !strings.Contains(text, "wanted") {
		f.t.Errorf("the stack has\n%s", text)
	}
}

func TestAChangeSetOfSomebodyElseIsNeverExecuted(t *testing.T) {
	wanted := stack.Spec{Name: "S", Template: groups("a", "wanted")}
	t.Run("put in the place of the one that was shown", func(t *testing.T) {
		f := newFixture(t)
		f.mustDeploy(stack.Spec{Name: "S", Template: groups("a")})
		shown := 0
		_, err := f.Deploy(context.Background(), wanted, func(p stack.Plan) error {
			shown++
			if _, planted := p.Change("planted"); planted {
				t.Error("what was planted is shown as if it were ours")
			}
			if shown == 1 {
				f.plant(f.sets()[0])
			}
			return nil
		})
		f.must(err)
		f.notPlanted()
		if shown != 2 {
			t.Errorf("it was shown %d times", shown)
		}
	})
	t.Run("there before", func(t *testing.T) {
		f := newFixture(t)
		f.mustDeploy(stack.Spec{Name: "S", Template: groups("a")})
		stop := context.Canceled
		var name string
		_, err := f.Deploy(context.Background(), wanted, func(stack.Plan) error { name = f.sets()[0]; return stop }) // to learn the name
		if err != stop {
			t.Fatal(err)
		}
		f.API.CreateChangeSet(context.Background(), &cloudformation.CreateChangeSetInput{
			StackName: aws.String("S"), ChangeSetName: &name, TemplateBody: aws.String(string(groups("a", "planted"))),
		})
		f.server.Advance(time.Minute)
		f.mustDeploy(wanted)
		f.notPlanted()
	})
	t.Run("where the answer to ours was lost", func(t *testing.T) {
		f := newFixture(t)
		f.mustDeploy(stack.Spec{Name: "S", Template: groups("a")})
		f.server.Inject(awslocal.Fault{Operation: "cloudformation:CreateChangeSet", Call: 2, Kind: awslocal.ConnectionReset, After: true})
		f.mustDeploy(wanted)
		f.notPlanted()
		if left := f.sets(); len(left) != 0 {
			t.Errorf("change sets left: %q", left)
		}
	})
}

func TestPlansAndDeploymentsHaveNamesOfTheirOwn(t *testing.T) {
	f := newFixture(t)
	f.mustDeploy(stack.Spec{Name: "S", Template: groups("a")})
	var seen []string
	_, err := f.Deploy(context.Background(), stack.Spec{Name: "S", Template: groups("b")}, func(stack.Plan) error { seen = f.sets(); return nil })
	f.must(err)
	if len(seen) != 1 || !strings.HasPrefix(seen[0], "splitecs-deploy-") {
		t.Errorf("a deployment has change sets %q", seen)
	}
	f.server.Inject(awslocal.Fault{Operation: "cloudformation:DeleteChangeSet", Kind: awslocal.AccessDenied})
	if _, err := f.Plan(context.Background(), stack.Spec{Name: "S", Template: groups("c")}); err == nil {
		t.Fatal("its change set was removed")
	}
	if left := f.sets(); len(left) != 1 || !strings.HasPrefix(left[0], "splitecs-plan-") {
		t.Errorf("a plan has change sets %q", left)
	}
}
