package preflight_test

import (
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/preflight"
)

// A command behind an entry point that swallows it is told as it will be executed.
func TestACommandThatTheEntryPointSwallows(t *testing.T) {
	for name, c := range map[string]struct {
		image, command, given string // entry point of the image; command and entry point of the task definition
		runs                  string // empty: there is no warning
	}{
		"a worker":            {image: "node server.js", command: "node worker.js", runs: "node server.js node worker.js"},
		"another program":     {image: "/app/shop", command: "/app/migrate up", runs: "/app/shop /app/migrate up"},
		"no entry point":      {command: "node worker.js"},
		"an init":             {image: "tini --", command: "node worker.js"},
		"a script":            {image: "docker-entrypoint.sh", command: "node worker.js"},
		"arguments":           {image: "/app/shop", command: "--port=3000 serve"},
		"no command":          {image: "node server.js"},
		"a given entry point": {image: "node server.js", given: "node", command: "worker.js"},
	} {
		f := good()
		f.Image.Value.EntryPoint, f.Wanted.Command, f.Wanted.EntryPoint = strings.Fields(c.image), strings.Fields(c.command), strings.Fields(c.given)
		findings := preflight.Check(f)
		if c.runs == "" {
			if len(findings) > 0 {
				t.Errorf("%s: %v", name, findings)
			}
			continue
		}
		if len(findings) != 1 || findings[0].Level != preflight.Warning || findings[0].Check != "command" || !strings.Contains(findings[0].Why, "executed is "+c.runs+":") {
			t.Errorf("%s: %v", name, findings)
		}
	}
}

func TestACommandOfAnImageThatIsNotKnown(t *testing.T) {
	f := good()
	f.Image, f.Wanted.Command = denied[preflight.Image]("ecr:BatchGetImage"), []string{"node", "worker.js"}
	if findings := preflight.Check(f); preflight.Count(findings, preflight.Warning) != 0 {
		t.Error(findings)
	}
}
