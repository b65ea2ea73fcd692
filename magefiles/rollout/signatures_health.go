package rollout

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// healthSignatures are programs that run and are not healthy.
var healthSignatures = []signature{
	{
		name: "health-redirect", says: []string{"codes: [3"},
		what:   "the health check is answered with a redirect",
		detail: checked, likely: ofHealth,
		advice: "let HealthCheckPath name a page that answers 200 itself, without a redirect to a sign-in, a language or HTTPS",
		look:   lookTargets, page: pageHealth,
	},
	{
		name: "health-denied", says: []string{"codes: [401|codes: [403"},
		what:   "the health check is refused: it would have to sign in",
		detail: checked, likely: ofHealth,
		advice: "let HealthCheckPath name a page that anybody may read",
		look:   lookTargets, page: pageHealth,
	},
	{
		name: "health-not-found", says: []string{"codes: [4"},
		what:   "the program does not know the health check's path",
		detail: checked, likely: ofHealth,
		advice: "serve the path, or let HealthCheckPath name one that is served; a program that expects another Host header answers 400 or 404 too",
		look:   lookTargets, page: pageHealth,
	},
	{
		name: "health-error", says: []string{"codes: [5"},
		what:   "the program answers the health check with an error",
		detail: checked, likely: ofHealth,
		advice: "SPLITECS_TASK=stopped go tool mage service:logs {env}   # the container's last lines; a health check that asks a database fails with it",
		look:   lookLog, page: pageHealth,
	},
	{
		name: "health-code", says: []string{"codes: ["},
		what:   "the health check is answered with another code",
		detail: checked, likely: ofHealth,
		advice: "let the path answer 200",
		look:   lookTargets, page: pageHealth,
	},
	{
		name: "health-timeout", says: []string{"Request timed out|Target.Timeout"},
		what:   "the health check gets no answer in time",
		detail: checked, likely: ofHealth,
		advice: "answer the health check without waiting for others; let the load balancer's security group reach the container's port; more CPU where the program is busy",
		look:   lookTargets, page: pageHealth,
	},
	{
		name: "loopback", says: []string{refused}, when: onLoopback, sees: "the log says that it listens on 127.0.0.1 or localhost",
		what:   "the program listens on the container's loopback address only",
		detail: clue.listening, likely: ofHealth,
		advice: "listen on 0.0.0.0; for Next.js set the variable HOSTNAME to 0.0.0.0 in Container.Variables, for what the image says does not count",
		look:   lookLog, page: pageBalancers,
	},
	{
		name: "wrong-port", says: []string{refused}, when: onOtherPort, sees: "the log says that it listens on another port",
		what:   "the program listens on another port than the load balancer asks",
		detail: func(c clue) string { return c.listening() + "; the load balancer asks port " + c.port() }, likely: ofHealth,
		advice: "set Container.Port to the program's port, or the program's (often the variable PORT) to Container.Port",
		look:   lookLog, page: pageBalancers,
	},
	{
		name: "slow-start", says: []string{refused}, when: func(c clue) bool { return slices.Contains(c.ports(), c.port()) }, sees: "the log says that it listens on the right port",
		what: "the program began to listen too late",
		detail: func(c clue) string {
			return fmt.Sprintf("%s; the grace period is %.0f s", c.listening(), c.seen.Check.Grace.Seconds())
		}, likely: ofHealth,
		advice: "raise Container.StartPeriod above the time that the start takes, give it more CPU, or start faster",
		look:   lookLog, page: pageBalancers,
	},
	{
		name: "no-answer", says: []string{refused},
		what:   "nothing answers on the container's port",
		detail: checked, likely: ofHealth,
		advice: "let the program listen on 0.0.0.0 and Container.Port; where its start takes longer than the grace period, raise Container.StartPeriod",
		look:   lookLog, page: pageBalancers,
	},
	{
		name: "target-unused", says: []string{"Target.NotInUse|Target.NotRegistered|TARGET GROUP IS NOT FOUND|TARGET IS NOT FOUND|not configured to receive traffic"},
		what:   "the target group is not the load balancer's any more",
		advice: "deploy the infra stack, which owns listener and target group: go tool mage infra:deploy {env}",
		look:   lookTargets, page: pageEvents,
	},
	{
		name: "target-refused", says: []string{"failed to register targets"}, source: fromEvent,
		what:   "tasks cannot be registered with the target group",
		advice: "deploy the infra stack, which owns the target group: go tool mage infra:deploy {env}",
		look:   lookService, page: pageEvents,
	},
	{
		name: "own-address", source: fromTask, says: []string{"container health checks"}, when: onOwnAddress,
		sees:   "the log says that it listens on `ip-…` or the task's address alone",
		what:   "the program listens on the task's own address only, where the container's health check does not ask",
		detail: func(c clue) string { return c.listening() + after(c.task) }, likely: ofHealth,
		advice: "set the variable HOSTNAME to 0.0.0.0 in Container.Variables: Fargate's runtime sets it to the task's own name, over what the image says",
		look:   lookLog, page: guide + "healthcheck.html",
	},
	{
		name: "container-unhealthy", source: fromTask, says: []string{"container health checks"},
		what:   "the container's own health check failed",
		detail: func(c clue) string { return c.task.Reason + after(c.task) }, likely: ofHealth,
		advice: "run Container.HealthCheckCommand inside the image: its program (curl, wget) has to be there, and the port has to be right",
		look:   lookDefinition, page: guide + "healthcheck.html",
	},
	{
		name: "target-unhealthy", says: []string{"ELB health checks|is unhealthy in"},
		what:   "the load balancer's health check failed",
		detail: checked, likely: ofHealth,
		advice: "let HealthCheckPath answer 200 on the container's port within the start period",
		look:   lookTargets, page: pageHealth,
	},
}

// refused are the words for a connection that was refused: a failed health check without a code.
const refused = "Target.FailedHealthChecks|Health checks failed"

func ofHealth(_ clue, c Change) bool {
	switch c.Kind {
	case Port, HealthCheck, Command, EntryPoint, CPU, Image:
		return true
	case Variable, Secret:
		return c.Was || c.Name == "PORT" || c.Name == "HOSTNAME"
	}
	return false
}

// checked is what was asked and what came of it.
func checked(c clue) string {
	words := c.text
	if c.source == fromTask {
		words = c.seen.health(c.task)
		if words == "" {
			words = c.task.Reason
		}
		words += after(c.task)
	}
	k := c.seen.Check
	if k.Path == "" {
		return words
	}
	return fmt.Sprintf("%s; asked is %s, healthy is %s within %.0f s, and failures are forgiven for %.0f s",
		words, k.Path, k.Codes, k.Timeout.Seconds(), k.Grace.Seconds())
}

// listens is a line by which a program says where it listens.
var (
	listens  = lazyregexp.New(`(?i)\b(?:listening|listens|started server|ready|running|serving|local:|network:).*(?::|\bport[ =]+)(80|443|\d{4,5})\b`)
	loopback = lazyregexp.New(`(?i)127\.0\.0\.1|localhost|\[::1\]`)
	anywhere = lazyregexp.New(`(?i)0\.0\.0\.0|\[::\]|\bnetwork:`)
)

// listening is the last line by which the program says where it listens; empty where none does.
func (c clue) listening() string {
	said := ""
	for line := range strings.Lines(c.log) {
		if listens.MatchString(line) {
			said = strings.TrimSpace(line)
		}
	}
	return said
}

// ports that the program says it listens on.
func (c clue) ports() []string {
	var list []string
	for line := range strings.Lines(c.log) {
		if m := listens.FindStringSubmatch(line); m != nil {
			list = append(list, m[1])
		}
	}
	return list
}

func onLoopback(c clue) bool {
	return loopback.MatchString(c.listening()) && !anywhere.MatchString(c.log)
}

// ownName is how the names of private addresses begin. https://docs.aws.amazon.com/vpc/latest/userguide/vpc-dns.html
var ownName = lazyregexp.New(`(?i)\bip-\d+-\d+-\d+-\d+\b`)

func onOwnAddress(c clue) bool {
	said := c.listening()
	own := ownName.MatchString(said) || c.task.Address != "" && strings.Contains(said, c.task.Address)
	return own && !strings.Contains(c.log, "0.0.0.0") && !strings.Contains(c.log, "[::]")
}

func onOtherPort(c clue) bool {
	ports := c.ports()
	return len(ports) > 0 && c.port() != "" && !slices.Contains(ports, c.port())
}

// asked is the port in a service's event.
var asked = lazyregexp.New(`\(port (\d+)\)`)

// port that the load balancer asks; empty where that was not seen.
func (c clue) port() string {
	for _, t := range c.seen.Targets {
		return t.Address[strings.LastIndex(t.Address, ":")+1:]
	}
	for _, event := range c.seen.Events {
		if m := asked.FindStringSubmatch(event); m != nil {
			return m[1]
		}
	}
	return ""
}
