package template

import (
	"encoding/json"
	"slices"
	"strings"
)

// Scope is what a template's values are evaluated in.
type Scope struct {
	Template *Template
	// Arguments of the parameters, complete (see [Template.Arguments]).
	Arguments map[string]string
	// Pseudo parameters by name, e.g. "AWS::Region".
	Pseudo map[string]any
	// Zones are the availability zones of a region.
	Zones func(region string) []string
	// Ref and GetAtt of resources. They may give [Unknown].
	Ref    func(resource string) (any, error)
	GetAtt func(resource, attribute string) (any, error)
	// Import is the value of an export. Nil: there are none.
	Import func(name string) (any, error)

	conditions map[string]bool
	evaluating map[string]bool
}

// Unknown stands for a value that is known only once a resource has been made. A function of it is unknown too.
type Unknown struct{}

// noValue is what AWS::NoValue gives: the property or list item that holds it is dropped.
type noValue struct{}

// unsupported are functions that CloudFormation has, and this package does not.
var unsupported = []string{"Fn::Transform", "Fn::ForEach", "Fn::Length", "Fn::ToJsonString", "Fn::GetStackOutput"}

// function is the function that a value is the call of; ok is false where it is plain data.
func function(v any) (name string, argument any, ok bool) {
	m, isMap := v.(map[string]any)
	if !isMap || len(m) != 1 {
		return "", nil, false
	}
	for k, a := range m {
		if k == "Ref" || strings.HasPrefix(k, "Fn::") {
			return k, a, true
		}
	}
	return "", nil, false
}

// Resolve evaluates a value.
func (s *Scope) Resolve(v any) (any, error) {
	if name, argument, ok := function(v); ok {
		return s.call(name, argument)
	}
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, item := range v {
			r, err := s.Resolve(item)
			if err != nil {
				return nil, err
			}
			if _, drop := r.(noValue); !drop {
				out[k] = r
			}
		}
		return out, nil
	case []any:
		out := make([]any, 0, len(v))
		for _, item := range v {
			r, err := s.Resolve(item)
			if err != nil {
				return nil, err
			}
			if _, drop := r.(noValue); !drop {
				out = append(out, r)
			}
		}
		return out, nil
	case string:
		if strings.Contains(v, "{{resolve:") {
			return nil, errorf("Template error: the embedded AWS does not resolve dynamic references (%s)", v)
		}
	case json.Number:
		return v, nil
	}
	return v, nil
}

// Properties evaluates a resource's properties.
func (s *Scope) Properties(r Resource) (map[string]any, error) {
	v, err := s.Resolve(r.Properties)
	if err != nil {
		return nil, err
	}
	if m, ok := v.(map[string]any); ok {
		return m, nil
	}
	return map[string]any{}, nil
}

// Condition evaluates a condition of the template. The empty name is true.
func (s *Scope) Condition(name string) (bool, error) {
	if name == "" {
		return true, nil
	}
	if b, ok := s.conditions[name]; ok {
		return b, nil
	}
	expression, ok := s.Template.Conditions[name]
	if !ok {
		return false, errorf("Template format error: Unresolved condition dependency %s in the Conditions block of the template", name)
	}
	if s.evaluating[name] {
		return false, errorf("Template format error: Circular dependency in conditions: [%s]", name)
	}
	if s.conditions == nil {
		s.conditions, s.evaluating = map[string]bool{}, map[string]bool{}
	}
	s.evaluating[name] = true
	b, err := s.truth(expression)
	delete(s.evaluating, name)
	if err == nil {
		s.conditions[name] = b
	}
	return b, err
}

// Conditions evaluates all conditions of the template.
func (s *Scope) Conditions() (map[string]bool, error) {
	out := map[string]bool{}
	for name := range s.Template.Conditions {
		b, err := s.Condition(name)
		if err != nil {
			return nil, err
		}
		out[name] = b
	}
	return out, nil
}

// truth evaluates a condition function.
func (s *Scope) truth(v any) (bool, error) {
	m, ok := v.(map[string]any)
	if !ok || len(m) != 1 {
		return false, errorf("Template format error: Conditions can only be boolean operations on parameters and other conditions")
	}
	for name, argument := range m {
		list, isList := argument.([]any)
		switch name {
		case "Condition":
			other, ok := argument.(string)
			if !ok {
				return false, errorf("Template error: every Condition member must be a string.")
			}
			return s.Condition(other)
		case "Fn::Equals":
			if !isList || len(list) != 2 {
				return false, errorf("Template error: every Fn::Equals object requires a list of 2 string parameters.")
			}
			return s.equals(list)
		case "Fn::Not":
			if !isList || len(list) != 1 {
				return false, errorf("Template error: every Fn::Not object requires a list of 1 conditions.")
			}
			b, err := s.truth(list[0])
			return !b, err
		case "Fn::And", "Fn::Or":
			if !isList || len(list) < 2 || len(list) > 10 {
				return false, errorf("Template error: every %s object requires a list of at least 2 and at most 10 boolean parameters.", name)
			}
			all := name == "Fn::And"
			for _, item := range list {
				b, err := s.truth(item)
				if err != nil {
					return false, err
				}
				if b != all {
					return b, nil
				}
			}
			return all, nil
		}
	}
	return false, errorf("Template format error: Conditions can only be boolean operations on parameters and other conditions")
}

func (s *Scope) equals(list []any) (bool, error) {
	var text [2]string
	for i, item := range list {
		if name, _, ok := function(item); ok && !slices.Contains([]string{"Ref", "Fn::FindInMap", "Fn::Sub", "Fn::Join", "Fn::Select", "Fn::Split"}, name) {
			return false, errorf("Template error: every Fn::Equals object requires a list of 2 string parameters.")
		}
		v, err := s.Resolve(item)
		if err != nil {
			return false, err
		}
		t, ok := scalarText(v)
		if !ok {
			return false, errorf("Template error: every Fn::Equals object requires a list of 2 string parameters.")
		}
		text[i] = t
	}
	return text[0] == text[1], nil
}
