package targets

import (
	"strings"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/internal/console"
	"github.com/bellyfed/splitecs/magefiles/rollout"
)

// session is one run of one target in one place: what it needs, and what it remembers.
type session struct {
	needs
	memory memory
}

// needs are what a target is given and works with. Nothing in them says what has happened so far.
type needs struct {
	Set
	name     string    // of the target, e.g. service:deploy
	title    string    // target and place as they were written
	repeated string    // the command of this run, where that takes more than a place
	place    cfn.Place // and its application, which follows the program in its image once that is known
	settings settings
	console  *console.Console
	ended    <-chan struct{} // of the run: it was interrupted, or timed out
	abort    func(why error) // ends the run, which waits for what cannot happen any more
	connection
}

// connection is the way to the other side; it is there after connect.
type connection struct {
	clients *clients
	server  *awslocal.Server          // the embedded AWS of environment local
	faster  float64                   // how much faster than AWS the other side is
	machine *awslocal.Machine         // that executes the programs of environment local; nil: nobody does
	unkeep  func()                    // lets it be gone; nil: there is none
	without *awslocal.NoProgramsError // why nobody does, where somebody should
}

// memory is what a run has seen and done so far, its own and nobody else's. It begins empty.
type memory struct {
	// reached is there after lookAround: what runs on the infra stack.
	reached reach

	stood    rollout.Deployment // how the service stood before; zero once something changed
	remade   bool               // the service was deleted outside of its stack, and is made again
	restored bool               // likewise what else its stack had made
	moved    bool               // what was changed by somebody goes with that

	resume     string // the command that takes the run up again, where it is not the same one
	followed   string // the command that goes on to follow a hook's task, which was not followed to its end
	unanswered bool   // a question was open when the run ended
}

// newSession is a run that nothing was done in yet. A place that is not there makes one that can only fail.
func (t Set) newSession(name, text string, place cfn.Place) *session {
	return &session{needs: needs{Set: t, name: name, title: titleOf(name, text), place: place, console: t.console()}}
}

// at is a session of the same run in another place, with needs of its own and an empty memory. It goes the same way to AWS,
// which holds for one account and region; elsewhere it has to connect.
func (s *session) at(place cfn.Place) *session {
	there := &session{needs: s.needs}
	there.place, there.title = place, titleOf(s.name, place.String())
	return there
}

func titleOf(name, place string) string { return strings.TrimSpace(name + " " + place) }
