package program_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/program"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]program.Scenario{
		"":                   {},
		"exit":               {Name: "exit", Code: 1},
		"exit:0":             {Name: "exit"},
		"exit-after:30s":     {Name: "exit-after", After: 30 * time.Second, Code: 1},
		"exit-after:1m:139":  {Name: "exit-after", After: time.Minute, Code: 139},
		"oom":                {Name: "oom", Code: 137},
		"unhealthy":          {Name: "unhealthy", Status: 503},
		"unhealthy:307":      {Name: "unhealthy", Status: 307},
		"deaf":               {Name: "deaf"},
		"slow:90s":           {Name: "slow", After: 90 * time.Second},
		"no-pull":            {Name: "no-pull", Why: "missing"},
		"no-pull:route":      {Name: "no-pull", Why: "route"},
		"no-pull:mood":       {Name: "!"},
		"no-pull:route:2":    {Name: "!"},
		"no-secret":          {Name: "no-secret", Why: "missing"},
		"no-secret:key":      {Name: "no-secret", Why: "key"},
		"no-logs:denied":     {Name: "no-logs", Why: "denied"},
		"no-start:user":      {Name: "no-start", Why: "user"},
		"no-place":           {Name: "no-place", Why: "capacity"},
		"no-role":            {Name: "no-role"},
		"crash:a: b|c":       {Name: "crash", Text: "a: b|c", Code: 1},
		"crash":              {Name: "!"},
		"crash:":             {Name: "!"},
		"spot":               {Name: "spot", After: 5 * time.Second},
		"spot:2m":            {Name: "spot", After: 2 * time.Minute},
		"exec-format":        {Name: "exec-format", Code: 255},
		"hang":               {Name: "hang"},
		"loopback":           {Name: "loopback"},
		"superseded":         {Name: "superseded"},
		"sick":               {Name: "sick"},
		"port:8080":          {Name: "port", Port: 8080},
		"stubborn":           {Name: "stubborn", Code: 137},
		"stop":               {Name: "stop", Code: 143},
		"stop:0":             {Name: "stop"},
		"port":               {Name: "!"},
		"port:0":             {Name: "!"},
		"port:http":          {Name: "!"},
		"sick:1":             {Name: "!"},
		"exit:256":           {Name: "!"},
		"exit:1:2":           {Name: "!"},
		"exit-after":         {Name: "!"},
		"exit-after:-3s":     {Name: "!"},
		"slow:soon":          {Name: "!"},
		"oom:1":              {Name: "!"},
		"Exit":               {Name: "!"},
		"unhealthy:teapot":   {Name: "!"},
		"exit-after:30s:1:2": {Name: "!"},
	} {
		got, err := program.Behaviours.Parse(text)
		if (err != nil) != (want.Name == "!") || err == nil && got != want {
			t.Errorf("%q: %+v %v", text, got, err)
		}
	}
}

// What a refusal offers is taken, in the form in which it is offered, and so is each word that it says there is.
func TestWhatARefusalOffersIsTaken(t *testing.T) {
	_, err := program.Behaviours.Parse("sulk")
	if err == nil {
		t.Fatal("sulk was taken")
	}
	offered := func(err error) []string {
		_, list, _ := strings.Cut(err.Error(), "there are: ")
		return strings.Split(list, ", ")
	}
	fill := strings.NewReplacer("DURATION", "30s", "CODE", "3", "STATUS", "500", "PORT", "8080", "TEXT", "Error: boom")
	if n := len(offered(err)); n != len(program.Behaviours) {
		t.Errorf("%d of %d are offered", n, len(program.Behaviours))
	}
	for _, form := range offered(err) {
		least, _, _ := strings.Cut(form, "[")
		all := strings.NewReplacer("[", "", "]", "").Replace(form)
		texts := []string{fill.Replace(least), fill.Replace(all)}
		if name, why := strings.CutSuffix(all, ":WHY"); why {
			_, err := program.Behaviours.Parse(all)
			if err == nil {
				t.Errorf("%s was taken", all)
				continue
			}
			texts = texts[:1]
			for _, word := range offered(err) {
				texts = append(texts, name+":"+word)
			}
		}
		for _, text := range texts {
			if _, err := program.Behaviours.Parse(text); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestWhatIsWrongWithAScenario(t *testing.T) {
	for text, want := range map[string]string{
		"exit-after":      `scenario "exit-after": needs a duration, such as exit-after:30s`,
		"exit-after:x:-1": `scenario "exit-after:x:-1": "x" is not a duration such as 30s`,
		"port":            `scenario "port": needs a port, such as port:8080`,
		"port:":           `scenario "port:": "" is not a number from 1 to 65535`,
		"crash:":          `scenario "crash:": needs a text, such as crash:Error: boom`,
		"unhealthy:99":    `scenario "unhealthy:99": "99" is not a number from 100 to 599`,
		"no-logs:key":     `scenario "no-logs:key": "key" is unknown; there are: missing, denied, route`,
		"spot:1m:2:3":     `scenario "spot:1m:2:3": "2:3" is too much`,
		"hang:":           `scenario "hang:": "" is too much`,
	} {
		if _, err := program.Behaviours.Parse(text); err == nil || err.Error() != want {
			t.Errorf("%v, not %s", err, want)
		}
	}
}

// A word that comes first is what is meant where none is given.
func TestTheFirstWordIsTheOneThatIsMeant(t *testing.T) {
	for _, b := range program.Behaviours {
		_, err := program.Behaviours.Parse(b.Preset.Name + ":?")
		if err == nil || b.Preset.Why == "" {
			continue
		}
		if want := "there are: " + b.Preset.Why + ","; !strings.Contains(err.Error(), want) {
			t.Errorf("%v: it has not %q", err, want)
		}
	}
}

// One more behaviour is read, offered, told in the guide and carried out without a word elsewhere.
func TestOneMoreBehaviour(t *testing.T) {
	all := append(slices.Clone(program.Behaviours), program.Behaviour{
		Preset:    program.Scenario{Name: "teapot", Status: 418, Why: "short"},
		Arguments: []program.Argument{program.Duration("20s"), program.Optional(program.Status("200")), program.Why("short", "stout")},
		Help:      "is a teapot | for a while",
		New:       func(sc program.Scenario) program.Program { return teapot{status: sc.Status} },
	})
	for text, want := range map[string]program.Scenario{
		"teapot:5s":           {Name: "teapot", After: 5 * time.Second, Status: 418, Why: "short"},
		"teapot:5s:503:stout": {Name: "teapot", After: 5 * time.Second, Status: 503, Why: "stout"},
	} {
		if sc, err := all.Parse(text); err != nil || sc != want {
			t.Errorf("%s: %+v %v", text, sc, err)
		} else if answer := all.Program(sc).Probe(3000); answer != want.Status {
			t.Errorf("%s: it answers with %d", text, answer)
		}
	}
	if _, err := all.Parse("sulk"); err == nil || !strings.HasSuffix(err.Error(), ", teapot:DURATION[:STATUS][:WHY]") {
		t.Error(err)
	}
	if row := "| `teapot:20s`, `teapot:20s:200:WHY` | is a teapot <code>&#124;</code> for a while (`short`, `stout`) |\n"; !strings.HasSuffix(all.Guide(), row) {
		t.Error(all.Guide())
	}
	if _, err := program.Behaviours.Parse("teapot:5s"); err == nil {
		t.Error("the table of the embedded AWS has changed")
	}
}

type teapot struct {
	program.Server
	status int
}

func (p teapot) Probe(int) int { return p.status }

// What is kept of a task in a state folder is read by later versions.
func TestTheFormInWhichProgramsAreKept(t *testing.T) {
	type kept struct {
		Program   program.Scenario
		Execution program.Execution
	}
	const text = `{"Program":{"Name":"exit-after","After":30000000000,"Code":3,"Status":503,"Port":8080,"Why":"missing","Text":"a|b"},` +
		`"Execution":{"Vector":["node","server.js"],"Asked":true,"Endless":true,"Alone":true}}`
	var k kept
	if err := json.Unmarshal([]byte(text), &k); err != nil {
		t.Fatal(err)
	}
	if again, err := json.Marshal(k); err != nil || string(again) != text {
		t.Errorf("%s %v", again, err)
	}
}
