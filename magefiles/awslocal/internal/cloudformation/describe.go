package cloudformation

import (
	"slices"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

type operationEntry struct {
	OperationType string `json:"OperationType"`
	OperationID   string `json:"OperationId"`
}

type stackShape struct {
	StackID                     string                `json:"StackId"`
	StackName                   string                `json:"StackName"`
	ChangeSetID                 string                `json:"ChangeSetId,omitempty"`
	Description                 string                `json:"Description,omitempty"`
	Parameters                  []parameter           `json:"Parameters,omitempty"`
	CreationTime                wire.Time             `json:"CreationTime"`
	DeletionTime                wire.Time             `json:"DeletionTime,omitzero"`
	LastUpdatedTime             wire.Time             `json:"LastUpdatedTime,omitzero"`
	RollbackConfiguration       rollbackConfiguration `json:"RollbackConfiguration"`
	StackStatus                 string                `json:"StackStatus"`
	StackStatusReason           string                `json:"StackStatusReason,omitempty"`
	DisableRollback             bool                  `json:"DisableRollback"`
	NotificationARNs            []string              `json:"NotificationARNs"`
	TimeoutInMinutes            int                   `json:"TimeoutInMinutes,omitempty"`
	Capabilities                []string              `json:"Capabilities,omitempty"`
	Outputs                     []output              `json:"Outputs,omitempty"`
	RoleARN                     string                `json:"RoleARN,omitempty"`
	Tags                        []tag                 `json:"Tags"`
	EnableTerminationProtection bool                  `json:"EnableTerminationProtection"`
	DriftInformation            stackDriftShape       `json:"DriftInformation"`
	RetainExceptOnCreate        bool                  `json:"RetainExceptOnCreate,omitempty"`
	LastOperations              []operationEntry      `json:"LastOperations,omitempty"`
}

// from says what the stack is made from.
func (s *Service) from(st *stack, d Deployment) {
	st.Deployment = d
	st.face = face{Notifications: d.Notifications, Capabilities: d.Capabilities, RoleARN: d.RoleARN, Tags: d.Tags, Latest: st.Latest}
	if t, err := s.parse(d.Template); err == nil && d.Template != "" {
		st.Description, st.Shown = t.Description, shown(t, d)
	}
}

func shape(st *stack) stackShape {
	return stackShape{
		StackID: st.ID, StackName: st.Name, ChangeSetID: st.ChangeSetID, Description: st.Description,
		CreationTime: wire.Time{Time: st.Created}, DeletionTime: wire.Time{Time: st.Deleted}, LastUpdatedTime: wire.Time{Time: st.Updated},
		StackStatus: st.Status, StackStatusReason: st.Reason, DisableRollback: st.DisableRollback, NotificationARNs: st.Notifications,
		TimeoutInMinutes: st.Timeout, Capabilities: st.Capabilities, Outputs: st.Outputs, RoleARN: st.RoleARN, Tags: st.Tags,
		EnableTerminationProtection: st.TerminationProtection, DriftInformation: st.driftShape(),
		RetainExceptOnCreate: st.RetainExceptOnCreate, Parameters: st.Shown, LastOperations: st.Latest,
	}
}

type describeStacksOutput struct {
	Stacks    []stackShape `json:"Stacks"`
	NextToken string       `json:"NextToken,omitempty"`
}

// stacksPerPage is how many stacks one answer holds.
const stacksPerPage = 100

func (s *Service) describeStacks(_ ctx, in *struct {
	StackName string `json:"StackName"`
	NextToken string `json:"NextToken"`
}) (*describeStacksOutput, error) {
	if in.StackName != "" {
		if err := checkStackRef(in.StackName); err != nil {
			return nil, err
		}
		st := s.head(in.StackName)
		if st == nil {
			return nil, invalid("Stack with id %s does not exist", in.StackName)
		}
		return &describeStacksOutput{Stacks: []stackShape{shape(st)}}, nil
	}
	part, next, err := page(s.stacks(live), in.NextToken, stacksPerPage)
	if err != nil {
		return nil, err
	}
	out := &describeStacksOutput{NextToken: next}
	for _, st := range part {
		out.Stacks = append(out.Stacks, shape(st))
	}
	return out, nil
}

type stackSummary struct {
	StackID             string          `json:"StackId"`
	StackName           string          `json:"StackName"`
	TemplateDescription string          `json:"TemplateDescription,omitempty"`
	CreationTime        wire.Time       `json:"CreationTime"`
	LastUpdatedTime     wire.Time       `json:"LastUpdatedTime,omitzero"`
	DeletionTime        wire.Time       `json:"DeletionTime,omitzero"`
	StackStatus         string          `json:"StackStatus"`
	StackStatusReason   string          `json:"StackStatusReason,omitempty"`
	DriftInformation    stackDriftShape `json:"DriftInformation"`
}

type listStacksOutput struct {
	StackSummaries []stackSummary `json:"StackSummaries"`
	NextToken      string         `json:"NextToken,omitempty"`
}

func (s *Service) listStacks(_ ctx, in *struct {
	NextToken         string   `json:"NextToken"`
	StackStatusFilter []string `json:"StackStatusFilter"`
}) (*listStacksOutput, error) {
	all := s.stacks(func(st *stack) bool {
		return len(in.StackStatusFilter) == 0 || slices.Contains(in.StackStatusFilter, st.Status)
	})
	part, next, err := page(all, in.NextToken, stacksPerPage)
	if err != nil {
		return nil, err
	}
	out := &listStacksOutput{NextToken: next}
	for _, st := range part {
		out.StackSummaries = append(out.StackSummaries, stackSummary{
			StackID: st.ID, StackName: st.Name, TemplateDescription: st.Description, CreationTime: wire.Time{Time: st.Created},
			LastUpdatedTime: wire.Time{Time: st.Updated}, DeletionTime: wire.Time{Time: st.Deleted}, StackStatus: st.Status,
			StackStatusReason: st.Reason, DriftInformation: st.driftShape(),
		})
	}
	return out, nil
}
