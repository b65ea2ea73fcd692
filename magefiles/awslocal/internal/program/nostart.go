package program

import "fmt"

var noStart = Behaviour{
	Preset:    Scenario{Name: "no-start", Why: "missing"},
	Arguments: []Argument{Why("missing", "denied", "user")},
	Help:      "cannot be executed",
	New:       func(sc Scenario) Program { return unstartable{Scenario: sc} },
}

type unstartable struct {
	Server
	Scenario
}

// Provision fails in the words of runc.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cannot-start-container.html
func (p unstartable) Provision(c Container, n Need) string {
	const task = "CannotStartContainerError: ResourceInitializationError: failed to create new container runtime task: "
	const code = task + "failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: "
	if n != Runtime {
		return ""
	}
	switch p.Why {
	case "denied":
		return code + fmt.Sprintf("exec: %q: permission denied: unknown", c.File())
	case "user":
		return task + "unable to find user " + c.User + ": no matching entries in passwd file"
	}
	return code + fmt.Sprintf("exec: %q: stat %s: no such file or directory: unknown", c.File(), c.File())
}
