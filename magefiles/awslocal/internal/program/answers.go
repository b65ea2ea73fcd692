package program

var unhealthy = Behaviour{
	Preset:    Scenario{Name: "unhealthy", Status: 503},
	Arguments: []Argument{Optional(Status("500"))},
	Help:      "answers the health check with 503 or the status given",
	New:       func(sc Scenario) Program { return answersBadly{Scenario: sc} },
}

type answersBadly struct {
	Server
	Scenario
}

func (p answersBadly) Start(c Container) {
	p.Server.Start(c)
	say(c, "scenario unhealthy: health checks get %d", p.Status)
}

func (p answersBadly) Probe(int) int { return p.Status }

func (p answersBadly) Check(c Container) Health { return leftToTheBalancer(c) }

// leftToTheBalancer is bad where no load balancer asks: where one does, it is the one to notice, so that a test can tell
// the two ways apart.
func leftToTheBalancer(c Container) Health {
	if c.Balanced {
		return Server{}.Check(c)
	}
	return Unhealthy
}

var hang = Behaviour{
	Preset: Scenario{Name: "hang"},
	Help:   "accepts connections and never answers",
	New:    func(Scenario) Program { return hangs{} },
}

type hangs struct{ Server }

func (p hangs) Start(c Container) {
	p.Server.Start(c)
	say(c, "scenario hang: accepts connections and never answers")
}

func (hangs) Probe(int) int { return -1 }

var sick = Behaviour{
	Preset: Scenario{Name: "sick"},
	Help:   "fails the container's own health check, and answers the load balancer's with 200",
	New:    func(Scenario) Program { return ill{} },
}

type ill struct{ worker }

func (p ill) Start(c Container) {
	p.worker.Start(c)
	say(c, "scenario sick: the container's own health check fails")
}

func (ill) Check(Container) Health { return Unhealthy }
