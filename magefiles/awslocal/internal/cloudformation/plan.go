package cloudformation

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/cloudformation/template"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
)

// later is how a change set shows a value that is known only once a resource has been made.
const later = "{{changeSet:KNOWN_AFTER_APPLY}}"

// plan is what a deployment would do to a stack.
type plan struct {
	changes  []change
	outputs  bool // they would change
	problems []validation
	imports  map[string]string // physical ids of the resources to import, by logical id
	unkept   []string          // resources that would be imported, had they a policy that keeps them
	warning  string            // why some values could not be told
}

// empty tells whether the deployment would change nothing.
func (p *plan) empty() bool { return len(p.changes) == 0 && !p.outputs }

// fate is what a plan does to a resource, as far as those that refer to it are concerned.
type fate struct {
	fresh    bool // it will be another physical resource
	maybe    bool // it may be
	modified bool // its attributes may change
}

// warnIncomplete is what a change set that can be made, and whose values cannot all be told, has in StatusReason. Recorded
// from AWS, 2025-08-05.
const warnIncomplete = "[WARN] --include-property-values option can return incomplete ChangeSet data because: ChangeSet creation failed for resource [%s] because: %s"

// planner works a plan out.
type planner struct {
	*Service
	st    *stack
	next  Deployment
	t     *template.Template
	old   *template.Template // nil where there is none
	scope *template.Scope
	fates map[string]fate
	plan  plan
	importing
}

// planFor compares a deployment that has been examined with what the stack is.
func (s *Service) planFor(st *stack, next Deployment, imports importing) (*plan, error) {
	t, err := s.parse(next.Template)
	if err != nil {
		return nil, err
	}
	p := &planner{Service: s, st: st, next: next, t: t, fates: map[string]fate{}, scope: s.scope(st, next, t), importing: imports}
	if st.Deployment.Template != "" {
		p.old, _ = s.parse(st.Deployment.Template) // it was parsed when it came
	}
	about := "" // what is being looked at
	p.scope.Import = s.anyImport(func(err error) {
		if p.plan.warning == "" {
			p.plan.warning = fmt.Sprintf(warnIncomplete, about, err)
		}
	})
	now, attribute := p.scope.Ref, p.scope.GetAtt
	p.scope.Ref = func(name string) (any, error) {
		if p.fates[name].fresh {
			return template.Unknown{}, nil
		}
		return now(name)
	}
	p.scope.GetAtt = func(name, a string) (any, error) {
		if p.fates[name].fresh || !slices.Contains(s.types[t.Resources[name].Type].Attributes, a) {
			return template.Unknown{}, nil // in the outputs, an attribute that a type lacks shows only once they are computed
		}
		return attribute(name, a)
	}
	graph, err := p.scope.Graph()
	if err != nil {
		return nil, asInvalid(err)
	}
	for _, name := range graph.Order {
		about = name
		if err := p.resource(name); err != nil {
			return nil, asInvalid(err)
		}
	}
	for name, in := range st.Resources {
		if !slices.Contains(graph.Order, name) && in.PhysicalID != "" {
			p.remove(in)
		}
	}
	slices.SortFunc(p.plan.changes, func(a, b change) int { return strings.Compare(a.LogicalID, b.LogicalID) })
	about = st.Name
	out, err := outputs(p.scope, graph)
	if err != nil {
		return nil, asInvalid(err)
	}
	p.plan.outputs = !slices.Equal(out, st.Outputs)
	return &p.plan, nil
}

// resource plans one resource; those that it needs have been planned.
func (p *planner) resource(name string) error {
	r := p.t.Resources[name]
	values, err := p.scope.Properties(r)
	if err != nil {
		return err
	}
	typ := p.types[r.Type]
	checked, problems := typ.Properties.Check(values, func(v any) bool { _, unknown := v.(template.Unknown); return !unknown })
	for _, one := range problems {
		p.plan.problems = append(p.plan.problems, validation{
			LogicalID: name, Type: r.Type, Path: "/Resources/" + name + "/Properties" + one.Parent(), Reason: one.Message(),
		})
	}
	now := p.st.Resources[name]
	if !now.exists() {
		p.fates[name] = fate{fresh: true}
		if id := p.adopts(name, r); id != "" {
			p.plan.changes = append(p.plan.changes, change{
				Action: "Import", LogicalID: name, PhysicalID: id, Type: r.Type, After: contextOf(checked),
			})
			return nil
		}
		p.plan.changes = append(p.plan.changes, change{
			Action: "Add", LogicalID: name, Type: r.Type, After: contextOf(checked),
		})
		return nil
	}
	c := change{
		Action: "Modify", LogicalID: name, PhysicalID: now.PhysicalID, Type: r.Type,
		Before: contextOf(now.Properties), After: contextOf(checked),
	}
	static := typ.Properties.Diff(now.Properties, checked)
	for _, one := range static {
		p.static(&c, typ, r, one)
	}
	p.dynamic(&c, typ, r, static)
	p.attributes(&c, typ, now, r)
	if len(c.Details) == 0 {
		return nil
	}
	c.Replacement = p.replacement(typ, now, checked, static, c)
	switch c.Replacement {
	case "True":
		c.Policy = "ReplaceAndDelete"
		if now.UpdateReplacePolicy == "Retain" {
			c.Policy = "ReplaceAndRetain"
		}
		p.fates[name] = fate{fresh: true}
	default:
		p.fates[name] = fate{maybe: c.Replacement == "Conditional", modified: slices.Contains(c.Scope, "Properties")}
	}
	p.plan.changes = append(p.plan.changes, c)
	return nil
}

// static details a property that is sure to change, with what makes it change.
func (p *planner) static(c *change, typ resource.Type, r template.Resource, one resource.Change) {
	target := detail{
		Attribute: "Properties", Name: one.Top, Path: one.Path, Recreation: recreation(typ, one.Update),
		Before: show(one.Before), After: show(one.After), Kind: kindOf(one),
	}
	c.in("Properties")
	caused := false
	references, _ := p.scope.References(r.Properties[one.Top]) // they were walked before
	for _, ref := range references {
		d := target
		d.Evaluation, d.Cause = "Static", ref.String()
		switch {
		case ref.Attribute == "" && p.argumentChanged(ref.Name):
			d.Source = "ParameterReference"
		case ref.Attribute == "" && p.replaced(ref.Name):
			d.Source = "ResourceReference"
		case ref.Attribute != "" && p.replaced(ref.Name):
			d.Source = "ResourceAttribute"
		default:
			continue
		}
		c.Details = append(c.Details, d)
		caused = true
		if d.Source == "ParameterReference" && !p.rewritten(c.LogicalID, one.Top) {
			d.Source, d.Evaluation, d.Cause = "DirectModification", "Dynamic", ""
			c.Details = append(c.Details, d)
		}
	}
	if !caused || p.rewritten(c.LogicalID, one.Top) {
		target.Source, target.Evaluation = "DirectModification", "Static"
		c.Details = append(c.Details, target)
	}
}

// dynamic details properties that may change: they refer to an attribute of a resource that is updated, or to a
// resource that may be replaced.
func (p *planner) dynamic(c *change, typ resource.Type, r template.Resource, static []resource.Change) {
	for _, top := range slices.Sorted(maps.Keys(r.Properties)) {
		if slices.ContainsFunc(static, func(s resource.Change) bool { return s.Top == top }) {
			continue
		}
		references, _ := p.scope.References(r.Properties[top])
		for _, ref := range references {
			f := p.fates[ref.Name]
			d := detail{
				Attribute: "Properties", Name: top, Path: "/Properties/" + top, Evaluation: "Dynamic", Cause: ref.String(),
				Recreation: recreation(typ, typ.Properties[top].Update),
			}
			switch {
			case ref.Attribute != "" && (f.modified || f.maybe):
				d.Source, d.Untold = "ResourceAttribute", !f.maybe
			case ref.Attribute == "" && f.maybe:
				d.Source = "ResourceReference"
			default:
				continue
			}
			c.in("Properties")
			c.Details = append(c.Details, d)
		}
	}
}

// attributes details what changes beside the properties.
func (p *planner) attributes(c *change, typ resource.Type, now *instance, r template.Resource) {
	direct := func(attribute, before, after string) {
		c.in(attribute)
		c.Details = append(c.Details, detail{
			Attribute: attribute, Path: "/" + attribute, Recreation: "Never", Evaluation: "Static", Source: "DirectModification",
			Before: before, After: after, Kind: kindOf(resource.Change{Before: orNil(before), After: orNil(after)}),
		})
	}
	if tags := tagMap(p.next.Tags); taggable(typ) && !maps.Equal(tags, now.Tags) {
		direct("Tags", show(now.Tags), show(tags))
	}
	if now.DeletionPolicy != r.DeletionPolicy {
		direct("DeletionPolicy", now.DeletionPolicy, r.DeletionPolicy)
	}
	if now.UpdateReplacePolicy != r.UpdateReplacePolicy {
		direct("UpdateReplacePolicy", now.UpdateReplacePolicy, r.UpdateReplacePolicy)
	}
	if metadata, err := p.scope.Resolve(r.Metadata); err == nil && !reflect.DeepEqual(canonical(metadata), canonical(now.Metadata)) {
		direct("Metadata", show(now.Metadata), show(metadata))
	}
}

// replacement is True, False or Conditional.
func (p *planner) replacement(typ resource.Type, now *instance, checked map[string]any, static []resource.Change, c change) string {
	update := resource.Replacement(static)
	if typ.Update == nil && len(static) > 0 {
		update = resource.Replace
	}
	if update == resource.Conditional && typ.Replaces != nil {
		request := resource.Request{
			Stack: p.st.Name, StackID: p.st.ID, LogicalID: now.LogicalID, PhysicalID: now.PhysicalID, Properties: checked, Old: now.Properties,
		}
		update = resource.InPlace
		if typ.Replaces(request) {
			update = resource.Replace
		}
	}
	switch {
	case update == resource.Replace:
		return "True"
	case update == resource.Conditional:
		return "Conditional"
	case slices.ContainsFunc(c.Details, func(d detail) bool { return d.Evaluation == "Dynamic" && d.Cause != "" && d.Recreation != "Never" }):
		return "Conditional"
	}
	return "False"
}

func (p *planner) remove(in *instance) {
	c := change{
		Action: "Remove", LogicalID: in.LogicalID, PhysicalID: in.PhysicalID, Type: in.Type, Policy: "Delete",
		Before: contextOf(in.Properties),
	}
	if in.DeletionPolicy == "Retain" || in.DeletionPolicy == "RetainExceptOnCreate" {
		c.Policy = "Retain"
	}
	p.plan.changes = append(p.plan.changes, c)
}

// argumentChanged tells whether a parameter of both templates has another value now.
func (p *planner) argumentChanged(name string) bool {
	before, had := p.st.Deployment.arguments()[name]
	now, has := p.next.arguments()[name]
	return has && (!had || before != now)
}

// replaced tells whether a resource of the stack will be another physical resource.
func (p *planner) replaced(name string) bool {
	return p.fates[name].fresh && p.st.Resources[name].exists()
}

// rewritten tells whether the template itself says something else about the property.
func (p *planner) rewritten(name, property string) bool {
	if p.old == nil {
		return true
	}
	return !reflect.DeepEqual(p.old.Resources[name].Properties[property], p.t.Resources[name].Properties[property])
}
