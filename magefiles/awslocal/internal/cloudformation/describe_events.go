package cloudformation

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

type stackEvent struct {
	StackID              string    `json:"StackId"`
	EventID              string    `json:"EventId"`
	StackName            string    `json:"StackName"`
	OperationID          string    `json:"OperationId,omitempty"`
	LogicalResourceID    string    `json:"LogicalResourceId"`
	PhysicalResourceID   string    `json:"PhysicalResourceId"`
	ResourceType         string    `json:"ResourceType"`
	Timestamp            wire.Time `json:"Timestamp"`
	ResourceStatus       string    `json:"ResourceStatus"`
	ResourceStatusReason string    `json:"ResourceStatusReason,omitempty"`
	ResourceProperties   string    `json:"ResourceProperties,omitempty"`
	ClientRequestToken   string    `json:"ClientRequestToken,omitempty"`
}

type describeStackEventsOutput struct {
	StackEvents []stackEvent `json:"StackEvents"`
	NextToken   string       `json:"NextToken,omitempty"`
}

// eventsPerPage is how many events one answer holds.
const eventsPerPage = 100

// describeStackEvents answers the newest first. A page token counts from the oldest, so that a page stays what it
// is while events are added.
func (s *Service) describeStackEvents(_ ctx, in *struct {
	StackName string `json:"StackName"`
	NextToken string `json:"NextToken"`
}) (*describeStackEventsOutput, error) {
	if err := checkStackRef(in.StackName); err != nil {
		return nil, err
	}
	st := s.head(in.StackName)
	if st == nil {
		return nil, invalid("Stack [%s] does not exist", in.StackName)
	}
	end, err := position(in.NextToken, st.Events)
	if err != nil {
		return nil, err
	}
	out := &describeStackEventsOutput{NextToken: nextNewest(end)}
	for _, e := range s.state.Events.Descend(st.ID+"|", eventKey(st.ID, end)) {
		if len(out.StackEvents) == eventsPerPage {
			break
		}
		out.StackEvents = append(out.StackEvents, stackEvent{
			StackID: st.ID, EventID: e.ID, StackName: st.Name, OperationID: e.OperationID, LogicalResourceID: e.LogicalID,
			PhysicalResourceID: e.PhysicalID, ResourceType: e.Type, Timestamp: wire.Time{Time: e.Time}, ResourceStatus: e.Status,
			ResourceStatusReason: e.Reason, ResourceProperties: e.Properties, ClientRequestToken: e.Token,
		})
	}
	return out, nil
}

type operationEvent struct {
	EventID                string    `json:"EventId"`
	StackID                string    `json:"StackId"`
	OperationID            string    `json:"OperationId,omitempty"`
	OperationType          string    `json:"OperationType,omitempty"`
	OperationStatus        string    `json:"OperationStatus,omitempty"`
	EventType              string    `json:"EventType"`
	LogicalResourceID      string    `json:"LogicalResourceId,omitempty"`
	PhysicalResourceID     string    `json:"PhysicalResourceId,omitempty"`
	ResourceType           string    `json:"ResourceType,omitempty"`
	Timestamp              wire.Time `json:"Timestamp"`
	StartTime              wire.Time `json:"StartTime,omitzero"`
	EndTime                wire.Time `json:"EndTime,omitzero"`
	ResourceStatus         string    `json:"ResourceStatus,omitempty"`
	ResourceStatusReason   string    `json:"ResourceStatusReason,omitempty"`
	ResourceProperties     string    `json:"ResourceProperties,omitempty"`
	ClientRequestToken     string    `json:"ClientRequestToken,omitempty"`
	ValidationFailureMode  string    `json:"ValidationFailureMode,omitempty"`
	ValidationName         string    `json:"ValidationName,omitempty"`
	ValidationStatus       string    `json:"ValidationStatus,omitempty"`
	ValidationStatusReason string    `json:"ValidationStatusReason,omitempty"`
	ValidationPath         string    `json:"ValidationPath,omitempty"`
}

type describeEventsOutput struct {
	OperationEvents []operationEvent `json:"OperationEvents"`
	NextToken       string           `json:"NextToken,omitempty"`
}

// describeEvents answers events by operation: those of a stack, or the early validation of a change set.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeEvents.html
func (s *Service) describeEvents(_ ctx, in *struct {
	StackName     string `json:"StackName"`
	ChangeSetName string `json:"ChangeSetName"`
	OperationID   string `json:"OperationId"`
	Filters       *struct {
		FailedEvents bool `json:"FailedEvents"`
	} `json:"Filters"`
	NextToken string `json:"NextToken"`
}) (*describeEventsOutput, error) {
	var events []operationEvent
	switch {
	case strings.HasPrefix(in.ChangeSetName, "arn:") || in.ChangeSetName != "" && in.StackName != "":
		c, err := s.findChangeSet(in.ChangeSetName, in.StackName)
		if err != nil {
			return nil, err
		}
		events = changeSetEvents(c)
	case in.StackName != "" || in.OperationID != "":
		var err error
		if events, err = s.operationEvents(in.StackName, in.OperationID); err != nil {
			return nil, err
		}
	default:
		return nil, invalid("One of ChangeSetName, OperationId or StackName must be specified")
	}
	if in.Filters != nil && in.Filters.FailedEvents {
		events = slices.DeleteFunc(events, func(e operationEvent) bool { return !e.isFailure() })
	}
	part, next, err := newest(events, in.NextToken)
	return &describeEventsOutput{part, next}, err
}

func (e operationEvent) isFailure() bool {
	return e.EventType == "VALIDATION_ERROR" || e.EventType == "PROVISIONING_ERROR"
}

// changeSetEvents are what early validation found, oldest first.
func changeSetEvents(c *changeSet) []operationEvent {
	var out []operationEvent
	for i, v := range c.Problems {
		out = append(out, operationEvent{
			EventID: c.OperationID + "-" + fmt.Sprint(i+1), StackID: c.StackID, OperationID: c.OperationID, OperationType: "CREATE_CHANGESET",
			EventType: "VALIDATION_ERROR", LogicalResourceID: v.LogicalID, ResourceType: v.Type, Timestamp: wire.Time{Time: c.Created},
			ValidationFailureMode: "FAIL", ValidationName: "PROPERTY_VALIDATION", ValidationStatus: "FAILED",
			ValidationStatusReason: v.Reason, ValidationPath: v.Path,
		})
	}
	return out
}

// operationEvents of one stack, or of one operation, oldest first.
func (s *Service) operationEvents(stackName, operationID string) ([]operationEvent, error) {
	stacks := s.stacks(func(*stack) bool { return stackName == "" })
	if stackName != "" {
		st, err := s.find(stackName)
		if err != nil {
			return nil, err
		}
		stacks = []*stack{st}
	}
	var out []operationEvent
	for _, st := range stacks {
		s.whole(st)
		records := map[string]operationRecord{}
		for _, r := range st.Operations {
			records[r.ID] = r
		}
		for _, e := range s.state.Events.Ascend(st.ID+"|", "") {
			if operationID != "" && e.OperationID != operationID {
				continue
			}
			out = append(out, e.operation(st, records[e.OperationID]))
		}
	}
	return out, nil
}

func (e event) operation(st *stack, r operationRecord) operationEvent {
	kind := "PROGRESS_EVENT"
	switch {
	case e.Type == stackType && e.PhysicalID == st.ID:
		kind = "STACK_EVENT"
	case strings.HasSuffix(e.Status, "_FAILED"):
		kind = "PROVISIONING_ERROR"
	}
	out := operationEvent{
		EventID: e.ID, StackID: st.ID, OperationID: e.OperationID, OperationType: r.Type, EventType: kind,
		LogicalResourceID: e.LogicalID, PhysicalResourceID: e.PhysicalID, ResourceType: e.Type, Timestamp: wire.Time{Time: e.Time},
		StartTime: wire.Time{Time: r.Start}, EndTime: wire.Time{Time: r.End},
		ResourceStatus: e.Status, ResourceStatusReason: e.Reason, ResourceProperties: e.Properties, ClientRequestToken: e.Token,
	}
	if kind == "STACK_EVENT" {
		out.OperationStatus = r.Status
	}
	return out
}

// newest is a page of a list that is kept oldest first, turned round.
func newest[T any](items []T, token string) ([]T, string, error) {
	end, err := position(token, len(items))
	if err != nil {
		return nil, "", err
	}
	part := slices.Clone(items[max(0, end-eventsPerPage):end])
	slices.Reverse(part)
	return part, nextNewest(end), nil
}

// nextNewest is the token of what comes after a page that ends before the position end; empty where nothing does.
func nextNewest(end int) string {
	if end <= eventsPerPage {
		return ""
	}
	return fmt.Sprintf("page-%d", end-eventsPerPage)
}
