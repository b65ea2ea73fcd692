package ecs

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/program"
	"github.com/bellyfed/splitecs/magefiles/internal/argv"
)

// execution of a container of the task with an image.
func (s *Service) execution(t *taskRecord, c *containerDefinition, image Image) program.Execution {
	given, environment := c.Command, []keyValuePair(nil)
	for _, o := range t.Task.Overrides.ContainerOverrides {
		if o.Name == c.Name {
			environment = o.Environment
			if len(o.Command) > 0 {
				given = o.Command
			}
		}
	}
	e := program.Execution{Asked: len(c.EntryPoint)+len(given) > 0}
	if image.Assumed && len(c.EntryPoint) == 0 {
		return e
	}
	e.Vector = argv.Of(c.EntryPoint, given, image.EntryPoint, image.Command)
	ofImage := len(c.EntryPoint) == 0 && len(e.Vector) > 0
	e.Endless = ofImage && (!argv.PassesOn(image.EntryPoint) || len(given) == 0)
	name := s.privateName(t.IP)
	e.Alone = readsHostname(image, e.Vector) && environmentOf(image.Environment, name, c, environment)["HOSTNAME"] == name
	return e
}

// privateName of an address, which is the host's name in a task that has it.
// https://docs.aws.amazon.com/vpc/latest/userguide/vpc-dns.html
func (s *Service) privateName(ip string) string {
	return "ip-" + strings.ReplaceAll(ip, ".", "-") + "." + s.acct.Region + ".compute.internal"
}

// environmentOf is what a container's program finds in its environment, the later over the earlier: what the image
// says; HOSTNAME, which Fargate's runtime sets; the task definition's variables and secrets; an override's. The value of
// a secret is not looked at, only that it is there. Pure.
// https://github.com/vercel/next.js/issues/58657, https://github.com/aws/containers-roadmap/issues/1325
func environmentOf(image []string, hostname string, c *containerDefinition, override []keyValuePair) map[string]string {
	all := map[string]string{}
	for _, pair := range image {
		name, value, _ := strings.Cut(pair, "=")
		all[name] = value
	}
	all["HOSTNAME"] = hostname
	for _, v := range c.Secrets {
		all[v.Name] = ""
	}
	for _, v := range slices.Concat(c.Environment, override) {
		all[v.Name] = v.Value
	}
	return all
}

// programLabel is the label by which an image made by splitecs says what its program is, as JSON.
const programLabel = "io.github.bellyfed.splitecs.program"

// readsHostname tells whether a program listens where its variable HOSTNAME says, and its command does not set that
// itself: the server of a Next.js build. Where the image does not say so, it is told by the command and by HOSTNAME in
// the image. Pure. https://nextjs.org/docs/app/api-reference/config/next-config-js/output
func readsHostname(image Image, vector []string) bool {
	for _, word := range vector {
		if strings.Contains(word, "HOSTNAME=") {
			return false
		}
	}
	var program struct{ Framework string }
	if text := image.Labels[programLabel]; text != "" && json.Unmarshal([]byte(text), &program) == nil && program.Framework != "" {
		return program.Framework == "nextjs" && isNext(vector)
	}
	sets := slices.ContainsFunc(image.Environment, func(pair string) bool { return strings.HasPrefix(pair, "HOSTNAME=") })
	return sets && isNext(vector)
}

// isNext tells whether a vector ends as that of a Next.js server does: … server.js, … next start.
func isNext(vector []string) bool {
	n := len(vector)
	if n == 0 {
		return false
	}
	base := func(word string) string { return word[strings.LastIndex(word, "/")+1:] }
	return base(vector[n-1]) == "server.js" || n > 1 && base(vector[n-2]) == "next" && vector[n-1] == "start"
}
