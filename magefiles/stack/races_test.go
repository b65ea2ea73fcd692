package stack_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	smithy "github.com/aws/smithy-go/middleware"

	"github.com/bellyfed/splitecs/magefiles/stack"
)

// before lets somebody else do something right before the first request of an operation.
func (f *fixture) before(operation string, do func(*cloudformation.Client)) {
	other := f.API
	done := false
	f.API = cloudformation.NewFromConfig(f.server.Config(), func(o *cloudformation.Options) {
		o.APIOptions = append(o.APIOptions, func(s *smithy.Stack) error {
			return s.Initialize.Add(smithy.InitializeMiddlewareFunc("somebody else", func(ctx context.Context, in smithy.InitializeInput, next smithy.InitializeHandler) (smithy.InitializeOutput, smithy.Metadata, error) {
				if middleware.GetOperationName(ctx) == operation && !done {
					done = true
					do(other)
				}
				return next.HandleInitialize(ctx, in)
			}), smithy.After)
		})
	})
}

func (f *fixture) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// Somebody else who begins in between is followed to the end, and then it is decided again; or told, where that is wanted.
func TestSomebodyElseWasFaster(t *testing.T) {
	ctx := context.Background()
	update := func(f *fixture) func(*cloudformation.Client) {
		return func(c *cloudformation.Client) {
			_, err := c.UpdateStack(ctx, &cloudformation.UpdateStackInput{StackName: aws.String("S"), TemplateBody: aws.String(string(groups("a", "theirs")))})
			f.must(err)
		}
	}
	create := func(f *fixture) func(*cloudformation.Client) {
		return func(c *cloudformation.Client) {
			_, err := c.CreateStack(ctx, &cloudformation.CreateStackInput{StackName: aws.String("S"), TemplateBody: aws.String(string(groups("a", "theirs")))})
			f.must(err)
		}
	}
	remove := func(f *fixture) func(*cloudformation.Client) {
		return func(c *cloudformation.Client) {
			_, err := c.DeleteStack(ctx, &cloudformation.DeleteStackInput{StackName: aws.String("S")})
			f.must(err)
		}
	}
	for name, c := range map[string]struct {
		there     bool
		operation string
		do        func(*fixture) func(*cloudformation.Client)
	}{
		"updates before the change set is made":    {true, "CreateChangeSet", update},
		"updates before it is looked at":           {true, "DescribeChangeSet", update},
		"updates before it is executed":            {true, "ExecuteChangeSet", update},
		"deletes before the change set is made":    {true, "CreateChangeSet", remove},
		"deletes before it is executed":            {true, "ExecuteChangeSet", remove},
		"creates before the change set is made":    {false, "CreateChangeSet", create},
		"removes the stack before it is looked at": {false, "DescribeChangeSet", remove},
		"removes the stack before it is executed":  {false, "ExecuteChangeSet", remove},
	} {
		for _, refuse := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				f := newFixture(t)
				if c.there {
					f.mustDeploy(stack.Spec{Name: "S", Template: groups("a")})
				}
				f.before(c.operation, c.do(f))
				want := stack.Spec{Name: "S", Template: groups("a", "ours"), RefuseBusy: refuse}
				result, err := f.deploy(want)
				if _, busy := errors.AsType[*stack.BusyError](err); busy && refuse {
					return
				}
				if err != nil || !result.Changed {
					t.Fatalf("changed %t, %v; notes %q", result.Changed, err, f.notes)
				}
				if !strings.Contains(strings.Join(f.notes, "\n"), "somebody else was faster") {
					t.Errorf("nobody was faster: %q", f.notes)
				}
			})
		}
	}
}

// Who is hindered each time is told that the stack is busy, and not that the template is wrong.
func TestSomebodyElseIsAlwaysFaster(t *testing.T) {
	f := newFixture(t)
	f.mustDeploy(stack.Spec{Name: "S", Template: groups("a")})
	f.API = cloudformation.NewFromConfig(f.server.Config(), func(o *cloudformation.Options) {
		o.APIOptions = append(o.APIOptions, func(s *smithy.Stack) error {
			return s.Initialize.Add(smithy.InitializeMiddlewareFunc("refused", func(ctx context.Context, in smithy.InitializeInput, next smithy.InitializeHandler) (out smithy.InitializeOutput, m smithy.Metadata, err error) {
				if middleware.GetOperationName(ctx) == "ExecuteChangeSet" {
					return out, m, &types.InvalidChangeSetStatusException{Message: aws.String("ChangeSet [x] cannot be executed in its current status of [OBSOLETE]")}
				}
				return next.HandleInitialize(ctx, in)
			}), smithy.After)
		})
	})
	_, err := f.deploy(stack.Spec{Name: "S", Template: groups("a", "b")})
	if busy, ok := errors.AsType[*stack.BusyError](err); !ok || !strings.Contains(busy.Error(), "cannot be executed") {
		t.Errorf("got %v", err)
	}
}

// review leaves a change set for a new stack behind, as a look or an approval that takes its time does.
func (f *fixture) review(name string) string {
	f.t.Helper()
	out, err := f.API.CreateChangeSet(context.Background(), &cloudformation.CreateChangeSetInput{
		StackName: aws.String("S"), ChangeSetName: aws.String(name), ChangeSetType: types.ChangeSetTypeCreate, TemplateBody: aws.String(string(groups("a"))),
	})
	f.must(err)
	f.server.Advance(5 * time.Second)
	return aws.ToString(out.StackId)
}

func TestAStackUnderReviewIsNotRemovedUnderSomebody(t *testing.T) {
	ctx := context.Background()
	spec := stack.Spec{Name: "S", Template: groups("a", "b")}
	t.Run("a look leaves theirs", func(t *testing.T) {
		f := newFixture(t)
		id := f.review("theirs")
		p, err := f.Plan(ctx, spec)
		if err != nil || !p.Creates || len(p.Changes) != 2 {
			t.Fatalf("%+v, %v", p, err)
		}
		_, err = f.API.ExecuteChangeSet(ctx, &cloudformation.ExecuteChangeSetInput{ChangeSetName: aws.String("theirs"), StackName: aws.String(id)})
		f.must(err)
	})
	t.Run("a deployment makes use of it", func(t *testing.T) {
		f := newFixture(t)
		id := f.review("theirs")
		if result := f.mustDeploy(spec); result.Stack.ID != id || result.Stack.Status != types.StackStatusCreateComplete {
			t.Errorf("got %+v, not %s", result.Stack, id)
		}
	})
	t.Run("an old one that could be executed is kept", func(t *testing.T) {
		f := newFixture(t)
		f.Now = f.server.Now
		id := f.review("theirs")
		f.server.Advance(25 * time.Hour)
		if result := f.mustDeploy(spec); result.Stack.ID != id {
			t.Errorf("got %+v, not %s", result.Stack, id)
		}
	})
	t.Run("an old one without anything to execute is removed", func(t *testing.T) {
		f := newFixture(t)
		f.Now = f.server.Now
		id := f.review("theirs")
		_, err := f.API.DeleteChangeSet(ctx, &cloudformation.DeleteChangeSetInput{ChangeSetName: aws.String("theirs"), StackName: aws.String(id)})
		f.must(err)
		f.server.Advance(25 * time.Hour)
		if result := f.mustDeploy(spec); result.Stack.ID == id || !strings.Contains(strings.Join(f.notes, "\n"), "left behind") {
			t.Errorf("got %+v, notes %q", result.Stack, f.notes)
		}
	})
}
