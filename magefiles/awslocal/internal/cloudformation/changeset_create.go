package cloudformation

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

type createChangeSetInput struct {
	StackName               string                 `json:"StackName"`
	TemplateBody            string                 `json:"TemplateBody"`
	TemplateURL             string                 `json:"TemplateURL"`
	UsePreviousTemplate     bool                   `json:"UsePreviousTemplate"`
	Parameters              []parameter            `json:"Parameters"`
	Capabilities            []string               `json:"Capabilities"`
	ResourceTypes           []string               `json:"ResourceTypes"`
	RoleARN                 string                 `json:"RoleARN"`
	RollbackConfiguration   *rollbackConfiguration `json:"RollbackConfiguration"`
	NotificationARNs        []string               `json:"NotificationARNs"`
	Tags                    []tag                  `json:"Tags"`
	ChangeSetName           string                 `json:"ChangeSetName"`
	ClientToken             string                 `json:"ClientToken"`
	Description             string                 `json:"Description"`
	ChangeSetType           string                 `json:"ChangeSetType"`
	IncludeNestedStacks     bool                   `json:"IncludeNestedStacks"` // a template with nested stacks is refused
	ImportExistingResources bool                   `json:"ImportExistingResources"`
	OnStackFailure          string                 `json:"OnStackFailure"`
	ResourcesToImport       []resourceToImport     `json:"ResourcesToImport"`
	DeploymentConfig        deploymentConfig       `json:"DeploymentConfig"`
	DeploymentMode          string                 `json:"DeploymentMode"`
}

// deploymentConfig is how the change set is to be executed. Only what is the default anyway is modelled.
type deploymentConfig struct {
	Mode            string `json:"Mode"`
	DisableRollback bool   `json:"DisableRollback"`
}

type createChangeSetOutput struct {
	ID      string `json:"Id"`
	StackID string `json:"StackId"`
}

// How long a change set is in its two first states, in AWS time.
const (
	takesPending  = 500 * time.Millisecond
	takesPlanning = 2 * time.Second
)

const maxChangeSets = 1000 // of one stack, not counting failed ones

func (s *Service) createChangeSet(_ ctx, in *createChangeSetInput) (*createChangeSetOutput, error) {
	if err := checkChangeSetInput(in); err != nil {
		return nil, err
	}
	st, err := s.changeSetStack(in)
	if err != nil {
		return nil, err
	}
	next, err := s.deployment(st, deploymentInput{
		in.TemplateBody, in.TemplateURL, in.UsePreviousTemplate, in.Parameters, in.Capabilities, in.ResourceTypes,
		in.RoleARN, in.RollbackConfiguration, in.NotificationARNs, in.Tags,
	}, st.Deployment.Template != "")
	if err != nil {
		return nil, err
	}
	imports, err := s.imports(st, next, in)
	if err != nil {
		return nil, err
	}
	sets := s.changeSets(st)
	for _, c := range sets {
		if c.Name == in.ChangeSetName {
			return sameAgain(c, in, next)
		}
	}
	if len(sets) >= maxChangeSets {
		return nil, wire.Errorf("LimitExceededException", "ChangeSet limit exceeded for stack %s", st.Name)
	}
	if st.Status == "" {
		s.keep(st)
		s.become(st, "REVIEW_IN_PROGRESS", reasonUser)
	}
	c := &changeSet{
		ID: s.account.ARN("cloudformation", "changeSet/"+in.ChangeSetName+"/"+s.world.UUID()), Name: in.ChangeSetName,
		Description: in.Description, StackID: st.ID, StackName: st.Name, Kind: in.ChangeSetType, Token: in.ClientToken,
		Status: "CREATE_PENDING", Execution: "UNAVAILABLE", Created: s.world.Now(), Next: next,
		OnStackFailure: in.OnStackFailure, OperationID: s.world.UUID(), Imports: imports, ImportExisting: in.ImportExistingResources,
		Mode: in.DeploymentMode,
	}
	if t, err := s.parse(next.Template); err == nil {
		c.Shown = shown(t, next)
	}
	s.state.ChangeSets.Put(c.ID, c)
	s.state.Sets.Put(setKey(c), &named{st.ID})
	s.world.After(takesPending, wakeChangeSet, c.ID)
	return &createChangeSetOutput{c.ID, st.ID}, nil
}

func checkChangeSetInput(in *createChangeSetInput) error {
	if in.ChangeSetType == "" {
		in.ChangeSetType = "UPDATE"
	}
	if err := checkName("changeSetName", in.ChangeSetName, 128); err != nil {
		return err
	}
	if err := checkStackRef(in.StackName); err != nil {
		return err
	}
	switch {
	case in.DeploymentConfig.DisableRollback, in.DeploymentConfig.Mode != "" && in.DeploymentConfig.Mode != "STANDARD":
		return invalid("the embedded AWS models no DeploymentConfig but the mode STANDARD with rollback")
	case in.ChangeSetType != "CREATE" && in.ChangeSetType != "UPDATE" && in.ChangeSetType != "IMPORT":
		return invalid("1 validation error detected: Value '%s' at 'changeSetType' failed to satisfy constraint: Member must satisfy enum value set: [CREATE, UPDATE, IMPORT]", in.ChangeSetType)
	case !slices.Contains([]string{"", "DO_NOTHING", "ROLLBACK", "DELETE"}, in.OnStackFailure):
		return invalid("1 validation error detected: Value '%s' at 'onStackFailure' failed to satisfy constraint: Member must satisfy enum value set: [DO_NOTHING, ROLLBACK, DELETE]", in.OnStackFailure)
	case in.OnStackFailure == "DELETE" && in.ChangeSetType != "CREATE":
		return invalid("OnStackFailure cannot be set to DELETE for an %s change set.", in.ChangeSetType)
	case in.DeploymentMode != "" && in.DeploymentMode != revertDrift:
		return invalid("1 validation error detected: Value '%s' at 'deploymentMode' failed to satisfy constraint: Member must satisfy enum value set: [REVERT_DRIFT]", in.DeploymentMode)
	case in.DeploymentMode == revertDrift && in.ChangeSetType != "UPDATE":
		return invalid("DeploymentMode %s can only be specified for a change set of type UPDATE.", revertDrift)
	case in.ChangeSetType == "IMPORT" && in.ImportExistingResources:
		return invalid("ImportExistingResources cannot be specified for a change set of type IMPORT. Use ResourcesToImport instead.")
	case in.ChangeSetType == "IMPORT" && len(in.ResourcesToImport) == 0:
		return invalid("ResourcesToImport must be specified for a change set of type IMPORT.")
	case in.ChangeSetType != "IMPORT" && len(in.ResourcesToImport) > 0:
		return invalid("ResourcesToImport can only be specified for a change set of type IMPORT.")
	}
	return nil
}

// changeSetStack is the stack that a new change set is for; for a new stack it is not part of the state yet, and
// has no status.
func (s *Service) changeSetStack(in *createChangeSetInput) (*stack, error) {
	st := s.named(in.StackName)
	if in.ChangeSetType == "UPDATE" {
		if st == nil {
			return nil, invalid("Stack [%s] does not exist", in.StackName)
		}
		return st, updatable(st)
	}
	if st != nil {
		if in.ChangeSetType == "IMPORT" && st.Status != "REVIEW_IN_PROGRESS" {
			return st, updatable(st)
		}
		if st.Status != "REVIEW_IN_PROGRESS" {
			return nil, invalid("Stack [%s] already exists and cannot be created again with the changeSet [%s].", in.StackName, in.ChangeSetName)
		}
		return st, nil
	}
	if strings.HasPrefix(in.StackName, "arn:") {
		return nil, invalid("Stack [%s] does not exist", in.StackName)
	}
	if err := checkName("stackName", in.StackName, 128); err != nil {
		return nil, err
	}
	return s.newStack(in.StackName), nil
}

func (s *Service) newStack(name string) *stack {
	return &stack{
		ID: s.account.ARN("cloudformation", "stack/"+name+"/"+s.world.UUID()), Name: name, Created: s.world.Now(),
		body: &body{Resources: map[string]*instance{}},
	}
}

// updatable refuses stacks that cannot be updated in the status that they are in.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
func updatable(st *stack) error {
	switch st.Status {
	case "CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE", "IMPORT_ROLLBACK_COMPLETE",
		"CREATE_FAILED", "UPDATE_FAILED":
		return nil
	}
	return invalid("Stack:%s is in %s state and can not be updated.", st.ID, st.Status)
}

// sameAgain answers a request for a change set whose name is taken: the same request is answered as it was.
func sameAgain(c *changeSet, in *createChangeSetInput, next Deployment) (*createChangeSetOutput, error) {
	mismatch := ""
	switch {
	case in.ClientToken == "" || in.ClientToken != c.Token:
		return nil, wire.Errorf("AlreadyExistsException", "ChangeSet [%s] already exists", c.Name)
	case next.Template != c.Next.Template:
		mismatch = "Template"
	case !reflect.DeepEqual(next.Parameters, c.Next.Parameters):
		mismatch = "Parameters"
	case !slices.Equal(next.Tags, c.Next.Tags):
		mismatch = "Tags"
	case !slices.Equal(next.Capabilities, c.Next.Capabilities):
		mismatch = "Capabilities"
	case in.ChangeSetType != c.Kind:
		mismatch = "ChangeSetType"
	case in.DeploymentMode != c.Mode:
		mismatch = "DeploymentMode"
	}
	if mismatch != "" {
		return nil, wire.Errorf("AlreadyExistsException", "ChangeSet %s cannot be created due to a mismatch with existing attribute %s", c.Name, mismatch)
	}
	return &createChangeSetOutput{c.ID, c.StackID}, nil
}

// changeSetDue brings a change set to its next state.
func (s *Service) changeSetDue(id string) {
	c := s.state.ChangeSets.Get(id)
	if c == nil {
		return
	}
	st := s.stack(c.StackID)
	switch {
	case st == nil:
		return
	case c.Status == "CREATE_PENDING":
		c.Status = "CREATE_IN_PROGRESS"
		s.world.After(takesPlanning, wakeChangeSet, id)
	case c.Status == "CREATE_IN_PROGRESS":
		s.look(st, c)
	}
	s.world.Changed()
}

const (
	reasonNoChange = "The submitted information didn't contain changes. Submit different information to create a change set."
	reasonEarly    = "The following hook(s)/validation failed: [AWS::EarlyValidation::PropertyValidation]. To troubleshoot Early Validation errors, use the DescribeEvents API for detailed failure information."
)

// look works out what the change set would change, and whether it can be executed.
func (s *Service) look(st *stack, c *changeSet) {
	from, drifts := st, map[string]string{}
	if c.Mode == revertDrift {
		from, drifts = s.actual(st)
	}
	p, err := s.planFor(from, c.Next, importing{c.Imports, c.ImportExisting})
	if err != nil {
		c.Status, c.Reason = "FAILED", explain(&step{}, err)
		return
	}
	for i := range p.changes {
		if c.Mode == revertDrift {
			p.changes[i].Drift = cmp.Or(drifts[p.changes[i].LogicalID], inSync)
		}
	}
	c.Changes, c.Problems, c.Imports, c.Warning = p.changes, p.problems, p.imports, p.warning
	switch {
	case len(p.problems) > 0:
		c.Status, c.Reason = "FAILED", reasonEarly
	case len(p.unkept) > 0:
		c.Status, c.Reason = "FAILED", reasonUnkept+strings.Join(p.unkept, ", ")
	case p.empty() && c.Kind == "UPDATE":
		c.Status, c.Reason = "FAILED", reasonNoChange
	case c.Execution == "OBSOLETE":
		c.Status = "CREATE_COMPLETE"
	default:
		c.Status, c.Execution = "CREATE_COMPLETE", "AVAILABLE"
	}
}
