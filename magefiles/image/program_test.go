package image_test

import (
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/bellyfed/splitecs/magefiles/image"
)

// Images of others show a Next.js server in many ways, and other programs do not.
func TestLooksLikeNextJS(t *testing.T) {
	step := func(text string) []v1.History { return []v1.History{{CreatedBy: text}} }
	for name, c := range map[string]struct {
		config v1.Config
		steps  []v1.History
		want   bool
	}{
		"nothing":                           {},
		"a program":                         {config: v1.Config{Entrypoint: []string{"/app/server"}}},
		"another server.js":                 {config: v1.Config{Cmd: []string{"node", "server.js"}, Env: []string{"NODE_ENV=production", "PORT=3000"}}},
		"a program called next":             {config: v1.Config{Cmd: []string{"/usr/bin/nextcloud", "start"}}},
		"next start":                        {config: v1.Config{Cmd: []string{"next", "start"}}, want: true},
		"next of its package":               {config: v1.Config{Cmd: []string{"node_modules/.bin/next", "start", "-p", "80"}}, want: true},
		"in a shell":                        {config: v1.Config{Entrypoint: []string{"sh", "-c", "npx next start -H 0.0.0.0"}}, want: true},
		"entry point and command":           {config: v1.Config{Entrypoint: []string{"/app/node_modules/.bin/next"}, Cmd: []string{"start"}}, want: true},
		"server.js with HOSTNAME":           {config: v1.Config{Cmd: []string{"node", "apps/web/server.js"}, Env: []string{"HOSTNAME=0.0.0.0"}}, want: true},
		"no telemetry":                      {config: v1.Config{Cmd: []string{"npm", "start"}, Env: []string{"NEXT_TELEMETRY_DISABLED=1"}}, want: true},
		"copied from a standalone build":    {config: v1.Config{Cmd: []string{"npm", "start"}}, steps: step("COPY /app/.next/standalone ./ # buildkit"), want: true},
		"server.js in a shell":              {config: v1.Config{Cmd: []string{"/bin/sh", "-c", "exec node server.js"}, Env: []string{"HOSTNAME=0.0.0.0"}}, want: true},
		"copied from a whole build":         {config: v1.Config{Cmd: []string{"npm", "start"}}, steps: step("COPY /app/.next ./.next # buildkit"), want: true},
		"copied from something else":        {config: v1.Config{Cmd: []string{"npm", "start"}}, steps: step("COPY /app/.nextcloud ./data.next # buildkit")},
		"another program's volumes":         {config: v1.Config{Entrypoint: []string{"/app/shop"}}, steps: step("COPY volumes /tmp, /app/.next/cache")},
		"an image made here by older means": {config: v1.Config{Entrypoint: []string{"node", "server.js"}}, steps: step("COPY static /app/.next/static"), want: true},
	} {
		if got := image.LooksLikeNextJS(&v1.ConfigFile{Config: c.config, History: c.steps}); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
