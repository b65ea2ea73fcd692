package template

import (
	"maps"
	"slices"
	"strings"
)

// Reference is one mention of a parameter, resource or attribute in a value.
type Reference struct {
	Name      string
	Attribute string // of Fn::GetAtt; empty for a Ref
}

// String is the reference as change sets name a causing entity.
func (r Reference) String() string {
	if r.Attribute == "" {
		return r.Name
	}
	return r.Name + "." + r.Attribute
}

// walker collects references; choose picks the branch of an Fn::If, nil looks into both.
type walker struct {
	choose func(condition string) (bool, error)
	seen   map[Reference]bool
	ifs    map[string]bool // the conditions of the Fn::Ifs
	err    error
}

// References of a value, in both branches of every Fn::If.
func References(v any) []Reference {
	w := &walker{seen: map[Reference]bool{}, ifs: map[string]bool{}}
	w.walk(v)
	return w.list()
}

// References of a value as it is in the scope: only the chosen branches of Fn::If count.
func (s *Scope) References(v any) ([]Reference, error) {
	w := &walker{seen: map[Reference]bool{}, ifs: map[string]bool{}, choose: s.Condition}
	w.walk(v)
	return w.list(), w.err
}

func (w *walker) list() []Reference {
	return slices.SortedFunc(maps.Keys(w.seen), func(a, b Reference) int { return strings.Compare(a.String(), b.String()) })
}

func (w *walker) walk(v any) {
	if name, argument, ok := function(v); ok {
		w.function(name, argument)
		return
	}
	switch v := v.(type) {
	case map[string]any:
		for _, item := range v {
			w.walk(item)
		}
	case []any:
		for _, item := range v {
			w.walk(item)
		}
	}
}

func (w *walker) function(name string, argument any) {
	list, _ := argument.([]any)
	switch name {
	case "Ref":
		if s, ok := argument.(string); ok {
			w.seen[Reference{Name: s}] = true
		}
	case "Fn::GetAtt":
		w.getAtt(argument, list)
	case "Fn::Sub":
		w.sub(argument)
	case "Fn::If":
		condition, ok := "", false
		if len(list) == 3 {
			condition, ok = list[0].(string)
		}
		if !ok {
			return // the evaluation says what is wrong
		}
		w.ifs[condition] = true
		if w.choose == nil {
			w.walk(list[1])
			w.walk(list[2])
			return
		}
		b, err := w.choose(condition)
		if err != nil {
			w.err = err
		} else if b {
			w.walk(list[1])
		} else {
			w.walk(list[2])
		}
	default:
		w.walk(argument)
	}
}

func (w *walker) getAtt(argument any, list []any) {
	if text, ok := argument.(string); ok {
		resource, attribute, _ := strings.Cut(text, ".")
		w.seen[Reference{resource, attribute}] = true
		return
	}
	if len(list) != 2 {
		return
	}
	resource, _ := list[0].(string)
	attribute, ok := list[1].(string)
	if !ok {
		w.walk(list[1])
		attribute = "*"
	}
	w.seen[Reference{resource, attribute}] = true
}

func (w *walker) sub(argument any) {
	text, variables, err := subParts(argument)
	if err != nil {
		return // the evaluation says what is wrong
	}
	for _, v := range variables {
		w.walk(v)
	}
	stop := false
	_, _ = expand(text, func(name string) (string, error) {
		if _, shadowed := variables[name]; !shadowed {
			resource, attribute, _ := strings.Cut(name, ".")
			w.seen[Reference{resource, attribute}] = true
		}
		return "", nil
	}, &stop)
}
