package resource

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDifferences(t *testing.T) {
	expected := map[string]any{"Name": "x", "Port": 80.0, "On": false, "Nested": map[string]any{"Depth": 1.0}, "List": []any{"a", "b"}, "Doc": map[string]any{"k": 1.0}}
	for name, c := range map[string]struct {
		change map[string]any
		want   []Difference
	}{
		"none":                {nil, nil},
		"defaults":            {map[string]any{"Kind": "a", "Share": 0.5, "Nested": map[string]any{"Depth": 1.0, "Key": "k"}}, nil},
		"other types":         {map[string]any{"Port": "80", "Nested": map[string]any{"Depth": 1}}, nil},
		"false is as good as": {map[string]any{"On": nil}, nil},
		"another value":       {map[string]any{"Port": 81.0}, []Difference{{"/Port", NotEqual, 80.0, 81.0}}},
		"a field":             {map[string]any{"Nested": map[string]any{"Depth": 2.0}}, []Difference{{"/Nested/Depth", NotEqual, 1.0, 2.0}}},
		"gone":                {map[string]any{"Port": nil}, []Difference{{"/Port", Removed, 80.0, nil}}},
		"an item more":        {map[string]any{"List": []any{"a", "b", "c"}}, []Difference{{"/List/2", Added, nil, "c"}}},
		"an item less":        {map[string]any{"List": []any{"a"}}, []Difference{{"/List/1", Removed, "b", nil}}},
		"in a document":       {map[string]any{"Doc": map[string]any{"k": 2.0, "l": true}}, []Difference{{"/Doc/k", NotEqual, 1.0, 2.0}, {"/Doc/l", Added, nil, true}}},
		"of another kind":     {map[string]any{"List": "a"}, []Difference{{"/List", NotEqual, []any{"a", "b"}, "a"}}},
	} {
		t.Run(name, func(t *testing.T) {
			actual := map[string]any{}
			for k, v := range expected {
				actual[k] = v
			}
			for k, v := range c.change {
				if actual[k] = v; v == nil {
					delete(actual, k)
				}
			}
			if diff := cmp.Diff(c.want, schema.Differences(expected, actual)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestOwnTags(t *testing.T) {
	r := Request{Tags: map[string]string{"team": "x", "aws:cloudformation:stack-name": "s"}, Properties: map[string]any{
		"Tags": []any{map[string]any{"Key": "z", "Value": "1"}, map[string]any{"Key": "gone", "Value": "1"}},
	}}
	got := OwnTags(r, map[string]string{"a": "3", "z": "2", "team": "x", "aws:cloudformation:stack-name": "s"})
	want := []any{map[string]any{"Key": "z", "Value": "2"}, map[string]any{"Key": "a", "Value": "3"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestSelect(t *testing.T) {
	expected := []any{map[string]any{"Key": "b", "Value": "1"}, map[string]any{"Key": "gone", "Value": "1"}}
	got := Select(expected, map[string]string{"a": "3", "b": "2"}, "Key", "Value")
	if diff := cmp.Diff([]any{map[string]any{"Key": "b", "Value": "2"}}, got); diff != "" {
		t.Error(diff)
	}
}
