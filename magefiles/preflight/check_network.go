package preflight

import (
	"fmt"
	"slices"
	"strings"
)

var networkChecks = []check{
	{Description{
		Name: "listener", Finds: "a target group that no listener forwards to; a load balancer that is not active (warning)",
		Permissions: []string{"elasticloadbalancing:DescribeTargetGroups", "elasticloadbalancing:DescribeLoadBalancers", "elasticloadbalancing:DescribeListeners"},
	}, checkListener},
	{Description{
		Name: "security groups", Finds: "groups that do not let the load balancer reach the container's port, or the tasks reach anything over HTTPS; a load balancer that lets nobody in on a listener's port (warning)",
		Permissions: []string{"ec2:DescribeSecurityGroups", "elasticloadbalancing:DescribeLoadBalancers", "elasticloadbalancing:DescribeListeners"},
	}, checkGroups},
	{Description{
		Name: "subnets", Finds: "subnets that are not there or of another VPC; fewer than two zones (warning)", Permissions: []string{"ec2:DescribeSubnets"},
	}, checkSubnets},
	{Description{
		Name: "ways out", Finds: "subnets without a way to the repository, the logs and the secrets: neither a route to a NAT or transit gateway, nor the VPC endpoints",
		Permissions: []string{"ec2:DescribeSubnets", "ec2:DescribeRouteTables", "ec2:DescribeVpcEndpoints"},
	}, checkWays},
}

func checkListener(f Facts) []Finding {
	if f.TargetGroup.State != Known {
		return nil
	}
	if len(f.TargetGroup.Value.LoadBalancers) == 0 {
		return []Finding{{Level: Error, What: "listener", Why: "none forwards to target group " + nameOf(f.Wanted.TargetGroup), Next: f.Wanted.infraDeploy()}}
	}
	if f.Balancers.State != Known {
		return f.Balancers.unknown("load balancer")
	}
	var all []Finding
	for _, b := range f.Balancers.Value {
		if b.State != "active" {
			all = append(all, Finding{Level: Warning, What: "load balancer " + b.Name, Why: "is " + b.State, Next: "go tool mage infra:status " + f.Wanted.Environment})
		}
	}
	return all
}

// admit tells whether one of the rules lets TCP through on a port, for one of the peers or for addresses. Which
// addresses is not compared: a rule with any may be meant for the peer. Without peers any rule counts.
func admit(rules []Rule, port int, peers []string) bool {
	return slices.ContainsFunc(rules, func(r Rule) bool {
		if r.Protocol != "-1" && (r.Protocol != "tcp" || port < r.From || port > r.To) {
			return false
		}
		return len(peers) == 0 || r.Elsewhere || slices.ContainsFunc(r.Groups, func(g string) bool { return slices.Contains(peers, g) })
	})
}

// rulesOf joins the rules of groups: what one of them lets through passes.
func (f Facts) rulesOf(ids []string) (ingress, egress []Rule) {
	for _, g := range f.Groups.Value {
		if slices.Contains(ids, g.ID) {
			ingress, egress = append(ingress, g.Ingress...), append(egress, g.Egress...)
		}
	}
	return ingress, egress
}

// checkGroups: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-update-security-groups.html
func checkGroups(f Facts) []Finding {
	if f.Groups.State != Known {
		return f.Groups.unknown("security groups")
	}
	var all []Finding
	add := func(level Level, what, format string, args ...any) {
		all = append(all, Finding{Level: level, What: what, Why: fmt.Sprintf(format, args...), Next: f.Wanted.infraDeploy()})
	}
	for _, id := range f.Wanted.SecurityGroups {
		if !slices.ContainsFunc(f.Groups.Value, func(g SecurityGroup) bool { return g.ID == id }) {
			add(Error, "security group "+id, "is not there")
		}
	}
	if len(all) > 0 {
		return all
	}
	tasks := "security group " + strings.Join(f.Wanted.SecurityGroups, ", ")
	ingress, egress := f.rulesOf(f.Wanted.SecurityGroups)
	if !admit(egress, 443, nil) {
		add(Error, tasks, "lets the tasks reach nothing on port 443: no image, no logs, no secrets")
	}
	for _, b := range f.Balancers.Value {
		if len(b.SecurityGroups) == 0 {
			continue // such a load balancer lets everything through
		}
		from := strings.Join(b.SecurityGroups, ", ")
		if !admit(ingress, f.Wanted.Port, b.SecurityGroups) {
			add(Error, tasks, "does not let the load balancer (%s) in on port %d", from, f.Wanted.Port)
		}
		theirIngress, theirEgress := f.rulesOf(b.SecurityGroups)
		if !admit(theirEgress, f.Wanted.Port, f.Wanted.SecurityGroups) {
			add(Error, "security group "+from, "does not let load balancer %s out to the tasks on port %d", b.Name, f.Wanted.Port)
		}
		for _, port := range b.Ports {
			if !admit(theirIngress, port, nil) {
				add(Warning, "security group "+from, "lets nobody in on port %d, where load balancer %s listens", port, b.Name)
			}
		}
	}
	return all
}

func checkSubnets(f Facts) []Finding {
	if f.Subnets.State != Known {
		return f.Subnets.unknown("subnets")
	}
	var all []Finding
	zones := map[string]bool{}
	for _, id := range f.Wanted.Subnets {
		i := slices.IndexFunc(f.Subnets.Value, func(s Subnet) bool { return s.ID == id })
		if i < 0 {
			all = append(all, Finding{Level: Error, What: "subnet " + id, Why: "is not there", Next: f.Wanted.mendSubnets()})
			continue
		}
		s := f.Subnets.Value[i]
		if f.Wanted.VPC != "" && s.VPC != f.Wanted.VPC {
			all = append(all, Finding{Level: Error, What: "subnet " + id, Why: fmt.Sprintf("is in %s, and the security groups in %s", s.VPC, f.Wanted.VPC), Next: f.Wanted.mendSubnets()})
		}
		zones[s.Zone] = true
	}
	if len(zones) == 1 {
		all = append(all, Finding{Level: Warning, What: "subnets", Why: "all are in one zone: the service ends with it", Next: "give Environment.Network subnets of two zones"})
	}
	return all
}

// checkWays: https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html
func checkWays(f Facts) []Finding {
	if f.Subnets.State != Known {
		return nil // told by the check of the subnets
	}
	if f.RouteTables.State != Known {
		return f.RouteTables.unknown("ways out of the subnets")
	}
	var all []Finding
	for _, s := range f.Subnets.Value {
		table := f.tableOf(s.ID)
		way := table.out()
		if way == open || way == public && f.Wanted.PublicAddress {
			continue
		}
		if f.Endpoints.State != Known {
			all = append(all, f.Endpoints.unknown("ways out of subnet "+s.ID)...)
			continue
		}
		if missing := f.missing(table); len(missing) > 0 {
			why := "has no route to a NAT or transit gateway"
			if way == public {
				why = "leads to an internet gateway, which lets nothing out without a public address, and the tasks have none"
			}
			all = append(all, Finding{
				Level: Error, What: "subnet " + s.ID, Why: why + "; without one it needs VPC endpoints, and lacks those for " + strings.Join(missing, ", "),
				Next: "give Environment.Network private subnets with a way out, or " + f.Wanted.infraDeploy(),
			})
		}
	}
	return all
}

// tableOf is the route table of a subnet: its own, or the VPC's main one.
func (f Facts) tableOf(subnet string) RouteTable {
	var main RouteTable
	for _, t := range f.RouteTables.Value {
		if slices.Contains(t.Subnets, subnet) {
			return t
		}
		if t.Main {
			main = t
		}
	}
	return main
}

// way out of a subnet.
type way int

const (
	closed way = iota
	public     // for those with a public address
	open
)

// out is the way of the default route.
func (t RouteTable) out() way {
	for _, r := range t.Routes {
		if r.Destination != "0.0.0.0/0" || !r.Active {
			continue
		}
		if strings.HasPrefix(r.Target, "igw-") {
			return public
		}
		return open // a NAT or transit gateway, an appliance, a line to one's own network
	}
	return closed
}

// missing are the services that a subnet with this table reaches through no endpoint.
func (f Facts) missing(table RouteTable) []string {
	services := []string{"ecr.api", "ecr.dkr", "s3", "logs"}
	for _, text := range f.Wanted.Secrets {
		service := "secretsmanager"
		if parseReference(text).parameter {
			service = "ssm"
		}
		if !slices.Contains(services, service) {
			services = append(services, service)
		}
	}
	slices.Sort(services[4:])
	return slices.DeleteFunc(services, func(service string) bool {
		return slices.ContainsFunc(f.Endpoints.Value, func(e Endpoint) bool {
			if !e.Available || !strings.HasSuffix(e.Service, ".amazonaws."+f.Wanted.Region+"."+service) {
				return false
			}
			// Image layers come from S3, whose gateway is an entry in the route tables.
			return e.Type == "Interface" && e.PrivateDNS || e.Type == "Gateway" && slices.Contains(e.RouteTables, table.ID)
		})
	})
}
