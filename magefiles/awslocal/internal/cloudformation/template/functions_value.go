package template

import (
	"encoding/base64"
	"strconv"
	"strings"
)

const selectForm = "Template error: Fn::Select requires a list argument with two elements: an integer index and a list"

func (s *Scope) pick(argument any) (any, error) {
	parts, ok := argument.([]any)
	if !ok || len(parts) != 2 {
		return nil, errorf(selectForm)
	}
	at, err := s.Resolve(parts[0])
	if err != nil {
		return nil, err
	}
	list, err := s.Resolve(parts[1])
	if err != nil {
		return nil, err
	}
	for _, v := range []any{at, list} {
		if _, unknown := v.(Unknown); unknown {
			return Unknown{}, nil
		}
	}
	text, _ := scalarText(at)
	index, err := strconv.Atoi(text)
	items, ok := list.([]any)
	if err != nil || !ok {
		return nil, errorf(selectForm)
	}
	if index < 0 || index >= len(items) {
		return nil, errorf("Template error: Fn::Select cannot select nonexistent value at index %d", index)
	}
	return items[index], nil
}

func (s *Scope) choose(argument any) (any, error) {
	parts, ok := argument.([]any)
	if !ok || len(parts) != 3 {
		return nil, errorf("Template error: every Fn::If object requires a condition name and two values.")
	}
	name, ok := parts[0].(string)
	if !ok {
		return nil, errorf("Template error: every Fn::If object requires a condition name and two values.")
	}
	if _, known := s.Template.Conditions[name]; !known {
		return nil, errorf("Template error: unresolved condition dependency %s in Fn::If", name)
	}
	b, err := s.Condition(name)
	if err != nil {
		return nil, err
	}
	if b {
		return s.Resolve(parts[1])
	}
	return s.Resolve(parts[2])
}

func (s *Scope) find(argument any) (any, error) {
	parts, ok := argument.([]any)
	if !ok || len(parts) != 3 {
		return nil, errorf("Template error: every Fn::FindInMap object requires three parameters, the map name, map key and the attribute to return")
	}
	var keys [3]string
	for i, p := range parts {
		v, err := s.Resolve(p)
		if err != nil {
			return nil, err
		}
		if keys[i], ok = scalarText(v); !ok {
			return nil, errorf("Template error: every Fn::FindInMap object requires three parameters, the map name, map key and the attribute to return")
		}
	}
	if _, ok := s.Template.Mappings[keys[0]]; !ok {
		return nil, errorf("Template error: Mapping named '%s' is not present in the 'Mappings' section of template.", keys[0])
	}
	v, ok := s.Template.Mappings[keys[0]][keys[1]][keys[2]]
	if !ok {
		return nil, errorf("Template error: Unable to get mapping for %s", strings.Join(keys[:], "::"))
	}
	return v, nil
}

func (s *Scope) zones(argument any) (any, error) {
	v, err := s.Resolve(argument)
	if err != nil {
		return nil, err
	}
	region, ok := v.(string)
	if !ok {
		return nil, errorf("Template error: every Fn::GetAZs object must have a single String value.")
	}
	if region == "" {
		region, _ = s.Pseudo["AWS::Region"].(string)
	}
	out := []any{}
	for _, z := range s.Zones(region) {
		out = append(out, z)
	}
	return out, nil
}

func (s *Scope) base64(argument any) (any, error) {
	v, err := s.Resolve(argument)
	if err != nil {
		return nil, err
	}
	if _, unknown := v.(Unknown); unknown {
		return v, nil
	}
	text, ok := scalarText(v)
	if !ok {
		return nil, errorf("Template error: every Fn::Base64 object must have a String-typed value.")
	}
	return base64.StdEncoding.EncodeToString([]byte(text)), nil
}

func (s *Scope) importValue(argument any) (any, error) {
	v, err := s.Resolve(argument)
	if err != nil {
		return nil, err
	}
	name, ok := v.(string)
	if !ok {
		return nil, errorf("Template error: the attribute in Fn::ImportValue must not depend on any resources, imported values, or Fn::GetAZs")
	}
	if s.Import == nil {
		return nil, errorf("No export named %s found", name)
	}
	return s.Import(name)
}
