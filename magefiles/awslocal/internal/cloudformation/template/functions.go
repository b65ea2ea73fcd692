package template

import (
	"slices"
	"strings"
)

// call evaluates an intrinsic function.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
func (s *Scope) call(name string, argument any) (any, error) {
	switch name {
	case "Ref":
		return s.ref(argument)
	case "Fn::GetAtt":
		resource, attribute, err := s.attributeName(argument)
		if err != nil {
			return nil, err
		}
		if attribute == nil {
			return Unknown{}, nil
		}
		return s.GetAtt(resource, *attribute)
	case "Fn::Sub":
		return s.sub(argument)
	case "Fn::Join":
		return s.join(argument)
	case "Fn::Split":
		return s.split(argument)
	case "Fn::Select":
		return s.pick(argument)
	case "Fn::If":
		return s.choose(argument)
	case "Fn::FindInMap":
		return s.find(argument)
	case "Fn::GetAZs":
		return s.zones(argument)
	case "Fn::Base64":
		return s.base64(argument)
	case "Fn::Cidr":
		return s.cidr(argument)
	case "Fn::ImportValue":
		return s.importValue(argument)
	case "Fn::Equals", "Fn::And", "Fn::Or", "Fn::Not":
		b, err := s.truth(map[string]any{name: argument})
		if err != nil {
			return nil, err
		}
		return b, nil
	}
	if slices.Contains(unsupported, name) {
		return nil, errorf("Template error: the embedded AWS does not model %s", name)
	}
	return nil, errorf("Template error: %s is not a function of CloudFormation", name)
}

func (s *Scope) ref(argument any) (any, error) {
	name, ok := argument.(string)
	if !ok {
		return nil, errorf("Template error: every Ref object must have a single String value.")
	}
	if name == "AWS::NoValue" {
		return noValue{}, nil
	}
	if v, ok := s.Pseudo[name]; ok {
		return v, nil
	}
	if p, ok := s.Template.Parameters[name]; ok {
		return p.value(s.Arguments[name]), nil
	}
	if _, ok := s.Template.Resources[name]; ok && s.Ref != nil {
		return s.Ref(name)
	}
	return nil, errorf("Template format error: Unresolved resource dependencies [%s] in the Resources block of the template", name)
}

const getAttForm = "Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute"

// attributeName is the resource and attribute of an Fn::GetAtt; the attribute is nil where it is not known yet.
func (s *Scope) attributeName(argument any) (string, *string, error) {
	if text, ok := argument.(string); ok {
		resource, attribute, found := strings.Cut(text, ".")
		if !found || resource == "" || attribute == "" {
			return "", nil, errorf(getAttForm)
		}
		return resource, &attribute, nil
	}
	list, ok := argument.([]any)
	if !ok || len(list) != 2 {
		return "", nil, errorf(getAttForm)
	}
	resource, ok := list[0].(string)
	if !ok || resource == "" {
		return "", nil, errorf(getAttForm)
	}
	v, err := s.Resolve(list[1])
	if err != nil {
		return "", nil, err
	}
	if _, unknown := v.(Unknown); unknown {
		return resource, nil, nil
	}
	attribute, ok := v.(string)
	if !ok || attribute == "" {
		return "", nil, errorf(getAttForm)
	}
	return resource, &attribute, nil
}

const subForm = "Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a string as first argument, and an optional second argument to specify a mapping of values to replace in the string"

func (s *Scope) sub(argument any) (any, error) {
	text, variables, err := subParts(argument)
	if err != nil {
		return nil, err
	}
	unknown := false
	out, err := expand(text, func(name string) (string, error) {
		v, err := s.subValue(name, variables)
		if err != nil {
			return "", err
		}
		if _, unknown = v.(Unknown); unknown {
			return "", nil
		}
		t, ok := scalarText(v)
		if !ok {
			return "", errorf("Template error: variable %s in Fn::Sub expression does not resolve to a string", name)
		}
		return t, nil
	}, &unknown)
	if err != nil {
		return nil, err
	}
	if unknown {
		return Unknown{}, nil
	}
	return out, nil
}

func (s *Scope) subValue(name string, variables map[string]any) (any, error) {
	if v, ok := variables[name]; ok {
		return s.Resolve(v)
	}
	if resource, attribute, ok := strings.Cut(name, "."); ok {
		return s.call("Fn::GetAtt", []any{resource, attribute})
	}
	return s.ref(name)
}

// subParts are the text and the variables of an Fn::Sub.
func subParts(argument any) (string, map[string]any, error) {
	switch a := argument.(type) {
	case string:
		return a, nil, nil
	case []any:
		if len(a) == 2 {
			text, ok1 := a[0].(string)
			variables, ok2 := a[1].(map[string]any)
			if ok1 && ok2 {
				return text, variables, nil
			}
		}
	}
	return "", nil, errorf(subForm)
}

// expand replaces ${Name} by its value, and ${!Name} by ${Name}. It stops where stop becomes true.
func expand(text string, value func(name string) (string, error), stop *bool) (string, error) {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(text, "${")
		b.WriteString(before)
		if !found {
			return b.String(), nil
		}
		name, rest, closed := strings.Cut(after, "}")
		if !closed {
			b.WriteString("${" + after)
			return b.String(), nil
		}
		if literal, ok := strings.CutPrefix(name, "!"); ok {
			b.WriteString("${" + literal + "}")
		} else {
			v, err := value(strings.TrimSpace(name))
			if err != nil {
				return "", err
			}
			b.WriteString(v)
			if *stop {
				return "", nil
			}
		}
		text = rest
	}
}

const joinForm = "Template error: every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined."

func (s *Scope) join(argument any) (any, error) {
	parts, ok := argument.([]any)
	if !ok || len(parts) != 2 {
		return nil, errorf(joinForm)
	}
	delimiter, ok := parts[0].(string)
	if !ok {
		return nil, errorf(joinForm)
	}
	v, err := s.Resolve(parts[1])
	if err != nil {
		return nil, err
	}
	if _, unknown := v.(Unknown); unknown {
		return Unknown{}, nil
	}
	list, ok := v.([]any)
	if !ok {
		return nil, errorf(joinForm)
	}
	var texts []string
	unknown := false
	for _, item := range list {
		if _, u := item.(Unknown); u {
			unknown = true
			continue
		}
		t, ok := scalarText(item)
		if !ok {
			return nil, errorf(joinForm)
		}
		texts = append(texts, t)
	}
	if unknown {
		return Unknown{}, nil
	}
	return strings.Join(texts, delimiter), nil
}

const splitForm = "Template error: every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to be split or a function that returns a string to be split."

func (s *Scope) split(argument any) (any, error) {
	parts, ok := argument.([]any)
	if !ok || len(parts) != 2 {
		return nil, errorf(splitForm)
	}
	delimiter, ok := parts[0].(string)
	if !ok || delimiter == "" {
		return nil, errorf(splitForm)
	}
	v, err := s.Resolve(parts[1])
	if err != nil {
		return nil, err
	}
	if _, unknown := v.(Unknown); unknown {
		return Unknown{}, nil
	}
	text, ok := scalarText(v)
	if !ok {
		return nil, errorf(splitForm)
	}
	out := []any{}
	for item := range strings.SplitSeq(text, delimiter) {
		out = append(out, item)
	}
	return out, nil
}
