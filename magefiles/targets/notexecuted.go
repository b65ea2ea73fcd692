package targets

import "context"

// notExecuted are the tasks of environment local of which nothing is executed although programs are, with the reason. Where no programs are
// executed at all, there are none: that is told of all tasks at once.
func (s *session) notExecuted(ctx context.Context) map[string]string {
	if s.machine == nil {
		return nil
	}
	all, err := s.server.NotExecuted(ctx)
	if err != nil {
		s.console.Note("whether the tasks are executed is not known: %v", err)
	}
	return all
}

// tellNotExecuted says of which tasks of the service nothing is executed: it counts them as running.
func (s *session) tellNotExecuted(ctx context.Context) {
	all := s.notExecuted(ctx)
	if len(all) == 0 {
		return
	}
	status, err := s.rollouts().Status(ctx)
	if err != nil {
		s.console.Note("whether the tasks are executed is not known: %v", err)
	}
	for _, t := range status.Tasks {
		if why := all[t.ID]; why != "" {
			s.console.Note("[embedded AWS] nothing of task %s is executed: %s. That it runs is assumed", t.ID, why)
		}
	}
}

// nothingAnswers tells whether the service has tasks that count as running, and nothing of them is executed; why is the reason of one.
func (s *session) nothingAnswers(ctx context.Context) (why string, err error) {
	all := s.notExecuted(ctx)
	if len(all) == 0 {
		return "", nil
	}
	status, err := s.rollouts().Status(ctx)
	if err != nil {
		return "", err
	}
	for _, t := range status.Tasks {
		if t.State != "RUNNING" {
			continue
		}
		if why = all[t.ID]; why == "" {
			return "", nil
		}
	}
	return why, nil
}
