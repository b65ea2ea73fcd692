package cfn

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// Limits of services on one infra stack: how many the size of its template has room for, and those of a listener rule.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html
const (
	mostServices  = 10
	mostPaths     = 5
	mostWildcards = 6
	lastPriority  = 50_000
)

// pathPattern is what a path condition takes, up to 128 characters.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html#path-conditions
var pathPattern = lazyregexp.New("^/[A-Za-z0-9_.$/~\"'@:+&*?-]{0,127}$")

// services checks those of an environment beside the application's own.
func (v *validator) services(a App, env string, e Environment) {
	if len(e.Services) > mostServices {
		v.add("Services", "%d are too many for one infra stack: use at most %d", len(e.Services), mostServices)
	}
	ids, priorities, paths := map[string]string{}, map[int]string{}, map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(e.Services)) {
		s := e.Services[name]
		v.within(fmt.Sprintf("Services[%q]", name), func() {
			if !environmentPattern.MatchString(name) {
				v.add("", "is not a name: lower-case letters, digits and inner hyphens, beginning with a letter")
				return
			}
			v.serviceNames(a, env, name)
			if other, taken := ids[pascal(name)]; taken {
				v.add("", "gives its resources the same names as service %q", other)
			}
			ids[pascal(name)] = name
			v.path += "."
			v.within("Container.", func() { v.container(s.Container) })
			v.paths(s)
			if other, taken := priorities[s.Priority]; taken && s.Priority != 0 {
				v.add("Priority", "%d is that of service %q as well", s.Priority, other)
			}
			priorities[s.Priority] = name
			for i, path := range s.Paths {
				if other, taken := paths[path]; taken {
					v.add(fmt.Sprintf("Paths[%d]", i), "%q goes to service %q already", path, other)
				}
				paths[path] = name
			}
			v.serviceTask(s, e)
			v.sidecars(e.of(s), a.names(env, name).Container)
			v.size(s.Container, e.of(s))
		})
	}
}

// serviceNames checks that no other service, of whatever environment, has one of the names.
func (v *validator) serviceNames(a App, env, name string) {
	n := a.names(env, name)
	if len(n.ServiceStack) > longestStackName {
		v.add("", "is too long: stack name %s has %d characters, %d are allowed", n.ServiceStack, len(n.ServiceStack), longestStackName)
	}
	for _, other := range a.EnvironmentNames() {
		declared, _ := a.declared(other)
		for _, service := range declared.serviceNames() {
			taken, theirs := placeText(other, service), a.names(other, service)
			if taken != placeText(env, name) && (theirs.ServiceStack == n.ServiceStack || theirs.Family == n.Family || theirs.LogGroup == n.LogGroup) {
				v.add("", "would have names in AWS that %s has: call it otherwise", taken)
			}
		}
	}
}

// paths checks which requests come to a service.
func (v *validator) paths(s AdditionalService) {
	wildcards := 0
	for i, path := range s.Paths {
		wildcards += strings.Count(path, "*") + strings.Count(path, "?")
		if !pathPattern.MatchString(path) {
			v.add(fmt.Sprintf("Paths[%d]", i), `%q is not a path such as /api/*: it begins with a slash, and has letters, digits and _-.$/~"'@:+&*? in at most 128 characters`, path)
		}
	}
	if len(s.Paths) > mostPaths {
		v.add("Paths", "%d are too many for one listener rule: use at most %d", len(s.Paths), mostPaths)
	}
	if wildcards > mostWildcards {
		v.add("Paths", "have %d wildcards: use at most %d", wildcards, mostWildcards)
	}
	switch {
	case s.worker() && s.Priority != 0:
		v.add("Priority", "is for Paths, and there are none")
	case !s.worker() && (s.Priority < 1 || s.Priority > lastPriority):
		v.add("Priority", "%d is out of range: with Paths, from 1 to %d", s.Priority, lastPriority)
	}
}

// serviceTask checks what a service lays over its environment.
func (v *validator) serviceTask(s AdditionalService, e Environment) {
	if s.Image != nil {
		v.within("Image.", func() { v.image(*s.Image) })
	}
	own := e.of(s)
	if s.CPU != 0 || s.Memory != 0 {
		if field, message := checkFargateSize(own.CPU, s.Memory); field != "" {
			v.add(field, "%s", message)
		}
	}
	if s.MinTasks != 0 || s.MaxTasks != 0 {
		v.bounds(own.MinTasks, own.MaxTasks)
	}
	if s.worker() && s.Scaling.RequestsPerTask != 0 {
		v.add("Scaling.RequestsPerTask", "is for Paths, and there are none")
	}
	if s.Scaling.given() {
		v.policies(own)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Container.Variables)) {
		if _, ok := e.Secrets[name]; ok {
			v.add(fmt.Sprintf("Container.Variables[%q]", name), "is a secret of the environment as well")
		}
	}
	v.secrets(Environment{Secrets: s.Secrets, Variables: own.Variables, Region: e.Region})
}

// infraSizes checks that the infra template of a valid application has room for its services: how many that are
// depends on names, paths, zones and secrets.
func (v *validator) infraSizes(a App) {
	for _, env := range slices.Sorted(maps.Keys(a.Environments)) {
		if len(a.Environments[env].Services) == 0 {
			continue
		}
		t, err := a.at(env, "", a.Environments[env]).unchecked().infra()
		if err == nil {
			_, err = Render(t)
		}
		if err != nil {
			v.add(fmt.Sprintf("Environments[%q].Services", env), "are too large for one infra stack: %v; use fewer, or shorter names, paths and lists of secrets", err)
		}
	}
}
