package preflight

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// EC2 reads networks, every page of an answer. The SDK's client has some 800 operations and takes a minute to compile; this
// one has five. Its endpoint is AWS_ENDPOINT_URL_EC2 or AWS_ENDPOINT_URL, or what the
// shared configuration has of them, unless AWS_IGNORE_CONFIGURED_ENDPOINT_URLS says otherwise, else the region's, that of FIPS where AWS_USE_FIPS_ENDPOINT says so; dual-stack
// endpoints have to be named.
//
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Query-Requests.html
type EC2 struct {
	Config aws.Config // credentials, region and endpoint
}

// xmlSubnet and the following are what is read of the answers.
type xmlSubnet struct {
	ID   string `xml:"subnetId"`
	VPC  string `xml:"vpcId"`
	Zone string `xml:"availabilityZone"`
}

type xmlRoute struct {
	Destination string `xml:"destinationCidrBlock"`
	Gateway     string `xml:"gatewayId"`
	NAT         string `xml:"natGatewayId"`
	Transit     string `xml:"transitGatewayId"`
	Peering     string `xml:"vpcPeeringConnectionId"`
	Instance    string `xml:"instanceId"`
	Interface   string `xml:"networkInterfaceId"`
	Local       string `xml:"localGatewayId"`
	Core        string `xml:"coreNetworkArn"`
	State       string `xml:"state"`
}

type xmlRouteTable struct {
	ID           string     `xml:"routeTableId"`
	Routes       []xmlRoute `xml:"routeSet>item"`
	Associations []struct {
		Subnet string `xml:"subnetId"`
		Main   bool   `xml:"main"`
	} `xml:"associationSet>item"`
}

type xmlEndpoint struct {
	Service     string   `xml:"serviceName"`
	Type        string   `xml:"vpcEndpointType"`
	State       string   `xml:"state"`
	PrivateDNS  bool     `xml:"privateDnsEnabled"`
	RouteTables []string `xml:"routeTableIdSet>item"`
}

type xmlPermission struct {
	Protocol string   `xml:"ipProtocol"`
	From     int      `xml:"fromPort"`
	To       int      `xml:"toPort"`
	Groups   []string `xml:"groups>item>groupId"`
	Ranges   []string `xml:"ipRanges>item>cidrIp"`
	Ranges6  []string `xml:"ipv6Ranges>item>cidrIpv6"`
	Lists    []string `xml:"prefixListIds>item>prefixListId"`
}

type xmlGroup struct {
	ID      string          `xml:"groupId"`
	Ingress []xmlPermission `xml:"ipPermissions>item"`
	Egress  []xmlPermission `xml:"ipPermissionsEgress>item"`
}

// DescribeVpcs reads which of the ids are VPCs that are there.
func (e EC2) DescribeVpcs(ctx context.Context, ids []string) ([]string, error) {
	var out struct {
		paged
		Items []struct {
			ID string `xml:"vpcId"`
		} `xml:"vpcSet>item"`
	}
	err := e.call(ctx, "DescribeVpcs", "vpc-id", ids, &out)
	var all []string
	for _, v := range out.Items {
		all = append(all, v.ID)
	}
	return all, err
}

// DescribeSubnets reads the subnets of ids; those that are not there are left out.
func (e EC2) DescribeSubnets(ctx context.Context, ids []string) ([]Subnet, error) {
	var out struct {
		paged
		Items []xmlSubnet `xml:"subnetSet>item"`
	}
	err := e.call(ctx, "DescribeSubnets", "subnet-id", ids, &out)
	var all []Subnet
	for _, s := range out.Items {
		all = append(all, Subnet(s))
	}
	return all, err
}

// DescribeRouteTables reads the route tables of a VPC.
func (e EC2) DescribeRouteTables(ctx context.Context, vpc string) ([]RouteTable, error) {
	var out struct {
		paged
		Items []xmlRouteTable `xml:"routeTableSet>item"`
	}
	err := e.call(ctx, "DescribeRouteTables", "vpc-id", []string{vpc}, &out)
	var all []RouteTable
	for _, t := range out.Items {
		table := RouteTable{ID: t.ID}
		for _, a := range t.Associations {
			table.Main = table.Main || a.Main
			if a.Subnet != "" {
				table.Subnets = append(table.Subnets, a.Subnet)
			}
		}
		for _, r := range t.Routes {
			target := cmp.Or(r.Gateway, r.NAT, r.Transit, r.Peering, r.Interface, r.Instance, r.Local, r.Core)
			table.Routes = append(table.Routes, Route{Destination: r.Destination, Target: target, Active: r.State == "active"})
		}
		all = append(all, table)
	}
	return all, err
}

// DescribeVpcEndpoints reads the endpoints of a VPC.
func (e EC2) DescribeVpcEndpoints(ctx context.Context, vpc string) ([]Endpoint, error) {
	var out struct {
		paged
		Items []xmlEndpoint `xml:"vpcEndpointSet>item"`
	}
	err := e.call(ctx, "DescribeVpcEndpoints", "vpc-id", []string{vpc}, &out)
	var all []Endpoint
	for _, p := range out.Items {
		all = append(all, Endpoint{
			Service: p.Service, Type: p.Type, Available: strings.EqualFold(p.State, "available"), PrivateDNS: p.PrivateDNS, RouteTables: p.RouteTables,
		})
	}
	return all, err
}

// DescribeSecurityGroups reads the groups of ids; those that are not there are left out.
func (e EC2) DescribeSecurityGroups(ctx context.Context, ids []string) ([]SecurityGroup, error) {
	var out struct {
		paged
		Items []xmlGroup `xml:"securityGroupInfo>item"`
	}
	err := e.call(ctx, "DescribeSecurityGroups", "group-id", ids, &out)
	var all []SecurityGroup
	for _, g := range out.Items {
		all = append(all, SecurityGroup{ID: g.ID, Ingress: rules(g.Ingress), Egress: rules(g.Egress)})
	}
	return all, err
}

func rules(permissions []xmlPermission) []Rule {
	var all []Rule
	for _, p := range permissions {
		all = append(all, Rule{
			Protocol: p.Protocol, From: p.From, To: p.To, Groups: p.Groups, Elsewhere: len(p.Ranges)+len(p.Ranges6)+len(p.Lists) > 0,
		})
	}
	return all
}

// paged is an answer with the token of the next page. What pages hold of a list is appended to it as they are decoded.
type paged struct {
	Next string `xml:"nextToken"`
}

// turn is the token of the next page, taken off so that it is not that of the page after.
func (p *paged) turn() string {
	next := p.Next
	p.Next = ""
	return next
}

// call asks for the things that a filter lets through.
func (e EC2) call(ctx context.Context, action, filter string, values []string, into interface{ turn() string }) error {
	form := url.Values{"Filter.1.Name": {filter}}
	for i, v := range values {
		form.Set(fmt.Sprintf("Filter.1.Value.%d", i+1), v)
	}
	for {
		if err := query(ctx, e.Config, "EC2", "2016-11-15", action, form, into); err != nil {
			return err
		}
		next := into.turn()
		if next == "" {
			return nil
		}
		form.Set("NextToken", next)
	}
}
