package sandbox

// Rung is a step of the ladder on which programs run: what the machine allows.
type Rung int

const (
	// Nothing runs.
	Nothing Rung = iota
	// UserNamespace is an ordinary user's: every file and process is that user's, whatever number the program sees.
	// A program that changes its user, or gives files to others, fails.
	UserNamespace
	// Root has the image's own users.
	Root
)

// String is the rung, as it is said to people.
func (r Rung) String() string {
	switch r {
	case Root:
		return "root"
	case UserNamespace:
		return "user namespace"
	}
	return "nothing"
}

// LadderError says why no program runs on this machine.
type LadderError struct {
	Rung Rung   // the last one that was tried; Nothing: none could be
	Why  string // a sentence
	Help string // a command, or what else would help; empty: nothing would
}

func (e *LadderError) Error() string {
	if e.Help == "" {
		return "run programs: " + e.Why
	}
	return "run programs: " + e.Why + "; " + e.Help
}
