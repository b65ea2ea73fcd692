package resource

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// Encode is the reverse of [Decode]: a struct as properties.
func Encode(v any) (map[string]any, error) {
	var out map[string]any
	data, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(data, &out)
	}
	if err != nil {
		return nil, Failed("InternalFailure", "%v", err)
	}
	return out, nil
}

// OwnTags is the property Tags of a resource that bears these tags: without those of its stack, those that the
// template sets first, in its order.
func OwnTags(r Request, tags map[string]string) []any {
	out := []any{}
	seen := map[string]bool{}
	add := func(key string) {
		if value, ok := tags[key]; ok && !seen[key] {
			out = append(out, map[string]any{"Key": key, "Value": value})
			seen[key] = true
		}
	}
	expected, _ := r.Properties["Tags"].([]any)
	for _, one := range expected {
		if m, ok := one.(map[string]any); ok {
			key, _ := m["Key"].(string)
			add(key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		if _, ofStack := r.Tags[key]; !ofStack && !strings.HasPrefix(key, "aws:") {
			add(key)
		}
	}
	return out
}

// Select are the pairs of a map that a template's list of key and value names, in its order: attributes, settings
// and the like, of which the server has many more than a template sets. key and value are the names of the fields.
func Select(expected any, actual map[string]string, key, value string) []any {
	out := []any{}
	list, _ := expected.([]any)
	for _, one := range list {
		m, _ := one.(map[string]any)
		name, _ := m[key].(string)
		if v, ok := actual[name]; ok {
			out = append(out, map[string]any{key: name, value: v})
		}
	}
	return out
}

// Retagged is a set of tags after some were put on and others taken off.
func Retagged(tags, set map[string]string, remove []string) map[string]string {
	out := maps.Clone(tags)
	if out == nil {
		out = map[string]string{}
	}
	maps.Copy(out, set)
	for _, key := range remove {
		delete(out, key)
	}
	return out
}
