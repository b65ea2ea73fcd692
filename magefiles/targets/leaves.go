package targets

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/bellyfed/splitecs/cfn/confidential"
)

// leaf is one value that differs between two versions of a property.
type leaf struct {
	path          string // e.g. ContainerDefinitions[0].Image
	before, after string // empty where it is absent
}

// leaves finds what differs in a property whose values may be JSON. Where they are not both JSON objects or
// lists, the property itself is the leaf. Pure.
func leaves(path, before, after string) []leaf {
	var old, new any
	isOld, isNew := json.Unmarshal([]byte(before), &old) == nil && composite(old), json.Unmarshal([]byte(after), &new) == nil && composite(new)
	if !isOld || !isNew {
		if isOld {
			before = text(old)
		}
		if isNew {
			after = text(new)
		}
		return []leaf{{path, before, after}}
	}
	return differences(path, old, new)
}

func composite(v any) bool {
	switch v.(type) {
	case map[string]any, []any:
		return true
	}
	return false
}

func differences(path string, old, new any) []leaf {
	if reflect.DeepEqual(old, new) {
		return nil
	}
	if o, n, ok := both[map[string]any](old, new); ok {
		return inMaps(path, o, n)
	}
	if o, n, ok := both[[]any](old, new); ok {
		if om, nm, ok := named(o, n); ok {
			return inMaps(path, om, nm)
		}
		if len(o) == len(n) {
			var found []leaf
			for i := range o {
				found = append(found, differences(fmt.Sprintf("%s[%d]", path, i), o[i], n[i])...)
			}
			return found
		}
	}
	return []leaf{{path, text(old), text(new)}}
}

func both[T any](a, b any) (x, y T, ok bool) {
	x, okX := a.(T)
	y, okY := b.(T)
	return x, y, okX && okY
}

func inMaps(path string, old, new map[string]any) []leaf {
	keys := maps.Clone(old)
	maps.Copy(keys, new)
	var found []leaf
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		inner := path + "." + k
		if strings.HasPrefix(k, "[") {
			inner = path + k
		}
		o, inOld := old[k]
		n, inNew := new[k]
		// A list of variables or tags that is absent is one without members.
		if !inOld && isNamed(n) {
			o, inOld = []any{}, true
		} else if !inNew && isNamed(o) {
			n, inNew = []any{}, true
		}
		switch {
		case !inOld:
			found = append(found, leaf{inner, "", text(n)})
		case !inNew:
			found = append(found, leaf{inner, text(o), ""})
		default:
			found = append(found, differences(inner, o, n)...)
		}
	}
	return found
}

// named turns two lists of {Name, Value} or {Key, Value}, such as environment variables and tags, into maps, so
// that one more of them does not look like a change of all that follow.
func named(old, new []any) (o, n map[string]any, ok bool) {
	o, okOld := byName(old)
	n, okNew := byName(new)
	return o, n, okOld && okNew
}

func isNamed(v any) bool {
	list, ok := v.([]any)
	if !ok || len(list) == 0 {
		return false
	}
	_, ok = byName(list)
	return ok
}

func byName(list []any) (map[string]any, bool) {
	out := map[string]any{}
	for _, item := range list {
		m, ok := item.(map[string]any)
		if !ok || len(m) != 2 {
			return nil, false
		}
		for _, key := range []string{"Name", "Key"} {
			if name, is := m[key].(string); is {
				for k, v := range m {
					if k != key {
						out["["+name+"]"] = v
					}
				}
			}
		}
	}
	return out, len(out) == len(list)
}

// text of a value, without what is confidential in it.
func text(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	data, err := json.Marshal(concealed(v, false))
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(data)
}

// concealed is a value without those of variables that are not to be shown. What has a Name and a Value is a variable
// within an Environment; elsewhere, its name tells.
func concealed(v any, isVariable bool) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, 0, len(v))
		for _, item := range v {
			out = append(out, concealed(item, isVariable))
		}
		return out
	case map[string]any:
		name, isNamed := v["Name"].(string)
		out := make(map[string]any, len(v))
		for k, inner := range v {
			switch out[k] = concealed(inner, k == "Environment"); {
			case k != "Value" || !isNamed:
			case confidential.Name(name):
				out[k] = hidden
			case isVariable && !confidential.Shown(name, text(inner)):
				out[k] = set
			}
		}
		return out
	}
	return v
}
