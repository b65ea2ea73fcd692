package cloudformation

import (
	"slices"
	"strings"
)

// failureReason is why a stack's deployment failed, in CloudFormation's words.
func (op *operation) failureReason() string {
	var created, updated, imported []string
	for _, sp := range op.Steps {
		if sp.State != failed {
			continue
		}
		switch sp.Action {
		case actCreate:
			created = append(created, sp.LogicalID)
		case actImport:
			imported = append(imported, sp.LogicalID)
		default:
			updated = append(updated, sp.LogicalID)
		}
	}
	slices.Sort(imported)
	slices.Sort(created)
	slices.Sort(updated)
	reason := ""
	if len(created) > 0 {
		reason += "The following resource(s) failed to create: [" + strings.Join(created, ", ") + "]. "
	}
	if len(updated) > 0 {
		reason += "The following resource(s) failed to update: [" + strings.Join(updated, ", ") + "]. "
	}
	if len(imported) > 0 {
		reason += "The following resource(s) failed to import: [" + strings.Join(imported, ", ") + "]. "
	}
	return reason
}

// endPhase goes from a phase whose steps are all over to the next.
func (s *Service) endPhase(st *stack) {
	op := st.Operation
	failures := op.failures()
	notDeleted := "The following resource(s) failed to delete: [" + strings.Join(failures, ", ") + "]. "
	switch op.Phase {
	case phaseDeploy:
		s.endDeploy(st)
	case phaseCleanup:
		reason := ""
		if len(failures) > 0 {
			reason = "Update successful. One or more resources could not be deleted."
		}
		s.become(st, "UPDATE_COMPLETE", reason)
	case phaseRollback:
		if len(failures) > 0 {
			s.become(st, "UPDATE_ROLLBACK_FAILED", "The following resource(s) failed to update: ["+strings.Join(failures, ", ")+"]. ")
			return
		}
		s.give(st, op.Before.Outputs)
		s.become(st, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "")
		s.begin(st, phaseRollbackCleanup, removal(op.Garbage))
	case phaseRollbackCleanup:
		s.become(st, "UPDATE_ROLLBACK_COMPLETE", "")
	case phaseUndo:
		if len(failures) > 0 {
			s.become(st, "ROLLBACK_FAILED", notDeleted)
			return
		}
		s.become(st, "ROLLBACK_COMPLETE", "")
	case phaseLetGo:
		s.endLetGo(st, failures)
	case phaseDelete:
		if len(failures) > 0 {
			s.become(st, "DELETE_FAILED", notDeleted)
			return
		}
		s.bury(st)
	}
}
