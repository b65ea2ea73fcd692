package preflight

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
)

// Own is what an infra stack is to stand on and does not make: a network that is brought, and a certificate.
type Own struct {
	Field           string // where it stands in the App: Environments["dev"]
	VPC             string // empty: the network is made
	Public, Private []string
	Certificate     string // ARN; empty where there is none
}

// OwnFacts are what was seen of it.
type OwnFacts struct {
	Wanted      Own
	VPCs        Fact[[]string]
	Subnets     Fact[[]Subnet]
	RouteTables Fact[[]RouteTable] // of the VPC
	Certificate Fact[Certificate]
}

// Certificate of ACM.
type Certificate struct {
	Status string // ISSUED, EXPIRED, PENDING_VALIDATION …
}

// CertificatesAPI reads certificates; [ACM] has it.
type CertificatesAPI interface {
	DescribeCertificate(ctx context.Context, arn string) (Certificate, error)
}

// ReadOwn looks at what an infra stack is to stand on, and at other subnets beside. It changes nothing.
func (r Reader) ReadOwn(ctx context.Context, w Own, others []string) OwnFacts {
	f := OwnFacts{Wanted: w}
	var reads errgroup.Group
	add := func(read func()) { reads.Go(func() error { read(); return nil }) }
	if w.VPC != "" {
		add(func() {
			f.VPCs = look("ec2:DescribeVpcs", func() ([]string, error) { return r.Network.DescribeVpcs(ctx, []string{w.VPC}) })
		})
		add(func() {
			f.Subnets = look("ec2:DescribeSubnets", func() ([]Subnet, error) {
				return r.Network.DescribeSubnets(ctx, slices.Concat(w.Public, w.Private, without(others, slices.Concat(w.Public, w.Private))))
			})
		})
		add(func() {
			f.RouteTables = look("ec2:DescribeRouteTables", func() ([]RouteTable, error) { return r.Network.DescribeRouteTables(ctx, w.VPC) })
		})
	}
	if w.Certificate != "" {
		add(func() {
			f.Certificate = look("acm:DescribeCertificate", func() (Certificate, error) { return r.Certificates.DescribeCertificate(ctx, w.Certificate) })
		})
	}
	_ = reads.Wait() // no read fails: what it cannot tell is a fact, too
	return f
}

// CheckOwn judges what an infra stack is to stand on. Findings name the fields of the App. Pure.
func CheckOwn(f OwnFacts) []Finding {
	return slices.Concat(f.vpc(), f.subnets("PublicSubnetIDs", f.Wanted.Public), f.subnets("PrivateSubnetIDs", f.Wanted.Private), f.zones(), f.ways(), f.certificate())
}

// in is a field of the network.
func (w Own) in(field string) string { return w.Field + ".Network." + field }

func (f OwnFacts) vpc() []Finding {
	if f.Wanted.VPC == "" {
		return nil
	}
	what := f.Wanted.in("VPCID")
	if f.VPCs.State != Known {
		return f.VPCs.unknown(what)
	}
	if !slices.Contains(f.VPCs.Value, f.Wanted.VPC) {
		return []Finding{{Level: Error, What: what, Why: f.Wanted.VPC + " does not exist in this account and region", Next: "name a VPC that exists: " + what + " in the magefile"}}
	}
	return nil
}

// subnet is what was seen of an id.
func (f OwnFacts) subnet(id string) (Subnet, bool) {
	i := slices.IndexFunc(f.Subnets.Value, func(s Subnet) bool { return s.ID == id })
	if i < 0 {
		return Subnet{}, false
	}
	return f.Subnets.Value[i], true
}

func (f OwnFacts) subnets(field string, ids []string) []Finding {
	if len(ids) == 0 {
		return nil
	}
	if f.Subnets.State != Known {
		return f.Subnets.unknown(f.Wanted.in(field))
	}
	var all []Finding
	for i, id := range ids {
		what := fmt.Sprintf("%s[%d]", f.Wanted.in(field), i)
		wrong := func(format string, args ...any) {
			all = append(all, Finding{
				Level: Error, What: what, Why: id + " " + fmt.Sprintf(format, args...), Next: "name subnets of " + f.Wanted.VPC + ": " + f.Wanted.in(field) + " in the magefile",
			})
		}
		switch s, there := f.subnet(id); {
		case !there:
			wrong("does not exist in this account and region")
		case s.VPC != f.Wanted.VPC:
			wrong("is in %s, and VPCID is %s", s.VPC, f.Wanted.VPC)
		}
	}
	return all
}

// zones: a load balancer takes one subnet of a zone, in two zones at least, and reaches tasks in these zones alone.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#subnets-load-balancer
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html (Target.NotInUse)
func (f OwnFacts) zones() []Finding {
	if f.Wanted.VPC == "" || f.Subnets.State != Known {
		return nil
	}
	var all []Finding
	public, private, seen := map[string]string{}, map[string]bool{}, 0
	complete := true
	for i, id := range f.Wanted.Public {
		s, there := f.subnet(id)
		if complete = complete && there; !there {
			continue
		}
		if other := public[s.Zone]; other != "" {
			all = append(all, Finding{
				Level: Error, What: fmt.Sprintf("%s[%d]", f.Wanted.in("PublicSubnetIDs"), i), Why: fmt.Sprintf("%s is in zone %s, as %s is: a load balancer takes one subnet of a zone", id, s.Zone, other),
				Next: "name public subnets of different zones: " + f.Wanted.in("PublicSubnetIDs") + " in the magefile",
			})
		}
		public[s.Zone] = id
	}
	for i, id := range f.Wanted.Private {
		s, there := f.subnet(id)
		if !there {
			continue
		}
		private[s.Zone] = true
		seen++
		if complete && public[s.Zone] == "" {
			all = append(all, Finding{
				Level: Error, What: fmt.Sprintf("%s[%d]", f.Wanted.in("PrivateSubnetIDs"), i), Why: fmt.Sprintf("%s is in zone %s, where the load balancer has no subnet: no request reaches tasks there", id, s.Zone),
				Next: "name a public subnet of zone " + s.Zone + ": " + f.Wanted.in("PublicSubnetIDs") + " in the magefile",
			})
		}
	}
	if len(private) == 1 && seen == len(f.Wanted.Private) {
		all = append(all, Finding{
			Level: Warning, What: f.Wanted.in("PrivateSubnetIDs"), Why: "all are in one zone: the service ends with it", Next: "name subnets of two zones",
		})
	}
	return all
}

// ways: a load balancer that faces the internet needs subnets that lead there.
func (f OwnFacts) ways() []Finding {
	if f.Wanted.VPC == "" || f.Subnets.State != Known {
		return nil
	}
	if f.RouteTables.State != Known {
		return f.RouteTables.unknown("ways out of the public subnets")
	}
	var all []Finding
	for i, id := range f.Wanted.Public {
		s, there := f.subnet(id)
		if there && s.VPC == f.Wanted.VPC && (Facts{RouteTables: f.RouteTables}).tableOf(id).out() != public {
			all = append(all, Finding{
				Level: Warning, What: fmt.Sprintf("%s[%d]", f.Wanted.in("PublicSubnetIDs"), i), Why: id + " has no route to an internet gateway: nobody reaches the load balancer there",
				Next: "name a public subnet, or give it that route",
			})
		}
	}
	return all
}

func (f OwnFacts) certificate() []Finding {
	if f.Wanted.Certificate == "" {
		return nil
	}
	what := f.Wanted.Field + ".CertificateARN"
	next := "name a certificate that is issued: " + what + " in the magefile"
	switch f.Certificate.State {
	case Absent:
		return []Finding{{Level: Error, What: what, Why: f.Wanted.Certificate + " does not exist", Next: next}}
	case Known:
	default:
		return f.Certificate.unknown(what)
	}
	if status := f.Certificate.Value.Status; status != "ISSUED" {
		return []Finding{{Level: Error, What: what, Why: f.Wanted.Certificate + " is " + strings.ToLower(status) + ", and a listener takes only one that is issued", Next: next}}
	}
	return nil
}
