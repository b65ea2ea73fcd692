package program

var oom = Behaviour{
	Preset: Scenario{Name: "oom", Code: 137},
	Help:   "is killed for want of memory",
	New:    func(sc Scenario) Program { return outOfMemory{Scenario: sc} },
}

type outOfMemory struct {
	silent
	Scenario
}

func (p outOfMemory) Start(c Container) {
	p.silent.Start(c)
	c.End(toKill)
}

func (p outOfMemory) Ended(c Container) Exit {
	say(c, "scenario oom: killed for its use of memory")
	return Exit{Code: p.Code, Reason: "OutOfMemoryError: container killed due to memory usage"}
}
