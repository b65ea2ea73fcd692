package program

import "time"

var stubborn = Behaviour{
	Preset: Scenario{Name: "stubborn", Code: 137},
	Help:   "ignores SIGTERM, and is killed after the stop timeout",
	New:    func(sc Scenario) Program { return ignores{ends{Scenario: sc}} },
}

type ignores struct{ ends }

func (ignores) Signal(c Container) time.Duration {
	say(c, "scenario stubborn: ignores SIGTERM")
	return 0
}

var stop = Behaviour{
	Preset:    Scenario{Name: "stop", Code: 143},
	Arguments: []Argument{Optional(Code("0"))},
	Help:      "ends at SIGTERM, with code 143 or the one given",
	New:       func(sc Scenario) Program { return ends{Scenario: sc} },
}

type ends struct {
	worker
	Scenario
}

func (p ends) Stop(Container) Exit { return Exit{Code: p.Code} }
