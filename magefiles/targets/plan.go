package targets

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/cfn/confidential"
	"github.com/bellyfed/splitecs/cfn/lazyregexp"
	"github.com/bellyfed/splitecs/magefiles/stack"
)

// taskDefinition is the one type whose replacement is no loss: it makes a new revision.
const taskDefinition = "AWS::ECS::TaskDefinition"

// planLines shows a plan: + added, = taken over, ~ changed in place, ± replaced, - removed. Properties that come from one
// field of the App name it. Pure.
func planLines(place cfn.Place, p stack.Plan) []string {
	if p.Empty() && p.Protection != "" {
		return []string{fmt.Sprintf("stack %s: nothing to change but its termination protection: %s", p.Stack, p.Protection)}
	}
	if p.Empty() {
		return []string{fmt.Sprintf("stack %s: nothing to change", p.Stack)}
	}
	verb := "changes"
	if p.Creates {
		verb = "is created"
	}
	lines := []string{fmt.Sprintf("stack %s %s: %s", p.Stack, verb, summary(p))}
	losses := map[string]string{} // what is lost, by resource
	for _, l := range p.Losses() {
		if before := losses[l.Change.Resource]; before != "" {
			l.What = before + ", and " + l.What
		}
		losses[l.Change.Resource] = l.What
	}
	for _, c := range p.Changes {
		lines = append(lines, headline(c, losses[c.Resource]))
		if c.Action == "Add" {
			continue
		}
		if c.Action == "Import" {
			lines = append(lines, asItIs(c)...)
			continue
		}
		for _, p := range c.Properties {
			for _, l := range leaves(p.Path, p.Before, p.After) {
				line := "      " + l.String()
				if field := place.Origin(c.Resource, l.path); field != "" {
					line += "  [" + field + "]"
				}
				if p.Replace == "Always" && c.Type != taskDefinition {
					line += " (forces replacement)"
				}
				lines = append(lines, line)
			}
		}
	}
	if p.Other {
		lines = append(lines, "  ~ outputs or tags of the stack")
	}
	if p.Protection != "" {
		lines = append(lines, "  ~ termination protection: "+p.Protection)
	}
	if p.Warning != "" {
		lines = append(lines, "  ! CloudFormation warns: "+p.Warning)
	}
	clashes := p.Clashes()
	verdict := "cannot succeed"
	if onlyPriorities(clashes) {
		verdict = "takes two steps"
	}
	for _, c := range clashes {
		lines = append(lines, "  ! "+verdict+": "+c.String())
	}
	return lines
}

// asItIs are the properties with which something is taken over. Pure.
func asItIs(c stack.ResourceChange) (lines []string) {
	for _, name := range slices.Sorted(maps.Keys(c.Will)) {
		if v := text(c.Will[name]); v != c.PhysicalID {
			lines = append(lines, "      "+name+": "+value(v))
		}
	}
	return lines
}

// headline is what happens to one resource, and what that loses. Pure.
func headline(c stack.ResourceChange, loss string) string {
	line := fmt.Sprintf("  %s %s (%s)", sign(c), c.Resource, c.Type)
	verb := ", which loses "
	switch {
	case c.Type == taskDefinition && c.Replacement == "True":
		line += ": a new revision" // which is what every release makes; the older ones stay
	case c.Replacement == "True":
		line += ": is REPLACED"
	case c.Replacement == "Conditional":
		line += ": may be replaced"
		verb = ", which would lose "
	case c.Action == "Remove":
		line += ": is REMOVED"
	case c.Action == "Import":
		line += ": " + c.PhysicalID + " is taken over as it is"
	}
	if loss != "" {
		line += verb + loss
	}
	return line
}

func summary(p stack.Plan) string {
	count := map[string]int{}
	for _, c := range p.Changes {
		count[sign(c)]++
	}
	var parts []string
	for _, k := range []struct{ sign, word string }{{"+", "to add"}, {"=", "to take over"}, {"~", "to change"}, {"±", "to replace"}, {"-", "to remove"}} {
		if n := count[k.sign]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, k.word))
		}
	}
	if len(parts) == 0 {
		return "no resource changes"
	}
	return strings.Join(parts, ", ")
}

func sign(c stack.ResourceChange) string {
	switch {
	case c.Action == "Add":
		return "+"
	case c.Action == "Import":
		return "="
	case c.Action == "Remove":
		return "-"
	case c.Replacement == "True" && c.Type != taskDefinition:
		return "±"
	}
	return "~"
}

// valueWidth is how much of a value is shown: a plan is read by people.
const valueWidth = 120

func (l leaf) String() string {
	if l.before == "" && l.after == "" {
		return l.path // CloudFormation does not say how it changes
	}
	if name, ok := variable(l.path); ok && !(confidential.Shown(name, l.before) && confidential.Shown(name, l.after)) {
		return l.path + ": " + l.concealed(name)
	}
	return l.path + ": " + l.shown(l.before) + " → " + l.shown(l.after)
}

// member is the name of a property or of what has one, such as a tag.
var member = lazyregexp.New(`[^.\[\]]+\]?$`)

// shown is a value of the leaf, which a name such as that of a tag may tell to be confidential.
func (l leaf) shown(s string) string {
	if v := value(s); v == confidential.Hidden || s == "" || s == knownLater {
		return v
	}
	name := strings.TrimSuffix(member.FindString(l.path), "]") + "="
	return value(strings.TrimPrefix(confidential.Redact(name+s), name))
}

// hidden is shown in the place of a value whose variable's name says that it is confidential, and set in that of another one
// that need not be harmless; changed is what that becomes.
const (
	hidden  = "(hidden)"
	set     = "(set)"
	changed = "(changed)"
)

// variable is the name of the variable whose value a property is; ok is false where it is none.
func variable(path string) (name string, ok bool) {
	at := strings.LastIndex(path, ".Environment[")
	if at < 0 {
		return "", false
	}
	return strings.Trim(path[at+len(".Environment["):], "[]"), true
}

// concealed is a change of a variable that is not to be shown.
func (l leaf) concealed(name string) string {
	conceal := func(s, with string) string {
		switch {
		case s == "" || s == knownLater:
			return value(s)
		case confidential.Name(name):
			return hidden
		}
		return with
	}
	after := set
	if l.before != "" {
		after = changed
	}
	return conceal(l.before, set) + " → " + conceal(l.after, after)
}

// knownLater is what CloudFormation says of a value that it does not know before the change.
const knownLater = "{{changeSet:KNOWN_AFTER_APPLY}}"

// value is as much of one as is shown. What is confidential in it is hidden first: a part of it need not look like that any more.
func value(s string) string {
	switch r := []rune(confidential.Redact(s)); {
	case s == "":
		return "(none)"
	case s == knownLater:
		return "(known afterwards)"
	case len(r) > valueWidth:
		return string(r[:valueWidth]) + "…"
	default:
		return string(r)
	}
}
