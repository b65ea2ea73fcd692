package cloudformation

import (
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/cloudformation/template"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
)

const (
	reasonInitiated = "Resource creation Initiated"
	reasonReplace   = "Requested update requires the creation of a new physical resource; hence creating one."
	reasonUser      = "User Initiated"
)

// deploy begins to bring the stack to what its deployment says.
func (s *Service) deploy(st *stack) error {
	t, err := s.parse(st.Deployment.Template)
	if err != nil {
		return err
	}
	graph, err := s.scope(st, st.Deployment, t).Graph()
	if err != nil {
		return asInvalid(err)
	}
	steps := map[string]*step{}
	for _, name := range graph.Order {
		steps[name] = &step{LogicalID: name, Action: actCreate, State: waiting, After: graph.Needs[name]}
	}
	s.begin(st, phaseDeploy, steps)
	return nil
}

// wanted is a resource as the stack's deployment wants it.
func (s *Service) wanted(st *stack, sp *step) (*instance, error) {
	t, err := s.parse(st.Deployment.Template)
	if err != nil {
		return nil, err
	}
	r := t.Resources[sp.LogicalID]
	in := &instance{
		LogicalID: sp.LogicalID, Type: r.Type, Needs: sp.After, Tags: tagMap(st.Tags),
		DeletionPolicy: r.DeletionPolicy, UpdateReplacePolicy: r.UpdateReplacePolicy,
	}
	scope := s.scope(st, st.Deployment, t)
	values, err := scope.Properties(r)
	if err != nil {
		return in, asInvalid(err)
	}
	in.Properties = values
	checked, problems := s.types[r.Type].Properties.Check(values, nil)
	if len(problems) > 0 {
		return in, invalid("%s", problems.Reason(r.Type, sp.LogicalID))
	}
	in.Properties = checked
	in.Metadata, err = scope.Resolve(r.Metadata)
	return in, asInvalid(err)
}

// exists tells whether there is a physical resource to update.
func (in *instance) exists() bool {
	return in != nil && in.PhysicalID != "" && in.Status != "CREATE_FAILED"
}

// startDeploy finds out what is to be done with a resource, and begins it.
func (s *Service) startDeploy(st *stack, sp *step) {
	op := st.Operation
	now := st.Resources[sp.LogicalID]
	want, err := s.wanted(st, sp)
	if _, missing := errors.AsType[*importError](err); missing {
		s.cancelSteps(st)
		s.rollBack(st, err.Error()+". ")
		return
	}
	if !now.exists() {
		if now != nil && now.PhysicalID != "" { // left over from a creation that failed and was kept
			op.Garbage = append(op.Garbage, now)
		}
		if id := op.Imports[sp.LogicalID]; id != "" {
			s.startImport(st, sp, want, id, err)
			return
		}
		sp.Action, sp.State = actCreate, called
		op.touch(sp.LogicalID, actCreate)
		st.Resources[sp.LogicalID] = want
		s.tell(st, want, "CREATE_IN_PROGRESS", "")
		if err != nil {
			s.fail(st, sp, explain(sp, err))
			return
		}
		s.wake(st, sp, takesCall)
		return
	}
	sp.Action = actUpdate
	if err != nil {
		op.touch(sp.LogicalID, actUpdate)
		sp.Target = now.clone()
		s.tell(st, now, "UPDATE_IN_PROGRESS", "")
		s.fail(st, sp, explain(sp, err))
		return
	}
	s.startUpdate(st, sp, now, want)
}

// touch notes what is done to a resource. Having been replaced once is what counts on the way back.
func (op *operation) touch(name, action string) {
	if op.Touched[name] != actReplace {
		op.Touched[name] = action
	}
}

// startUpdate begins to update or replace a resource, or passes over one that is as it should be.
func (s *Service) startUpdate(st *stack, sp *step, now, want *instance) {
	op := st.Operation
	t := s.types[now.Type]
	changes := t.Properties.Diff(now.Properties, want.Properties)
	again := now.Status == "UPDATE_FAILED"
	if len(changes) == 0 && !again && (!taggable(t) || maps.Equal(now.Tags, want.Tags)) {
		now.Needs, now.DeletionPolicy, now.UpdateReplacePolicy = want.Needs, want.DeletionPolicy, want.UpdateReplacePolicy
		now.Metadata, now.Tags = want.Metadata, want.Tags
		sp.State = done
		return
	}
	want.PhysicalID = now.PhysicalID
	if s.replaces(st, sp, t, now, want, changes) {
		s.startReplace(st, sp, now, want)
		return
	}
	op.touch(sp.LogicalID, actUpdate)
	sp.State, sp.Target = called, now.clone()
	st.Resources[sp.LogicalID] = want
	s.tell(st, want, "UPDATE_IN_PROGRESS", "")
	s.wake(st, sp, takesCall)
}

// replaces decides whether changes replace the resource.
func (s *Service) replaces(st *stack, sp *step, t resource.Type, now, want *instance, changes []resource.Change) bool {
	if len(changes) == 0 {
		return false
	}
	if t.Update == nil {
		return true
	}
	switch resource.Replacement(changes) {
	case resource.Replace:
		return true
	case resource.Conditional:
		if t.Replaces == nil {
			return false
		}
		r := s.request(st, sp, want)
		r.Old = now.Properties
		return t.Replaces(r)
	}
	return false
}

func (s *Service) startReplace(st *stack, sp *step, now, want *instance) {
	sp.Action, sp.State, sp.Target = actReplace, called, now.clone()
	st.Operation.touch(sp.LogicalID, actReplace)
	s.tell(st, now, "UPDATE_IN_PROGRESS", reasonReplace)
	st.Resources[sp.LogicalID] = want
	want.Status, want.Updated = now.Status, now.Updated
	if name := s.types[now.Type].Named; name != "" {
		old, had := now.Properties[name]
		if had && reflect.DeepEqual(old, want.Properties[name]) {
			s.fail(st, sp, "CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename "+old.(string)+" and update the stack again.")
			return
		}
	}
	s.wake(st, sp, takesCall)
}

// callCreate makes the step's resource.
func (s *Service) callCreate(st *stack, sp *step) error {
	in := st.Resources[sp.LogicalID]
	r := s.request(st, sp, in)
	r.PhysicalID = ""
	id, err := s.types[in.Type].Create(r)
	if err != nil {
		return err
	}
	status := "CREATE_IN_PROGRESS"
	if sp.Action == actReplace {
		status = "UPDATE_IN_PROGRESS"
		if sp.Target.PhysicalID != id {
			st.Operation.Garbage = append(st.Operation.Garbage, sp.Target)
		}
	}
	in.PhysicalID = id
	s.tell(st, in, status, reasonInitiated)
	return nil
}

// callUpdate updates the step's resource: forwards, or back to what it was.
func (s *Service) callUpdate(st *stack, sp *step) error {
	in := st.Resources[sp.LogicalID]
	t := s.types[in.Type]
	if t.Update == nil {
		return nil
	}
	r := s.request(st, sp, in)
	r.Old = sp.Target.Properties
	return t.Update(r)
}

// endDeploy ends the deployment of a stack's resources: outputs, and what comes after.
func (s *Service) endDeploy(st *stack) {
	op := st.Operation
	if len(op.failures()) > 0 { // and they are kept
		status := "UPDATE_FAILED"
		if op.Type == "CREATE_STACK" {
			status = "CREATE_FAILED"
		}
		s.become(st, status, op.failureReason())
		return
	}
	if err := s.computeOutputs(st); err != nil {
		s.rollBack(st, sentence(explain(&step{}, err)))
		return
	}
	if op.Importing {
		s.become(st, "IMPORT_COMPLETE", "")
		return
	}
	if op.Type == "CREATE_STACK" {
		s.become(st, "CREATE_COMPLETE", "")
		return
	}
	for name, in := range st.Resources {
		if op.Steps[name] == nil {
			op.Garbage = append(op.Garbage, in)
		}
	}
	s.become(st, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "")
	s.begin(st, phaseCleanup, removal(op.Garbage))
}

func (s *Service) computeOutputs(st *stack) error {
	t, err := s.parse(st.Deployment.Template)
	if err != nil {
		return err
	}
	scope := s.scope(st, st.Deployment, t)
	graph, err := scope.Graph()
	if err != nil {
		return err
	}
	if err := s.attributesOf(scope); err != nil {
		return err
	}
	out, err := outputs(scope, graph)
	if err != nil {
		return err
	}
	for _, o := range out {
		if e := s.state.Exports.Get(o.ExportName); e != nil && e.StackID != st.ID {
			return invalid("Export with name %s is already exported by stack %s.", o.ExportName, s.state.Stacks.Get(e.StackID).Name)
		}
	}
	s.give(st, out)
	return nil
}

// sentence ends a reason so that another one can follow it.
func sentence(reason string) string { return strings.TrimSuffix(reason, ".") + ". " }

// attributesOf the outputs that their types lack are found only here. Recorded from AWS, 2023-08-01.
func (s *Service) attributesOf(scope *template.Scope) error {
	for _, name := range slices.Sorted(maps.Keys(scope.Template.Outputs)) {
		o := scope.Template.Outputs[name]
		if on, err := scope.Condition(o.Condition); err != nil || !on {
			continue
		}
		references, err := scope.References(o.Value)
		if err != nil {
			return err
		}
		for _, ref := range references {
			r, ok := scope.Template.Resources[ref.Name]
			if ok && ref.Attribute != "" && ref.Attribute != "*" && !slices.Contains(s.types[r.Type].Attributes, ref.Attribute) {
				return invalid("[Error] /Outputs/%s/Value/Fn::GetAtt: Resource type %s does not support attribute {%s}.", name, r.Type, ref.Attribute)
			}
		}
	}
	return nil
}

// give sets the stack's outputs, and what others can import of them.
func (s *Service) give(st *stack, out []output) {
	for _, o := range st.Outputs {
		s.state.Exports.Delete(o.ExportName)
	}
	st.Outputs = out
	for _, o := range out {
		if o.ExportName != "" {
			s.state.Exports.Put(o.ExportName, &exported{st.ID, o.OutputValue})
		}
	}
}

func (in *instance) clone() *instance {
	c := *in
	return &c
}

func taggable(t resource.Type) bool {
	_, ok := t.Properties["Tags"]
	return ok
}

func tagMap(tags []tag) map[string]string {
	m := make(map[string]string, len(tags))
	for _, t := range tags {
		m[t.Key] = t.Value
	}
	return m
}
