package cfn

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// InUse is what tasks that run rely on in the infra stack.
type InUse struct {
	Ports     []int    // of containers, where the load balancer reaches them
	Secrets   []string // references, as task definitions have them
	Images    []string // references
	LogGroups []string // ARNs, with the :* at the end that log groups have
	Subnets   []string // ids
}

// Kept is what the infra stack goes on to have for tasks that run, though the configuration does not ask for it any more.
type Kept struct {
	Ports        []int
	Secrets      []string // ARNs
	Repositories []string // ARNs
	LogGroups    []string // ARNs
	// Zones is how many zones the network keeps; 0 where it is as many as are configured.
	Zones int
}

// Empty tells whether nothing is kept.
func (k Kept) Empty() bool {
	return len(k.Ports)+len(k.Secrets)+len(k.Repositories)+len(k.LogGroups)+k.Zones == 0
}

// Kept returns what of used the infra stack, which has these outputs, was made for and the configuration of the environment does
// not ask for any more: what would cut off tasks that run if it went. What the stack was never made for is not its business.
func (p Place) Kept(used InUse, outputs map[string]string) (Kept, error) {
	d, err := p.whole().deployment()
	if err != nil {
		return Kept{}, err
	}
	all := append([]deployment{d}, d.services...)
	has := provided(outputs)
	var k Kept
	for _, port := range used.Ports {
		if !slices.Contains(d.taskPorts(), port) && slices.Contains(has, fmt.Sprintf("port=%d", port)) {
			k.Ports = append(k.Ports, port)
		}
	}
	granted := grantedSecrets(d.Environment.AllSecrets())
	for _, arn := range grantedSecrets(numberedSecrets(used.Secrets)) {
		if !slices.Contains(granted, arn) && slices.Contains(has, secretRequirement(arn)) {
			k.Secrets = append(k.Secrets, arn)
		}
	}
	for _, image := range used.Images {
		arn := RepositoryOf(image)
		wanted := slices.ContainsFunc(all, func(d deployment) bool {
			return slices.Contains(d.Environment.SidecarRepositories(), arn) || strings.HasSuffix(arn, ":repository/"+d.Names.Repository)
		})
		name, _, _ := strings.Cut(image, "@")
		had := slices.Contains(has, repositoryRequirement(arn)) || isOutput(outputs, OutputRepositoryURI, name)
		if arn != "" && !wanted && had {
			k.Repositories = append(k.Repositories, arn)
		}
	}
	for _, arn := range used.LogGroups {
		name, ok := strings.CutPrefix(strings.TrimSuffix(parseARN(arn).resource, ":*"), "log-group:")
		wanted := slices.ContainsFunc(all, func(d deployment) bool { return d.Names.LogGroup == name })
		if ok && !wanted && (slices.Contains(has, logsRequirement(arn)) || isOutput(outputs, OutputLogGroup, name)) {
			k.LogGroups = append(k.LogGroups, arn)
		}
	}
	k.Zones = d.keptZones(used.Subnets, outputs)
	slices.Sort(k.Ports)
	k.Ports = slices.Compact(k.Ports)
	k.Secrets, k.Repositories, k.LogGroups = distinct(k.Secrets), distinct(k.Repositories), distinct(k.LogGroups)
	return k, nil
}

// keptZones are those of a network that has fewer in the configuration than tasks are in.
func (d deployment) keptZones(used []string, outputs map[string]string) int {
	if d.Environment.Network.brought() {
		return 0
	}
	known := strings.Split(outputs[OutputPrivateSubnets], ",") // in the order of the zones
	most := 0
	for _, id := range used {
		if zone := slices.Index(known, id); zone >= 0 {
			most = max(most, zone+1)
			continue
		}
		for _, one := range provided(outputs) { // kept already, and so not among the subnets of new tasks
			if text, ok := strings.CutPrefix(one, "zones="); ok {
				n, _ := strconv.Atoi(text)
				most = max(most, n)
			}
		}
	}
	if most <= d.Environment.Network.Zones {
		return 0
	}
	return most
}

// Leftovers are what an infra stack with these outputs still has and the configuration of the environment does not ask for, in
// words: it was kept for tasks that have gone since, or that run.
func (p Place) Leftovers(outputs map[string]string) ([]string, error) {
	d, err := p.whole().deployment()
	if err != nil {
		return nil, err
	}
	wanted := d.requirements()
	for _, s := range d.services {
		wanted = append(wanted, s.requirements()...)
	}
	words := map[string]string{"secret": "a secret's grant", "image": "a repository's grant", "logs": "a log group's grant"}
	var left []string
	for _, one := range provided(outputs) {
		if slices.Contains(wanted, one) {
			continue
		}
		kind, value, _ := strings.Cut(one, "=")
		text := words[kind]
		switch kind {
		case "port":
			text = "port " + value
		case "zones":
			text = "the subnets of zones beyond " + strconv.Itoa(d.Environment.Network.Zones)
		}
		if text != "" && !slices.Contains(left, text) {
			left = append(left, text)
		}
	}
	return left, nil
}

// provided are what the infra stack was made for, by its outputs: of every service.
func provided(outputs map[string]string) []string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(outputs)) {
		if strings.HasSuffix(name, OutputProvides) {
			all = append(all, strings.Split(outputs[name], ",")...)
		}
	}
	return slices.DeleteFunc(all, func(one string) bool { return one == "port=none" })
}

// isOutput tells whether one of the outputs of a kind, of any service, has the value.
func isOutput(outputs map[string]string, kind, value string) bool {
	for name, v := range outputs {
		if strings.HasSuffix(name, kind) && v == value {
			return true
		}
	}
	return false
}

// requirements of what is kept, by which the next deployment knows it.
func (k Kept) requirements() []string {
	var list []string
	for _, port := range k.Ports {
		list = append(list, fmt.Sprintf("port=%d", port))
	}
	for _, arn := range k.Secrets {
		list = append(list, secretRequirement(arn))
	}
	for _, arn := range k.Repositories {
		list = append(list, repositoryRequirement(arn))
	}
	for _, arn := range k.LogGroups {
		list = append(list, logsRequirement(arn))
	}
	if k.Zones > 0 {
		list = append(list, fmt.Sprintf("zones=%d", k.Zones))
	}
	return list
}

func logsRequirement(arn string) string { return "logs=" + shortened(arn) }

// numberedSecrets gives references names that do not matter.
func numberedSecrets(references []string) map[string]string {
	all := map[string]string{}
	for i, r := range references {
		all[strconv.Itoa(i)] = r
	}
	return all
}
