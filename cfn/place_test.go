package cfn_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bellyfed/splitecs/cfn"
)

// at is a place of an application that has it.
func at(t testing.TB, app cfn.App, text string) cfn.Place {
	t.Helper()
	p, err := app.Place(text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// placeTexts are what a person may write, and what is said to it; nothing where it is a place.
var placeTexts = map[string]string{
	"dev": "", "dev/api": "", "dev/worker": "", "local": "", "local/api": "",
	"":           `""` + malformed,
	"/":          `"/"` + malformed,
	"/api":       `"/api"` + malformed,
	"Dev":        `"Dev"` + malformed + "; did you mean dev?",
	"Dev/api":    `"Dev/api"` + malformed + "; did you mean dev?",
	"dev ":       `"dev "` + malformed + "; did you mean dev?",
	"dev\n/api":  `"dev\n/api"` + malformed + "; did you mean dev?",
	"prod":       `unknown environment "prod"; known are dev, local`,
	"prod/api":   `unknown environment "prod"; known are dev, local`,
	"dve":        `unknown environment "dve"; known are dev, local; did you mean dev?`,
	"dev/":       `unknown service "" of environment dev` + beside,
	"dev/ap":     `unknown service "ap" of environment dev` + beside + "; did you mean dev/api?",
	"dev/api/":   `unknown service "api/" of environment dev` + beside + "; did you mean dev/api?",
	"dev/a/b":    `unknown service "a/b" of environment dev` + beside + "; did you mean dev/api?",
	"local/cron": `unknown service "cron" of environment local; known are local/api, local/worker, and local for the application's own`,
}

const (
	malformed = " is not the name of an environment: lower-case letters, digits and inner hyphens, beginning with a letter; known are dev, local"
	beside    = "; known are dev/api, dev/worker, and dev for the application's own"
)

func TestPlace(t *testing.T) {
	app := webApp(cfn.Container{}, cfn.Environment{})
	for text, want := range placeTexts {
		p, err := app.Place(text)
		if got := message(err); got != want {
			t.Errorf("%q: %s\nwant %s", text, got, want)
		}
		if err == nil && p.String() != text {
			t.Errorf("%q is told as %q", text, p)
		}
		if diff := cmp.Diff(app.Names(text), p.Names); diff != "" {
			t.Errorf("%q has other names: %s", text, diff)
		}
	}
	const none = `unknown service "api": environment qa has none besides the application's own, which is qa`
	if _, err := bellyfed().Place("qa/api"); message(err) != none {
		t.Errorf("%v, want %s", err, none)
	}
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// Whatever is written, it is one place, under one text, or none.
func FuzzPlace(f *testing.F) {
	for text := range placeTexts {
		f.Add(text)
	}
	app := webApp(cfn.Container{}, cfn.Environment{})
	f.Fuzz(func(t *testing.T, text string) {
		p, err := app.Place(text)
		if err != nil {
			return
		}
		if !slices.Contains([]string{"dev", "dev/api", "dev/worker", "local", "local/api", "local/worker"}, text) || p.String() != text {
			t.Errorf("%q is the place %q", text, p)
		}
	})
}

// What belongs to a place is that of its service, and of the environment in all that the service does not say.
func TestWhatBelongsToAPlace(t *testing.T) {
	app := several(unchanged)
	api := at(t, app, "dev/api")
	if api.Env != "dev" || api.Service != "api" || api.Container.Port != 8080 || api.Environment.CPU != 512 || api.Image.Source != "./cmd/api" || api.ImageContainer.Port != 8080 {
		t.Errorf("%+v", api)
	}
	if worker := at(t, app, "dev/worker"); worker.Container.Command == nil || worker.ImageContainer.Command != nil || worker.Environment.CPU != 256 || worker.Image.Source != app.Image.Source {
		t.Errorf("a worker shares the image, which is made for the application's own container: %+v", worker)
	}
	var all []string
	for _, p := range api.Places() {
		all = append(all, p.String())
	}
	if want := []string{"dev", "dev/api", "dev/worker"}; !slices.Equal(all, want) {
		t.Errorf("places %q, want %q", all, want)
	}
	if _, err := api.In("qa"); message(err) != `unknown service "api": environment qa has none besides the application's own, which is qa` {
		t.Errorf("the same service in another environment: %v", err)
	}
	if p, err := at(t, app, "dev").In("qa"); err != nil || p.String() != "qa" || p.Names.Cluster != "bellyfed-qa" {
		t.Errorf("%v, %v", p, err)
	}
}

// What is said of local is said of the environment that it is made of.
func TestWhereAPlaceIsWrittenDown(t *testing.T) {
	app := webApp(cfn.Container{}, cfn.Environment{})
	if got := at(t, app, "local/api").Origin("TaskDefinition", "Cpu"); got != `Environments["dev"].Services["api"].CPU` {
		t.Error(got)
	}
	app.Environments["local"] = cfn.Environment{}
	if got := at(t, app, "local").Field(); got != `Environments["local"]` {
		t.Error(got)
	}
}
