package cloudformation

import (
	"maps"
	"slices"
	"strings"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/cloudformation/template"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
)

// Imports: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources.html

// resourceToImport names an existing resource. Its identifiers travel as a map: ResourceIdentifier.entry.1.key and
// .value. No type has more than three.
type resourceToImport struct {
	ResourceType       string `json:"ResourceType"`
	LogicalResourceID  string `json:"LogicalResourceId"`
	ResourceIdentifier struct {
		Entry struct {
			First  *identifier `json:"1"`
			Second *identifier `json:"2"`
			Third  *identifier `json:"3"`
		} `json:"entry"`
	} `json:"ResourceIdentifier"`
}

type identifier struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

func (r resourceToImport) identifiers() map[string]string {
	out := map[string]string{}
	e := r.ResourceIdentifier.Entry
	for _, one := range []*identifier{e.First, e.Second, e.Third} {
		if one != nil {
			out[one.Key] = one.Value
		}
	}
	return out
}

// importing is what a plan takes over instead of making it.
type importing struct {
	asked    map[string]string // physical ids by logical id, from the request
	existing bool              // and what exists under the name that the template gives it
}

// imports are the physical ids of what a request wants to import, by logical id. A request of the type IMPORT that
// wants anything else is refused.
func (s *Service) imports(st *stack, next Deployment, in *createChangeSetInput) (map[string]string, error) {
	if in.ChangeSetType != "IMPORT" {
		return nil, nil
	}
	t, err := s.parse(next.Template)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	if err := s.importable(st, t, in.ResourcesToImport); err != nil {
		return nil, err
	}
	for _, r := range in.ResourcesToImport {
		id, err := s.identify(t.Resources[r.LogicalResourceID], r)
		if err != nil {
			return nil, err
		}
		out[r.LogicalResourceID] = id
	}
	return out, s.importsOnly(st, next, out)
}

// importable checks which resources a request names.
func (s *Service) importable(st *stack, t *template.Template, list []resourceToImport) error {
	var taken, loose, foreign []string
	for _, r := range list {
		name := r.LogicalResourceID
		declared, ok := t.Resources[name]
		switch {
		case !ok:
			return invalid("Resources [%s] in ResourcesToImport are not defined in the template.", name)
		case declared.Type != r.ResourceType:
			return invalid("Resource type %s of resource [%s] in ResourcesToImport does not match the type in the template.", r.ResourceType, name)
		case st.Resources[name].exists():
			taken = append(taken, name)
		case len(s.types[r.ResourceType].Identifiers) == 0:
			foreign = append(foreign, r.ResourceType)
		case declared.DeletionPolicy == "":
			loose = append(loose, name)
		}
	}
	for _, names := range [][]string{taken, loose, foreign} {
		slices.Sort(names)
	}
	switch {
	case len(taken) > 0:
		return invalid("Resources [%s] passed in ResourceToImport are already in a stack and cannot be imported.", strings.Join(taken, ", "))
	case len(foreign) > 0:
		return invalid("ResourceTypes [%s] are not supported for Import", strings.Join(slices.Compact(foreign), ", "))
	case len(loose) > 0:
		return invalid("The following resources to import [%s] must have DeletionPolicy attribute specified in the template.", strings.Join(loose, ", "))
	}
	return nil
}

// identify is the physical id of a resource to import. An identifier that is also a property in the template must
// say the same there.
func (s *Service) identify(declared template.Resource, r resourceToImport) (string, error) {
	t, have := s.types[r.ResourceType], r.identifiers()
	names := slices.Sorted(maps.Keys(have))
	if want := slices.Sorted(slices.Values(t.Identifiers)); !slices.Equal(names, want) {
		return "", invalid("Resource identifier [%s] of resource [%s] is not valid for %s: it must be [%s]", strings.Join(names, ", "), r.LogicalResourceID, r.ResourceType, strings.Join(want, ", "))
	}
	for _, name := range names {
		if said, ok := declared.Properties[name].(string); ok && said != have[name] {
			return "", invalid("The value of the identifier %s of resource [%s] does not match the template", name, r.LogicalResourceID)
		}
	}
	if t.Identify != nil {
		return t.Identify(have), nil
	}
	return have[names[0]], nil
}

// importsOnly refuses a deployment that would do something else than to import.
func (s *Service) importsOnly(st *stack, next Deployment, imports map[string]string) error {
	p, err := s.planFor(st, next, importing{asked: imports})
	if err != nil {
		return err
	}
	if p.outputs {
		return invalid("As part of the import operation, you cannot modify or add [Outputs]")
	}
	var changed, missing []string
	for _, c := range p.changes {
		switch c.Action {
		case "Import":
		case "Add":
			missing = append(missing, c.LogicalID)
		default:
			changed = append(changed, c.LogicalID)
		}
	}
	switch {
	case len(missing) > 0:
		return invalid("Resources [%s] is missing from ResourceToImport list", strings.Join(missing, ", "))
	case len(changed) > 0:
		return invalid("You have modified resources [%s] in your template that are not being imported. Update, create or delete operations cannot be executed during import operations.", strings.Join(changed, ", "))
	}
	return nil
}

const reasonUnkept = "CloudFormation is attempting to import some resources because they already exist in your account. The resources must have the DeletionPolicy attribute set to 'Retain' or 'RetainExceptOnCreate' in the template for successful import. The affected resources are "

// adopts is the physical id of a resource that the plan takes over; empty where it is to be made.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources-automatically.html
func (p *planner) adopts(name string, r template.Resource) string {
	id := p.asked[name]
	if id == "" && p.existing {
		id = p.byName(name, r)
	}
	if id == "" {
		return ""
	}
	if p.plan.imports == nil {
		p.plan.imports = map[string]string{}
	}
	p.plan.imports[name] = id
	return id
}

// byName is the physical id of a resource that exists under the name that the template gives it in plain words.
func (p *planner) byName(name string, r template.Resource) string {
	t := p.types[r.Type]
	id, static := r.Properties[t.Named].(string)
	if !static || t.Named == "" || t.Read == nil || !slices.Equal(t.Identifiers, []string{t.Named}) {
		return ""
	}
	_, exists, err := t.Read(resource.Request{Stack: p.st.Name, StackID: p.st.ID, LogicalID: name, PhysicalID: id})
	if err != nil || !exists || p.owner(r.Type, id) != nil {
		return ""
	}
	if r.DeletionPolicy != "Retain" && r.DeletionPolicy != "RetainExceptOnCreate" {
		p.plan.unkept = append(p.plan.unkept, name+" ({"+t.Named+"="+id+"})")
	}
	return id
}

// owner is the stack that a physical resource belongs to; nil where there is none.
func (s *Service) owner(typeName, physicalID string) *stack {
	for _, st := range s.stacks(live) {
		s.whole(st)
		for _, in := range st.Resources {
			if in.Type == typeName && in.PhysicalID == physicalID {
				return st
			}
		}
	}
	return nil
}
