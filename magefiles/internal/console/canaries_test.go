package console

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/internal/canaries"
	"github.com/bellyfed/splitecs/magefiles/internal/spread"
)

// No form shows a canary, in whichever place it comes in. SPLITECS_CANARIES=full tries every one of them.
func TestCanaries(t *testing.T) {
	seed, underNames := uint64(1), 2
	if os.Getenv("SPLITECS_CANARIES") == "full" {
		seed, underNames = rand.Uint64(), 25
	}
	placed := 0
	for _, c := range spread.List(t, 40, canaries.All(rand.New(rand.NewPCG(seed, 0)), underNames)) {
		for form, make := range forms {
			for _, github := range []string{"", "true"} {
				for place, written := range inEveryPlace(make, c.Text, github) {
					placed++
					if parts := c.Seen(written); len(parts) > 0 {
						t.Errorf("seed %d, %s, %s: %q is seen of %q in\n%s", seed, form, place, parts, c.Text, written)
					}
				}
			}
		}
		if t.Failed() {
			break
		}
	}
	t.Logf("%d placements, seed %d", placed, seed)
}

// inEveryPlace is what is written of a text, by the place that it comes in.
func inEveryPlace(make func(*course) renderer, text, github string) map[string]string {
	all := map[string]string{}
	into := func(place string, f func(c *course)) {
		c := newCourse(make)
		c.filter = NewFilter(func(name string) string { return map[string]string{"GITHUB_ACTIONS": github}[name] })
		f(c)
		all[place] = c.out.String() + c.err.String()
	}
	lines := strings.Split(text, "\n")
	into("step", func(c *course) { c.Step("%s", text) })
	into("note", func(c *course) { c.Note("it is said: %s", text) })
	into("subject", func(c *course) { c.Progress(Progress{Subject: text, Parent: text, State: "CREATE_IN_PROGRESS"}) })
	into("reason", func(c *course) { c.Progress(Progress{Subject: "A", State: "CREATE_FAILED", Reason: text}) })
	into("expected", func(c *course) { c.Expect(text, 1, text) })
	into("rung", func(c *course) { c.Rung(text, text, text) })
	into("result", func(c *course) { c.Result("reason  %s", text) })
	into("program", func(c *course) { c.Program([]Line{{"task ", text}}) })
	into("quoted", func(c *course) { c.Quote([]Line{{"task ", text}}) })
	for place, f := range map[string]*Failure{
		"what": {What: text}, "why": {What: "x", Why: "it is said: " + text}, "evidence": {What: "x", Evidence: []string{"task 1 stopped\n| " + strings.Join(lines, "\n| ")}},
		"evidence by lines": {What: "x", Evidence: lines}, "next": {What: "x", Next: []string{text}},
	} {
		into("failure, "+place, func(c *course) { c.Fail(f) })
		into("summary, "+place, func(c *course) { c.out.WriteString(c.Summary(text, nil) + c.Summary("x", f)) })
		into("error, "+place, func(c *course) {
			fmt.Fprintf(&c.out, "Error: %+v %s", c.filter.Failure(f), c.filter.Failure(f).printed())
		})
	}
	return all
}
