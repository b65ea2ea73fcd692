package program

var execFormat = Behaviour{
	Preset: Scenario{Name: "exec-format", Code: 255},
	Help:   "is made for another processor architecture",
	New:    func(sc Scenario) Program { return foreign{exits{Scenario: sc}} },
}

// OtherArchitecture is the scenario of a program that really is made for another architecture.
var OtherArchitecture = execFormat.Preset

type foreign struct{ exits }

// Start says what the kernel says: no line of the program's own, since none of it runs.
func (p foreign) Start(c Container) {
	c.Silence()
	files := c.Foreign
	if len(files) == 0 {
		files = []string{c.File()}
	}
	for _, file := range files {
		c.Output("exec " + file + ": exec format error")
	}
	c.End(toExit)
}
