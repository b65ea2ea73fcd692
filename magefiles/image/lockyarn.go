package image

import (
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// yarnLocked is an entry of a lock file of yarn.
type yarnLocked struct {
	version    string
	resolution string            // of yarn 2 and later: name@protocol:version
	conditions string            // of these: os=linux & cpu=x64
	needs      map[string]string // name → range
	optional   map[string]bool   // of these
}

// readYarnLock reads both forms: that of yarn 1 (https://classic.yarnpkg.com/lang/en/docs/yarn-lock/), and the YAML of its successors, which
// write no other YAML than this. Neither says what is needed in production only: package.json does.
func readYarnLock(dir string, text []byte, app string, fits platforms) ([]Package, error) {
	lock, err := parseYarn(string(text))
	if err != nil {
		return nil, err
	}
	root, err := readManifest(dir)
	if root == nil || err != nil {
		return nil, errNotLocked
	}
	workspaces, err := workspacesOf(dir, *root)
	if err != nil {
		return nil, err
	}
	if app != "." && !slices.Contains(slices.Collect(maps.Values(workspaces)), app) {
		return nil, errNotLocked
	}
	seen := map[string]bool{}
	var found []Package
	var visit func(name, wanted string) error
	own := func(at string) error {
		if seen[at+"/"] {
			return nil
		}
		seen[at+"/"] = true
		m, err := readManifest(filepath.Join(dir, filepath.FromSlash(at)))
		if err != nil {
			return err
		}
		if m == nil {
			return errNotLocked
		}
		for _, list := range []map[string]any{m.Dependencies, m.OptionalDependencies} {
			for _, name := range keys(list) {
				wanted, _ := list[name].(string)
				if err := visit(name, wanted); err != nil {
					return err
				}
			}
		}
		return nil
	}
	visit = func(name, wanted string) error {
		e, there := lock[name+"@"+wanted]
		if !there {
			e, there = lock[name+"@npm:"+wanted]
		}
		if at, is := workspaces[name]; is && (!there || strings.Contains(e.resolution, "@workspace:")) {
			return own(at)
		}
		if !there || seen[name+"@"+wanted] || !fits.fit(yarnCondition(e.conditions, "os"), yarnCondition(e.conditions, "cpu")) {
			return nil
		}
		seen[name+"@"+wanted] = true
		found = append(found, npmPackage(yarnName(name, wanted, e.resolution), e.version, ""))
		for _, name := range slices.Sorted(maps.Keys(e.needs)) {
			if system, cpu := platformInName(name); e.optional[name] && !fits.fit(system, cpu) {
				continue
			}
			if err := visit(name, e.needs[name]); err != nil {
				return err
			}
		}
		return nil
	}
	return found, own(app)
}

// yarnName is the package's own name, where it is installed under another one: npm:string-width@^4.2.0.
func yarnName(name, wanted, resolution string) string {
	if at := strings.Index(strings.TrimPrefix(resolution, "@"), "@"); at > 0 {
		return resolution[:at+len(resolution)-len(strings.TrimPrefix(resolution, "@"))]
	}
	if alias, is := strings.CutPrefix(wanted, "npm:"); is {
		if at := strings.LastIndex(alias, "@"); at > 0 {
			return alias[:at]
		}
	}
	return name
}

// yarnCondition are the words of a field in the conditions of yarn 2 and later: (os=darwin | os=linux) & cpu=x64.
func yarnCondition(conditions, field string) (words []string) {
	for _, word := range strings.FieldsFunc(conditions, func(r rune) bool { return strings.ContainsRune("()&| ", r) }) {
		if value, is := strings.CutPrefix(word, field+"="); is {
			words = append(words, value)
		}
	}
	return words
}

// platformInName is what the name of a package says that holds the native part of another one, as @esbuild/linux-x64 and
// @img/sharp-linuxmusl-arm64 do: the lock file of yarn 1 says nothing else of it.
func platformInName(name string) (system, cpu []string) {
	_, rest, scoped := strings.Cut(name, "/")
	if !scoped {
		rest = name
	}
	words := strings.Split(rest, "-")
	for i, word := range words {
		switch word {
		case "linux", "linuxmusl":
			system = []string{"linux"}
		case "aix", "android", "darwin", "freebsd", "netbsd", "openbsd", "openharmony", "sunos", "win32", "windows":
			system = []string{word}
		case "wasm32":
			return nil, []string{word}
		default:
			continue
		}
		if i+1 < len(words) {
			cpu = words[i+1 : i+2]
		}
		return system, cpu
	}
	return nil, nil
}

// parseYarn are the entries by each of the ranges that they stand for: name@range.
func parseYarn(text string) (map[string]*yarnLocked, error) {
	all := map[string]*yarnLocked{}
	var now *yarnLocked
	listing := "" // the field whose names follow
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		content := strings.TrimLeft(line, " ")
		if content == "" || content[0] == '#' {
			continue
		}
		switch indent := len(line) - len(content); indent {
		case 0:
			now, listing = &yarnLocked{needs: map[string]string{}, optional: map[string]bool{}}, ""
			for _, key := range strings.Split(strings.TrimSuffix(content, ":"), ", ") {
				// Yarn 1 quotes each key, its successors all of them together.
				all[strings.Trim(key, `"`)] = now
			}
		case 2:
			name, value := yarnField(content)
			listing = ""
			switch {
			case now == nil:
				return nil, &unknownLockError{"yarn.lock", "has a field before any entry"}
			case value == "" && (name == "dependencies" || name == "optionalDependencies"):
				listing = name
			case name == "version":
				now.version = value
			case name == "resolution":
				now.resolution = value
			case name == "conditions":
				now.conditions = value
			}
		case 4:
			if listing != "" {
				name, value := yarnField(content)
				now.needs[name], now.optional[name] = value, listing == "optionalDependencies"
			}
		}
	}
	if len(all) == 0 && strings.TrimSpace(text) != "" && !strings.Contains(text, "yarn lockfile v1") {
		return nil, &unknownLockError{"yarn.lock", "has no entry"}
	}
	return all, nil
}

// yarnField parts `name "value"`, or `name: value`.
func yarnField(content string) (name, value string) {
	if strings.HasPrefix(content, `"`) {
		name, value, _ = strings.Cut(content[1:], `"`)
	} else if at := strings.IndexAny(content, ": "); at >= 0 {
		name, value = content[:at], content[at:]
	} else {
		return content, ""
	}
	value = strings.TrimSpace(strings.TrimPrefix(value, ":"))
	if unquoted, err := strconv.Unquote(value); err == nil {
		value = unquoted
	}
	return name, value
}

// workspacesOf are the folders of the packages of a workspace by their names, relative to its root and slash-separated.
func workspacesOf(dir string, root manifest) (map[string]string, error) {
	folders := map[string]string{}
	for _, pattern := range root.workspaces() {
		// Two stars are any depth; workspaces of more than two levels are not looked for.
		for _, glob := range []string{strings.ReplaceAll(pattern, "**", "*"), strings.ReplaceAll(pattern, "**", "*/*")} {
			matches, err := filepath.Glob(filepath.Join(dir, filepath.FromSlash(path.Clean(glob))))
			if err != nil {
				return nil, &unknownLockError{"package.json", "has a pattern of workspaces that is none: " + pattern}
			}
			for _, match := range matches {
				m, err := readManifest(match)
				if m == nil || err != nil {
					continue // a folder that is no package
				}
				if rel, err := filepath.Rel(dir, match); err == nil {
					folders[m.Name] = filepath.ToSlash(rel)
				}
			}
		}
	}
	return folders, nil
}
