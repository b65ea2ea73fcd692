package cloudformation

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

const stackType = "AWS::CloudFormation::Stack"

// tell records an event of a resource and marks the resource with it.
func (s *Service) tell(st *stack, in *instance, status, reason string) {
	in.mark(status, reason, s.world.Now())
	if now := st.Resources[in.LogicalID]; now != nil && now != in && now.PhysicalID == in.PhysicalID && in.PhysicalID != "" {
		now.mark(status, reason, s.world.Now()) // the same resource, in another part of the state
	}
	properties := ""
	if in.Properties != nil {
		if data, err := json.Marshal(in.Properties); err == nil {
			properties = string(data)
		}
	}
	s.record(st, event{
		ID: in.LogicalID + "-" + status + "-" + s.world.Now().UTC().Format("2006-01-02T15:04:05.000Z"), LogicalID: in.LogicalID,
		PhysicalID: in.PhysicalID, Type: in.Type, Status: status, Reason: reason, Properties: properties,
	})
}

func (in *instance) mark(status, reason string, now time.Time) {
	in.Status, in.Reason, in.Updated = status, reason, now
}

// become gives the stack a status and records it.
func (s *Service) become(st *stack, status, reason string) {
	st.Status, st.Reason = status, reason
	s.record(st, event{ID: s.world.UUID(), LogicalID: st.Name, PhysicalID: st.ID, Type: stackType, Status: status, Reason: reason})
	if op := st.Operation; op != nil && !strings.HasSuffix(status, "_IN_PROGRESS") {
		op.Finished = true
		s.executed(st, status)
		for i := range st.Operations {
			if r := &st.Operations[i]; r.ID == op.ID {
				r.End, r.Status = s.world.Now(), "SUCCEEDED"
				if strings.HasSuffix(status, "_FAILED") || strings.Contains(status, "ROLLBACK") {
					r.Status = "FAILED"
				}
			}
		}
	}
}

// executed ends the execution of the change set that the stack's operation came from.
func (s *Service) executed(st *stack, status string) {
	c := s.state.ChangeSets.Get(st.ChangeSetID)
	if c == nil || c.Execution != "EXECUTE_IN_PROGRESS" {
		return
	}
	c.Execution = "EXECUTE_FAILED"
	if status == "CREATE_COMPLETE" || status == "UPDATE_COMPLETE" || status == "IMPORT_COMPLETE" {
		c.Execution = "EXECUTE_COMPLETE"
	}
}

func (s *Service) record(st *stack, e event) {
	e.Time = s.world.Now()
	if op := st.Operation; op != nil {
		e.OperationID, e.Token = op.ID, op.Token
	}
	for _, before := range s.state.Events.Descend(st.ID+"|", "") {
		if before.Time.Before(e.Time) {
			break
		}
		if before.ID == e.ID { // twice in one millisecond: the world runs fast
			e.ID += "-" + s.world.Hex(8)
			break
		}
	}
	s.state.Events.Put(eventKey(st.ID, st.Events), &e)
	st.Events++
}

// text is a scalar as CloudFormation writes it.
func text(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	case int:
		return strconv.Itoa(v), true
	}
	return "", false
}
