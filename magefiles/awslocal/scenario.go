package awslocal

import (
	"strings"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecs"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/program"
)

// Simulated is how the line of a container's log begins that says that its program is not executed: what follows, and
// the exit code, is assumed or rehearsed.
const Simulated = ecs.Simulated

// CheckScenario tells whether text is something to rehearse on the embedded AWS. It is a behaviour that a program
// can be given, by the container's variable SPLITECS_LOCAL_SCENARIO, the image's label splitecs.local.scenario or
// [Server.Rehearse], such as exit:3, unhealthy:500, slow:90s or no-pull: docs/embedded-aws.md says which there are and what
// each does, and the error about an unknown one lists them. Or it is a fault of the API, as [ParseFault] reads it, which is
// given to the server: see [IsFault].
func CheckScenario(text string) error {
	if IsFault(text) {
		_, err := ParseFault(text)
		return err
	}
	_, err := program.Behaviours.Parse(text)
	return err
}

// IsFault tells a fault, which the server is given ([ParseFault], [Options]), from the behaviour of a program,
// which its container is given.
func IsFault(text string) bool {
	kind, _, _ := strings.Cut(text, ":")
	return strings.HasPrefix(text, faultPrefix) || FaultKind(kind).lags()
}

// Rehearse gives the programs of all images this behaviour; see [CheckScenario]. It holds for tasks that start
// from now on while this server looks, and that have no variable SPLITECS_LOCAL_SCENARIO; the empty text ends it.
func (s *Server) Rehearse(scenario string) error {
	if _, err := program.Behaviours.Parse(scenario); err != nil {
		return err
	}
	s.rehearsed.Store(&scenario)
	return nil
}

func (s *Server) scenario() string {
	if text := s.rehearsed.Load(); text != nil {
		return *text
	}
	return ""
}

// Inject adds faults to those that the server has. A fault that makes no sense is refused, and none is added.
func (s *Server) Inject(list ...Fault) error { return s.faults.inject(list) }
