package cloudformation

import (
	"maps"
	"slices"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

type stackResourceDetail struct {
	StackName            string             `json:"StackName"`
	StackID              string             `json:"StackId"`
	LogicalResourceID    string             `json:"LogicalResourceId"`
	PhysicalResourceID   string             `json:"PhysicalResourceId,omitempty"`
	ResourceType         string             `json:"ResourceType"`
	LastUpdatedTimestamp wire.Time          `json:"LastUpdatedTimestamp"`
	ResourceStatus       string             `json:"ResourceStatus"`
	ResourceStatusReason string             `json:"ResourceStatusReason,omitempty"`
	Metadata             string             `json:"Metadata,omitempty"`
	DriftInformation     resourceDriftShape `json:"DriftInformation"`
}

type describeStackResourceOutput struct {
	StackResourceDetail stackResourceDetail `json:"StackResourceDetail"`
}

func (s *Service) describeStackResource(_ ctx, in *struct {
	StackName         string `json:"StackName"`
	LogicalResourceID string `json:"LogicalResourceId"`
}) (*describeStackResourceOutput, error) {
	st := s.named(in.StackName)
	if st == nil {
		return nil, invalid("Stack '%s' does not exist", in.StackName)
	}
	r := st.Resources[in.LogicalResourceID]
	if r == nil {
		return nil, invalid("Resource %s does not exist for stack %s", in.LogicalResourceID, st.Name)
	}
	d := stackResourceDetail{
		StackName: st.Name, StackID: st.ID, LogicalResourceID: r.LogicalID, PhysicalResourceID: r.PhysicalID, ResourceType: r.Type,
		LastUpdatedTimestamp: wire.Time{Time: r.Updated}, ResourceStatus: r.Status, ResourceStatusReason: r.Reason,
		DriftInformation: r.driftShape(),
	}
	if r.Metadata != nil {
		d.Metadata = show(r.Metadata)
	}
	return &describeStackResourceOutput{d}, nil
}

type stackResource struct {
	StackName            string             `json:"StackName"`
	StackID              string             `json:"StackId"`
	LogicalResourceID    string             `json:"LogicalResourceId"`
	PhysicalResourceID   string             `json:"PhysicalResourceId,omitempty"`
	ResourceType         string             `json:"ResourceType"`
	Timestamp            wire.Time          `json:"Timestamp"`
	ResourceStatus       string             `json:"ResourceStatus"`
	ResourceStatusReason string             `json:"ResourceStatusReason,omitempty"`
	DriftInformation     resourceDriftShape `json:"DriftInformation"`
}

type describeStackResourcesOutput struct {
	StackResources []stackResource `json:"StackResources"`
}

// describeStackResources answers at most 100 resources, of a stack or of the stack that holds a physical id.
func (s *Service) describeStackResources(_ ctx, in *struct {
	StackName          string `json:"StackName"`
	LogicalResourceID  string `json:"LogicalResourceId"`
	PhysicalResourceID string `json:"PhysicalResourceId"`
}) (*describeStackResourcesOutput, error) {
	st := s.named(in.StackName)
	switch {
	case in.StackName != "" && in.PhysicalResourceID != "":
		return nil, invalid("Stack name and physical resource id cannot both be specified")
	case in.StackName == "" && in.PhysicalResourceID == "":
		return nil, invalid("Stack name or physical resource id must be specified")
	case in.PhysicalResourceID != "":
		if st = s.holder(in.PhysicalResourceID); st == nil {
			return nil, invalid("Stack for %s does not exist", in.PhysicalResourceID)
		}
	case st == nil:
		return nil, invalid("Stack with id %s does not exist", in.StackName)
	}
	out := &describeStackResourcesOutput{}
	for _, r := range st.listed() {
		if in.LogicalResourceID != "" && r.LogicalID != in.LogicalResourceID || len(out.StackResources) == 100 {
			continue
		}
		out.StackResources = append(out.StackResources, stackResource{
			StackName: st.Name, StackID: st.ID, LogicalResourceID: r.LogicalID, PhysicalResourceID: r.PhysicalID, ResourceType: r.Type,
			Timestamp: wire.Time{Time: r.Updated}, ResourceStatus: r.Status, ResourceStatusReason: r.Reason, DriftInformation: r.driftShape(),
		})
	}
	return out, nil
}

// holder is the stack that has the physical resource.
func (s *Service) holder(physicalID string) *stack {
	for _, st := range s.stacks(live) {
		s.whole(st)
		for _, r := range st.Resources {
			if r.PhysicalID == physicalID {
				return st
			}
		}
	}
	return nil
}

// listed are the stack's resources in order of their logical ids.
func (st *stack) listed() []*instance {
	var out []*instance
	for _, name := range slices.Sorted(maps.Keys(st.Resources)) {
		out = append(out, st.Resources[name])
	}
	return out
}

type stackResourceSummary struct {
	LogicalResourceID    string             `json:"LogicalResourceId"`
	PhysicalResourceID   string             `json:"PhysicalResourceId,omitempty"`
	ResourceType         string             `json:"ResourceType"`
	LastUpdatedTimestamp wire.Time          `json:"LastUpdatedTimestamp"`
	ResourceStatus       string             `json:"ResourceStatus"`
	ResourceStatusReason string             `json:"ResourceStatusReason,omitempty"`
	DriftInformation     resourceDriftShape `json:"DriftInformation"`
}

type listStackResourcesOutput struct {
	StackResourceSummaries []stackResourceSummary `json:"StackResourceSummaries"`
	NextToken              string                 `json:"NextToken,omitempty"`
}

func (s *Service) listStackResources(_ ctx, in *struct {
	StackName string `json:"StackName"`
	NextToken string `json:"NextToken"`
}) (*listStackResourcesOutput, error) {
	st, err := s.findWithID(in.StackName)
	if err != nil {
		return nil, err
	}
	part, next, err := page(st.listed(), in.NextToken, 100)
	if err != nil {
		return nil, err
	}
	out := &listStackResourcesOutput{NextToken: next}
	for _, r := range part {
		out.StackResourceSummaries = append(out.StackResourceSummaries, stackResourceSummary{
			LogicalResourceID: r.LogicalID, PhysicalResourceID: r.PhysicalID, ResourceType: r.Type,
			LastUpdatedTimestamp: wire.Time{Time: r.Updated}, ResourceStatus: r.Status, ResourceStatusReason: r.Reason, DriftInformation: r.driftShape(),
		})
	}
	return out, nil
}
