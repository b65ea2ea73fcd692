package image

import (
	"cmp"
	"maps"
	"path"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// pnpmLock is a lock file of pnpm 8 (version 6) and later (9). https://github.com/pnpm/spec/tree/master/lockfile
type pnpmLock struct {
	Version   string                `yaml:"lockfileVersion"`
	Importers map[string]pnpmNeeds  `yaml:"importers"` // by their folders
	Packages  map[string]pnpmLocked `yaml:"packages"`
	Snapshots map[string]pnpmLocked `yaml:"snapshots"` // version 9: what each needs, once for each set of peers
	Root      pnpmNeeds             `yaml:",inline"`   // version 6 without a workspace
}

type pnpmNeeds struct {
	Dependencies         map[string]pnpmRef `yaml:"dependencies"`
	OptionalDependencies map[string]pnpmRef `yaml:"optionalDependencies"`
}

type pnpmLocked struct {
	Name                 string            `yaml:"name"`
	Version              string            `yaml:"version"`
	OS                   []string          `yaml:"os"`
	CPU                  []string          `yaml:"cpu"`
	Dependencies         map[string]string `yaml:"dependencies"`
	OptionalDependencies map[string]string `yaml:"optionalDependencies"`
}

// pnpmRef is the version that was chosen.
type pnpmRef struct {
	Version string `yaml:"version"`
}

func readPnpmLock(_ string, text []byte, app string, fits platforms) ([]Package, error) {
	var lock pnpmLock
	if err := yaml.Unmarshal(text, &lock); err != nil {
		return nil, &unknownLockError{"pnpm-lock.yaml", "is no lock file that is known: " + firstLine(err.Error())}
	}
	if major, _, _ := strings.Cut(lock.Version, "."); major != "6" && major != "9" {
		return nil, &unknownLockError{"pnpm-lock.yaml", "has version " + lock.Version + ", and 6 and 9 are known"}
	}
	if lock.Importers == nil {
		lock.Importers = map[string]pnpmNeeds{".": lock.Root}
	}
	if _, named := lock.Importers[app]; !named {
		return nil, errNotLocked
	}
	seen := map[string]bool{}
	var found []Package
	var visit func(name, version, from string)
	importer := func(at string) {
		if seen[at+"/"] {
			return
		}
		seen[at+"/"] = true
		for _, list := range []map[string]pnpmRef{lock.Importers[at].Dependencies, lock.Importers[at].OptionalDependencies} {
			for _, name := range slices.Sorted(maps.Keys(list)) {
				visit(name, list[name].Version, at)
			}
		}
	}
	visit = func(name, version, from string) {
		if target, linked := strings.CutPrefix(version, "link:"); linked {
			importer(path.Join(from, target)) // another package of the workspace
			return
		}
		key, ok := lock.key(name, version)
		if !ok || seen[key] {
			return
		}
		seen[key] = true
		alone, _, _ := strings.Cut(key, "(")
		about, needs := lock.Packages[key], lock.Packages[key]
		if lock.Snapshots != nil {
			about, needs = lock.Packages[alone], lock.Snapshots[key]
		}
		if !fits.fit(about.OS, about.CPU) {
			return
		}
		alone = strings.TrimPrefix(alone, "/")
		if at := strings.LastIndex(alone, "@"); at > 0 {
			found = append(found, npmPackage(cmp.Or(about.Name, alone[:at]), cmp.Or(about.Version, alone[at+1:]), ""))
		}
		for _, list := range []map[string]string{needs.Dependencies, needs.OptionalDependencies} {
			for _, name := range slices.Sorted(maps.Keys(list)) {
				visit(name, list[name], from)
			}
		}
	}
	importer(app)
	return found, nil
}

// key is that of the package which a name and a version mean: name@version with its peers, in version 6 with a slash in front;
// or the version is the key, where the package is installed under another name.
func (l pnpmLock) key(name, version string) (string, bool) {
	all := l.Snapshots
	if all == nil {
		all = l.Packages
	}
	for _, key := range []string{name + "@" + version, "/" + name + "@" + version, version} {
		if _, there := all[key]; there {
			return key, true
		}
	}
	return "", false
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
