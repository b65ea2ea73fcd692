package cloudformation

import (
	"slices"
)

// removal are the steps that remove instances, each after what needs it.
func removal(instances []*instance) map[string]*step {
	key := func(in *instance) string { return in.LogicalID + "/" + in.PhysicalID }
	steps := map[string]*step{}
	for _, in := range instances {
		steps[key(in)] = &step{LogicalID: in.LogicalID, Action: actRemove, State: waiting, Target: in}
	}
	for _, in := range instances {
		for _, needed := range instances {
			if in != needed && slices.Contains(in.Needs, needed.LogicalID) {
				sp := steps[key(needed)]
				sp.After = append(sp.After, key(in))
			}
		}
	}
	return steps
}

func (st *stack) all() []*instance {
	var out []*instance
	for _, in := range st.Resources {
		out = append(out, in)
	}
	return out
}

// startRemove begins to remove a resource, or passes over one that is to stay.
func (s *Service) startRemove(st *stack, sp *step) {
	in := sp.Target
	if in.PhysicalID == "" { // its creation failed before there was anything
		if in.Status == "CREATE_FAILED" {
			s.tell(st, in, "DELETE_COMPLETE", "")
		}
		sp.State = done
		delete(st.Resources, in.LogicalID)
		return
	}
	if s.stays(st, in) {
		s.tell(st, in, "DELETE_SKIPPED", "")
		st.forget(in)
		sp.State = done
		return
	}
	sp.State = called
	s.tell(st, in, "DELETE_IN_PROGRESS", "")
	s.wake(st, sp, takesCall)
}

// stays tells whether a policy, or the request, keeps a resource that the stack drops. What a replacement leaves
// over follows UpdateReplacePolicy; everything else DeletionPolicy. AWS documents only what happens to the old
// resource of a replacement; that UpdateReplacePolicy also decides about the new one, where the update is rolled back,
// was measured (https://github.com/go-to-k/cdkd/pull/2634). Either way the old one stays.
func (s *Service) stays(st *stack, in *instance) bool {
	op := st.Operation
	if slices.Contains(op.Retain, in.LogicalID) || op.Touched[in.LogicalID] == actImport { // it was there before the stack
		return true
	}
	policy := in.DeletionPolicy
	if now := st.Resources[in.LogicalID]; now != nil && now.PhysicalID != in.PhysicalID {
		policy = in.UpdateReplacePolicy
	}
	switch policy {
	case "Retain":
		undoing := op.Phase == phaseUndo || op.Phase == phaseRollbackCleanup
		return !undoing || !st.RetainExceptOnCreate
	case "RetainExceptOnCreate":
		return op.Phase != phaseUndo && op.Phase != phaseRollbackCleanup
	}
	return false
}

// bury makes the stack a deleted one. It stays describable by its id.
func (s *Service) bury(st *stack) {
	st.Deleted = s.world.Now()
	s.give(st, nil)
	s.become(st, "DELETE_COMPLETE", "")
	s.state.Names.Delete(st.Name)
	for _, c := range s.changeSets(st) {
		s.dropChangeSet(c)
	}
}
