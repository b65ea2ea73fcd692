package program

var superseded = Behaviour{
	Preset: Scenario{Name: "superseded"},
	Help:   "runs, and while it is deployed somebody deploys the last good revision",
	New:    func(Scenario) Program { return overtaken{} },
}

type overtaken struct{ Server }

func (p overtaken) Start(c Container) {
	p.Server.Start(c)
	if c.Supersede() {
		say(c, "scenario superseded: somebody deploys the last good revision")
	}
}
