package image

import (
	"os"
	"path/filepath"
	"strings"
)

// publicPrefix begins the names of variables that next build writes into what every browser gets.
// https://nextjs.org/docs/app/guides/environment-variables#bundling-environment-variables-for-the-browser
const publicPrefix = "NEXT_PUBLIC_"

// runTimeLibraries are packages by which an application hands such variables to browsers while it runs.
var runTimeLibraries = []string{"next-runtime-env", "next-public-env", "next-dynenv", "react-env", "@beam-australia/react-env", "next-client-env"}

// publicVariables are the values that the build had from files beside the application, and whether the application does
// without. A variable of the build's own environment goes before a file, and leaves nothing that tells.
// https://nextjs.org/docs/app/guides/environment-variables#environment-variable-load-order
func (b *nextBuild) publicVariables() (values map[string]string, atRunTime bool) {
	for _, name := range []string{".env", ".env.production", ".env.local", ".env.production.local"} { // the last one counts
		text, err := os.ReadFile(filepath.Join(b.dir, name))
		if err != nil || len(text) > longestDotenv {
			continue
		}
		for line := range strings.Lines(string(text)) {
			name, value, ok := plainAssignment(line)
			if !ok || !strings.HasPrefix(name, publicPrefix) {
				continue
			}
			if values == nil {
				values = map[string]string{}
			}
			values[name] = value
		}
	}
	needed := readInstalled(b.dir).Dependencies
	for _, library := range runTimeLibraries {
		if needed[library] != nil {
			return values, true
		}
	}
	return values, false
}

// plainAssignment is a line of such a file whose value stands in it as it is: references to others are not followed.
func plainAssignment(line string) (name, value string, ok bool) {
	m := assigns.FindStringSubmatchIndex(line)
	if m == nil {
		return "", "", false
	}
	name, value = line[m[2]:m[3]], strings.TrimSpace(line[m[1]:])
	switch {
	case strings.Contains(value, "$"):
		return "", "", false
	case len(value) > 1 && strings.ContainsRune("\"'`", rune(value[0])):
		end := strings.IndexByte(value[1:], value[0])
		if end < 0 {
			return "", "", false // over several lines
		}
		return name, value[1 : end+1], true
	}
	value, _, _ = strings.Cut(value, "#")
	return name, strings.TrimSpace(value), true
}
