package image

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// manifest is what a package.json says, as far as it is asked here.
// https://docs.npmjs.com/cli/configuring-npm/package-json
type manifest struct {
	Name                 string         `json:"name"`
	Main                 string         `json:"main"`
	Bin                  any            `json:"bin"` // a file, or files by their names
	Workspaces           any            `json:"workspaces"`
	Engines              map[string]any `json:"engines"`
	Scripts              map[string]any `json:"scripts"`
	Dependencies         map[string]any `json:"dependencies"`
	OptionalDependencies map[string]any `json:"optionalDependencies"`
	PeerDependencies     map[string]any `json:"peerDependencies"`
	DevDependencies      map[string]any `json:"devDependencies"`
}

// readManifest reads the package.json of a project; nil where there is none. One that cannot be read is a [*SourceError].
func readManifest(dir string) (*manifest, error) {
	data, err := os.ReadFile(filepath.Join(dir, "package.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look at image source: %w", err)
	}
	m := &manifest{}
	err = json.Unmarshal([]byte(strings.TrimPrefix(string(data), "\ufeff")), m)
	if _, other := errors.AsType[*json.UnmarshalTypeError](err); err != nil && !other { // a field in an old form says nothing
		return nil, &SourceError{Path: dir, Reason: fmt.Sprintf("has a package.json that cannot be read: %v", err), Next: []string{"mend package.json, then run the same command again"}}
	}
	return m, nil
}

// readInstalled reads the package.json of a package in node_modules. Old packages have fields of other types, which say
// nothing here; what cannot be read at all needs nothing.
func readInstalled(dir string) (m manifest) {
	if data, err := os.ReadFile(filepath.Join(dir, "package.json")); err == nil {
		_ = json.Unmarshal(data, &m)
	}
	return m
}

// needs are the packages that the program may ask for. Optional ones, and optional peers, may be absent: where they are
// installed, npm and pnpm have them in production, too.
func (m manifest) needs() []string {
	return slices.Concat(keys(m.Dependencies), keys(m.OptionalDependencies), keys(m.PeerDependencies))
}

func keys(m map[string]any) []string { return slices.Sorted(maps.Keys(m)) }

// workspaces are the patterns of the packages of a workspace: a list, or the list packages of an object.
func (m manifest) workspaces() (patterns []string) {
	list := m.Workspaces
	if object, is := list.(map[string]any); is {
		list = object["packages"]
	}
	all, _ := list.([]any)
	for _, p := range all {
		if pattern, is := p.(string); is {
			patterns = append(patterns, pattern)
		}
	}
	return patterns
}

// followed is the line of scripts that another one runs, and nothing else: "npm run serve"; else the line itself.
func (m manifest) followed(line string) string {
	for range len(m.Scripts) {
		words, _ := shellWords(line)
		if len(words) > 2 && words[1] == "run" {
			words = append(words[:1], words[2:]...)
		} else if len(words) > 0 && words[0] == "npm" {
			return line // npm has commands of its own by such names
		}
		if len(words) != 2 || !packageRunners[words[0]] || m.script(words[1]) == "" {
			return line
		}
		line = m.script(words[1])
	}
	return line // in circles
}

// packageRunners are package managers that run a line of scripts.
var packageRunners = set("npm pnpm yarn bun")

// script is a line of scripts.
func (m manifest) script(name string) string {
	line, _ := m.Scripts[name].(string)
	return strings.TrimSpace(line)
}

// bins are the names in node_modules/.bin.
func (m manifest) bins() map[string]string {
	found := map[string]string{}
	switch bin := m.Bin.(type) {
	case string:
		found[path.Base(m.Name)] = bin
	case map[string]any:
		for name, file := range bin {
			found[name], _ = file.(string)
		}
	}
	return found
}
