package cloudformation

import (
	"maps"
	"slices"
	"strings"
)

// rollBack undoes what the operation did so far.
func (s *Service) rollBack(st *stack, reason string) {
	op := st.Operation
	switch {
	case op.Importing:
		s.become(st, "IMPORT_ROLLBACK_IN_PROGRESS", reason)
		s.begin(st, phaseLetGo, s.lettingGo(st))
	case op.KeepOnFailure:
		status := "UPDATE_FAILED"
		if op.Type == "CREATE_STACK" {
			status = "CREATE_FAILED"
		}
		s.become(st, status, reason)
	case op.Type == "CREATE_STACK" && op.DeleteOnFailure:
		s.become(st, "DELETE_IN_PROGRESS", reason+"Delete requested by user.")
		s.begin(st, phaseDelete, removal(st.all()))
	case op.Type == "CREATE_STACK" || op.Before == nil:
		s.become(st, "ROLLBACK_IN_PROGRESS", reason+"Rollback requested by user.")
		s.begin(st, phaseUndo, removal(st.all()))
	default:
		s.become(st, "UPDATE_ROLLBACK_IN_PROGRESS", reason)
		s.begin(st, phaseRollback, s.restoration(st))
	}
}

// restoration are the steps that bring updated resources back, and turns what the update made into garbage.
func (s *Service) restoration(st *stack) map[string]*step {
	op := st.Operation
	s.from(st, op.Before.Deployment)
	op.Garbage = slices.DeleteFunc(op.Garbage, func(in *instance) bool { // what is to live again
		before := op.Before.Resources[in.LogicalID]
		return before != nil && before.PhysicalID == in.PhysicalID
	})
	steps := map[string]*step{}
	for _, name := range slices.Sorted(maps.Keys(op.Touched)) {
		now, before := st.Resources[name], op.Before.Resources[name]
		switch {
		case before == nil:
			if now != nil {
				op.Garbage = append(op.Garbage, now)
			}
		case op.Touched[name] == actReplace:
			steps[name] = &step{LogicalID: name, Action: actRevert, State: waiting, After: before.Needs}
		default:
			steps[name] = &step{LogicalID: name, Action: actRestore, State: waiting, After: before.Needs, Target: now}
		}
	}
	for name, before := range op.Before.Resources { // policies and needs of what was not touched
		if op.Touched[name] == "" && st.Resources[name] != nil {
			st.Resources[name] = before.clone()
		}
	}
	return steps
}

// revert points back at the physical resource that was replaced; nothing happens to it.
func (s *Service) revert(st *stack, sp *step) {
	op := st.Operation
	before := op.Before.Resources[sp.LogicalID].clone()
	if now := st.Resources[sp.LogicalID]; now != nil && now.PhysicalID != "" && now.PhysicalID != before.PhysicalID {
		op.Garbage = append(op.Garbage, now)
	}
	st.Resources[sp.LogicalID] = before
	s.tell(st, before, "UPDATE_COMPLETE", "")
	sp.State = done
}

// startRestore begins to update a resource back.
func (s *Service) startRestore(st *stack, sp *step) {
	before := st.Operation.Before.Resources[sp.LogicalID].clone()
	before.Drift = nil
	st.Resources[sp.LogicalID] = before
	sp.State = called
	s.tell(st, st.Resources[sp.LogicalID], "UPDATE_IN_PROGRESS", "")
	s.wake(st, sp, takesCall)
}

// snapshot of the stack, to return to.
func (st *stack) snapshot() *snapshot {
	resources := make(map[string]*instance, len(st.Resources))
	for name, in := range st.Resources {
		if in.exists() {
			resources[name] = in.clone()
		}
	}
	return &snapshot{Deployment: st.Deployment, Outputs: st.Outputs, Resources: resources}
}

func (s *Service) cancelUpdateStack(_ ctx, in *struct {
	StackName          string `json:"StackName"`
	ClientRequestToken string `json:"ClientRequestToken"`
}) (*empty, error) {
	st, err := s.find(in.StackName)
	if err != nil {
		return nil, err
	}
	if st.Status != "UPDATE_IN_PROGRESS" {
		return nil, invalid("CancelUpdateStack cannot be called from current stack status")
	}
	if in.ClientRequestToken != "" {
		st.Operation.Token = in.ClientRequestToken
	}
	s.cancelSteps(st)
	st.Operation.KeepOnFailure = false
	s.rollBack(st, reasonUser)
	return &empty{}, nil
}

func (s *Service) continueUpdateRollback(_ ctx, in *struct {
	StackName          string   `json:"StackName"`
	RoleARN            string   `json:"RoleARN"`
	ResourcesToSkip    []string `json:"ResourcesToSkip"`
	ForceRollback      bool     `json:"ForceRollback"`
	ClientRequestToken string   `json:"ClientRequestToken"`
}) (*empty, error) {
	st, err := s.find(in.StackName)
	if err != nil {
		return nil, err
	}
	if st.Status != "UPDATE_ROLLBACK_FAILED" {
		return nil, invalid("Stack:%s is in %s state and can not continue rollback.", st.ID, st.Status)
	}
	if in.ForceRollback && len(in.ResourcesToSkip) > 0 {
		return nil, invalid("You cannot specify both ForceRollback and ResourcesToSkip.")
	}
	old := st.Operation
	if in.ForceRollback {
		in.ResourcesToSkip = old.failures()
	}
	var wrong []string
	for _, name := range in.ResourcesToSkip {
		if sp := old.Steps[name]; sp == nil || sp.State != failed {
			wrong = append(wrong, name)
		}
	}
	if len(wrong) > 0 {
		return nil, invalid("Resources [%s] cannot be skipped: only resources in UPDATE_FAILED state because of a rollback can be", strings.Join(wrong, ", "))
	}
	op := s.newOperation(st, "CONTINUE_ROLLBACK", in.ClientRequestToken)
	op.Before, op.Touched, op.Garbage = old.Before, old.Touched, old.Garbage
	s.become(st, "UPDATE_ROLLBACK_IN_PROGRESS", reasonUser)
	for name, sp := range old.Steps {
		switch {
		case slices.Contains(in.ResourcesToSkip, name):
			sp.State = done
			st.Resources[name].Skipped, st.Resources[name].Drift = true, nil
			s.tell(st, st.Resources[name], "UPDATE_COMPLETE", "")
		case sp.State == failed:
			sp.State = waiting
		}
	}
	s.begin(st, phaseRollback, old.Steps)
	return &empty{}, nil
}

func (s *Service) rollbackStack(_ ctx, in *struct {
	StackName            string `json:"StackName"`
	RoleARN              string `json:"RoleARN"`
	ClientRequestToken   string `json:"ClientRequestToken"`
	RetainExceptOnCreate bool   `json:"RetainExceptOnCreate"`
}) (*stackOperation, error) {
	st, err := s.find(in.StackName)
	if err != nil {
		return nil, err
	}
	if st.Status != "CREATE_FAILED" && st.Status != "UPDATE_FAILED" {
		return nil, invalid("Stack:%s is in %s state and can not be rolled back.", st.ID, st.Status)
	}
	old := st.Operation
	op := s.newOperation(st, "ROLLBACK", in.ClientRequestToken)
	op.Before, op.Touched, op.Garbage = old.Before, old.Touched, old.Garbage
	st.RetainExceptOnCreate = in.RetainExceptOnCreate
	if st.Status == "CREATE_FAILED" {
		s.become(st, "ROLLBACK_IN_PROGRESS", reasonUser)
		s.begin(st, phaseUndo, removal(st.all()))
	} else {
		s.become(st, "UPDATE_ROLLBACK_IN_PROGRESS", reasonUser)
		s.begin(st, phaseRollback, s.restoration(st))
	}
	return &stackOperation{st.ID, op.ID}, nil
}
