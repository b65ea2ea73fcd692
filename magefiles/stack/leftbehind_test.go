package stack_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/stack"
)

// nothingLeft makes sure that stack S has no change set; where it was not there before, that it is not there.
func (f *fixture) nothingLeft(fresh bool) {
	f.t.Helper()
	f.server.Advance(time.Minute) // what was being computed is
	if fresh {
		if now, err := f.API.DescribeStacks(context.Background(), &cloudformation.DescribeStacksInput{StackName: aws.String("S")}); err == nil {
			f.t.Errorf("an empty stack is left: %s", now.Stacks[0].StackStatus)
		}
		return
	}
	if left := f.sets(); len(left) != 0 {
		f.t.Errorf("change sets are left: %q", left)
	}
}

// Who may plan may not delete stacks: the plan of a new one is told all the same, and the first deployment takes what it left.
func TestAPlanOfANewStackByWhoMayNotDelete(t *testing.T) {
	for _, denied := range []string{"cloudformation:ListChangeSets", "cloudformation:DeleteStack"} {
		t.Run(denied, func(t *testing.T) {
			f := newFixture(t)
			spec := stack.Spec{Name: "S", Template: groups("a")}
			f.server.Inject(awslocal.Fault{Operation: denied, Kind: awslocal.AccessDenied, Call: 1})
			p, err := f.Plan(context.Background(), spec)
			if err != nil || p.Empty() {
				t.Fatalf("plan %+v, error %v", p, err)
			}
			if _, err := f.Plan(context.Background(), spec); err != nil {
				t.Errorf("the second plan: %v", err)
			}
			f.mustDeploy(spec)
		})
	}
}

// A run that is interrupted, or refused, before a change set is executed removes it, and the stack that it brought along.
func TestARunThatEndsEarlyLeavesNothingBehind(t *testing.T) {
	spec := stack.Spec{Name: "S", Template: groups("a", "b")}
	for name, end := range map[string]func(*fixture) error{
		"a plan, interrupted while its change set is computed": func(f *fixture) error {
			ctx, cancel := context.WithCancel(context.Background())
			f.before("DescribeChangeSet", func(*cloudformation.Client) { cancel() })
			_, err := f.Plan(ctx, spec)
			return err
		},
		"a plan, interrupted while it waits": func(f *fixture) error {
			ctx, cancel := context.WithCancel(context.Background())
			pause := f.Pause
			f.Pause = func(ctx context.Context, d time.Duration) error { cancel(); return pause(ctx, d) }
			_, err := f.Plan(ctx, spec)
			return err
		},
		"a deployment, interrupted at the question": func(f *fixture) error {
			ctx, cancel := context.WithCancel(context.Background())
			_, err := f.Deploy(ctx, spec, func(stack.Plan) error { cancel(); return ctx.Err() })
			return err
		},
		"a deployment, interrupted after the question": func(f *fixture) error {
			ctx, cancel := context.WithCancel(context.Background())
			_, err := f.Deploy(ctx, spec, func(stack.Plan) error { cancel(); return nil })
			return err
		},
		"a plan that may not be read": func(f *fixture) error {
			f.server.Inject(awslocal.Fault{Operation: "cloudformation:DescribeChangeSet", Kind: awslocal.AccessDenied})
			_, err := f.Plan(context.Background(), spec)
			return err
		},
	} {
		for _, fresh := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, fresh: %t", name, fresh), func(t *testing.T) {
				f := newFixture(t)
				if !fresh {
					f.mustDeploy(stack.Spec{Name: "S", Template: groups("a")})
				}
				if err := end(f); err == nil {
					t.Fatal("it ended well")
				}
				f.nothingLeft(fresh)
			})
		}
	}
}

// What killed runs leave behind, and nothing of anybody else, makes way when a stack can have no more of it.
func TestAStackThatIsFullOfChangeSets(t *testing.T) {
	ctx, spec := context.Background(), stack.Spec{Name: "S", Template: groups("a", "wanted")}
	f := newFixture(t)
	f.Now = f.server.Now
	f.mustDeploy(stack.Spec{Name: "S", Template: groups("a")})
	add := func(name string) error {
		_, err := f.API.CreateChangeSet(ctx, &cloudformation.CreateChangeSetInput{
			StackName: aws.String("S"), ChangeSetName: &name, TemplateBody: aws.String(string(groups("a", "b"))),
			Capabilities: []types.Capability{types.CapabilityCapabilityNamedIam},
		})
		return err
	}
	var full *types.LimitExceededException
	for i := 0; full == nil; i++ {
		if err := add(fmt.Sprintf("theirs-%d", i)); !errors.As(err, &full) {
			f.must(err)
		}
	}
	one := func(remove, instead string) {
		t.Helper()
		f.server.Advance(2 * time.Hour)
		_, err := f.API.DeleteChangeSet(ctx, &cloudformation.DeleteChangeSetInput{StackName: aws.String("S"), ChangeSetName: &remove})
		f.must(err)
		f.must(add(instead))
		f.server.Advance(time.Minute)
	}
	plans := func(fits bool) {
		t.Helper()
		f.notes = nil
		_, err := f.Plan(ctx, spec)
		f.fits(err, fits)
	}
	deploys := func(fits bool) {
		t.Helper()
		f.notes = nil
		_, err := f.Deploy(ctx, spec, approve)
		f.fits(err, fits)
	}
	f.server.Advance(2 * time.Hour)
	plans(false)
	deploys(false)

	one("theirs-0", "splitecs-plan-left")
	plans(false) // somebody may be reading it
	f.server.Advance(2 * time.Hour)
	plans(true)

	f.must(add("splitecs-deploy-left"))
	f.server.Advance(time.Minute)
	deploys(false) // somebody may be about to approve it
	f.server.Advance(2 * time.Hour)
	plans(false) // who plans may not remove it
	deploys(true)
}

// fits makes sure that a stack has room for one more change set, and that what is removed for it is told.
func (f *fixture) fits(err error, fits bool) {
	f.t.Helper()
	_, full := errors.AsType[*stack.FullError](err)
	if full == fits || err != nil && !full {
		f.t.Errorf("it ends with %v", err)
	}
	if said := strings.Join(f.notes, "\n"); strings.Contains(said, "removing the 1 oldest that were left behind") != fits {
		f.t.Errorf("it is said that %q", said)
	}
}
