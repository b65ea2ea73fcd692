package template

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// Parameter is the declaration of a parameter.
type Parameter struct {
	Type        string
	Description string
	Constraint  string // ConstraintDescription
	Default     *string
	NoEcho      bool
	Allowed     []string
	Pattern     string
	MinLength   *float64
	MaxLength   *float64
	MinValue    *float64
	MaxValue    *float64
}

// idTypes are the AWS-specific parameter types. Their values are strings: the embedded AWS does not look up
// whether the id exists, because networks may be brought from outside of it.
var idTypes = []string{
	"AWS::EC2::AvailabilityZone::Name", "AWS::EC2::Image::Id", "AWS::EC2::Instance::Id", "AWS::EC2::KeyPair::KeyName",
	"AWS::EC2::SecurityGroup::GroupName", "AWS::EC2::SecurityGroup::Id", "AWS::EC2::Subnet::Id", "AWS::EC2::Volume::Id",
	"AWS::EC2::VPC::Id", "AWS::Route53::HostedZone::Id",
}

// IsList tells whether a reference to the parameter gives a list.
func (p Parameter) IsList() bool {
	kind := p.Type
	if inner, ok := stored(kind); ok {
		kind = inner
	}
	return kind == "CommaDelimitedList" || strings.HasPrefix(kind, "List<")
}

// Stored tells whether the parameter names one of the Systems Manager, whose value a reference gives.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-supplied-parameter-types.html#systems-manager-parameter-types
func (p Parameter) Stored() bool {
	_, ok := stored(p.Type)
	return ok
}

// stored is the type of the value, of a type of parameters that name one of the Systems Manager.
func stored(t string) (inner string, ok bool) {
	inner, ok = strings.CutPrefix(t, "AWS::SSM::Parameter::Value<")
	return strings.TrimSuffix(inner, ">"), ok
}

func knownType(t string) bool {
	if inner, ok := stored(t); ok {
		return knownType(inner) && inner != "Number" && inner != "List<Number>"
	}
	if inner, ok := strings.CutPrefix(t, "List<"); ok {
		inner = strings.TrimSuffix(inner, ">")
		return inner == "Number" || inner == "String" || slices.Contains(idTypes, inner)
	}
	return t == "String" || t == "Number" || t == "CommaDelimitedList" || slices.Contains(idTypes, t)
}

func (t *Template) parameters(m map[string]any) error {
	t.Parameters = map[string]Parameter{}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if !alphanumeric(name) {
			return errorf("Template format error: Parameter name %s is non alphanumeric.", name)
		}
		body, ok := m[name].(map[string]any)
		if !ok {
			return errorf("Template format error: Any Parameters member must be an object.")
		}
		p, err := parameterOf(name, body)
		if err != nil {
			return err
		}
		t.Parameters[name] = p
	}
	return nil
}

func parameterOf(name string, body map[string]any) (Parameter, error) {
	var p Parameter
	for _, key := range slices.Sorted(maps.Keys(body)) {
		s, ok := scalarText(body[key])
		if key != "AllowedValues" && !ok {
			return p, errorf("Template format error: Every %s member must be a string.", key)
		}
		switch key {
		case "Type":
			p.Type = s
		case "Description":
			p.Description = s
		case "ConstraintDescription":
			p.Constraint = s
		case "Default":
			p.Default = &s
		case "NoEcho":
			p.NoEcho = s == "true"
		case "AllowedPattern":
			if _, err := regexp.Compile(s); err != nil {
				return p, errorf("Template format error: AllowedPattern of parameter %s is not a valid regular expression.", name)
			}
			p.Pattern = s
		case "AllowedValues":
			list, ok := body[key].([]any)
			if !ok {
				return p, errorf("Template format error: AllowedValues of parameter %s must be a list.", name)
			}
			for _, v := range list {
				text, ok := scalarText(v)
				if !ok {
					return p, errorf("Template format error: AllowedValues of parameter %s must be strings.", name)
				}
				p.Allowed = append(p.Allowed, text)
			}
		case "MinLength", "MaxLength", "MinValue", "MaxValue":
			f, err := strconv.ParseFloat(s, 64)
			if err != nil {
				return p, errorf("Template format error: %s of parameter %s must be a number.", key, name)
			}
			*map[string]**float64{"MinLength": &p.MinLength, "MaxLength": &p.MaxLength, "MinValue": &p.MinValue, "MaxValue": &p.MaxValue}[key] = &f
		default:
			return p, errorf("Invalid template parameter property '%s'", key)
		}
	}
	if p.Type == "" {
		return p, errorf("Template format error: Every Parameters object must contain a Type member.")
	}
	if strings.HasPrefix(p.Type, "AWS::SSM::") && !p.Stored() {
		return p, errorf("Template format error: the embedded AWS does not model parameters of the type %s (parameter %s)", p.Type, name)
	}
	if !knownType(p.Type) {
		return p, errorf("Template format error: Unrecognized parameter type: %s", p.Type)
	}
	if p.Default != nil {
		if err := p.check(name, *p.Default); err != nil {
			return p, err
		}
	}
	return p, nil
}

// check is whether the parameter takes the value.
func (p Parameter) check(name, value string) error {
	items := []string{value}
	if p.IsList() {
		items = splitList(value)
	}
	for _, v := range items {
		if len(p.Allowed) > 0 && !slices.Contains(p.Allowed, v) {
			return p.refuse(name, "Parameter '%s' must be one of AllowedValues", name)
		}
		if p.Pattern != "" && !lazyregexp.New(`^(?:`+p.Pattern+`)$`).MatchString(v) {
			return p.refuse(name, "Parameter '%s' must match pattern %s", name, p.Pattern)
		}
		if p.Type == "Number" || p.Type == "List<Number>" {
			n, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
			if err != nil {
				return errorf("Parameter '%s' must be a number.", name)
			}
			if p.MinValue != nil && n < *p.MinValue {
				return p.refuse(name, "Parameter '%s' must be a number not less than %g", name, *p.MinValue)
			}
			if p.MaxValue != nil && n > *p.MaxValue {
				return p.refuse(name, "Parameter '%s' must be a number not greater than %g", name, *p.MaxValue)
			}
		}
	}
	if p.MinLength != nil && float64(len(value)) < *p.MinLength {
		return p.refuse(name, "Parameter '%s' must contain at least %g characters", name, *p.MinLength)
	}
	if p.MaxLength != nil && float64(len(value)) > *p.MaxLength {
		return p.refuse(name, "Parameter '%s' must contain at most %g characters", name, *p.MaxLength)
	}
	return nil
}

func (p Parameter) refuse(name, format string, args ...any) error {
	if p.Constraint != "" {
		return errorf("Parameter '%s' failed to satisfy constraint: %s", name, p.Constraint)
	}
	return errorf(format, args...)
}

// Arguments checks the values that were given for the parameters and adds the defaults.
func (t *Template) Arguments(given map[string]string) (map[string]string, error) {
	var unknown, missing []string
	for name := range given {
		if _, ok := t.Parameters[name]; !ok {
			unknown = append(unknown, name)
		}
	}
	values := make(map[string]string, len(t.Parameters))
	for name, p := range t.Parameters {
		v, ok := given[name]
		switch {
		case ok:
			values[name] = v
		case p.Default != nil:
			values[name] = *p.Default
		default:
			missing = append(missing, name)
		}
	}
	slices.Sort(unknown)
	slices.Sort(missing)
	if len(unknown) > 0 {
		return nil, errorf("Parameters: [%s] do not exist in the template", strings.Join(unknown, ", "))
	}
	if len(missing) > 0 {
		return nil, errorf("Parameters: [%s] must have values", strings.Join(missing, ", "))
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if err := t.Parameters[name].check(name, values[name]); err != nil {
			return nil, err
		}
	}
	return values, nil
}

// value is what a reference to the parameter gives.
func (p Parameter) value(s string) any {
	if !p.IsList() {
		return s
	}
	list := []any{}
	for _, item := range splitList(s) {
		list = append(list, item)
	}
	return list
}

func splitList(s string) []string {
	if s == "" {
		return nil
	}
	items := strings.Split(s, ",")
	for i := range items {
		items[i] = strings.TrimSpace(items[i])
	}
	return items
}

// scalarText is a scalar as CloudFormation writes it.
func scalarText(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	case int:
		return fmt.Sprint(v), true
	}
	return "", false
}
