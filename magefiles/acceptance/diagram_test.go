package acceptance_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// diagram is both stacks of dev: what a resource needs of others, and what the service stack takes from the outputs
// of the infra stack. Resources that are there once for each zone are one box.
func diagram(t *testing.T) string {
	numbered := regexp.MustCompile(`\d+$`)
	short := func(name string) string { return numbered.ReplaceAllString(name, "") }
	infra, service := golden(t, "dev", "infra"), golden(t, "dev", "service")
	arrows := map[string]bool{}
	box := func(prefix string, made template) string {
		count := map[string]int{}
		kind := map[string]string{}
		for name, r := range made.Resources {
			count[short(name)]++
			kind[short(name)] = strings.TrimPrefix(r.Type, "AWS::")
			refers(r.Properties, func(other string) {
				if _, ok := made.Resources[other]; ok && short(other) != short(name) {
					arrows[fmt.Sprintf("  %s%s --> %s%s\n", prefix, short(name), prefix, short(other))] = true
				}
			})
		}
		var lines strings.Builder
		for _, name := range slices.Sorted(maps.Keys(count)) {
			times := ""
			if count[name] > 1 {
				times = fmt.Sprintf(" × %d", count[name])
			}
			fmt.Fprintf(&lines, "    %s%s[\"%s%s<br><small>%s</small>\"]\n", prefix, name, name, times, kind[name])
		}
		return lines.String()
	}
	var d strings.Builder
	d.WriteString("```mermaid\nflowchart LR\n")
	d.WriteString("  subgraph service [\"BellyfedEcsServiceStack-dev\"]\n" + box("s", service) + "  end\n")
	d.WriteString("  subgraph infra [\"BellyfedEcsInfraStack-dev\"]\n" + box("i", infra) + "  end\n")
	for name, r := range service.Resources {
		refers(r.Properties, func(parameter string) {
			refers(infra.Outputs[parameter].Value, func(resource string) {
				arrows[fmt.Sprintf("  s%s -. %s .-> i%s\n", name, parameter, short(resource))] = true
			})
		})
	}
	for _, a := range slices.Sorted(maps.Keys(arrows)) {
		d.WriteString(a)
	}
	d.WriteString("```\n")
	return d.String()
}
