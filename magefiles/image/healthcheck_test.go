package image_test

import (
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/bellyfed/splitecs/magefiles/image"
)

// A health check whose program or shell is not in the image is told, and none that may succeed.
func TestHealthChecksThatCannotRun(t *testing.T) {
	cmd := func(words ...string) []string { return append([]string{"CMD"}, words...) }
	shell := func(line string) []string { return []string{"CMD-SHELL", line} }
	alpine := []string{"bin/busybox", "bin/sh→/bin/busybox", "usr/bin/wget→/bin/busybox"}
	slim := []string{"usr/bin/dash", "usr/bin/sh→dash", "bin→usr/bin", "usr/local/bin/node"}
	nodejs := v1.ConfigFile{Config: v1.Config{Env: []string{"NODE_VERSION=22.1.0"}}}
	for name, c := range map[string]struct {
		check  []string
		tree   files
		base   []string // nil: scratch
		config v1.ConfigFile
		want   []string // of the reason or the remedies; nil: it can run
	}{
		"node on scratch":                {check: cmd("node", "-e", "1"), want: []string{"node, which it executes, is not in it along PATH", `set Container.HealthCheckCommand to []string{}`, "App.Image.Go.Programs"}},
		"a program of the source":        {check: cmd("/app/check"), tree: files{"check": "x"}},
		"one that is elsewhere":          {check: cmd("/check"), tree: files{"check": "x"}, want: []string{"it has /app/check", `name it as it lies there: Container.HealthCheckCommand = []string{"CMD", "/app/check", …}`}},
		"a script without its shell":     {check: cmd("/app/check"), tree: files{"check": "#!/bin/sh\n"}, want: []string{"is a script for /bin/sh, which is not in it"}},
		"a shell form on scratch":        {check: shell("/app/check"), tree: files{"check": "x"}, want: []string{"/bin/sh, which it executes, is not in it", "write it without a shell"}},
		"a shell form, usr merged":       {check: shell("node /app/run || exit 1"), base: slim},
		"curl for Alpine":                {check: shell("curl -fsS http://127.0.0.1:8080/health || exit 1"), base: alpine, want: []string{"curl, which it executes, is not in it", "ask by wget, which the image has"}},
		"curl for Alpine, in words":      {check: cmd("curl", "-f", "http://127.0.0.1/"), base: alpine, want: []string{"curl, which it executes"}},
		"curl for Alpine, by sh -c":      {check: cmd("sh", "-c", "curl -f http://127.0.0.1/"), base: alpine, want: []string{"curl, which it executes"}},
		"wget by a link of Alpine":       {check: shell("wget -qO- http://127.0.0.1/ >/dev/null 2>&1 || exit 1"), base: alpine},
		"wget for slim":                  {check: shell(`wget --spider "http://127.0.0.1/?a=1&b=2" 2>&1`), base: slim, want: []string{"wget, which it executes", "ask by node, which the image has"}},
		"curl, else wget":                {check: shell("curl -f http://127.0.0.1/ || wget -q http://127.0.0.1/"), base: alpine},
		"neither curl nor wget":          {check: shell("curl -f http://127.0.0.1/ || wget -q http://127.0.0.1/ || exit 1"), base: slim, want: []string{"curl, which it executes"}},
		"curl, else well":                {check: shell("curl -f http://127.0.0.1/ || exit 0"), base: slim},
		"behind a test":                  {check: shell("test -f /tmp/x && curl -f http://127.0.0.1/"), base: slim, want: []string{"curl, which it executes"}},
		"a pipe":                         {check: shell("curl -s http://127.0.0.1/ | grep -q ok"), base: slim},
		"a program that is a variable":   {check: shell("$CHECK http://127.0.0.1/"), base: slim},
		"a PATH of its own":              {check: shell("PATH=/opt curl http://127.0.0.1/"), base: slim},
		"a builtin":                      {check: shell("[ -f /tmp/ready ]"), base: slim},
		"words of quotes":                {check: shell(`node -e "a || b; c"`), base: slim},
		"a script of node that is there": {check: cmd("node", "check.js"), tree: files{"check.js": "x"}, base: []string{"x"}, config: nodejs},
		"a script of node that is not":   {check: cmd("node", "check.js"), base: slim, config: nodejs, want: []string{"/app/check.js, which node is to run, is not in it"}},
		"node along no PATH":             {check: cmd("node", "-e", "1"), base: []string{"nodejs/bin/node"}, want: []string{`it has /nodejs/bin/node`, `[]string{"CMD", "/nodejs/bin/node", …}`}},
		"a base that ran its shell":      {check: shell("exit 0"), base: []string{"x"}, config: steps("RUN /bin/sh -c apt-get update")},
		"a base that ran nothing":        {check: shell("exit 0"), base: []string{"x"}, config: steps(`/bin/sh -c #(nop)  CMD ["x"]`), want: []string{"/bin/sh, which it executes"}},
		"none":                           {check: nil},
	} {
		t.Run(name, func(t *testing.T) {
			if c.tree == nil {
				c.tree = files{"run": "x"}
			}
			spec := folderOf(t, c.tree, image.Spec{})
			if c.base != nil {
				spec.Base = base(t, c.base, c.config)
			}
			cache := openCache(t, t.TempDir())
			for range 2 { // what is remembered of the base says the same
				built := mustBuild(t, spec, image.Options{Cache: cache})
				found, err := built.HealthCheck(t.Context(), c.check)
				must(t, err)
				told(t, found, c.want)
				if name == "a base that ran its shell" || c.config.Config.Env != nil && c.want == nil {
					continue // what such a base says of itself is not there
				}
				found, err = image.HealthCheckable(t.Context(), built, c.check, cache)
				must(t, err)
				told(t, found, c.want)
			}
		})
	}
}

func told(t *testing.T, found *image.NotStartable, want []string) {
	t.Helper()
	if (found == nil) != (len(want) == 0) {
		t.Fatalf("got %+v", found)
	}
	for _, w := range want {
		if text := found.Reason + " " + strings.Join(found.Next, " "); !strings.Contains(text, w) {
			t.Errorf("got %q, want %q", text, w)
		}
	}
}
