package image

import (
	"fmt"
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
}

// brokenLinks are the links of the layers that were made here and lead to nothing that is listed.
func (l *listing) brokenLinks(p plan, root string) (broken []brokenLink) {
	for _, layer := range l.layers {
		for _, it := range layer.items {
			if it.kind != symlink || idle(it.name) {
				continue
			}
			_, at, found := l.find(it.name)
			if found || at != "" && madeAtRunTime("/"+at, p.volumes) && !besideSource("/"+at, layer.plan.trees[it.tree].from) {
				continue
			}
			broken = append(broken, brokenLink{name: it.name, target: it.target, at: at, outside: !within("/"+at, []string{root})})
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

// ofDistributions are the folders of a root in which a base may have what a link leads to.
var ofDistributions = set("bin boot etc home lib lib32 lib64 libx32 media mnt nix opt root sbin srv usr var")

// mayBeInBase tells whether a base can be meant.
func (b brokenLink) mayBeInBase() bool {
	top, _, _ := strings.Cut(b.at, "/")
	return b.outside && ofDistributions[top]
}

// shownLinks is how many links are named.
const shownLinks = 3

// warnOfLinks is the warning about links; empty where there are none. remedy is for those that lead out of the source.
func warnOfLinks(broken []brokenLink, kind Kind) string {
	if len(broken) == 0 {
		return ""
	}
	var told []string
	for _, b := range broken[:min(len(broken), shownLinks)] {
		told = append(told, b.String())
	}
	outside := slices.ContainsFunc(broken, func(b brokenLink) bool { return b.outside })
	if more := len(broken) - shownLinks; more > 0 {
		told = append(told, fmt.Sprintf("%d more", more))
	}
	remedy := "leave it out, or put what it leads to into the source"
	if len(broken) > 1 {
		remedy = "leave them out, or put what they lead to into the source"
	}
	switch {
	case outside && kind == KindNextJS:
		remedy = "set outputFileTracingRoot in next.config to the folder that holds node_modules of the whole workspace, then build again"
	case outside:
		remedy = "name the folder that holds both, or copy what is linked in its place (cp -RL, pnpm deploy, npm install --install-links)"
	}
	return "links lead to nothing in the image: " + strings.Join(told, ", ") + ". What is there on this machine is not there in a container; " + remedy
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
