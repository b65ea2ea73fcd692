package image

import (
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// findNitro looks for what Nitro built, which Nuxt and others use: the folder .output, or the project around it.
// https://nitro.build/deploy/runtimes/node
func findNitro(dir string) (*nodeService, error) {
	out := dir
	if !isFile(out, "nitro.json") {
		out = filepath.Join(dir, ".output")
	}
	data, err := os.ReadFile(filepath.Join(out, "nitro.json"))
	if err != nil {
		return nil, nil
	}
	var told struct {
		Preset string `json:"preset"`
	}
	_ = json.Unmarshal(data, &told) // older ones may not tell
	preset := strings.ReplaceAll(told.Preset, "_", "-")
	if preset != "" && preset != "node-server" && preset != "node-cluster" || !isFile(out, "server", "index.mjs") {
		return nil, &SourceError{Path: dir, Reason: fmt.Sprintf("is a build of Nitro for %q, which is no server of Node.js: build it with NITRO_PRESET=node-server", told.Preset)}
	}
	n := &nodeService{dir: out, nitro: true, start: nodeStart{file: "server/index.mjs"}}
	project := dir
	if out == dir {
		project = filepath.Dir(filepath.Clean(dir))
	}
	if m, err := readManifest(project); err == nil && m != nil && filepath.Base(out) == ".output" {
		n.manifest = *m
		if s, plain := parseStart(m.script("start")); plain && s.file == ".output/"+n.start.file {
			n.start.env, n.start.flags, n.start.args = s.env, s.flags, s.args
		}
	}
	return n, nil
}

// planNitro lays out what Nitro built, which has its packages in itself.
func (n *nodeService) planNitro(spec Spec, now time.Time) plan {
	p := n.described(spec, spec.root(), now, filepath.Dir(n.dir))
	p.command = append(append(append([]string{"node"}, n.start.flags...), n.start.file), n.start.args...)
	without := func(names ...string) func(string, bool) choice {
		return func(name string, _ bool) choice {
			for _, other := range names {
				if name == other {
					return skip
				}
			}
			return take
		}
	}
	for _, l := range []struct {
		name, folder string
		without      []string
	}{
		{modulesFolder, "server/node_modules", nil},
		{"server", "server", []string{modulesFolder}},
		{assetsLayer, "public/_nuxt", nil},
		{"public", "public", []string{"_nuxt"}},
	} {
		if isFolder(n.dir, filepath.FromSlash(l.folder)) {
			p.layers = append(p.layers, layerPlan{name: l.name, trees: []tree{{
				from: filepath.Join(n.dir, filepath.FromSlash(l.folder)), to: path.Join(spec.root(), l.folder), pick: without(l.without...),
			}}})
		}
	}
	return p
}
