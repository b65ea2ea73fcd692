package cloudformation

import "slices"

// change is one resource's part in a change set.
type change struct {
	Action                      string
	LogicalID, PhysicalID, Type string
	Replacement, Policy         string
	Scope                       []string
	Details                     []detail
	Before, After               string
	Drift                       string // of the resource, in a drift-aware change set
}

// in notes the part of the resource that changes.
func (c *change) in(scope string) {
	if !slices.Contains(c.Scope, scope) {
		c.Scope = append(c.Scope, scope)
	}
}

// detail is one thing that changes in a resource.
type detail struct {
	Attribute, Name, Path, Recreation string
	Evaluation, Source, Cause         string
	Before, After, Kind               string
	Untold                            bool // where values are asked for: it follows from an attribute that may or may not change
}

// untold tells whether nothing is said of the change where values are asked for. Recorded from AWS, 2025-04-08.
func (c change) untold() bool {
	return len(c.Details) > 0 && !slices.ContainsFunc(c.Details, func(d detail) bool { return !d.Untold })
}

type changeShape struct {
	Type           string              `json:"Type"`
	ResourceChange resourceChangeShape `json:"ResourceChange"`
}

type resourceChangeShape struct {
	PolicyAction       string        `json:"PolicyAction,omitempty"`
	Action             string        `json:"Action"`
	LogicalResourceID  string        `json:"LogicalResourceId"`
	PhysicalResourceID string        `json:"PhysicalResourceId,omitempty"`
	ResourceType       string        `json:"ResourceType"`
	Replacement        string        `json:"Replacement,omitempty"`
	Scope              []string      `json:"Scope"`
	Details            []detailShape `json:"Details"`
	BeforeContext      string        `json:"BeforeContext,omitempty"`
	AfterContext       string        `json:"AfterContext,omitempty"`
	DriftStatus        string        `json:"ResourceDriftStatus,omitempty"`
}

type detailShape struct {
	Target        targetShape `json:"Target"`
	Evaluation    string      `json:"Evaluation"`
	ChangeSource  string      `json:"ChangeSource"`
	CausingEntity string      `json:"CausingEntity,omitempty"`
}

type targetShape struct {
	Attribute           string `json:"Attribute"`
	Name                string `json:"Name,omitempty"`
	RequiresRecreation  string `json:"RequiresRecreation"`
	Path                string `json:"Path,omitempty"`
	BeforeValue         string `json:"BeforeValue,omitempty"`
	AfterValue          string `json:"AfterValue,omitempty"`
	AttributeChangeType string `json:"AttributeChangeType,omitempty"`
}

// shape is the change on the wire; values only where they were asked for.
func (c change) shape(values bool) changeShape {
	r := resourceChangeShape{
		PolicyAction: c.Policy, Action: c.Action, LogicalResourceID: c.LogicalID, PhysicalResourceID: c.PhysicalID,
		ResourceType: c.Type, Replacement: c.Replacement, Scope: c.Scope, DriftStatus: c.Drift,
	}
	if values {
		r.BeforeContext, r.AfterContext = c.Before, c.After
	}
	lasting := false // something that is told may ask for a replacement
	for _, d := range c.Details {
		if values && d.Untold {
			continue
		}
		lasting = lasting || d.Recreation != "Never"
		t := targetShape{Attribute: d.Attribute, Name: d.Name, RequiresRecreation: d.Recreation}
		if values {
			t.Path, t.BeforeValue, t.AfterValue, t.AttributeChangeType = d.Path, d.Before, d.After, d.Kind
		}
		one := detailShape{Target: t, Evaluation: d.Evaluation, ChangeSource: d.Source, CausingEntity: d.Cause}
		if !slices.Contains(r.Details, one) { // fields of one property are one line where no paths are shown
			r.Details = append(r.Details, one)
		}
	}
	if r.Replacement == "Conditional" && !lasting {
		r.Replacement = "False"
	}
	return changeShape{Type: "Resource", ResourceChange: r}
}
