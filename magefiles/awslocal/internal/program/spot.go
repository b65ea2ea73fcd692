package program

import "time"

var spot = Behaviour{
	Preset:    Scenario{Name: "spot", After: 5 * time.Second},
	Arguments: []Argument{Optional(Duration("1m"))},
	Help:      "is interrupted by Fargate Spot, which the service has to use, after 5 s or the time given",
	New:       func(sc Scenario) Program { return interrupted{Scenario: sc} },
}

type interrupted struct {
	Server
	Scenario
}

func (interrupted) Provision(c Container, n Need) string {
	if n != Capacity || c.UseSpot() {
		return ""
	}
	return "ResourceInitializationError: the embedded AWS cannot rehearse this: the service has no capacity provider FARGATE_SPOT"
}

func (p interrupted) Start(c Container) {
	p.Server.Start(c)
	c.Interrupt(p.After)
}
