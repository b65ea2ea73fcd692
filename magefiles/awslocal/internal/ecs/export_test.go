package ecs

import "github.com/bellyfed/splitecs/magefiles/awslocal/internal/program"

// Rehearsing makes programs able to do one thing more.
func (s *Service) Rehearsing(b program.Behaviour) {
	s.behaviours = append(s.behaviours[:len(s.behaviours):len(s.behaviours)], b)
}
