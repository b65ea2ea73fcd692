package preflight

import (
	"fmt"
	"slices"
	"strings"
)

var runningChecks = []check{
	{Description{
		Name: "cluster", Finds: "a cluster that is not there, or lacks a capacity provider of the service", Permissions: []string{"ecs:DescribeClusters"},
	}, checkCluster},
	{Description{
		Name:        "running service",
		Finds:       "a service that was deleted outside of its stack; one that listens on a port where the load balancer is not let in any more, or is in subnets that the infra stack has not (warning)",
		Permissions: []string{"ecs:DescribeServices"},
	}, checkRunning},
	{Description{
		Name:        "service stack",
		Finds:       "what else the service stack has made and was taken away outside of it: auto-scaling, a policy or a schedule of it, the revision (warning)",
		Permissions: []string{"application-autoscaling:DescribeScalableTargets", "application-autoscaling:DescribeScalingPolicies", "application-autoscaling:DescribeScheduledActions", "ecs:DescribeTaskDefinition", "cloudformation:DescribeStackResources"},
	}, checkDeleted},
}

func checkCluster(f Facts) []Finding {
	what := "cluster " + f.Wanted.Cluster
	switch f.Cluster.State {
	case Absent:
		return []Finding{{Level: Error, What: what, Why: "is not there", Next: f.Wanted.infraDeploy()}}
	case Known:
	default:
		return f.Cluster.unknown(what)
	}
	var missing []string
	for _, p := range f.Wanted.CapacityProviders {
		if !slices.Contains(f.Cluster.Value.CapacityProviders, p) {
			missing = append(missing, p)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return []Finding{{
		Level: Error, What: what, Why: "does not have the capacity providers " + strings.Join(missing, ", ") + ", with which the service starts its tasks", Next: f.Wanted.infraDeploy(),
	}}
}

func checkRunning(f Facts) []Finding {
	what := "service " + f.Wanted.Service
	switch f.Service.State {
	case Absent:
		if f.Wanted.Stack == "" {
			return nil // there is to be one, and there was none yet
		}
		return []Finding{{
			Level: Error, What: what, Why: "was deleted outside of its stack " + f.Wanted.Stack,
			Next: "go tool mage service:deploy " + f.Wanted.Place + "   # makes it again",
		}}
	case Known:
	default:
		return f.Service.unknown(what)
	}
	var all []Finding
	add := func(format string, args ...any) {
		all = append(all, Finding{Level: Warning, What: what, Why: fmt.Sprintf(format, args...), Next: "go tool mage service:deploy " + f.Wanted.Place})
	}
	s := f.Service.Value
	ingress, _ := f.rulesOf(s.SecurityGroups)
	for _, b := range f.Balancers.Value {
		for _, port := range s.Ports {
			if f.Groups.State == Known && len(b.SecurityGroups) > 0 && port != f.Wanted.Port && !admit(ingress, port, b.SecurityGroups) {
				add("listens on port %d, where load balancer %s is not let in: no request reaches it", port, b.Name)
			}
		}
	}
	for _, id := range s.Subnets {
		if !slices.Contains(f.Wanted.Subnets, id) {
			add("has tasks in subnet %s, which is not among those of the infra stack", id)
		}
	}
	if s.TargetGroup != "" && s.TargetGroup != f.Wanted.TargetGroup {
		add("registers with target group %s, which is not that of the infra stack: no request reaches it", nameOf(s.TargetGroup))
	}
	return all
}

func checkDeleted(f Facts) []Finding {
	if f.Service.State == Absent {
		return nil // everything is made again with it
	}
	var all []Finding
	for _, d := range f.Deleted.Value {
		if d.Revision == "" || d.Revision != f.Running.Value.Name { // which is told with what it means for what runs
			all = append(all, Finding{Level: Warning, What: d.What, Why: d.Why, Next: d.Next, Unseen: true})
		}
	}
	return append(all, f.Deleted.unknown("what stack "+f.Wanted.Stack+" has made")...)
}
