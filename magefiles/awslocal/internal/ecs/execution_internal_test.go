package ecs

import (
	"strings"
	"testing"
)

// The runtime's HOSTNAME stands over the image's, and under whatever the task says.
func TestEnvironmentOf(t *testing.T) {
	pair := func(value string) []keyValuePair { return []keyValuePair{{"HOSTNAME", value}} }
	for name, c := range map[string]struct {
		image      []string
		container  containerDefinition
		override   []keyValuePair
		name, want string
	}{
		"the runtime's":            {name: "HOSTNAME", want: "ip-10-0-1-2"},
		"over the image's":         {image: []string{"HOSTNAME=0.0.0.0"}, name: "HOSTNAME", want: "ip-10-0-1-2"},
		"under the definition's":   {image: []string{"HOSTNAME=a"}, container: containerDefinition{Environment: pair("b")}, name: "HOSTNAME", want: "b"},
		"under a secret":           {container: containerDefinition{Secrets: []secret{{Name: "HOSTNAME"}}}, name: "HOSTNAME"},
		"under an override's":      {container: containerDefinition{Environment: pair("b")}, override: pair("c"), name: "HOSTNAME", want: "c"},
		"another of the image":     {image: []string{"PATH=/bin", "A=b=c"}, name: "A", want: "b=c"},
		"another of the task":      {image: []string{"A=1"}, container: containerDefinition{Environment: []keyValuePair{{"A", "2"}}}, name: "A", want: "2"},
		"what nobody gives a name": {name: "B"},
	} {
		if got := environmentOf(c.image, "ip-10-0-1-2", &c.container, c.override)[c.name]; got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestReadsHostname(t *testing.T) {
	label := func(framework string) map[string]string {
		return map[string]string{programLabel: `{"framework":"` + framework + `"}`}
	}
	sets := []string{"PATH=/bin", "HOSTNAME=0.0.0.0"}
	for name, c := range map[string]struct {
		image  Image
		vector string
		want   bool
	}{
		"Next.js by its label":                     {Image{Labels: label("nextjs")}, "node server.js", true},
		"Next.js in a monorepo":                    {Image{Environment: sets}, "node /app/apps/web/server.js", true},
		"by its command and variable":              {Image{Environment: sets}, "node server.js", true},
		"next start":                               {Image{Environment: sets}, "/app/node_modules/.bin/next start", true},
		"a server that is not Next.js":             {Image{}, "node server.js", false},
		"another framework":                        {Image{Labels: label("nuxt"), Environment: sets}, "node server.js", false},
		"a worker of the image":                    {Image{Labels: label("nextjs"), Environment: sets}, "node worker.js", false},
		"a command that sets it":                   {Image{Labels: label("nextjs")}, `node --import data:text/javascript,process.env.HOSTNAME="0.0.0.0" server.js`, false},
		"a command that sets it by env":            {Image{Environment: sets}, "env HOSTNAME=0.0.0.0 node server.js", false},
		"a label that is no JSON, and no HOSTNAME": {Image{Labels: map[string]string{programLabel: "next"}}, "node server.js", false},
		"nothing": {Image{Environment: sets}, "", false},
	} {
		if got := readsHostname(c.image, strings.Fields(c.vector)); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
