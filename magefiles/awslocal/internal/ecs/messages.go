package ecs

import (
	"fmt"
	"strings"
)

// say adds a service event. The newest hundred are kept, as at AWS.
func (s *Service) say(v *serviceRecord, format string, args ...any) {
	e := serviceEvent{ID: s.w.UUID(), CreatedAt: s.now(), Message: "(service " + v.Name + ") " + fmt.Sprintf(format, args...)}
	v.Events = append([]serviceEvent{e}, v.Events[:min(len(v.Events), 99)]...)
	s.w.Changed()
}

// sayTasks says that tasks were started or stopped.
func (s *Service) sayTasks(v *serviceRecord, verb string, tasks []*taskRecord) {
	if len(tasks) == 0 {
		return
	}
	var b strings.Builder
	for _, t := range tasks {
		b.WriteString(" (task " + t.id() + ")")
	}
	noun := "tasks"
	if verb == "has stopped" {
		noun = "running tasks"
	}
	s.say(v, "%s %d %s:%s.", verb, len(tasks), noun, b.String())
}
