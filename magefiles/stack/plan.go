package stack

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
)

// Plan is what a change set would do.
type Plan struct {
	Stack     string
	ChangeSet string // ARN; empty where there is nothing to change
	Creates   bool   // the stack is new
	// Waited is true where another operation was under way, and was followed to its end first: what was true of
	// the stack before may not be any more.
	Waited  bool
	Changes []ResourceChange
	// Warning is what CloudFormation says of a change set that it nevertheless takes, e.g. that an import is missing
	// and the change will fail. Empty where it says nothing.
	Warning string
	// Protection is how termination protection changes, which is no part of a change set: "off → on" or "on → off". Empty
	// where it stays, and for a new stack.
	Protection string
	// Other is true where something else than resources changes: outputs, or the stack's tags.
	Other bool

	fresh   bool   // the change set has brought the stack along
	content string // what the change set says it does; see content
}

// Empty tells whether the plan changes nothing of the stack's content.
func (p Plan) Empty() bool { return len(p.Changes) == 0 && !p.Other }

// Change is what would happen to a resource, by its logical id; ok is false where it does not change. Pure.
func (p Plan) Change(resource string) (c ResourceChange, ok bool) {
	at := slices.IndexFunc(p.Changes, func(c ResourceChange) bool { return c.Resource == resource })
	if at < 0 {
		return c, false
	}
	return p.Changes[at], true
}

// ResourceChange is what would happen to one resource.
type ResourceChange struct {
	Action     string // Add, Modify, Remove, Import, Dynamic
	Resource   string // logical id
	Type       string
	PhysicalID string
	// Replacement is True, False or Conditional for Modify.
	Replacement string
	Properties  []PropertyChange
	// Drift is, in a change that also reverts drift, how the resource differs from what its stack made of it: IN_SYNC,
	// MODIFIED, DELETED, UNKNOWN, UNSUPPORTED. Empty elsewhere.
	Drift string
	// Was and Will are the properties before and after, as far as CloudFormation knows them.
	Was, Will map[string]any
}

// PropertyChange is one property's value before and after. Values are JSON or plain text, as CloudFormation
// gives them; empty where it does not know them yet.
type PropertyChange struct {
	Path    string // below Properties, e.g. ContainerDefinitions/0/Image; or Tags, DeletionPolicy …
	Before  string
	After   string
	Replace string // Never, Conditionally, Always
	Cause   string // what it follows from, where that is another resource or a parameter: LogicalId, or LogicalId.Attribute
}

func changesFromAPI(in []types.Change) []ResourceChange {
	var out []ResourceChange
	for _, c := range in {
		r := c.ResourceChange
		if r == nil {
			continue
		}
		change := ResourceChange{
			Action: string(r.Action), Resource: aws.ToString(r.LogicalResourceId), Type: aws.ToString(r.ResourceType),
			PhysicalID: aws.ToString(r.PhysicalResourceId), Replacement: string(r.Replacement),
			Drift: string(r.ResourceDriftStatus), Was: properties(r.BeforeContext), Will: properties(r.AfterContext),
		}
		seen := map[string]int{}
		for _, d := range r.Details {
			if d.Target == nil {
				continue
			}
			p := PropertyChange{
				Path: path(d.Target), Before: aws.ToString(d.Target.BeforeValue), After: aws.ToString(d.Target.AfterValue),
				Replace: string(d.Target.RequiresRecreation), Cause: aws.ToString(d.CausingEntity),
			}
			// One property may have several causes, and so several details: the one with values tells most.
			if i, ok := seen[p.Path]; ok {
				if change.Properties[i].Before == "" && change.Properties[i].After == "" {
					change.Properties[i] = p
				}
				continue
			}
			seen[p.Path] = len(change.Properties)
			change.Properties = append(change.Properties, p)
		}
		out = append(out, change)
	}
	return out
}

// properties of a resource, from its state as a change set has it: JSON with a member Properties.
func properties(state *string) map[string]any {
	var r struct{ Properties map[string]any }
	if json.Unmarshal([]byte(aws.ToString(state)), &r) != nil {
		return nil
	}
	return r.Properties
}

// union joins what a change set says with the values of properties to what it says without. Asked for values,
// CloudFormation leaves out what may change and what it cannot tell the values of: a property that follows from another
// resource's attribute, and resources with nothing else. Pure.
func union(with, without []ResourceChange) []ResourceChange {
	at := map[string]int{}
	for i, c := range with {
		at[c.Resource] = i
	}
	for _, c := range without {
		i, known := at[c.Resource]
		if !known {
			with = append(with, c)
			continue
		}
		if replacements[c.Replacement] > replacements[with[i].Replacement] {
			with[i].Replacement = c.Replacement
		}
		for _, p := range c.Properties {
			if !slices.ContainsFunc(with[i].Properties, func(q PropertyChange) bool { return top(q.Path) == top(p.Path) }) {
				with[i].Properties = append(with[i].Properties, p)
			}
		}
	}
	slices.SortStableFunc(with, func(a, b ResourceChange) int { return strings.Compare(a.Resource, b.Resource) })
	return with
}

// replacements by how much they mean.
var replacements = map[string]int{"False": 1, "Conditional": 2, "True": 3}

// top is the property that a path is below.
func top(path string) string {
	name, _, _ := strings.Cut(path, "/")
	return name
}

func path(t *types.ResourceTargetDefinition) string {
	if p := aws.ToString(t.Path); p != "" {
		return strings.TrimPrefix(strings.TrimPrefix(p, "/Properties"), "/") // that of a tag is not among the properties
	}
	if n := aws.ToString(t.Name); n != "" {
		return n
	}
	return string(t.Attribute)
}
