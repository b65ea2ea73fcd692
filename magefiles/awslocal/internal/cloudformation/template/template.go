package template

import (
	"fmt"
	"maps"
	"slices"
)

// Template is a template that has been read and whose form is right.
type Template struct {
	Version     string
	Description string
	Metadata    any
	Parameters  map[string]Parameter
	Mappings    map[string]map[string]map[string]any
	Conditions  map[string]any
	Resources   map[string]Resource
	Outputs     map[string]Output
}

// Resource of a template, its values not yet evaluated.
type Resource struct {
	Type                string
	Condition           string
	Properties          map[string]any
	DependsOn           []string
	DeletionPolicy      string // Delete, Retain, RetainExceptOnCreate, Snapshot; empty where not given
	UpdateReplacePolicy string // Delete, Retain, Snapshot; empty where not given
	Metadata            any
}

// Output of a template, its values not yet evaluated.
type Output struct {
	Condition   string
	Description string
	Value       any
	Export      any // the export's name; nil where there is none
}

// Parse reads a template. Its references are checked by [Template.Validate].
func Parse(body string) (*Template, error) {
	m, err := tree(body)
	if err != nil {
		return nil, err
	}
	if err := noNull(m, ""); err != nil {
		return nil, err
	}
	t := &Template{}
	for _, key := range slices.Sorted(maps.Keys(m)) {
		if err := t.section(key, m[key]); err != nil {
			return nil, err
		}
	}
	if len(t.Resources) == 0 {
		return nil, errorf("Template format error: At least one Resources member must be defined.")
	}
	return t, nil
}

func (t *Template) section(key string, v any) error {
	switch key {
	case "AWSTemplateFormatVersion":
		t.Version, _ = v.(string)
		if t.Version != "2010-09-09" {
			return errorf("Template format error: unsupported value for AWSTemplateFormatVersion.")
		}
		return nil
	case "Description":
		s, ok := v.(string)
		if !ok {
			return errorf("Template format error: Description must be a string.")
		}
		if len(s) > 1024 {
			return errorf("Template format error: Description length must be less than or equal to 1024.")
		}
		t.Description = s
		return nil
	case "Metadata":
		t.Metadata = v
		return nil
	case "Transform", "Rules", "Hooks":
		return errorf("Template format error: the embedded AWS does not model the section %s", key)
	}
	m, ok := v.(map[string]any)
	switch key {
	case "Parameters", "Mappings", "Conditions", "Resources", "Outputs":
		if !ok {
			return errorf("Template format error: %s must be an object.", key)
		}
	}
	switch key {
	case "Parameters":
		return t.parameters(m)
	case "Mappings":
		return t.mappings(m)
	case "Conditions":
		t.Conditions = m
		return nil
	case "Resources":
		return t.resources(m)
	case "Outputs":
		return t.outputs(m)
	}
	return errorf("Invalid template property or properties [%s]", key)
}

func (t *Template) mappings(m map[string]any) error {
	t.Mappings = map[string]map[string]map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		top, ok := m[name].(map[string]any)
		if !ok {
			return errorf("Template format error: Every Mappings member %s must be a map", name)
		}
		t.Mappings[name] = map[string]map[string]any{}
		for key, v := range top {
			second, ok := v.(map[string]any)
			if !ok {
				return errorf("Template format error: Every Mappings member %s must be a map", key)
			}
			for _, leaf := range second {
				if _, isMap := leaf.(map[string]any); isMap {
					return errorf("Template format error: Every Mappings attribute must be a String or a List.")
				}
			}
			t.Mappings[name][key] = second
		}
	}
	return nil
}

func (t *Template) resources(m map[string]any) error {
	t.Resources = map[string]Resource{}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if !alphanumeric(name) {
			return errorf("Template format error: Resource name %s is non alphanumeric.", name)
		}
		body, ok := m[name].(map[string]any)
		if !ok {
			return errorf("Template format error: Any Resources member must be an object.")
		}
		r, err := resourceOf(name, body)
		if err != nil {
			return err
		}
		t.Resources[name] = r
	}
	return nil
}

func resourceOf(name string, body map[string]any) (Resource, error) {
	var r Resource
	for _, key := range slices.Sorted(maps.Keys(body)) {
		v, ok := body[key], true
		switch key {
		case "Type":
			r.Type, ok = v.(string)
		case "Condition":
			r.Condition, ok = v.(string)
		case "Properties":
			r.Properties, ok = v.(map[string]any)
		case "Metadata":
			r.Metadata = v
		case "DependsOn":
			r.DependsOn, ok = dependsOn(v)
		case "DeletionPolicy":
			r.DeletionPolicy, _ = v.(string)
			if !slices.Contains([]string{"Delete", "Retain", "RetainExceptOnCreate", "Snapshot"}, r.DeletionPolicy) {
				return r, errorf("Template error: Unrecognized DeletionPolicy %v for resource %s", v, name)
			}
		case "UpdateReplacePolicy":
			r.UpdateReplacePolicy, _ = v.(string)
			if !slices.Contains([]string{"Delete", "Retain", "Snapshot"}, r.UpdateReplacePolicy) {
				return r, errorf("Template error: Unrecognized UpdateReplacePolicy %v for resource %s", v, name)
			}
		case "CreationPolicy", "UpdatePolicy":
			return r, errorf("Template format error: the embedded AWS does not model %s (resource %s)", key, name)
		default:
			return r, errorf("Invalid template resource property '%s'", key)
		}
		if !ok {
			return r, errorf("Template format error: [/Resources/%s/%s] has a value of the wrong type", name, key)
		}
	}
	if r.Type == "" {
		return r, errorf("Template format error: [/Resources/%s] Every Resources object must contain a Type member.", name)
	}
	return r, nil
}

func dependsOn(v any) ([]string, bool) {
	switch v := v.(type) {
	case string:
		return []string{v}, true
	case []any:
		var names []string
		for _, item := range v {
			s, ok := item.(string)
			if !ok {
				return nil, false
			}
			names = append(names, s)
		}
		return names, true
	}
	return nil, false
}

func (t *Template) outputs(m map[string]any) error {
	t.Outputs = map[string]Output{}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if !alphanumeric(name) {
			return errorf("Template format error: Output name %s is non alphanumeric.", name)
		}
		body, ok := m[name].(map[string]any)
		if !ok || body["Value"] == nil {
			return errorf("Template format error: Every Outputs member must contain a Value object")
		}
		o := Output{Value: body["Value"]}
		o.Condition, _ = body["Condition"].(string)
		o.Description, _ = body["Description"].(string)
		if e, has := body["Export"]; has {
			export, _ := e.(map[string]any)
			if o.Export = export["Name"]; o.Export == nil {
				return errorf("Template format error: Output %s is malformed. The Name field of every Export member must be specified and consist only of alphanumeric characters, colons, or hyphens.", name)
			}
		}
		for key := range body {
			if !slices.Contains([]string{"Value", "Description", "Condition", "Export"}, key) {
				return errorf("Template format error: Output %s contains invalid key: %s", name, key)
			}
		}
		t.Outputs[name] = o
	}
	return nil
}

// noNull refuses null values, which CloudFormation does not take anywhere.
func noNull(v any, path string) error {
	switch v := v.(type) {
	case nil:
		return errorf("[%s] 'null' values are not allowed in templates", path)
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			if err := noNull(v[k], path+"/"+k); err != nil {
				return err
			}
		}
	case []any:
		for i, item := range v {
			if err := noNull(item, fmt.Sprintf("%s/%d", path, i)); err != nil {
				return err
			}
		}
	}
	return nil
}

func alphanumeric(s string) bool {
	for _, r := range s {
		if (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') {
			return false
		}
	}
	return s != ""
}
