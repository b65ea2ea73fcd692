package image

import (
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// npmLock is a lock file of npm 7 and later. Its keys are folders, relative to it.
// https://docs.npmjs.com/cli/configuring-npm/package-lock-json
type npmLock struct {
	Version  int                  `json:"lockfileVersion"`
	Packages map[string]npmLocked `json:"packages"`
}

type npmLocked struct {
	Name                 string            `json:"name"`
	Version              string            `json:"version"`
	License              any               `json:"license"`
	Resolved             string            `json:"resolved"` // of a link: the folder
	Link                 bool              `json:"link"`
	OS                   []string          `json:"os"`
	CPU                  []string          `json:"cpu"`
	Dependencies         map[string]string `json:"dependencies"`
	OptionalDependencies map[string]string `json:"optionalDependencies"`
	PeerDependencies     map[string]string `json:"peerDependencies"`
	PeerMeta             map[string]struct {
		Optional bool `json:"optional"`
	} `json:"peerDependenciesMeta"`
}

func readNpmLock(_ string, text []byte, app string, fits platforms) ([]Package, error) {
	var lock npmLock
	if err := json.Unmarshal(text, &lock); err != nil {
		return nil, &unknownLockError{"package-lock.json", "is no JSON: " + err.Error()}
	}
	if lock.Version < 2 || lock.Packages == nil {
		return nil, &unknownLockError{"package-lock.json", fmt.Sprintf("has version %d, which npm before 7 wrote", lock.Version)}
	}
	if app == "." {
		app = ""
	}
	if _, named := lock.Packages[app]; !named {
		return nil, errNotLocked
	}
	seen := map[string]bool{}
	var found []Package
	var visit func(at string)
	visit = func(at string) {
		e, there := lock.Packages[at]
		if !there || seen[at] || !fits.fit(e.OS, e.CPU) {
			return
		}
		seen[at] = true
		if e.Link {
			visit(path.Clean(e.Resolved))
			return
		}
		if name, ok := npmName(at, e); ok {
			license, _ := e.License.(string)
			found = append(found, npmPackage(name, e.Version, license))
		}
		for _, name := range e.needs() {
			if where, ok := lock.resolve(at, name); ok {
				visit(where)
			}
		}
	}
	visit(app)
	return found, nil
}

// npmName is the name of what lies in a folder node_modules; other folders are the project's own.
func npmName(at string, e npmLocked) (string, bool) {
	i := strings.LastIndex("/"+at, "/node_modules/")
	if i < 0 {
		return "", false
	}
	if e.Name != "" {
		return e.Name, true // it is installed under another one
	}
	return at[i+len("node_modules/"):], true
}

// needs are the names of what is installed with it.
func (e npmLocked) needs() []string {
	var names []string
	for _, list := range []map[string]string{e.Dependencies, e.OptionalDependencies} {
		names = slices.AppendSeq(names, maps.Keys(list))
	}
	for name := range e.PeerDependencies {
		if !e.PeerMeta[name].Optional {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// resolve finds a package as Node.js does: in the folders node_modules from at upwards.
func (l npmLock) resolve(at, name string) (string, bool) {
	for dir := at; ; dir = path.Dir(dir) {
		if dir == "." {
			dir = ""
		}
		if path.Base(dir) != "node_modules" {
			where := path.Join(dir, "node_modules", name)
			if _, there := l.Packages[where]; there {
				return where, true
			}
		}
		if dir == "" {
			return "", false
		}
	}
}
