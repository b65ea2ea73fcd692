package program

import (
	"fmt"
	"slices"
	"strings"
)

// Table is the behaviours that there are.
type Table []Behaviour

// Behaviours are those of the embedded AWS, in the order in which people are told of them.
var Behaviours = Table{
	exit, exitAfter, crash, oom, execFormat,
	unhealthy, hang, sick, deaf, loopback, port, slow,
	noPull, noSecret, noLogs, noStart, noPlace, noRole,
	spot, superseded, stubborn, stop,
}

// Parse reads a behaviour with its arguments, separated by colons, as Forms shows it. The empty text is the zero Scenario.
func (t Table) Parse(text string) (Scenario, error) {
	if text == "" {
		return Scenario{}, nil
	}
	words := strings.Split(text, ":")
	b, known := t.find(words[0])
	if !known {
		return Scenario{}, fmt.Errorf("scenario %q is unknown; there are: %s", text, strings.Join(t.Forms(), ", "))
	}
	sc, err := b.read(words[1:])
	if err != nil {
		return Scenario{}, fmt.Errorf("scenario %q: %w", text, err)
	}
	return sc, nil
}

// Program that does what a scenario says.
func (t Table) Program(sc Scenario) Program {
	if b, known := t.find(sc.Name); known {
		return b.New(sc)
	}
	return ordinary{}
}

// Forms are what Parse takes: exit[:CODE].
func (t Table) Forms() []string {
	var forms []string
	for _, b := range t {
		forms = append(forms, b.form())
	}
	return forms
}

// Guide is a table in Markdown of what each behaviour is written like, and does.
func (t Table) Guide() string {
	var all strings.Builder
	all.WriteString("| scenario | the program |\n| --- | --- |\n")
	for _, b := range t {
		fmt.Fprintf(&all, "| `%s` | %s |\n", strings.Join(b.examples(), "`, `"), strings.ReplaceAll(b.help(), "|", "<code>&#124;</code>"))
	}
	return all.String()
}

func (t Table) find(name string) (b Behaviour, known bool) {
	i := slices.IndexFunc(t, func(b Behaviour) bool { return b.Preset.Name == name })
	if i < 0 {
		return Behaviour{}, false
	}
	return t[i], true
}
