package argv_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/internal/argv"
)

func TestOf(t *testing.T) {
	words := strings.Fields
	for _, c := range []struct{ entryPoint, command, imageEntryPoint, imageCommand, want string }{
		{"", "", "", "node server.js", "node server.js"},
		{"", "", "tini --", "node server.js", "tini -- node server.js"},
		{"", "node migrate.js", "", "node server.js", "node migrate.js"},
		{"", "node migrate.js", "node server.js", "", "node server.js node migrate.js"},
		{"", "node migrate.js", "tini --", "node server.js", "tini -- node migrate.js"},
		{"node", "migrate.js", "node server.js", "--verbose", "node migrate.js"},
		{"node", "", "node server.js", "--verbose", "node"},
		{"", "", "", "", ""},
	} {
		got := argv.Of(words(c.entryPoint), words(c.command), words(c.imageEntryPoint), words(c.imageCommand))
		if !slices.Equal(got, words(c.want)) {
			t.Errorf("%+v: %q", c, got)
		}
	}
}

func TestPassesOn(t *testing.T) {
	for line, want := range map[string]bool{
		"": true,

		"docker-entrypoint.sh":                     true,
		"/usr/local/bin/docker-entrypoint.sh":      true,
		"/docker-entrypoint":                       true,
		"/entrypoint.sh":                           true,
		"./bin/web-entrypoint.prod.sh":             true,
		"tini":                                     true,
		"/sbin/tini --":                            true,
		"/usr/bin/tini -g --":                      true,
		"/usr/bin/tini -s -e 143 --":               true,
		"tini -g":                                  true,
		"/usr/bin/dumb-init --":                    true,
		"dumb-init --rewrite 15:3 --":              true,
		"catatonit --":                             true,
		"/usr/bin/env":                             true,
		"env NODE_ENV=production":                  true,
		"tini -- docker-entrypoint.sh":             true,
		"env A=b /usr/bin/tini -- ./entrypoint.sh": true,

		"node server.js":                         false,
		"node":                                   false,
		"/app/shop":                              false,
		"java -jar app.jar":                      false,
		"gunicorn web:app --bind 0.0.0.0":        false,
		"python -m flask run":                    false,
		"npm start":                              false,
		"sh -c":                                  false,
		"/bin/sh -c node\u00a0server.js":         false,
		"tini -- node server.js":                 false,
		"dumb-init node server.js":               false,
		"tini -p SIGTERM":                        false,
		"env -S node":                            false,
		"env A=b node":                           false,
		"docker-entrypoint.sh node server.js":    false,
		"/app/tinier":                            false,
		"/app/environment":                       false,
		"/app/entrypoint":                        false,
		"/entrypoint.sh.d/run":                   false,
		"/docker-entrypoint.d/serve":             false,
		"/cnb/process/web":                       false,
		"/opt/entrypoint.sh/../server --port 80": false,
	} {
		if got := argv.PassesOn(strings.Fields(line)); got != want {
			t.Errorf("%s: %t", line, got)
		}
	}
}

func TestQuote(t *testing.T) {
	for _, c := range []struct {
		words []string
		want  string
	}{
		{[]string{"node", "migrate.js", "--to", "latest"}, "node migrate.js --to latest"},
		{[]string{"node", "--to", "the end"}, "node --to 'the end'"},
		{[]string{"echo", "$HOME", "a'b", "", "*", "~", "a\nb"}, `echo '$HOME' 'a'\''b' '' '*' '~' 'a` + "\n" + `b'`},
		{[]string{"x", "postgres://u@h:5432/db", "A=b,c"}, "x postgres://u@h:5432/db A=b,c"},
		{nil, ""},
	} {
		if got := argv.Quote(c.words); got != c.want {
			t.Errorf("%q: %s", c.words, got)
		}
	}
}
