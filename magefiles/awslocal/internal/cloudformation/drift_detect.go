package cloudformation

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

// How long a detection takes, in AWS time.
const (
	takesDetection    = 3 * time.Second
	takesDetectionOne = 200 * time.Millisecond // for each resource
)

// wakeDrift ends a detection of drift, by its id.
const wakeDrift = "cloudformation.drift"

// detectable are the statuses of stacks whose drift can be detected.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/detect-drift-stack.html
var detectable = []string{
	"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED", "IMPORT_COMPLETE", "IMPORT_ROLLBACK_COMPLETE",
}

// driftable is the stack, if its drift can be detected now.
func (s *Service) driftable(name string) (*stack, error) {
	if err := checkStackRef(name); err != nil {
		return nil, err
	}
	st, err := s.find(name)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(detectable, st.Status) {
		return nil, invalid("Drift detection cannot be performed on stack [%s] in %s state", st.ID, st.Status)
	}
	for _, d := range s.state.Detections.All() {
		if d.StackID == st.ID && d.Status == "DETECTION_IN_PROGRESS" {
			return nil, invalid("Drift detection is already in progress for stack [%s]", st.ID)
		}
	}
	return st, nil
}

type detectStackDriftOutput struct {
	StackDriftDetectionID string `json:"StackDriftDetectionId"`
}

func (s *Service) detectStackDrift(_ ctx, in *struct {
	StackName          string   `json:"StackName"`
	LogicalResourceIDs []string `json:"LogicalResourceIds"`
}) (*detectStackDriftOutput, error) {
	st, err := s.driftable(in.StackName)
	if err != nil {
		return nil, err
	}
	for _, name := range in.LogicalResourceIDs {
		if st.Resources[name] == nil {
			return nil, invalid("Resource %s does not exist for stack %s", name, st.Name)
		}
	}
	d := &detection{ID: s.world.UUID(), StackID: st.ID, Only: in.LogicalResourceIDs, Started: s.world.Now(), Status: "DETECTION_IN_PROGRESS"}
	s.forgetDetections(st)
	s.state.Detections.Put(d.ID, d)
	s.world.After(takesDetection+takesDetectionOne*time.Duration(len(st.Resources)), wakeDrift, d.ID)
	return &detectStackDriftOutput{d.ID}, nil
}

// driftDue looks at the resources of a detection, all at one time.
func (s *Service) driftDue(id string) {
	d := s.state.Detections.Get(id)
	if d == nil || d.Status != "DETECTION_IN_PROGRESS" {
		return
	}
	s.world.Changed()
	st := s.stack(d.StackID)
	d.Status = "DETECTION_COMPLETE"
	if st == nil || !slices.Contains(detectable, st.Status) {
		d.Status, d.Reason, d.Drift = "DETECTION_FAILED", "Stack ["+d.StackID+"] changed while its drift was detected", unknown
		return
	}
	var failed []string
	for _, in := range st.listed() {
		if len(d.Only) > 0 && !slices.Contains(d.Only, in.LogicalID) {
			continue
		}
		if in.Drift = s.compare(st, in); in.Drift == nil {
			continue
		}
		switch in.Drift.Status {
		case modified, deleted:
			d.Drifted++
		case unknown:
			failed = append(failed, in.LogicalID)
		}
	}
	d.Drift = inSync
	switch {
	case d.Drifted > 0:
		d.Drift = drifted
	case len(failed) > 0:
		d.Drift = unknown
	}
	if len(failed) > 0 {
		d.Status, d.Reason = "DETECTION_FAILED", "Failed to detect drift on resource ["+strings.Join(failed, ", ")+"]"
	}
	st.Drift = stackDrift{d.Drift, s.world.Now()}
}

// keptDetections is how many results of a stack are kept.
const keptDetections = 10

// forgetDetections makes room for another one.
func (s *Service) forgetDetections(st *stack) {
	var all []*detection
	for _, d := range s.state.Detections.All() {
		if d.StackID == st.ID {
			all = append(all, d)
		}
	}
	slices.SortFunc(all, func(a, b *detection) int { return cmp.Or(b.Started.Compare(a.Started), cmp.Compare(a.ID, b.ID)) })
	for i, d := range all {
		if i >= keptDetections-1 {
			s.state.Detections.Delete(d.ID)
		}
	}
}

// compare holds a resource against what its template says; nil where that cannot be done.
func (s *Service) compare(st *stack, in *instance) *resourceDriftRecord {
	t := s.types[in.Type]
	if t.Read == nil || in.Skipped || !in.exists() {
		return nil
	}
	out := &resourceDriftRecord{Checked: s.world.Now()}
	actual, exists, err := t.Read(s.request(st, &step{}, in))
	switch {
	case err != nil:
		out.Status, out.Reason = unknown, err.Error()
		return out
	case !exists:
		out.Status = deleted
		return out
	}
	out.Status, out.Expected, out.Actual = inSync, in.Properties, map[string]any{}
	checked, _ := t.Properties.Check(actual, nil) // what does not fit shows as a difference
	for name := range in.Properties {
		if v, ok := checked[name]; ok {
			out.Actual[name] = v
		}
	}
	for _, d := range t.Properties.Differences(in.Properties, actual) {
		out.Status = modified
		out.Differences = append(out.Differences, propertyDifference{d.Path, driftValue(d.Expected), driftValue(d.Actual), d.Kind})
	}
	return out
}

// driftValue is one side of a difference.
func driftValue(v any) string {
	if v == nil {
		return "null"
	}
	return show(v)
}

type detectStackResourceDriftOutput struct {
	StackResourceDrift stackResourceDrift `json:"StackResourceDrift"`
}

// detectStackResourceDrift looks at one resource, and answers at once.
func (s *Service) detectStackResourceDrift(_ ctx, in *struct {
	StackName         string `json:"StackName"`
	LogicalResourceID string `json:"LogicalResourceId"`
}) (*detectStackResourceDriftOutput, error) {
	st, err := s.driftable(in.StackName)
	if err != nil {
		return nil, err
	}
	r := st.Resources[in.LogicalResourceID]
	if r == nil {
		return nil, invalid("Resource %s does not exist for stack %s", in.LogicalResourceID, st.Name)
	}
	found := s.compare(st, r)
	if found == nil {
		return nil, invalid("Resource [%s] of type %s does not support drift detection", r.LogicalID, r.Type)
	}
	r.Drift = found
	s.world.Changed()
	return &detectStackResourceDriftOutput{r.driftDetail(st)}, nil
}

type describeStackDriftDetectionStatusOutput struct {
	StackID                   string    `json:"StackId"`
	StackDriftDetectionID     string    `json:"StackDriftDetectionId"`
	StackDriftStatus          string    `json:"StackDriftStatus,omitempty"`
	DetectionStatus           string    `json:"DetectionStatus"`
	DetectionStatusReason     string    `json:"DetectionStatusReason,omitempty"`
	DriftedStackResourceCount *int      `json:"DriftedStackResourceCount,omitempty"`
	Timestamp                 wire.Time `json:"Timestamp"`
}

func (s *Service) describeStackDriftDetectionStatus(_ ctx, in *struct {
	StackDriftDetectionID string `json:"StackDriftDetectionId"`
}) (*describeStackDriftDetectionStatusOutput, error) {
	d := s.state.Detections.Get(in.StackDriftDetectionID)
	if d == nil {
		return nil, invalid("Drift detection [%s] does not exist", in.StackDriftDetectionID)
	}
	out := &describeStackDriftDetectionStatusOutput{
		StackID: d.StackID, StackDriftDetectionID: d.ID, StackDriftStatus: d.Drift, DetectionStatus: d.Status,
		DetectionStatusReason: d.Reason, Timestamp: wire.Time{Time: d.Started},
	}
	if d.Status != "DETECTION_IN_PROGRESS" {
		out.DriftedStackResourceCount = &d.Drifted
	}
	return out, nil
}
