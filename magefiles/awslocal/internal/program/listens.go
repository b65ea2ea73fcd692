package program

var deaf = Behaviour{
	Preset: Scenario{Name: "deaf"},
	Help:   "listens on no port",
	New:    func(Scenario) Program { return listensNowhere{} },
}

type listensNowhere struct{ silent }

func (p listensNowhere) Start(c Container) {
	p.silent.Start(c)
	say(c, "scenario deaf: the program listens on no port")
}

func (listensNowhere) Check(c Container) Health { return leftToTheBalancer(c) }

var loopback = Behaviour{
	Preset: Scenario{Name: "loopback"},
	Help:   "listens on the container's loopback address only",
	New:    func(Scenario) Program { return listensInside{} },
}

type listensInside struct{ silent }

func (p listensInside) Start(c Container) {
	p.silent.Start(c)
	for _, port := range c.Ports {
		say(c, "listening on 127.0.0.1:%d", port)
	}
}

var port = Behaviour{
	Preset:    Scenario{Name: "port"},
	Arguments: []Argument{Port("8080")},
	Help:      "listens on this port only, whatever the task definition says",
	New:       func(sc Scenario) Program { return listensElsewhere{Scenario: sc} },
}

type listensElsewhere struct {
	worker
	Scenario
}

func (p listensElsewhere) Start(c Container) {
	p.worker.Start(c)
	say(c, "scenario port: the program listens on port %d and no other", p.Port)
}

func (p listensElsewhere) Probe(port int) int {
	if port != p.Port {
		return 0
	}
	return 200
}

var slow = Behaviour{
	Preset:    Scenario{Name: "slow"},
	Arguments: []Argument{Duration("90s")},
	Help:      "listens only after that time",
	New:       func(sc Scenario) Program { return listensLate{Scenario: sc} },
}

type listensLate struct {
	Server
	Scenario
}

func (p listensLate) Start(c Container) {
	Begin(c)
	c.Silence()
	say(c, "scenario slow: listens after %s", p.After)
	c.Listen(p.After)
}

func (p listensLate) Check(c Container) Health {
	if c.Lived(p.After) {
		return p.Server.Check(c)
	}
	return Starting
}
