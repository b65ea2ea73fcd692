package cloudformation

import (
	"slices"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

type changeSetInput struct {
	ChangeSetName         string `json:"ChangeSetName"`
	StackName             string `json:"StackName"`
	NextToken             string `json:"NextToken"`
	IncludePropertyValues bool   `json:"IncludePropertyValues"`
}

type describeChangeSetOutput struct {
	ChangeSetName           string                `json:"ChangeSetName"`
	ChangeSetID             string                `json:"ChangeSetId"`
	StackID                 string                `json:"StackId"`
	StackName               string                `json:"StackName"`
	Description             string                `json:"Description,omitempty"`
	Parameters              []parameter           `json:"Parameters,omitempty"`
	CreationTime            wire.Time             `json:"CreationTime"`
	ExecutionStatus         string                `json:"ExecutionStatus"`
	Status                  string                `json:"Status"`
	StatusReason            string                `json:"StatusReason,omitempty"`
	NotificationARNs        []string              `json:"NotificationARNs"`
	RollbackConfiguration   rollbackConfiguration `json:"RollbackConfiguration"`
	Capabilities            []string              `json:"Capabilities"`
	Tags                    []tag                 `json:"Tags,omitempty"`
	Changes                 []changeShape         `json:"Changes"`
	NextToken               string                `json:"NextToken,omitempty"`
	IncludeNestedStacks     bool                  `json:"IncludeNestedStacks"`
	OnStackFailure          string                `json:"OnStackFailure,omitempty"`
	ImportExistingResources bool                  `json:"ImportExistingResources,omitempty"`
	DeploymentMode          string                `json:"DeploymentMode,omitempty"`
}

// changesPerPage is how many changes one answer holds.
const changesPerPage = 100

func (s *Service) describeChangeSet(_ ctx, in *changeSetInput) (*describeChangeSetOutput, error) {
	c, err := s.findChangeSet(in.ChangeSetName, in.StackName)
	if err != nil {
		return nil, err
	}
	reason, listed := c.Reason, c.Changes
	if in.IncludePropertyValues {
		listed = slices.DeleteFunc(slices.Clone(c.Changes), change.untold)
		if reason == "" {
			reason = c.Warning
		}
	}
	changes, next, err := page(listed, in.NextToken, changesPerPage)
	if err != nil {
		return nil, err
	}
	out := &describeChangeSetOutput{
		ChangeSetName: c.Name, ChangeSetID: c.ID, StackID: c.StackID, StackName: c.StackName, Description: c.Description,
		Parameters: c.Shown, CreationTime: wire.Time{Time: c.Created}, ExecutionStatus: c.Execution, Status: c.Status,
		StatusReason: reason, NotificationARNs: c.Next.Notifications, Capabilities: c.Next.Capabilities, Tags: c.Next.Tags,
		NextToken: next, OnStackFailure: c.OnStackFailure, ImportExistingResources: c.ImportExisting, DeploymentMode: c.Mode,
	}
	for _, one := range changes {
		out.Changes = append(out.Changes, one.shape(in.IncludePropertyValues))
	}
	return out, nil
}

type changeSetSummary struct {
	StackID                 string    `json:"StackId"`
	StackName               string    `json:"StackName"`
	ChangeSetID             string    `json:"ChangeSetId"`
	ChangeSetName           string    `json:"ChangeSetName"`
	ExecutionStatus         string    `json:"ExecutionStatus"`
	Status                  string    `json:"Status"`
	StatusReason            string    `json:"StatusReason,omitempty"`
	CreationTime            wire.Time `json:"CreationTime"`
	Description             string    `json:"Description,omitempty"`
	IncludeNestedStacks     bool      `json:"IncludeNestedStacks"`
	ImportExistingResources bool      `json:"ImportExistingResources"`
}

type listChangeSetsOutput struct {
	Summaries []changeSetSummary `json:"Summaries"`
	NextToken string             `json:"NextToken,omitempty"`
}

func (s *Service) listChangeSets(_ ctx, in *struct {
	StackName string `json:"StackName"`
	NextToken string `json:"NextToken"`
}) (*listChangeSetsOutput, error) {
	st, err := s.find(in.StackName)
	if err != nil {
		return nil, err
	}
	sets, next, err := page(s.changeSets(st), in.NextToken, changesPerPage)
	if err != nil {
		return nil, err
	}
	out := &listChangeSetsOutput{NextToken: next}
	for _, c := range sets {
		out.Summaries = append(out.Summaries, changeSetSummary{
			StackID: c.StackID, StackName: c.StackName, ChangeSetID: c.ID, ChangeSetName: c.Name, ExecutionStatus: c.Execution,
			Status: c.Status, StatusReason: c.Reason, CreationTime: wire.Time{Time: c.Created}, Description: c.Description,
			ImportExistingResources: c.ImportExisting,
		})
	}
	return out, nil
}

func (s *Service) deleteChangeSet(_ ctx, in *struct {
	ChangeSetName string `json:"ChangeSetName"`
	StackName     string `json:"StackName"`
}) (*empty, error) {
	c, err := s.findChangeSet(in.ChangeSetName, in.StackName)
	if err != nil {
		if e, ok := err.(*wire.Error); ok && e.Code == "ChangeSetNotFound" {
			return &empty{}, nil // deleting what is not there succeeds
		}
		return nil, err
	}
	if c.Status == "CREATE_PENDING" || c.Status == "CREATE_IN_PROGRESS" {
		return nil, wire.Errorf("InvalidChangeSetStatus", "An operation on this ChangeSet is currently in progress.  Please attempt this operation again later.")
	}
	if c.Execution == "EXECUTE_IN_PROGRESS" {
		return nil, wire.Errorf("InvalidChangeSetStatus", "ChangeSet [%s] cannot be deleted in its current execution status of [%s]", c.ID, c.Execution)
	}
	s.dropChangeSet(c)
	return &empty{}, nil
}

// executeChangeSet starts what a change set is about. The stack's other change sets are deleted, because they are not
// valid for the changed stack.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ExecuteChangeSet.html
func (s *Service) executeChangeSet(_ ctx, in *struct {
	ChangeSetName        string `json:"ChangeSetName"`
	StackName            string `json:"StackName"`
	ClientRequestToken   string `json:"ClientRequestToken"`
	DisableRollback      *bool  `json:"DisableRollback"`
	RetainExceptOnCreate bool   `json:"RetainExceptOnCreate"`
}) (*empty, error) {
	if err := checkToken(in.ClientRequestToken); err != nil {
		return nil, err
	}
	c, err := s.findChangeSet(in.ChangeSetName, in.StackName)
	if err != nil {
		return nil, err
	}
	st := s.stack(c.StackID)
	if repeated, err := st.repeated(in.ClientRequestToken, c.ID); repeated || err != nil {
		return &empty{}, err
	}
	switch {
	case c.Status != "CREATE_COMPLETE":
		return nil, wire.Errorf("InvalidChangeSetStatus", "ChangeSet [%s] cannot be executed in its current status of [%s]", c.ID, c.Status)
	case c.Execution != "AVAILABLE":
		return nil, wire.Errorf("InvalidChangeSetStatus", "ChangeSet [%s] cannot be executed in its current execution status of [%s]", c.ID, c.Execution)
	}
	if c.Kind == "CREATE" && st.Status != "REVIEW_IN_PROGRESS" {
		return nil, invalid("Stack:%s is in %s state and can not be updated.", st.ID, st.Status)
	}
	if c.Kind == "UPDATE" || c.Kind == "IMPORT" && st.Status != "REVIEW_IN_PROGRESS" {
		if err := updatable(st); err != nil {
			return nil, err
		}
	}
	if c.Kind == "IMPORT" && in.DisableRollback != nil && *in.DisableRollback {
		return nil, invalid("DisableRollback cannot be specified for a change set of type IMPORT.")
	}
	if in.DisableRollback != nil && c.OnStackFailure != "" {
		return nil, invalid("You cannot specify DisableRollback in ExecuteChangeSet when OnStackFailure was specified in CreateChangeSet.")
	}
	keep := in.DisableRollback != nil && *in.DisableRollback || c.OnStackFailure == "DO_NOTHING"
	st.ChangeSetID = c.ID
	c.Execution = "EXECUTE_IN_PROGRESS"
	st.RetainExceptOnCreate = in.RetainExceptOnCreate
	for _, other := range s.changeSets(st) {
		if other != c {
			s.dropChangeSet(other)
		}
	}
	if c.Mode == revertDrift {
		s.face(st)
	}
	if err := s.launch(st, c.Next, launching{
		kind: c.Kind, token: in.ClientRequestToken, keep: keep, remove: c.OnStackFailure == "DELETE", imports: c.Imports,
	}); err != nil {
		return nil, err
	}
	if in.ClientRequestToken != "" {
		st.Tokens[in.ClientRequestToken] = c.ID
	}
	return &empty{}, nil
}

// repeated tells whether a client's token says that the same thing was asked for before: an operation, or the
// execution of a change set, by its id. The token of something else is refused.
func (st *stack) repeated(token, what string) (bool, error) {
	before, used := st.Tokens[token]
	switch {
	case token == "" || !used:
		return false, nil
	case before == what:
		return true, nil
	}
	return false, wire.Errorf("TokenAlreadyExistsException", "A client request token already exists: %s", token)
}
