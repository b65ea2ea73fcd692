package resource

import (
	"maps"
	"reflect"
	"slices"
)

// Change of one property between two states of a resource.
type Change struct {
	Name   string // of the top-level property, or its path below it for a field of an object
	Path   string // e.g. "/Properties/DeploymentConfiguration/MinimumHealthyPercent"
	Top    string // the top-level property
	Update Update
	// Before and After are nil where the property was absent, or is.
	Before, After any
}

// Diff lists what differs between two sets of checked properties, in order of path. Objects are compared field by
// field, everything else as a whole.
func (p Properties) Diff(old, new map[string]any) []Change {
	return diff(p, old, new, "/Properties", "", InPlace)
}

func diff(fields Properties, old, new map[string]any, path, top string, outer Update) []Change {
	names := map[string]bool{}
	for k := range old {
		names[k] = true
	}
	for k := range new {
		names[k] = true
	}
	var changes []Change
	for _, name := range slices.Sorted(maps.Keys(names)) {
		before, had := old[name]
		after, has := new[name]
		if had && has && reflect.DeepEqual(before, after) {
			continue
		}
		p := fields[name]
		update := stricter(outer, p.Update)
		root := top
		if root == "" {
			root = name
		}
		b, bothMaps := before.(map[string]any)
		a, ok := after.(map[string]any)
		if p.Kind == Object && bothMaps && ok {
			changes = append(changes, diff(p.Fields, b, a, path+"/"+name, root, update)...)
			continue
		}
		changes = append(changes, Change{Name: name, Path: path + "/" + name, Top: root, Update: update, Before: before, After: after})
	}
	return changes
}

// stricter is the one of two ways to update that disturbs more.
func stricter(a, b Update) Update {
	if a == Replace || b == Replace {
		return Replace
	}
	return max(a, b)
}

// Replacement is what a set of changes asks for altogether.
func Replacement(changes []Change) Update {
	update := InPlace
	for _, c := range changes {
		update = stricter(update, c.Update)
	}
	return update
}
