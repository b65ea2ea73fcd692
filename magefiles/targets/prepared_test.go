package targets_test

import (
	"encoding/json"
	"io/fs"
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

// up has infra stack, images v1 and v2, and v1 deployed.
func (w *world) up() *world {
	w.t.Helper()
	key, alike := w.kind()
	if !alike {
		return w.makeUp()
	}
	prepared.mu.Lock()
	first, there := prepared.states[key]
	if !there {
		first = sync.OnceValue(func() *world {
			dir, err := os.MkdirTemp(prepared.dir, "state")
			must(w.t, err)
			origin := *w
			origin.env = map[string]string{}
			for k, v := range w.env {
				origin.env[k] = v
			}
			origin.env["SPLITECS_LOCAL_DIR"] = filepath.Join(dir, "state")
			return origin.makeUp()
		})
		prepared.states[key] = first
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
	w.write("app/server.txt", "version 2")
	return w
}

// kind is what the state of a world that is up depends on. Worlds whose App has functions are not alike.
func (w *world) kind() (key string, alike bool) {
	w.t.Helper()
	if w.app.BeforeDeploy != nil || w.app.AfterDeploy != nil || w.app.ExtendInfra != nil || w.app.ExtendService != nil {
		return "", false
	}
	if entries, err := os.ReadDir(w.env["SPLITECS_LOCAL_DIR"]); err == nil && len(entries) > 0 {
		return "", false // something is there already
	}
	of := struct {
		App   cfn.App
		Env   map[string]string
		Files map[string]string
		Timed bool
	}{w.app, map[string]string{}, map[string]string{}, w.clock != nil}
	for k, v := range w.env {
		if k != "SPLITECS_LOCAL_DIR" && k != "HOME" && k != "SPLITECS_CACHE" {
			of.Env[k] = v
		}
	}
	err := filepath.WalkDir(w.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		of.Files[path[len(w.dir):]] = string(content)
		return err
	})
	must(w.t, err)
	text, err := json.Marshal(of)
	must(w.t, err)
	return string(text), true
}
