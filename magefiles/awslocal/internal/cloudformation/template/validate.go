package template

import (
	"maps"
	"slices"
	"strings"
)

// PseudoParameters that a Ref may name.
var PseudoParameters = []string{
	"AWS::AccountId", "AWS::NoValue", "AWS::NotificationARNs", "AWS::Partition", "AWS::Region", "AWS::StackId",
	"AWS::StackName", "AWS::URLSuffix",
}

// Validate checks what can be seen without arguments: that everything named is there, that no resources need
// each other, and that an attribute is one of its type's. attributes tells a type's; ok is false for a type
// that does not exist.
func (t *Template) Validate(attributes func(typeName string) (list []string, ok bool)) error {
	if err := t.knownTypes(attributes); err != nil {
		return err
	}
	if err := t.named(); err != nil {
		return err
	}
	if err := t.knownAttributes(attributes); err != nil {
		return err
	}
	names := slices.Collect(maps.Keys(t.Resources))
	_, err := sorted(names, func(name string) []string {
		return t.uses(t.Resources[name], References(t.Resources[name].Properties))
	})
	return err
}

func (t *Template) knownTypes(attributes func(string) ([]string, bool)) error {
	var unknown, unmodelled []string
	for _, r := range t.Resources {
		_, ok := attributes(r.Type)
		switch {
		case ok || slices.Contains(unknown, r.Type) || slices.Contains(unmodelled, r.Type):
		case strings.HasPrefix(r.Type, "AWS::") || strings.HasPrefix(r.Type, "Custom::"):
			unmodelled = append(unmodelled, r.Type)
		default:
			unknown = append(unknown, r.Type)
		}
	}
	if len(unmodelled) > 0 {
		slices.Sort(unmodelled)
		return errorf("Template format error: the embedded AWS does not model resources of these types: [%s]. "+
			"Leave them out of the template in environment local; AWS may well know them", strings.Join(unmodelled, ", "))
	}
	if len(unknown) > 0 {
		slices.Sort(unknown)
		return errorf("Template format error: Unrecognized resource types: [%s]", strings.Join(unknown, ", "))
	}
	return nil
}

// named checks that parameters, resources and conditions that the template names are there.
func (t *Template) named() error {
	var missing []string
	for _, name := range slices.Sorted(maps.Keys(t.Resources)) {
		r := t.Resources[name]
		if _, ok := t.Conditions[r.Condition]; r.Condition != "" && !ok {
			return errorf("Template format error: Unresolved condition dependency %s in the Resources block of the template", r.Condition)
		}
		for _, d := range r.DependsOn {
			if _, ok := t.Resources[d]; !ok {
				missing = append(missing, d)
			}
		}
		more, err := t.missing(r.Properties)
		if err != nil {
			return err
		}
		missing = append(missing, more...)
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		return errorf("Template format error: Unresolved resource dependencies [%s] in the Resources block of the template", strings.Join(slices.Compact(missing), ", "))
	}
	for _, name := range slices.Sorted(maps.Keys(t.Outputs)) {
		o := t.Outputs[name]
		if _, ok := t.Conditions[o.Condition]; o.Condition != "" && !ok {
			return errorf("Template format error: Unresolved condition dependency %s in the Outputs block of the template", o.Condition)
		}
		missing, err := t.missing([]any{o.Value, o.Export})
		if err != nil {
			return err
		}
		if len(missing) > 0 {
			return errorf("Unresolved resource dependencies [%s] in the Outputs block of the template", strings.Join(missing, ", "))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(t.Conditions)) {
		for _, r := range References(t.Conditions[name]) {
			if _, ok := t.Parameters[r.Name]; !ok && !slices.Contains(PseudoParameters, r.Name) {
				return errorf("Template format error: Unresolved dependencies [%s]. Cannot reference resources in the Conditions block of the template", r.Name)
			}
		}
	}
	return nil
}

// missing are the names in a value that nothing bears.
func (t *Template) missing(v any) ([]string, error) {
	w := &walker{seen: map[Reference]bool{}, ifs: map[string]bool{}}
	w.walk(v)
	for _, c := range slices.Sorted(maps.Keys(w.ifs)) {
		if _, ok := t.Conditions[c]; !ok {
			return nil, errorf("Template error: unresolved condition dependency %s in Fn::If", c)
		}
	}
	var missing []string
	for _, r := range w.list() {
		_, isResource := t.Resources[r.Name]
		_, isParameter := t.Parameters[r.Name]
		switch {
		case isResource, r.Attribute == "" && (isParameter || slices.Contains(PseudoParameters, r.Name)):
		case r.Attribute != "":
			return nil, errorf("Template error: instance of Fn::GetAtt references undefined resource %s", r.Name)
		default:
			missing = append(missing, r.Name)
		}
	}
	return slices.Compact(missing), nil
}

func (t *Template) knownAttributes(attributes func(string) ([]string, bool)) error {
	var values []any // not those of outputs, which CloudFormation looks at only once the resources are made
	for _, name := range slices.Sorted(maps.Keys(t.Resources)) {
		values = append(values, t.Resources[name].Properties)
	}
	for _, v := range values {
		for _, r := range References(v) {
			if r.Attribute == "" || r.Attribute == "*" {
				continue
			}
			if known, _ := attributes(t.Resources[r.Name].Type); !slices.Contains(known, r.Attribute) {
				return errorf("Template error: resource %s does not support attribute type %s in Fn::GetAtt", r.Name, r.Attribute)
			}
		}
	}
	return nil
}

// uses are the resources that a resource needs, given the references in its properties.
func (t *Template) uses(r Resource, references []Reference) []string {
	needs := slices.Clone(r.DependsOn)
	for _, ref := range references {
		if _, ok := t.Resources[ref.Name]; ok {
			needs = append(needs, ref.Name)
		}
	}
	slices.Sort(needs)
	return slices.Compact(needs)
}

// Graph is what a template amounts to in a scope: the resources whose condition holds, each with those that
// it needs, in an order in which each comes after what it needs.
type Graph struct {
	Order []string
	Needs map[string][]string
}

// Graph of the scope's template. A reference to a resource whose condition does not hold is an error; a
// DependsOn of one is ignored, as CloudFormation does.
func (s *Scope) Graph() (*Graph, error) {
	g := &Graph{Needs: map[string][]string{}}
	active := map[string]bool{}
	for name, r := range s.Template.Resources {
		b, err := s.Condition(r.Condition)
		if err != nil {
			return nil, err
		}
		active[name] = b
	}
	var missing []string
	for name, r := range s.Template.Resources {
		if !active[name] {
			continue
		}
		references, err := s.References(r.Properties)
		if err != nil {
			return nil, err
		}
		for _, ref := range references {
			if on, isResource := active[ref.Name]; isResource && !on {
				missing = append(missing, ref.Name)
			}
		}
		g.Needs[name] = slices.DeleteFunc(s.Template.uses(r, references), func(n string) bool { return !active[n] })
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		return nil, errorf("Template format error: Unresolved resource dependencies [%s] in the Resources block of the template", strings.Join(slices.Compact(missing), ", "))
	}
	order, err := sorted(slices.Collect(maps.Keys(g.Needs)), func(name string) []string { return g.Needs[name] })
	g.Order = order
	return g, err
}

// sorted puts names in an order in which each comes after its needs; among equals the alphabet decides.
func sorted(names []string, needs func(string) []string) ([]string, error) {
	slices.Sort(names)
	var order []string
	done := map[string]bool{}
	for len(order) < len(names) {
		before := len(order)
		for _, name := range names {
			if done[name] {
				continue
			}
			if !slices.ContainsFunc(needs(name), func(n string) bool { return !done[n] }) {
				done[name] = true
				order = append(order, name)
			}
		}
		if len(order) == before {
			return nil, errorf("Circular dependency between resources: [%s]", strings.Join(circle(names, done, needs), ", "))
		}
	}
	return order, nil
}

// circle are the names that lie on a circle, out of those that could not be put in order.
func circle(names []string, done map[string]bool, needs func(string) []string) []string {
	left := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return done[n] })
	for { // what nothing in the rest needs is only behind a circle, not on it
		kept := slices.DeleteFunc(slices.Clone(left), func(n string) bool {
			return !slices.ContainsFunc(left, func(m string) bool { return slices.Contains(needs(m), n) })
		})
		if len(kept) == len(left) {
			return left
		}
		left = kept
	}
}
