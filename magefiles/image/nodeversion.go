package image

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// nodeLine is a major version of Node.js for long-term support.
type nodeLine struct {
	major int
	name  string // of the line, as .nvmrc has it: lts/jod
	ends  string // day after which it gets no fixes any more
}

// nodeLines are the lines that images exist of, the oldest first.
// https://github.com/nodejs/Release/blob/main/schedule.json (November 2026)
var nodeLines = []nodeLine{
	{18, "hydrogen", "2025-04-30"},
	{20, "iron", "2026-04-30"},
	{22, "jod", "2027-04-30"},
	{24, "krypton", "2028-04-30"},
	{26, "", "2029-04-30"},
}

// maintained is the oldest line that was maintained when the table was made. It is no question of the clock: an image depends on
// its commit.
const maintained = 22

// usualNode is the line of NodeBase.
const usualNode = 22

// nodeBase is the image of Docker's library for a major version.
func nodeBase(major int) string {
	return fmt.Sprintf("public.ecr.aws/docker/library/node:%d-slim", major)
}

// nodeFor chooses the base of a project: by the file that version managers read where engines does not rule it out, for what is
// installed was installed by that one; else the lowest line that engines allows and that is maintained; else the usual one.
// The warning is empty where there is none.
func nodeFor(dirs []string, m *manifest, now time.Time) (base, warning string) {
	engines, _ := m.Engines["node"].(string)
	allowed, known := func(int) bool { return true }, strings.TrimSpace(engines) != ""
	if known {
		if majors, ok := parseEngines(engines); ok {
			allowed = majors
		} else {
			known = false
			warning = fmt.Sprintf("engines.node of package.json is %q, which is no range that is known: the base is Node.js %d; name another in App.Image.Base", engines, usualNode)
		}
	}
	named, file := versionFile(dirs)
	if named != 0 && !allowed(named) {
		warning = fmt.Sprintf("%s names Node.js %d, which engines.node of package.json (%q) does not allow: engines goes first", file, named, engines)
		named = 0
	}
	chosen := named
	if chosen == 0 && known {
		for _, line := range nodeLines {
			if allowed(line.major) && (chosen < maintained || chosen == 0) {
				chosen = line.major
			}
		}
		if chosen == 0 {
			warning = fmt.Sprintf("engines.node of package.json is %q, and no line of Node.js with long-term support is in it: the base is Node.js %d; name another in App.Image.Base", engines, usualNode)
		}
	}
	chosen = cmp.Or(chosen, usualNode)
	for _, line := range nodeLines {
		if ends, err := time.Parse(time.DateOnly, line.ends); err == nil && line.major == chosen && now.After(ends.AddDate(0, 0, 1)) {
			warning = fmt.Sprintf("the base is Node.js %d, which gets no fixes since %s: allow a later one in engines.node or .nvmrc", chosen, line.ends)
		}
	}
	return nodeBase(chosen), warning
}

// versionFile is the major version in .nvmrc or .node-version, in the first of the folders that has one, and the file's name.
// Words that move (node, lts/*) and what is no version are none.
func versionFile(dirs []string) (major int, name string) {
	for _, dir := range dirs {
		for _, name := range []string{".nvmrc", ".node-version"} {
			data, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				continue
			}
			for line := range strings.Lines(string(data)) {
				word, _, _ := strings.Cut(line, "#")
				word = strings.ToLower(strings.TrimSpace(word))
				if word == "" {
					continue
				}
				for _, line := range nodeLines {
					if line.name != "" && word == "lts/"+line.name {
						return line.major, name
					}
				}
				word = strings.TrimPrefix(strings.TrimPrefix(word, "node-"), "v")
				digits, _, _ := strings.Cut(word, ".")
				if n, err := strconv.Atoi(digits); err == nil && n > 0 {
					return n, name
				}
				return 0, ""
			}
		}
	}
	return 0, ""
}

// parseEngines tells of which major versions some version is in a range of npm (https://github.com/npm/node-semver#ranges);
// false where it is none. Pure.
func parseEngines(text string) (func(major int) bool, bool) {
	var either []func(int) bool
	for alternative := range strings.SplitSeq(text, "||") {
		every, ok := parseRange(strings.TrimSpace(alternative))
		if !ok {
			return nil, false
		}
		either = append(either, every)
	}
	return func(major int) bool {
		for _, every := range either {
			if every(major) {
				return true
			}
		}
		return false
	}, true
}

// parseRange takes comparators that all have to hold, or one with a hyphen.
func parseRange(text string) (func(int) bool, bool) {
	low, high := 0, 1<<30
	if from, to, hyphen := strings.Cut(text, " - "); hyphen {
		text = ">=" + strings.TrimSpace(from) + " <=" + strings.TrimSpace(to)
	}
	for _, operator := range []string{">=", "<=", ">", "<", "^", "~", "="} { // a space may stand behind them
		for strings.Contains(text, operator+" ") {
			text = strings.ReplaceAll(text, operator+" ", operator)
		}
	}
	for word := range strings.FieldsSeq(text) {
		version := strings.TrimLeft(word, "<>=^~")
		operator := word[:len(word)-len(version)]
		parts := strings.Split(strings.TrimPrefix(version, "v"), ".")
		if parts[0] == "*" || strings.EqualFold(parts[0], "x") {
			continue
		}
		major, err := strconv.Atoi(parts[0])
		if err != nil {
			return nil, false
		}
		begins := true // the version is the first of its major
		exact := len(parts) > 1
		for _, part := range parts[1:] {
			begins = begins && strings.Trim(part, "0xX*") == ""
			exact = exact && part != "x" && part != "X" && part != "*"
		}
		switch operator {
		case "", "=", "^", "~", "~>":
			low, high = max(low, major), min(high, major)
		case ">=":
			low = max(low, major)
		case ">":
			if !exact {
				major++ // behind all of them
			}
			low = max(low, major)
		case "<":
			if begins {
				major--
			}
			high = min(high, major)
		case "<=":
			high = min(high, major)
		default:
			return nil, false
		}
	}
	return func(major int) bool { return low <= major && major <= high }, true
}
