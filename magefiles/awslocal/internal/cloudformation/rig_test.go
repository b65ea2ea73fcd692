package cloudformation_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cfn "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/smithy-go"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/awstest"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/cloudformation"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ec2"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/iam"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sim"
)

var acct = awstest.Account

// rig is CloudFormation over a world whose clock is moved by hand, with a real client in front of it.
type rig struct {
	t      *testing.T
	clock  *sim.Manual
	world  *sim.World
	things *things
	record *awstest.Record
	url    string
	*cfn.Client
}

func newRig(t *testing.T, more ...resource.Type) *rig {
	t.Helper()
	w, clock := awstest.World(t)
	return serve(t, w, clock, more...)
}

// openRig is a rig over a folder that others may use too.
func openRig(t *testing.T, dir string, clock *sim.Manual, speed float64, more ...resource.Type) *rig {
	t.Helper()
	w, err := sim.Open(dir, sim.Options{Clock: clock, Seed: "test", Speed: speed})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	return serve(t, w, clock, more...)
}

func serve(t *testing.T, w *sim.World, clock *sim.Manual, more ...resource.Type) *rig {
	t.Helper()
	fakes := newThings(w)
	all := slices.Concat(fakes.types(), ec2.New(w, acct).Types(), iam.New(w, acct).Types(), more)
	record := awstest.NewRecord(cloudformation.New(w, acct, all).Wire())
	url := awstest.Serve(t, w, record.Wire())
	return &rig{t: t, clock: clock, world: w, things: fakes, record: record, url: url, Client: cfn.NewFromConfig(awstest.Config(url))}
}

var background = context.Background()

// pass lets so much time go by at once.
func (r *rig) pass(d time.Duration) {
	r.t.Helper()
	r.clock.Advance(d)
	awstest.Do(r.t, r.world, func() {})
}

// settle lets time go by until nothing is under way.
func (r *rig) settle() {
	r.t.Helper()
	for range 5000 {
		var next time.Time
		var busy bool
		awstest.Do(r.t, r.world, func() { next, busy = r.world.Next() })
		if !busy {
			return
		}
		r.clock.Advance(max(0, next.Sub(r.clock.Now())))
	}
	r.t.Fatal("the world does not come to rest")
}

// changeSet makes a change set and lets it be looked at.
func (r *rig) changeSet(stack string, kind types.ChangeSetType, body string, more ...func(*cfn.CreateChangeSetInput)) *cfn.DescribeChangeSetOutput {
	r.t.Helper()
	in := &cfn.CreateChangeSetInput{
		StackName: &stack, ChangeSetName: aws.String("cs-" + r.clock.Now().Format("150405")), ChangeSetType: kind, TemplateBody: &body,
		Capabilities: []types.Capability{types.CapabilityCapabilityNamedIam},
	}
	for _, f := range more {
		f(in)
	}
	if in.UsePreviousTemplate != nil {
		in.TemplateBody = nil
	}
	made, err := r.CreateChangeSet(background, in)
	if err != nil {
		r.t.Fatalf("create change set: %v", err)
	}
	r.pass(5 * time.Second)
	out, err := r.DescribeChangeSet(background, &cfn.DescribeChangeSetInput{ChangeSetName: made.Id, IncludePropertyValues: aws.Bool(true)})
	if err != nil {
		r.t.Fatal(err)
	}
	return out
}

// run makes a change set, executes it and lets the stack come to rest.
func (r *rig) run(stack string, kind types.ChangeSetType, body string, more ...func(*cfn.CreateChangeSetInput)) {
	r.t.Helper()
	r.execute(r.changeSet(stack, kind, body, more...))
	r.settle()
}

func (r *rig) execute(c *cfn.DescribeChangeSetOutput) {
	r.t.Helper()
	if c.Status != types.ChangeSetStatusCreateComplete {
		r.t.Fatalf("change set is %s: %s", c.Status, aws.ToString(c.StatusReason))
	}
	if _, err := r.ExecuteChangeSet(background, &cfn.ExecuteChangeSetInput{ChangeSetName: c.ChangeSetId}); err != nil {
		r.t.Fatalf("execute change set: %v", err)
	}
}

// stack is the stack's description; nil where there is none.
func (r *rig) stack(nameOrID string) *types.Stack {
	r.t.Helper()
	out, err := r.DescribeStacks(background, &cfn.DescribeStacksInput{StackName: &nameOrID})
	if err != nil {
		return nil
	}
	return &out.Stacks[0]
}

// events of the stack, oldest first, as "Logical STATUS reason".
func (r *rig) events(stack string) []string {
	r.t.Helper()
	var lines []string
	p := cfn.NewDescribeStackEventsPaginator(r.Client, &cfn.DescribeStackEventsInput{StackName: &stack})
	for p.HasMorePages() {
		out, err := p.NextPage(background)
		if err != nil {
			r.t.Fatal(err)
		}
		for _, e := range out.StackEvents {
			line := *e.LogicalResourceId + " " + string(e.ResourceStatus)
			if aws.ToString(e.ResourceStatusReason) != "" {
				line += " " + token.ReplaceAllString(*e.ResourceStatusReason, "RequestToken: T")
			}
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	slices.Reverse(lines)
	return lines
}

// said is an API error as "Code: message".
func said(err error) string {
	var e smithy.APIError
	if errors.As(err, &e) {
		return e.ErrorCode() + ": " + e.ErrorMessage()
	}
	return fmt.Sprint(err)
}

func wantError(t *testing.T, err error, want string) {
	t.Helper()
	if got := said(err); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func parameters(pairs ...string) func(*cfn.CreateChangeSetInput) {
	return func(in *cfn.CreateChangeSetInput) {
		for i := 0; i < len(pairs); i += 2 {
			p := types.Parameter{ParameterKey: &pairs[i], ParameterValue: &pairs[i+1]}
			if pairs[i+1] == "<previous>" {
				p = types.Parameter{ParameterKey: &pairs[i], UsePreviousValue: aws.Bool(true)}
			}
			in.Parameters = append(in.Parameters, p)
		}
	}
}

func tags(pairs ...string) func(*cfn.CreateChangeSetInput) {
	return func(in *cfn.CreateChangeSetInput) {
		in.Tags = []types.Tag{}
		for i := 0; i < len(pairs); i += 2 {
			in.Tags = append(in.Tags, types.Tag{Key: &pairs[i], Value: &pairs[i+1]})
		}
	}
}

// resources is a template with these resources, each "Name: Type {yaml flow of properties} | attribute: value".
func resources(lines ...string) string {
	var b strings.Builder
	b.WriteString("Resources:\n")
	for _, line := range lines {
		head, rest, _ := strings.Cut(line, ": ")
		body, attributes, _ := strings.Cut(rest, " | ")
		typ, properties, _ := strings.Cut(body, " ")
		fmt.Fprintf(&b, "  %s:\n    Type: Test::Unit::%s\n", head, typ)
		if properties != "" {
			fmt.Fprintf(&b, "    Properties: %s\n", properties)
		}
		for a := range strings.SplitSeq(attributes, " | ") {
			if a != "" {
				fmt.Fprintf(&b, "    %s\n", a)
			}
		}
	}
	return b.String()
}
