// Package pins finds the versions that this repository names outside of go.mod: actions of workflows, Python programs, and
// commands of Go modules. It compares versions, and asks nobody which are the newest.
//
// It knows the forms of versions and digests in workflows, scripts and go.mod. It does not know where there are newer ones.
// Imported by magefiles and tests.
package pins

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/mod/semver"
)

// Kind is where the newest version of a pin can be asked for.
type Kind string

// The kinds of pins.
const (
	Action Kind = "action" // a repository of GitHub, by commit
	Python Kind = "python" // a package of PyPI
	Module Kind = "module" // a Go module
)

// Pin is one version that is named.
type Pin struct {
	Kind    Kind
	Name    string // owner/repository, package, or module path
	Version string // of an action what its comment says, v4.2.2
	Commit  string // of an action; else empty
}

var (
	action = regexp.MustCompile(`(?m)^\s*(?:- )?uses: +([\w.-]+/[\w.-]+)(?:/[\w./-]+)?@(\S+)(?: +# *(\S+))?`)
	python = regexp.MustCompile(`'([A-Za-z0-9._-]+)==([^']+)'`)
	module = regexp.MustCompile(`"((?:[a-z0-9-]+\.)+[a-z]+/[\w./-]+)@(v\d[^"]*)"`)
)

// Find is every pin of a text, each once, in order. A module may be named by the path of a package in it. Pure.
func Find(text string) []Pin {
	var found []Pin
	for _, m := range action.FindAllStringSubmatch(text, -1) {
		found = append(found, Pin{Kind: Action, Name: m[1], Version: m[3], Commit: m[2]})
	}
	for _, m := range python.FindAllStringSubmatch(text, -1) {
		found = append(found, Pin{Kind: Python, Name: m[1], Version: m[2]})
	}
	for _, m := range module.FindAllStringSubmatch(text, -1) {
		path, _, _ := strings.Cut(m[1], "/cmd/")
		found = append(found, Pin{Kind: Module, Name: path, Version: m[2]})
	}
	return unique(found)
}

func unique(all []Pin) []Pin {
	slices.SortFunc(all, func(a, b Pin) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Version, b.Version), cmp.Compare(a.Commit, b.Commit))
	})
	return slices.Compact(all)
}

// All is every pin of several texts, each once, in order. Pure.
func All(texts ...string) []Pin {
	var all []Pin
	for _, t := range texts {
		all = append(all, Find(t)...)
	}
	return unique(all)
}

// Toolchain is the version of the toolchain line of a go.mod, such as go1.26.11; empty where it has none. Pure.
func Toolchain(gomod string) string {
	m := regexp.MustCompile(`(?m)^toolchain (\S+)$`).FindStringSubmatch(gomod)
	if m == nil {
		return ""
	}
	return m[1]
}

// Newest is the highest release of versions, which may lack the v of semantic versions; of one minor version, 1.26, where
// it is not empty. Pre-releases and what is no version are passed over. Pure.
func Newest(versions []string, minor string) string {
	newest := ""
	for _, v := range versions {
		s := canonical(v)
		if !semver.IsValid(s) || semver.Prerelease(s) != "" || minor != "" && semver.MajorMinor(s) != canonical(minor) {
			continue
		}
		if newest == "" || semver.Compare(s, canonical(newest)) > 0 {
			newest = v
		}
	}
	return newest
}

// Behind tells whether a version is lower than the newest one. Pure.
func Behind(version, newest string) bool {
	return newest != "" && semver.Compare(canonical(version), canonical(newest)) < 0
}

// canonical is a version as package semver has it.
func canonical(v string) string { return "v" + strings.TrimPrefix(strings.TrimPrefix(v, "go"), "v") }

// Tag is the commit that a tag names in what `git ls-remote --tags` says, and all tags. An annotated tag stands there
// twice, and its commit behind ^{}. Pure.
func Tag(listed, name string) (commit string, tags []string) {
	for line := range strings.Lines(listed) {
		sha, ref, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if !ok {
			continue
		}
		tag := strings.TrimPrefix(ref, "refs/tags/")
		plain, dereferenced := strings.CutSuffix(tag, "^{}")
		if !dereferenced {
			tags = append(tags, tag)
		}
		if plain == name && (commit == "" || dereferenced) {
			commit = sha
		}
	}
	return commit, tags
}
