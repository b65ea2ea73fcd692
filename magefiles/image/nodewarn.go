package image

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// largestProgram bounds what is read of a program to see what it asks for.
const largestProgram = 16 << 20

// asksFor finds what a program imports by name: a package, or a file beside it.
var asksFor = lazyregexp.New("(?:require\\(|from|import\\(|import)\\s*[\"'`]([^\"'`\n]+)[\"'`]")

// notInstalled warns of dependencies that are not there. A program that a bundler wrote has them in itself: one file that
// imports none of them, and nothing beside it.
func (n *nodeService) notInstalled(missing []string) string {
	if len(missing) == 0 || n.start.file == "" {
		return ""
	}
	file := filepath.Join(n.dir, filepath.FromSlash(n.start.file))
	if info, err := os.Stat(file); err != nil || info.Size() > largestProgram {
		return ""
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return ""
	}
	bundled := true
	for _, found := range asksFor.FindAllStringSubmatch(string(text), -1) {
		name := found[1]
		if strings.HasPrefix(name, ".") {
			bundled = false
		}
		for _, other := range missing {
			bundled = bundled && name != other && !strings.HasPrefix(name, other+"/")
		}
	}
	if bundled {
		return ""
	}
	names := strings.Join(missing[:min(len(missing), 3)], ", ")
	if more := len(missing) - 3; more > 0 {
		names += fmt.Sprintf(" and %d more", more)
	}
	remedy := `run "npm ci --omit=dev", or what your package manager has for it, before the image is built`
	if isFile(n.dir, ".pnp.cjs") {
		remedy = "Yarn keeps them in archives (.pnp.cjs), which no image is made of: set nodeLinker: node-modules in .yarnrc.yml and install again"
	}
	return fmt.Sprintf("dependencies of package.json are not in node_modules, and the program asks for such when it starts: %s; %s", names, remedy)
}

// builds are words of a line that makes what the image already has.
var builds = lazyregexp.New(`(?i)build|tsc|compile|bundle|clean|lint|prisma generate|rimraf`)

// runsBefore warns of what npm would run before the program, which is nothing that was done already.
func (n *nodeService) runsBefore() string {
	line := n.manifest.script("prestart")
	if line == "" || builds.MatchString(line) || n.manifest.script("start") == "" || n.start.file == "" {
		return ""
	}
	return fmt.Sprintf("scripts.prestart of package.json is %q, which npm runs before the program and the image does not: have the program do it, or run it before a deployment (service:run)", line)
}
