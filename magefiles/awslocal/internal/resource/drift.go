package resource

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
)

// Difference of a property between what a template expects and what is there.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_PropertyDifference.html
type Difference struct {
	Path             string // e.g. "/DeploymentConfiguration/MaximumPercent"
	Kind             string // ADD, REMOVE or NOT_EQUAL
	Expected, Actual any    // nil where there is none
}

// The kinds of differences.
const (
	Added    = "ADD"
	Removed  = "REMOVE"
	NotEqual = "NOT_EQUAL"
)

// Differences lists how a resource differs from the properties that its template sets, in order of path. Properties,
// and fields of objects, that the template does not set have their defaults, and are no difference.
func (p Properties) Differences(expected, actual map[string]any) []Difference {
	actual, _ = p.Check(actual, nil) // into the schema's types; what does not fit shows as a difference
	return differences(Obj(p), expected, actual, "")
}

func differences(p Property, expected, actual any, path string) []Difference {
	switch e := expected.(type) {
	case map[string]any:
		if a, ok := actual.(map[string]any); ok {
			return fieldDifferences(p, e, a, path)
		}
	case []any:
		if a, ok := actual.([]any); ok {
			return itemDifferences(p, e, a, path)
		}
	}
	if reflect.DeepEqual(expected, actual) {
		return nil
	}
	return []Difference{{path, NotEqual, expected, actual}}
}

// fieldDifferences compares objects by the fields that are expected, and documents and maps as a whole.
func fieldDifferences(p Property, expected, actual map[string]any, path string) []Difference {
	names := slices.Collect(maps.Keys(expected))
	if p.Kind != Object {
		for name := range actual {
			if _, both := expected[name]; !both {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	var out []Difference
	for _, name := range names {
		field := Any
		switch p.Kind {
		case Object:
			field = p.Fields[name]
		case Map:
			field = *p.Of
		}
		e, wanted := expected[name]
		a, has := actual[name]
		switch {
		case !wanted:
			out = append(out, Difference{path + "/" + name, Added, nil, a})
		case !has && !nothing(e):
			out = append(out, Difference{path + "/" + name, Removed, e, nil})
		case has:
			out = append(out, differences(field, e, a, path+"/"+name)...)
		}
	}
	return out
}

func itemDifferences(p Property, expected, actual []any, path string) []Difference {
	item := Any
	if p.Kind == List {
		item = *p.Of
	}
	var out []Difference
	for i := range max(len(expected), len(actual)) {
		at := fmt.Sprintf("%s/%d", path, i)
		switch {
		case i >= len(expected):
			out = append(out, Difference{at, Added, nil, actual[i]})
		case i >= len(actual):
			out = append(out, Difference{at, Removed, expected[i], nil})
		default:
			out = append(out, differences(item, expected[i], actual[i], at)...)
		}
	}
	return out
}

// nothing tells whether a value says the same as its absence: false, 0, "" or an empty list or object.
func nothing(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case map[string]any:
		return len(v) == 0
	case []any:
		return len(v) == 0
	}
	return reflect.ValueOf(v).IsZero()
}
