package stack

import (
	"context"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
)

// Stacks are the stacks of one account and region.
type Stacks struct {
	// API is the client. Its retries are what answers throttling.
	API *cloudformation.Client
	// Pause waits between two looks. Default: waits in real time. It returns early, with the context's
	// error, when the context ends.
	Pause func(context.Context, time.Duration) error
	// Now is the time by which stacks were made. Default: the real one.
	Now func() time.Time
	// Event is told of every stack event of an operation, in order, as it comes. Default: nobody.
	Event func(Event)
	// Skip allows to leave out resources that a rollback cannot bring back, with the reasons; CloudFormation will
	// take them for what they were. Default: it is not allowed.
	Skip func(stack string, blocked []Event) bool
	// Expect is told, before a change begins, how long it may take, where earlier ones show that. Default: nobody.
	Expect func(stack string, e Estimate)
	// Marks are what the template of a stack has if it is ours, by the stack's name: the name of an output or parameter. A
	// stack without it was made by something else, and is a [ForeignError]. Default: every stack is ours.
	Marks map[string]string
	// Note is told of what is decided on the way, such as removing a stack whose creation failed.
	Note func(string)
}

// Event is one step of one resource of a stack, or of the stack itself.
type Event struct {
	ID       string
	Stack    string // its name
	Time     time.Time
	Resource string // logical id; the stack's name for the stack itself
	Type     string // e.g. AWS::EC2::VPC
	Status   string // e.g. CREATE_COMPLETE
	Reason   string
	OfStack  bool   // the event is about the stack itself
	Token    string // of the request that began the operation
}

// Stack is what is known of a stack.
type Stack struct {
	Name       string
	ID         string // ARN
	Status     types.StackStatus
	Reason     string
	Outputs    map[string]string
	Parameters map[string]string
	Tags       map[string]string
	Protected  bool // against termination
	Created    time.Time
	Updated    time.Time // zero where it was never updated
	Drifted    bool      // the last comparison of its resources with its template, if there was one, found differences
}

// Describe finds a stack by name or ARN. A stack that is not there, or that was deleted, is a [NotFoundError]; one that
// somebody else made a [ForeignError].
func (s *Stacks) Describe(ctx context.Context, name string) (Stack, error) {
	out, err := s.API.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: aws.String(name)})
	if err != nil {
		if isNotFound(err) {
			return Stack{}, &NotFoundError{Stack: name}
		}
		return Stack{}, operation("describe", name, err)
	}
	if len(out.Stacks) == 0 || out.Stacks[0].StackStatus == types.StackStatusDeleteComplete {
		return Stack{}, &NotFoundError{Stack: name}
	}
	present := fromAPI(out.Stacks[0])
	return present, s.own(ctx, present)
}

// own makes sure that a stack is ours. Where no operation has ended well yet there are no outputs, and the template tells; a
// stack under review has none, and nothing in it.
func (s *Stacks) own(ctx context.Context, present Stack) error {
	mark := s.Marks[present.Name]
	_, output := present.Outputs[mark]
	_, parameter := present.Parameters[mark]
	if mark == "" || output || parameter || present.Status == types.StackStatusReviewInProgress {
		return nil
	}
	out, err := s.API.GetTemplate(ctx, &cloudformation.GetTemplateInput{StackName: aws.String(present.ID), TemplateStage: types.TemplateStageOriginal})
	if err != nil {
		return operation("get template of", present.Name, err)
	}
	if strings.Contains(aws.ToString(out.TemplateBody), mark) {
		return nil
	}
	return &ForeignError{Stack: present.Name, Status: present.Status, Mark: mark}
}

func fromAPI(in types.Stack) Stack {
	out := Stack{
		Name:       aws.ToString(in.StackName),
		ID:         aws.ToString(in.StackId),
		Status:     in.StackStatus,
		Reason:     aws.ToString(in.StackStatusReason),
		Outputs:    make(map[string]string, len(in.Outputs)),
		Parameters: make(map[string]string, len(in.Parameters)),
		Tags:       make(map[string]string, len(in.Tags)),
		Protected:  aws.ToBool(in.EnableTerminationProtection),
		Created:    aws.ToTime(in.CreationTime),
		Updated:    aws.ToTime(in.LastUpdatedTime),
		Drifted:    in.DriftInformation != nil && in.DriftInformation.StackDriftStatus == types.StackDriftStatusDrifted,
	}
	for _, o := range in.Outputs {
		out.Outputs[aws.ToString(o.OutputKey)] = aws.ToString(o.OutputValue)
	}
	for _, p := range in.Parameters {
		out.Parameters[aws.ToString(p.ParameterKey)] = aws.ToString(p.ParameterValue)
	}
	for _, t := range in.Tags {
		out.Tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return out
}

func (s *Stacks) pause(ctx context.Context, d time.Duration) error {
	if s.Pause != nil {
		return s.Pause(ctx, d)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

func (s *Stacks) note(text string) {
	if s.Note != nil {
		s.Note(text)
	}
}
