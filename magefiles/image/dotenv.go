package image

import (
	"bufio"
	"io"
	"path"
	"strings"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// isDotenv tells whether a file is one of those that Next.js and others read variables from where they run: .env,
// .env.production.
func isDotenv(name string) bool {
	base := path.Base(name)
	return base == ".env" || strings.HasPrefix(base, ".env.")
}

// assigns is a line of such a file.
var assigns = lazyregexp.New(`^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.-]*)\s*[=:]`)

// longestDotenv is how much of such a file is looked at.
const longestDotenv = 1 << 20

// variablesIn are the names that a file gives values to. The values are nobody's business here.
func variablesIn(r io.Reader) ([]string, error) {
	var names []string
	lines := bufio.NewScanner(io.LimitReader(r, longestDotenv))
	lines.Buffer(nil, longestDotenv)
	for lines.Scan() {
		if m := assigns.FindStringSubmatch(lines.Text()); m != nil {
			names = append(names, m[1])
		}
	}
	return names, lines.Err()
}

// public tells whether names are of variables alone that the build has put into what every browser gets.
// https://nextjs.org/docs/app/guides/environment-variables#bundling-environment-variables-for-the-browser
func public(names []string) bool {
	for _, name := range names {
		if !strings.HasPrefix(name, publicPrefix) {
			return false
		}
	}
	return len(names) > 0
}
