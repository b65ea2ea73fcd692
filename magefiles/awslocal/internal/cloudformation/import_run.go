package cloudformation

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
)

const (
	takesImport    = 2 * time.Second
	reasonImport   = "Resource import started."
	reasonImported = "Resource import completed."
	reasonRetag    = "Apply stack-level tags to imported resource if applicable."
)

// adopts tells whether the step takes a resource over, or gives it up: nothing that would have to become stable.
func (sp *step) adopts() bool {
	return sp.Action == actImport || sp.Action == actRetag || sp.Action == actLetGo
}

// startImport begins to take over an existing resource. err is why what the template wants is not known.
func (s *Service) startImport(st *stack, sp *step, want *instance, id string, err error) {
	sp.Action, sp.State = actImport, called
	st.Operation.touch(sp.LogicalID, actImport)
	st.Resources[sp.LogicalID] = want
	owner := s.owner(want.Type, id)
	want.PhysicalID = id
	s.tell(st, want, "IMPORT_IN_PROGRESS", reasonImport)
	if err == nil && owner != nil {
		err = invalid("%s already exists in stack %s", id, owner.ID)
	}
	if err != nil {
		s.fail(st, sp, explain(sp, err))
		return
	}
	s.wake(st, sp, takesCall)
}

// callImport looks whether the resource exists. That it is what the template says is not checked: drift detection is
// there for that.
func (s *Service) callImport(st *stack, sp *step) error {
	in := st.Resources[sp.LogicalID]
	_, exists, err := s.types[in.Type].Read(s.request(st, sp, in))
	if err == nil && !exists {
		err = resource.Failed("NotFound", "Resource of type '%s' with identifier '%s' was not found.", in.Type, in.PhysicalID)
	}
	return err
}

// adopted goes on from taking over a resource to its tags.
func (s *Service) adopted(st *stack, sp *step) {
	s.tell(st, st.Resources[sp.LogicalID], "IMPORT_COMPLETE", reasonImported)
	sp.Action, sp.State = actRetag, called
	s.tell(st, st.Resources[sp.LogicalID], "UPDATE_IN_PROGRESS", reasonRetag)
	s.wake(st, sp, takesCall)
}

func (s *Service) callRetag(st *stack, sp *step) error {
	in := st.Resources[sp.LogicalID]
	if t := s.types[in.Type]; t.Retag != nil {
		return t.Retag(in.PhysicalID, s.request(st, sp, in).Tags, nil)
	}
	return nil
}

// lettingGo are the steps that give up what a failed import took over; nothing happens to it but that the stack's
// tags go.
func (s *Service) lettingGo(st *stack) map[string]*step {
	op := st.Operation
	steps := map[string]*step{}
	for _, name := range slices.Sorted(maps.Keys(st.Resources)) {
		switch in := st.Resources[name]; {
		case op.Touched[name] != actImport:
			st.Resources[name] = op.Before.Resources[name].clone()
		case in.PhysicalID == "":
			delete(st.Resources, name)
		default:
			steps[name] = &step{LogicalID: name, Action: actLetGo, State: waiting}
		}
	}
	return steps
}

func (s *Service) startLetGo(st *stack, sp *step) {
	sp.State = called
	s.tell(st, st.Resources[sp.LogicalID], "IMPORT_ROLLBACK_IN_PROGRESS", "")
	s.wake(st, sp, takesCall)
}

func (s *Service) callLetGo(st *stack, sp *step) error {
	in := st.Resources[sp.LogicalID]
	if t := s.types[in.Type]; t.Retag != nil {
		return t.Retag(in.PhysicalID, nil, slices.Sorted(maps.Keys(s.request(st, sp, in).Tags)))
	}
	return nil
}

// endLetGo ends the rollback of an import.
func (s *Service) endLetGo(st *stack, failures []string) {
	if len(failures) > 0 {
		s.become(st, "IMPORT_ROLLBACK_FAILED", "The following resource(s) failed to roll back the import: ["+strings.Join(failures, ", ")+"]. ")
		return
	}
	s.from(st, st.Operation.Before.Deployment)
	s.give(st, st.Operation.Before.Outputs)
	s.become(st, "IMPORT_ROLLBACK_COMPLETE", "")
}
