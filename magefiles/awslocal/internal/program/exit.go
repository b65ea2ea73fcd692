package program

import "strings"

var exit = Behaviour{
	Preset:    Scenario{Name: "exit", Code: 1},
	Arguments: []Argument{Optional(Code("3"))},
	Help:      "exits at once, with code 1 or the one given",
	New:       func(sc Scenario) Program { return exits{Scenario: sc} },
}

type exits struct {
	silent
	Scenario
}

func (p exits) Start(c Container) {
	p.silent.Start(c)
	say(c, "scenario exit: the program exits with code %d", p.Code)
	c.End(toExit)
}

func (p exits) Ended(Container) Exit { return Exit{Code: p.Code} }

var exitAfter = Behaviour{
	Preset:    Scenario{Name: "exit-after", Code: 1},
	Arguments: []Argument{Duration("30s"), Optional(Code("3"))},
	Help:      "exits after a while: with a short one, a loop of crashes",
	New:       func(sc Scenario) Program { return exitsAfter{Scenario: sc} },
}

type exitsAfter struct {
	Server
	Scenario
}

func (p exitsAfter) Start(c Container) {
	p.Server.Start(c)
	c.End(p.After)
}

func (p exitsAfter) Ended(c Container) Exit {
	say(c, "scenario exit-after: the program exits with code %d", p.Code)
	return Exit{Code: p.Code}
}

var crash = Behaviour{
	Preset:    Scenario{Name: "crash", Code: 1},
	Arguments: []Argument{Text("Error: boom")},
	Help:      "writes the text, of several lines where it has a | in it, and exits with code 1",
	New:       func(sc Scenario) Program { return crashes{exits{Scenario: sc}} },
}

type crashes struct{ exits }

func (p crashes) Start(c Container) {
	p.silent.Start(c)
	for line := range strings.SplitSeq(p.Text, "|") {
		say(c, "%s", line)
	}
	c.End(toExit)
}
