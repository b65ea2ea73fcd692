package cloudformation

import (
	"slices"
	"strings"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

type stackOperation struct {
	StackID     string `json:"StackId"`
	OperationID string `json:"OperationId,omitempty"`
}

// launching is how a stack is brought to a deployment.
type launching struct {
	kind    string // CREATE, UPDATE or IMPORT
	token   string
	keep    bool // a failure stops, and nothing is undone
	remove  bool // a failed creation removes the stack
	imports map[string]string
}

// launch starts to bring a stack to a deployment.
func (s *Service) launch(st *stack, next Deployment, how launching) error {
	var before *snapshot
	var garbage []*instance
	touched := map[string]string{}
	kind := "UPDATE_STACK"
	if how.kind == "CREATE" || st.Deployment.Template == "" && how.kind == "IMPORT" {
		kind = "CREATE_STACK" // there is no type of operation for imports
	}
	if how.kind != "CREATE" {
		before = st.snapshot()
		if st.Status == "UPDATE_FAILED" && st.Operation.Before != nil { // the last state that was whole
			before, garbage, touched = st.Operation.Before, st.Operation.Garbage, st.Operation.Touched
		}
	}
	s.obsolete(st)
	op := s.newOperation(st, kind, how.token)
	op.Before, op.Garbage, op.Touched, op.KeepOnFailure, op.DeleteOnFailure = before, garbage, touched, how.keep, how.remove
	op.Imports, op.Importing = how.imports, how.kind == "IMPORT"
	st.DisableRollback = how.keep
	s.from(st, next)
	st.Updated = s.world.Now()
	s.become(st, how.kind+"_IN_PROGRESS", reasonUser)
	if how.kind == "CREATE" && st.Timeout > 0 {
		s.world.After(time.Duration(st.Timeout)*time.Minute, wakeTimeout, join(st.ID, op.ID))
	}
	return s.deploy(st)
}

// obsolete ends the change sets of a stack that is about to change otherwise. Those that the execution of another
// one makes worthless are gone: see [Service.executeChangeSet].
// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeChangeSet.html (ExecutionStatus)
func (s *Service) obsolete(st *stack) {
	for _, c := range s.changeSets(st) {
		switch c.Execution {
		case "AVAILABLE", "UNAVAILABLE":
			c.Execution = "OBSOLETE"
		}
	}
}

// timeoutDue ends a creation that takes longer than its request allows.
func (s *Service) timeoutDue(id string) {
	parts, ok := split(id, 2)
	if !ok {
		return
	}
	st := s.stack(parts[0])
	if st == nil || st.Operation == nil || st.Operation.ID != parts[1] || st.Status != "CREATE_IN_PROGRESS" {
		return
	}
	s.cancelSteps(st)
	s.rollBack(st, "Stack creation time exceeded the specified timeout. ")
}

type createStackInput struct {
	StackName                   string                 `json:"StackName"`
	TemplateBody                string                 `json:"TemplateBody"`
	TemplateURL                 string                 `json:"TemplateURL"`
	Parameters                  []parameter            `json:"Parameters"`
	DisableRollback             *bool                  `json:"DisableRollback"`
	RollbackConfiguration       *rollbackConfiguration `json:"RollbackConfiguration"`
	TimeoutInMinutes            int                    `json:"TimeoutInMinutes"`
	NotificationARNs            []string               `json:"NotificationARNs"`
	Capabilities                []string               `json:"Capabilities"`
	ResourceTypes               []string               `json:"ResourceTypes"`
	RoleARN                     string                 `json:"RoleARN"`
	OnFailure                   string                 `json:"OnFailure"`
	StackPolicyBody             string                 `json:"StackPolicyBody"`
	Tags                        []tag                  `json:"Tags"`
	ClientRequestToken          string                 `json:"ClientRequestToken"`
	EnableTerminationProtection bool                   `json:"EnableTerminationProtection"`
	RetainExceptOnCreate        bool                   `json:"RetainExceptOnCreate"`
}

func (s *Service) createStack(_ ctx, in *createStackInput) (*stackOperation, error) {
	if err := checkName("stackName", in.StackName, 128); err != nil {
		return nil, err
	}
	if err := checkToken(in.ClientRequestToken); err != nil {
		return nil, err
	}
	reviewed := s.named(in.StackName)
	if st := reviewed; st != nil && st.Status != "REVIEW_IN_PROGRESS" {
		if repeated, err := st.repeated(in.ClientRequestToken, "CREATE_STACK"); repeated || err != nil {
			return &stackOperation{StackID: st.ID}, err
		}
		return nil, wire.Errorf("AlreadyExistsException", "Stack [%s] already exists", in.StackName)
	}
	if in.OnFailure != "" && in.DisableRollback != nil {
		return nil, invalid("You cannot specify both OnFailure and DisableRollback.")
	}
	if !slices.Contains([]string{"", "DO_NOTHING", "ROLLBACK", "DELETE"}, in.OnFailure) {
		return nil, invalid("1 validation error detected: Value '%s' at 'onFailure' failed to satisfy constraint: Member must satisfy enum value set: [DO_NOTHING, ROLLBACK, DELETE]", in.OnFailure)
	}
	if err := checkPolicy(in.StackPolicyBody); err != nil {
		return nil, err
	}
	st := s.newStack(in.StackName)
	if reviewed != nil { // its change sets become worthless. Recorded from AWS, 2023-11-22
		st = reviewed
	}
	next, err := s.deployment(st, deploymentInput{
		in.TemplateBody, in.TemplateURL, false, in.Parameters, in.Capabilities, in.ResourceTypes,
		in.RoleARN, in.RollbackConfiguration, in.NotificationARNs, in.Tags,
	}, false)
	if err != nil {
		return nil, err
	}
	st.Timeout, st.Policy, st.TerminationProtection = in.TimeoutInMinutes, in.StackPolicyBody, in.EnableTerminationProtection
	st.RetainExceptOnCreate = in.RetainExceptOnCreate
	s.keep(st)
	keep := in.DisableRollback != nil && *in.DisableRollback || in.OnFailure == "DO_NOTHING"
	err = s.launch(st, next, launching{kind: "CREATE", token: in.ClientRequestToken, keep: keep, remove: in.OnFailure == "DELETE"})
	st.Updated = time.Time{}
	return &stackOperation{st.ID, st.Operation.ID}, err
}

type updateStackInput struct {
	StackName             string                 `json:"StackName"`
	TemplateBody          string                 `json:"TemplateBody"`
	TemplateURL           string                 `json:"TemplateURL"`
	UsePreviousTemplate   bool                   `json:"UsePreviousTemplate"`
	Parameters            []parameter            `json:"Parameters"`
	Capabilities          []string               `json:"Capabilities"`
	ResourceTypes         []string               `json:"ResourceTypes"`
	RoleARN               string                 `json:"RoleARN"`
	RollbackConfiguration *rollbackConfiguration `json:"RollbackConfiguration"`
	NotificationARNs      []string               `json:"NotificationARNs"`
	Tags                  []tag                  `json:"Tags"`
	StackPolicyBody       string                 `json:"StackPolicyBody"`
	DisableRollback       bool                   `json:"DisableRollback"`
	ClientRequestToken    string                 `json:"ClientRequestToken"`
	RetainExceptOnCreate  bool                   `json:"RetainExceptOnCreate"`
}

func (s *Service) updateStack(_ ctx, in *updateStackInput) (*stackOperation, error) {
	if err := checkStackRef(in.StackName); err != nil {
		return nil, err
	}
	if err := checkToken(in.ClientRequestToken); err != nil {
		return nil, err
	}
	st, err := s.find(in.StackName)
	if err != nil {
		return nil, err
	}
	if repeated, err := st.repeated(in.ClientRequestToken, "UPDATE_STACK"); repeated || err != nil {
		return &stackOperation{StackID: st.ID}, err
	}
	if err := updatable(st); err != nil {
		return nil, err
	}
	if err := checkPolicy(in.StackPolicyBody); err != nil {
		return nil, err
	}
	next, err := s.deployment(st, deploymentInput{
		in.TemplateBody, in.TemplateURL, in.UsePreviousTemplate, in.Parameters, in.Capabilities, in.ResourceTypes,
		in.RoleARN, in.RollbackConfiguration, in.NotificationARNs, in.Tags,
	}, true)
	if err != nil {
		return nil, err
	}
	p, err := s.planFor(st, next, importing{})
	if err != nil {
		return nil, err
	}
	if p.empty() && strings.HasSuffix(st.Status, "_COMPLETE") {
		return nil, invalid("No updates are to be performed.")
	}
	if in.StackPolicyBody != "" {
		st.Policy = in.StackPolicyBody
	}
	st.RetainExceptOnCreate = in.RetainExceptOnCreate
	err = s.launch(st, next, launching{kind: "UPDATE", token: in.ClientRequestToken, keep: in.DisableRollback})
	return &stackOperation{st.ID, st.Operation.ID}, err
}

func (s *Service) deleteStack(_ ctx, in *struct {
	StackName          string   `json:"StackName"`
	RetainResources    []string `json:"RetainResources"`
	RoleARN            string   `json:"RoleARN"`
	ClientRequestToken string   `json:"ClientRequestToken"`
	DeletionMode       string   `json:"DeletionMode"`
}) (*empty, error) {
	if err := checkStackRef(in.StackName); err != nil {
		return nil, err
	}
	if err := checkToken(in.ClientRequestToken); err != nil {
		return nil, err
	}
	st := s.named(in.StackName)
	if st == nil || !live(st) || st.Status == "DELETE_IN_PROGRESS" {
		return &empty{}, nil // deleting what is not there, or going, succeeds
	}
	if repeated, err := st.repeated(in.ClientRequestToken, "DELETE_STACK"); repeated || err != nil {
		return &empty{}, err
	}
	if err := s.deletable(st, in.RetainResources, in.DeletionMode); err != nil {
		return nil, err
	}
	fresh := st.Status == "REVIEW_IN_PROGRESS"
	force := in.DeletionMode == "FORCE_DELETE_STACK"
	op := s.newOperation(st, "DELETE_STACK", in.ClientRequestToken)
	op.Retain = in.RetainResources
	s.obsolete(st)
	s.become(st, "DELETE_IN_PROGRESS", reasonUser)
	if force { // what failed to be deleted before is left behind
		for name, r := range st.Resources {
			if r.Status == "DELETE_FAILED" {
				op.Retain = append(op.Retain, name)
			}
		}
	}
	if fresh {
		s.bury(st)
		return &empty{}, nil
	}
	s.begin(st, phaseDelete, removal(st.all()))
	return &empty{}, nil
}

func (s *Service) deletable(st *stack, retain []string, mode string) error {
	switch {
	case st.TerminationProtection:
		return invalid("Stack [%s] cannot be deleted while TerminationProtection is enabled", st.Name)
	case strings.HasSuffix(st.Status, "_IN_PROGRESS") && st.Status != "CREATE_IN_PROGRESS" && st.Status != "REVIEW_IN_PROGRESS":
		return invalid("Stack [%s] cannot be deleted while in status %s", st.ID, st.Status)
	case len(retain) > 0 && st.Status != "DELETE_FAILED":
		return invalid("Invalid operation on stack [%s]. Resources to retain can only be specified when the stack is in the DELETE_FAILED state.", st.ID)
	case mode != "" && mode != "STANDARD" && mode != "FORCE_DELETE_STACK":
		return invalid("1 validation error detected: Value '%s' at 'deletionMode' failed to satisfy constraint: Member must satisfy enum value set: [STANDARD, FORCE_DELETE_STACK]", mode)
	case mode == "FORCE_DELETE_STACK" && st.Status != "DELETE_FAILED":
		return invalid("Invalid operation on stack [%s]. FORCE_DELETE_STACK can only be specified when the stack is in the DELETE_FAILED state.", st.ID)
	}
	for _, name := range retain {
		if st.Resources[name] == nil {
			return invalid("Invalid operation on stack [%s]. Resources [%s] to retain do not exist in the stack.", st.ID, name)
		}
	}
	for _, o := range st.Outputs {
		if o.ExportName == "" {
			continue
		}
		if users := s.importers(o.ExportName); len(users) > 0 {
			return invalid("Export %s cannot be deleted as it is in use by %s", o.ExportName, strings.Join(users, ", "))
		}
	}
	return nil
}

func (s *Service) updateTerminationProtection(_ ctx, in *struct {
	EnableTerminationProtection bool   `json:"EnableTerminationProtection"`
	StackName                   string `json:"StackName"`
}) (*stackOperation, error) {
	st, err := s.find(in.StackName)
	if err != nil {
		return nil, err
	}
	if st.Status == "DELETE_IN_PROGRESS" || st.Status == "DELETE_COMPLETE" {
		return nil, invalid("Stack [%s] is in %s state and cannot have its termination protection changed", st.ID, st.Status)
	}
	st.TerminationProtection = in.EnableTerminationProtection
	s.world.Changed()
	return &stackOperation{StackID: st.ID}, nil
}
