package resource

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Problem is one thing that is wrong with a resource's properties.
type Problem struct {
	Path   string // e.g. "/ContainerDefinitions/0/Name"
	Reason string // e.g. "required key [Name] not found"
	kind   problemKind
}

type problemKind int

const (
	unsupported problemKind = iota
	missing
	illTyped
	outOfSchema
)

// Problems of a resource's properties, in order of path.
type Problems []Problem

// Reason is the text of a resource's failure event, as CloudFormation writes it for the first class of problems
// that it meets: unsupported properties, then missing and ill-typed ones, then values out of the schema.
func (p Problems) Reason(typeName, logicalID string) string {
	var validation, schema []string
	for _, one := range p {
		switch one.kind {
		case unsupported:
			return "Encountered unsupported property " + one.Path[strings.LastIndexByte(one.Path, '/')+1:]
		case missing:
			validation = append(validation, fmt.Sprintf("The property {%s} is required", one.Path))
		case illTyped:
			validation = append(validation, fmt.Sprintf("Value of property {%s} does not match type {%s}", one.Path, one.Reason))
		case outOfSchema:
			schema = append(schema, fmt.Sprintf("#%s: %s", one.Path, one.Reason))
		}
	}
	if len(validation) > 0 {
		return fmt.Sprintf("Property validation failure: [%s]", strings.Join(validation, ", "))
	}
	return fmt.Sprintf("Properties validation failed for resource %s with message:\n[%s]", logicalID, strings.Join(schema, ", "))
}

// Message of one problem, as early validation tells it.
func (p Problem) Message() string {
	name := p.Path[strings.LastIndexByte(p.Path, '/')+1:]
	switch p.kind {
	case unsupported:
		return fmt.Sprintf("Unsupported property [%s]", name)
	case missing:
		return fmt.Sprintf("Required property [%s] not found", name)
	case illTyped:
		return fmt.Sprintf("Value of property [%s] does not match type [%s]", name, p.Reason)
	}
	return p.Reason
}

// Parent is the path of what holds the problem's property.
func (p Problem) Parent() string { return p.Path[:strings.LastIndexByte(p.Path, '/')] }

// Check holds values against the schema and brings them into its types: "3" becomes 3 where an integer is asked
// for, 3 becomes "3" where a string is. Numbers of the result are float64, so that it equals itself after a trip
// through JSON. A value for which known answers false is one that is known only later: it passes everywhere and
// stays as it is. known may be nil.
func (p Properties) Check(values map[string]any, known func(any) bool) (map[string]any, Problems) {
	c := checker{known: known}
	out := c.object(p, values, "")
	slices.SortStableFunc(c.problems, func(a, b Problem) int { return strings.Compare(a.Path, b.Path) })
	return out, c.problems
}

type checker struct {
	known    func(any) bool
	problems Problems
}

func (c *checker) problem(kind problemKind, path, reason string) {
	c.problems = append(c.problems, Problem{Path: path, Reason: reason, kind: kind})
}

func (c *checker) object(fields Properties, values map[string]any, path string) map[string]any {
	out := make(map[string]any, len(values))
	for _, name := range slices.Sorted(maps.Keys(values)) {
		at := path + "/" + name
		p, ok := fields[name]
		if !ok {
			c.problem(unsupported, at, "unsupported property")
			continue
		}
		out[name] = c.value(p, values[name], at)
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if _, given := values[name]; fields[name].Required && !given {
			c.problem(missing, path+"/"+name, "required")
		}
	}
	return out
}

func (c *checker) value(p Property, v any, path string) any {
	if c.known != nil && !c.known(v) {
		return v
	}
	switch p.Kind {
	case String:
		text, ok := scalar(v)
		if !ok {
			c.problem(illTyped, path, "String")
			return v
		}
		if len(p.Values) > 0 && !slices.Contains(p.Values, text) {
			c.problem(outOfSchema, path, text+" is not a valid enum value")
		}
		return text
	case Integer, Number:
		return c.number(p, v, path)
	case Boolean:
		text, _ := scalar(v)
		switch text {
		case "true", "false":
			return text == "true"
		}
		c.problem(illTyped, path, "Boolean")
		return v
	case List:
		return c.list(p, v, path)
	case Map, Object:
		m, ok := v.(map[string]any)
		if !ok {
			c.problem(illTyped, path, "Object")
			return v
		}
		if p.Kind == Object {
			return c.object(p.Fields, m, path)
		}
		out := make(map[string]any, len(m))
		for _, k := range slices.Sorted(maps.Keys(m)) {
			out[k] = c.value(*p.Of, m[k], path+"/"+k)
		}
		return out
	}
	return c.json(v, path)
}

func (c *checker) number(p Property, v any, path string) any {
	text, _ := scalar(v)
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
		c.problem(illTyped, path, map[Kind]string{Integer: "Integer", Number: "Number"}[p.Kind])
		return v
	}
	if p.Kind == Integer && n != math.Trunc(n) {
		c.problem(illTyped, path, "Integer")
		return v
	}
	if p.Max > p.Min {
		if n < p.Min {
			c.problem(outOfSchema, path, fmt.Sprintf("%g is not greater or equal to %g", n, p.Min))
		}
		if n > p.Max {
			c.problem(outOfSchema, path, fmt.Sprintf("%g is not less or equal to %g", n, p.Max))
		}
	}
	return n
}

func (c *checker) list(p Property, v any, path string) any {
	items, ok := v.([]any)
	if !ok {
		c.problem(illTyped, path, "List")
		return v
	}
	out := make([]any, 0, len(items))
	for i, item := range items {
		out = append(out, c.value(*p.Of, item, fmt.Sprintf("%s/%d", path, i)))
	}
	return out
}

// json takes an object of any form, or a string that holds one. Its numbers become float64.
func (c *checker) json(v any, path string) any {
	switch v := v.(type) {
	case map[string]any, []any:
		return plain(v)
	case string:
		var out any
		if json.Unmarshal([]byte(v), &out) == nil {
			if m, ok := out.(map[string]any); ok {
				return m
			}
		}
	}
	c.problem(illTyped, path, "Json")
	return v
}

func plain(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, item := range v {
			out[k] = plain(item)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = plain(item)
		}
		return out
	case json.Number:
		if f, err := v.Float64(); err == nil {
			return f
		}
		return v.String()
	}
	return v
}

// scalar is a string, number or boolean as text.
func scalar(v any) (string, bool) {
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
		return strconv.Itoa(v), true
	}
	return "", false
}
