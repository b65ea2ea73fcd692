package cloudformation

import (
	"maps"
	"slices"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
)

// The phases of an operation.
const (
	phaseDeploy          = "deploy"           // create and update, in the order of needs
	phaseCleanup         = "cleanup"          // remove what the update replaced or no longer has
	phaseRollback        = "rollback"         // bring updated resources back
	phaseRollbackCleanup = "rollback-cleanup" // remove what the update had made
	phaseUndo            = "undo"             // remove everything that a creation had made
	phaseDelete          = "delete"           // remove everything
	phaseLetGo           = "let-go"           // give imported resources up again
)

// The actions of a step.
const (
	actCreate  = "create"
	actUpdate  = "update"
	actReplace = "replace"
	actRestore = "restore" // update back
	actRevert  = "revert"  // point back at the physical resource that was replaced
	actRemove  = "remove"
	actImport  = "import" // take over a resource that exists
	actRetag   = "retag"  // put the stack's tags on it
	actLetGo   = "let-go" // give it up again
)

// The states of a step.
const (
	waiting = "waiting" // for others
	called  = "called"  // about to ask the resource type
	working = "working" // the resource type is at it
	done    = "done"
	failed  = "failed"
)

// How long CloudFormation itself takes between two things, in AWS time.
const (
	takesPhase = time.Second
	takesCall  = time.Second
	patience   = 3 * time.Hour // https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/150
)

// newOperation starts one on the stack.
func (s *Service) newOperation(st *stack, kind, token string) *operation {
	op := &operation{ID: s.world.UUID(), Type: kind, Token: token, Steps: map[string]*step{}, Touched: map[string]string{}}
	st.Operation, st.Latest = op, []operationEntry{{kind, op.ID}}
	st.Operations = append(st.Operations, operationRecord{ID: op.ID, Type: kind, Status: "IN_PROGRESS", Start: s.world.Now()})
	if token != "" {
		if st.Tokens == nil {
			st.Tokens = map[string]string{}
		}
		st.Tokens[token] = kind
	}
	s.world.Changed()
	return op
}

// begin enters a phase with these steps; they start after a moment.
func (s *Service) begin(st *stack, phase string, steps map[string]*step) {
	op := st.Operation
	op.Phase, op.Steps, op.Finished = phase, steps, false
	s.world.After(takesPhase, wakePhase, join(st.ID, op.ID, phase))
}

func (s *Service) phaseDue(id string) {
	parts, ok := split(id, 3)
	if !ok {
		return
	}
	st := s.stack(parts[0])
	if st == nil || st.Operation == nil || st.Operation.ID != parts[1] || st.Operation.Phase != parts[2] || st.Operation.Finished {
		return
	}
	s.settle(st)
}

// stepDue goes on with the step that the wake-up names, if the operation still is where it was.
func (s *Service) stepDue(id string) {
	parts, ok := split(id, 3)
	if !ok {
		return
	}
	st := s.stack(parts[0])
	if st == nil || st.Operation == nil || st.Operation.ID != parts[1] || st.Operation.Finished {
		return
	}
	for _, sp := range st.Operation.Steps {
		if sp.Token != parts[2] {
			continue
		}
		switch sp.State {
		case called:
			s.call(st, sp)
		case working:
			s.poll(st, sp)
		}
		return
	}
}

func (s *Service) wake(st *stack, sp *step, after time.Duration) {
	s.world.After(after, wakeStep, join(st.ID, st.Operation.ID, sp.Token))
}

// settle starts what can start, and ends the phase where nothing is left to do.
func (s *Service) settle(st *stack) {
	op := st.Operation
	phase := op.Phase
	for again := true; again; {
		again = false
		for _, key := range slices.Sorted(maps.Keys(op.Steps)) {
			sp := op.Steps[key]
			if sp.State != waiting || !op.ready(sp) {
				continue
			}
			again = true
			s.start(st, sp)
			if op.Phase != phase || op.Finished || st.Operation != op {
				return // it failed, and the operation has gone on
			}
		}
	}
	for _, sp := range op.Steps {
		if sp.State == called || sp.State == working {
			return
		}
	}
	s.endPhase(st)
}

func (op *operation) ready(sp *step) bool {
	for _, key := range sp.After {
		if other := op.Steps[key]; other != nil && other.State != done {
			return false
		}
	}
	return true
}

func (op *operation) failures() []string {
	var names []string
	for _, sp := range op.Steps {
		if sp.State == failed {
			names = append(names, sp.LogicalID)
		}
	}
	slices.Sort(names)
	return names
}

// start begins a step whose needs are met.
func (s *Service) start(st *stack, sp *step) {
	sp.Token, sp.Since = s.world.UUID(), s.world.Now()
	switch sp.Action {
	case actRemove:
		s.startRemove(st, sp)
	case actRestore:
		s.startRestore(st, sp)
	case actRevert:
		s.revert(st, sp)
	case actLetGo:
		s.startLetGo(st, sp)
	default:
		s.startDeploy(st, sp)
	}
}

// call asks the resource type to do what the step is about.
func (s *Service) call(st *stack, sp *step) {
	sp.State, sp.Since = working, s.world.Now()
	var err error
	switch sp.Action {
	case actCreate, actReplace:
		err = s.callCreate(st, sp)
	case actUpdate, actRestore:
		err = s.callUpdate(st, sp)
	case actImport:
		err = s.callImport(st, sp)
	case actRetag:
		err = s.callRetag(st, sp)
	case actLetGo:
		err = s.callLetGo(st, sp)
	case actRemove:
		if t := s.types[sp.Target.Type]; t.Delete != nil {
			err = t.Delete(s.request(st, sp, sp.Target))
		}
	}
	if err != nil {
		s.fail(st, sp, explain(sp, err))
		return
	}
	s.wake(st, sp, s.takes(sp, s.instance(st, sp)))
}

// takes is the time until the step is looked at again.
func (s *Service) takes(sp *step, in *instance) time.Duration {
	t := s.types[in.Type]
	switch {
	case sp.adopts():
		return takesImport
	case t.Stable != nil:
		return max(t.Takes, time.Second)
	case sp.Action == actRemove:
		return t.Deletes
	}
	return t.Takes
}

// poll asks whether the resource is there, or gone.
func (s *Service) poll(st *stack, sp *step) {
	in := s.instance(st, sp)
	t := s.types[in.Type]
	finished := true
	var err error
	if t.Stable != nil && !sp.adopts() {
		finished, err = t.Stable(s.request(st, sp, in))
	}
	limit := patience
	if t.Patience > 0 {
		limit = t.Patience
	}
	if t.RealTime == nil || !t.RealTime(in.PhysicalID) {
		limit = s.world.Scaled(limit)
	}
	if err == nil && !finished && s.world.Now().Sub(sp.Since) >= limit {
		err = resource.Failed("NotStabilized", "Exceeded attempts to wait")
	}
	switch {
	case err != nil:
		s.fail(st, sp, explain(sp, err))
	case !finished:
		s.wake(st, sp, s.takes(sp, in))
	default:
		s.complete(st, sp)
		s.settle(st)
	}
}

// instance is the resource that a step works on.
func (s *Service) instance(st *stack, sp *step) *instance {
	if sp.Action == actRemove {
		return sp.Target
	}
	return st.Resources[sp.LogicalID]
}

// request is what a resource type is asked.
func (s *Service) request(st *stack, sp *step, in *instance) resource.Request {
	r := resource.Request{
		Stack: st.Name, StackID: st.ID, LogicalID: in.LogicalID, PhysicalID: in.PhysicalID, Token: sp.Token,
		Properties: in.Properties, Tags: maps.Clone(in.Tags),
	}
	if r.Tags == nil {
		r.Tags = map[string]string{}
	}
	r.Tags["aws:cloudformation:stack-name"] = st.Name
	r.Tags["aws:cloudformation:stack-id"] = st.ID
	r.Tags["aws:cloudformation:logical-id"] = in.LogicalID
	return r
}

// complete records a step's success.
func (s *Service) complete(st *stack, sp *step) {
	sp.State = done
	switch sp.Action {
	case actCreate:
		s.tell(st, st.Resources[sp.LogicalID], "CREATE_COMPLETE", "")
	case actRemove:
		s.tell(st, sp.Target, "DELETE_COMPLETE", "")
		st.forget(sp.Target)
	case actImport:
		s.adopted(st, sp)
	case actLetGo:
		s.tell(st, st.Resources[sp.LogicalID], "IMPORT_ROLLBACK_COMPLETE", "")
		delete(st.Resources, sp.LogicalID)
	default:
		s.tell(st, st.Resources[sp.LogicalID], "UPDATE_COMPLETE", "")
	}
}

// forget drops a resource that is gone, unless another physical resource has taken its place.
func (st *stack) forget(in *instance) {
	if now := st.Resources[in.LogicalID]; now != nil && now.PhysicalID == in.PhysicalID {
		delete(st.Resources, in.LogicalID)
	}
}

// fail records a step's failure. While a stack is deployed, a failure ends everything else that is under way
// and starts the rollback; elsewhere the others go on.
func (s *Service) fail(st *stack, sp *step, reason string) {
	op := st.Operation
	sp.State, sp.Reason = failed, reason
	in := s.instance(st, sp)
	s.tell(st, in, failedStatus(sp.Action), reason)
	if sp.Action == actImport {
		in.PhysicalID = "" // it is not the stack's
	}
	if op.Phase == phaseDeploy && !op.KeepOnFailure {
		s.cancelSteps(st)
		s.rollBack(st, op.failureReason())
		return
	}
	s.settle(st)
}

func failedStatus(action string) string {
	switch action {
	case actCreate:
		return "CREATE_FAILED"
	case actRemove:
		return "DELETE_FAILED"
	case actImport:
		return "IMPORT_FAILED"
	case actLetGo:
		return "IMPORT_ROLLBACK_FAILED"
	}
	return "UPDATE_FAILED"
}

// cancelSteps gives up what is under way.
func (s *Service) cancelSteps(st *stack) {
	for _, key := range slices.Sorted(maps.Keys(st.Operation.Steps)) {
		sp := st.Operation.Steps[key]
		if sp.State != called && sp.State != working {
			continue
		}
		reason := "Resource update cancelled"
		switch sp.Action {
		case actCreate:
			reason = "Resource creation cancelled"
		case actImport:
			reason = "Resource import cancelled"
		}
		sp.State, sp.Reason = failed, reason
		s.tell(st, s.instance(st, sp), failedStatus(sp.Action), reason)
	}
}
