package targets_test

import (
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"sync"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/awslocal"
)

// prepared are states of the embedded AWS that several tests begin with, by what they were made of: the first test makes
// one, and each works on a copy.
var prepared = struct {
	mu     sync.Mutex
	dir    string
	states map[string]func() *world
}{states: map[string]func() *world{}}

// up has infra stack, images v1 and v2, and v1 deployed. Worlds whose App has functions are not alike.
func (w *world) up() *world {
	w.t.Helper()
	if !w.empty() || w.app.BeforeDeploy != nil || w.app.AfterDeploy != nil || w.app.ExtendInfra != nil || w.app.ExtendService != nil {
		return w.makeUp()
	}
	w.begins(struct {
		App   cfn.App
		Files map[string]string
	}{w.app, w.files()}, func(w *world) { w.makeUp() })
	w.write("app/server.txt", "version 2")
	return w
}

// infra has the infra stack, as infra:deploy makes it.
func (w *world) infra() *world {
	w.t.Helper()
	deploy := func(w *world) {
		w.run(infraDeploy)
		w.want(0)
	}
	if !w.empty() {
		deploy(w)
		return w
	}
	w.begins(w.infraKind(), deploy)
	return w
}

// pushed has the infra stack and images under these tags.
func (w *world) pushed(tags ...string) {
	w.t.Helper()
	push := func(w *world) {
		w.infra()
		w.pushes(tags...)
	}
	if !w.empty() {
		push(w)
		return
	}
	w.begins([]any{w.infraKind(), w.app, w.files(), tags}, push)
	w.write("app/server.txt", tags[len(tags)-1])
}

// infraKind is what the state of an infra stack depends on: not on the rest of the App.
func (w *world) infraKind() any {
	w.t.Helper()
	place, err := w.app.Place("local")
	must(w.t, err)
	t, err := place.InfraTemplate(cfn.Kept{})
	must(w.t, err)
	template, err := cfn.Render(t)
	must(w.t, err)
	return []any{string(template), place.Names, place.Environment.Tags, place.Environment.Protected}
}

// empty tells whether nothing was done yet in the world's AWS.
func (w *world) empty() bool {
	entries, err := os.ReadDir(w.env["SPLITECS_LOCAL_DIR"])
	return err != nil || len(entries) == 0
}

// begins lets the world begin with a state that make brings about, which depends on this and on the world's variables. It
// returns the world in which that was done.
func (w *world) begins(of any, make func(*world)) *world {
	w.t.Helper()
	env := maps.Clone(w.env)
	maps.DeleteFunc(env, func(k, _ string) bool { return k == "SPLITECS_LOCAL_DIR" || k == "HOME" || k == "SPLITECS_CACHE" })
	text, err := json.Marshal(struct {
		Of    any
		Env   map[string]string
		Timed bool
	}{of, env, w.clock != nil})
	must(w.t, err)
	prepared.mu.Lock()
	first, there := prepared.states[string(text)]
	if !there {
		first = sync.OnceValue(func() *world {
			dir, err := os.MkdirTemp(prepared.dir, "state")
			must(w.t, err)
			origin := *w
			origin.env = maps.Clone(w.env)
			origin.env["SPLITECS_LOCAL_DIR"] = filepath.Join(dir, "state")
			make(&origin)
			return &origin
		})
		prepared.states[string(text)] = first
	}
	prepared.mu.Unlock()
	origin := first()
	if origin == nil || origin.code != 0 {
		w.t.Fatal("the test that prepared this state failed")
	}
	must(w.t, os.CopyFS(w.env["SPLITECS_LOCAL_DIR"], os.DirFS(origin.env["SPLITECS_LOCAL_DIR"])))
	if w.clock != nil {
		w.clock = awslocal.NewClock(origin.clock.Now())
	}
	return origin
}

// files are what lies in the world's folder.
func (w *world) files() map[string]string {
	w.t.Helper()
	all := map[string]string{}
	must(w.t, filepath.WalkDir(w.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		all[path[len(w.dir):]] = string(content)
		return err
	}))
	return all
}
