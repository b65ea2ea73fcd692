package image

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// brokenLink is a symbolic link of a layer that leads to nothing in the image.
type brokenLink struct {
	name, target string // in the image, and as it stands in the link
	at           string // what is missing, in the image; empty where links lead in circles
	outside      bool   // the way leads out of the folder that the source is placed in
	from         string // folder on disk that it was found in
	root         string // where that is placed
}

// brokenLinks are the links of the layers that were made here and lead to nothing that is listed.
func (l *listing) brokenLinks(p plan, root string) (broken []brokenLink) {
	for _, layer := range l.layers {
		for _, it := range layer.items {
			if it.kind != symlink || idle(it.name) {
				continue
			}
			_, at, found := l.find(it.name)
			from := layer.plan.trees[it.tree].from
			if found || at != "" && madeAtRunTime("/"+at, p.volumes) && !besideSource("/"+at, from) && !readyMade("/"+at) {
				continue
			}
			broken = append(broken, brokenLink{
				name: it.name, target: it.target, at: at, outside: !within("/"+at, []string{root}), from: from, root: inner(layer.plan.trees[it.tree].to),
			})
		}
	}
	slices.SortFunc(broken, func(a, b brokenLink) int { return strings.Compare(a.name, b.name) })
	return broken
}

// idle are links that nothing of a server follows: the commands of packages, which package managers link whether or not they
// are there.
func idle(name string) bool { return strings.Contains("/"+name, "/node_modules/.bin/") }

// madeAtRunTime tells whether what is at a path comes when the container starts: file systems of the kernel, and volumes.
func madeAtRunTime(name string, volumes []string) bool {
	return within(name, []string{"/proc", "/sys", "/dev", "/run", "/var/run", "/tmp"}) || within(name, volumes)
}

// besideSource tells whether a path is in the folder below /tmp that a source lies in, as where somebody builds there: that is this
// machine's, and nothing that a program makes.
func besideSource(name, from string) bool {
	from, err := filepath.Abs(from)
	below, is := strings.CutPrefix(filepath.ToSlash(from), "/tmp/")
	top, _, _ := strings.Cut(below, "/")
	return err == nil && is && within(name, []string{"/tmp/" + top})
}

// readyMade tells whether a path below /tmp is what somebody put there before the program runs: a file, or a folder that is a package. A program
// may have made a folder in a trial run.
func readyMade(name string) bool {
	if !within(name, []string{"/tmp"}) {
		return false
	}
	found, err := os.Stat(filepath.FromSlash(name))
	return err == nil && (found.Mode().IsRegular() || found.IsDir() && exists(filepath.FromSlash(name), "package.json"))
}

// ofDistributions are the folders of a root in which a base may have what a link leads to.
var ofDistributions = set("bin boot etc home lib lib32 lib64 libx32 media mnt nix opt root sbin srv usr var")

// mayBeInBase tells whether a base can be meant: one that has files where the source is placed, too, is started there.
func (b brokenLink) mayBeInBase(startedAt string) bool {
	top, _, _ := strings.Cut(b.at, "/")
	inside := !b.outside && b.root != ""
	return b.at != "" && (!inside && ofDistributions[top] || inside && startedAt != "" && startedAt != "/" && within("/"+b.at, []string{startedAt}))
}

// shownLinks is how many links are named.
const shownLinks = 3

// warnOfLinks is the warning about links; empty where there are none.
func warnOfLinks(broken []brokenLink, kind Kind) string {
	if len(broken) == 0 {
		return ""
	}
	var told []string
	for _, b := range broken[:min(len(broken), shownLinks)] {
		told = append(told, b.String())
	}
	if more := len(broken) - shownLinks; more > 0 {
		told = append(told, fmt.Sprintf("%d more", more))
	}
	return "links lead to nothing in the image: " + strings.Join(told, ", ") + ". What is there on this machine is not there in a container; " + linkRemedies(broken, kind)
}

// linkRemedies are what to do about links, one for each cause.
func linkRemedies(broken []brokenLink, kind Kind) string {
	any := func(is func(brokenLink) bool) bool { return slices.ContainsFunc(broken, is) }
	var remedies []string
	if any(brokenLink.absoluteInside) {
		remedies = append(remedies, "make those relative that name the source's own folder on this machine (ln -sr)")
	}
	left := func(l brokenLink) bool { return !l.absoluteInside() && l.leftOut() }
	if any(left) {
		remedies = append(remedies, "take what they lead to out of .dockerignore, or leave the links out, too")
	}
	elsewhere := func(l brokenLink) bool { return l.outside && !l.absoluteInside() }
	traced := func(l brokenLink) bool { return kind == KindNextJS && elsewhere(l) && !l.published() }
	switch {
	case any(traced):
		remedies = append(remedies, "set outputFileTracingRoot in next.config to the folder that holds node_modules of the whole workspace, then build again")
	case any(elsewhere):
		remedies = append(remedies, "name the folder that holds both, or copy what is linked in its place (cp -RL, pnpm deploy, npm install --install-links)")
	case len(remedies) > 0:
	case len(broken) > 1:
		remedies = append(remedies, "leave them out, or put what they lead to into the source")
	default:
		remedies = append(remedies, "leave it out, or put what it leads to into the source")
	}
	return strings.Join(remedies, "; ")
}

// absoluteInside tells of a link that names what is in its own source as it lies on this machine.
func (b brokenLink) absoluteInside() bool {
	from, err := filepath.Abs(b.from)
	return err == nil && filepath.IsAbs(filepath.FromSlash(b.target)) && within(path.Clean(b.target), []string{filepath.ToSlash(from)})
}

// published tells of a link among the files of a Next.js build that browsers get, which are traced by nothing.
func (b brokenLink) published() bool {
	name := "/" + b.name
	return !strings.Contains(name, "/node_modules/") && (strings.Contains(name, "/public/") || strings.Contains(name, "/static/"))
}

// leftOut tells whether what is missing is in the source and not in the image.
func (b brokenLink) leftOut() bool {
	name, inside := strings.CutPrefix("/"+b.at, strings.TrimSuffix("/"+b.root, "/")+"/")
	return b.at != "" && inside && exists(b.from, filepath.FromSlash(name)) && exists(b.from, ".dockerignore")
}

func (b brokenLink) String() string {
	if b.at == "" {
		return fmt.Sprintf("/%s → %s (in circles)", b.name, b.target)
	}
	if "/"+b.at == path.Clean(b.target) {
		return fmt.Sprintf("/%s → %s", b.name, b.target)
	}
	return fmt.Sprintf("/%s → %s (/%s)", b.name, b.target, b.at)
}
