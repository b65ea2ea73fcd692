package cloudformation

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

// Drift: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-drift.html

// stackDrift is what a stack's last detection of drift found.
type stackDrift struct {
	Status  string
	Checked time.Time
}

// detection is one run of DetectStackDrift.
type detection struct {
	ID, StackID string
	Only        []string // logical ids; empty: all
	Started     time.Time
	Status      string
	Reason      string
	Drift       string // StackDriftStatus; empty until it is over
	Drifted     int
}

// resourceDriftRecord is what the last look at a resource found.
type resourceDriftRecord struct {
	Status, Reason   string
	Checked          time.Time
	Expected, Actual map[string]any
	Differences      []propertyDifference
}

type propertyDifference struct {
	PropertyPath   string `json:"PropertyPath"`
	ExpectedValue  string `json:"ExpectedValue"`
	ActualValue    string `json:"ActualValue"`
	DifferenceType string `json:"DifferenceType"`
}

const (
	inSync     = "IN_SYNC"
	modified   = "MODIFIED"
	deleted    = "DELETED"
	unknown    = "UNKNOWN"
	notChecked = "NOT_CHECKED"
	drifted    = "DRIFTED"
)

type stackDriftShape struct {
	StackDriftStatus   string    `json:"StackDriftStatus"`
	LastCheckTimestamp wire.Time `json:"LastCheckTimestamp,omitzero"`
}

// driftShape is a stack's drift as stacks are described.
func (st *stack) driftShape() stackDriftShape {
	if st.Drift.Status == "" {
		return stackDriftShape{StackDriftStatus: notChecked}
	}
	return stackDriftShape{st.Drift.Status, wire.Time{Time: st.Drift.Checked}}
}

type resourceDriftShape struct {
	StackResourceDriftStatus string    `json:"StackResourceDriftStatus"`
	LastCheckTimestamp       wire.Time `json:"LastCheckTimestamp,omitzero"`
}

// driftShape is a resource's drift as resources are described.
func (in *instance) driftShape() resourceDriftShape {
	if in.Drift == nil {
		return resourceDriftShape{StackResourceDriftStatus: notChecked}
	}
	return resourceDriftShape{in.Drift.Status, wire.Time{Time: in.Drift.Checked}}
}

type stackResourceDrift struct {
	StackID                  string               `json:"StackId"`
	LogicalResourceID        string               `json:"LogicalResourceId"`
	PhysicalResourceID       string               `json:"PhysicalResourceId,omitempty"`
	ResourceType             string               `json:"ResourceType"`
	ExpectedProperties       string               `json:"ExpectedProperties,omitempty"`
	ActualProperties         string               `json:"ActualProperties,omitempty"`
	PropertyDifferences      []propertyDifference `json:"PropertyDifferences,omitempty"`
	StackResourceDriftStatus string               `json:"StackResourceDriftStatus"`
	DriftStatusReason        string               `json:"DriftStatusReason,omitempty"`
	Timestamp                wire.Time            `json:"Timestamp"`
}

func (in *instance) driftDetail(st *stack) stackResourceDrift {
	d := in.Drift
	out := stackResourceDrift{
		StackID: st.ID, LogicalResourceID: in.LogicalID, PhysicalResourceID: in.PhysicalID, ResourceType: in.Type,
		StackResourceDriftStatus: d.Status, DriftStatusReason: d.Reason, PropertyDifferences: d.Differences, Timestamp: wire.Time{Time: d.Checked},
	}
	if d.Status == inSync || d.Status == modified { // a deleted resource has none
		out.ExpectedProperties, out.ActualProperties = document(d.Expected), document(d.Actual)
	}
	return out
}

func document(v map[string]any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return "{}"
	}
	return string(data)
}

type describeStackResourceDriftsOutput struct {
	StackResourceDrifts []stackResourceDrift `json:"StackResourceDrifts"`
	NextToken           string               `json:"NextToken,omitempty"`
}

// describeStackResourceDrifts answers resources that have been checked; what cannot be checked is not among them.
func (s *Service) describeStackResourceDrifts(_ ctx, in *struct {
	StackName                       string   `json:"StackName"`
	StackResourceDriftStatusFilters []string `json:"StackResourceDriftStatusFilters"`
	NextToken                       string   `json:"NextToken"`
	MaxResults                      *int     `json:"MaxResults"`
}) (*describeStackResourceDriftsOutput, error) {
	if err := checkStackRef(in.StackName); err != nil {
		return nil, err
	}
	st, err := s.find(in.StackName)
	if err != nil {
		return nil, err
	}
	for _, f := range in.StackResourceDriftStatusFilters {
		if !slices.Contains([]string{inSync, modified, deleted, notChecked, unknown}, f) {
			return nil, invalid("1 validation error detected: Value '[%s]' at 'stackResourceDriftStatusFilters' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [IN_SYNC, MODIFIED, DELETED, NOT_CHECKED, UNKNOWN]]", f)
		}
	}
	size := 100
	if in.MaxResults != nil {
		if size = *in.MaxResults; size < 1 || size > 100 {
			return nil, invalid("1 validation error detected: Value '%d' at 'maxResults' failed to satisfy constraint: Member must have value between 1 and 100", size)
		}
	}
	var all []stackResourceDrift
	for _, r := range st.listed() {
		if r.Drift == nil || r.Drift.Status == notChecked {
			continue
		}
		if f := in.StackResourceDriftStatusFilters; len(f) == 0 || slices.Contains(f, r.Drift.Status) {
			all = append(all, r.driftDetail(st))
		}
	}
	part, next, err := page(all, in.NextToken, size)
	return &describeStackResourceDriftsOutput{part, next}, err
}
