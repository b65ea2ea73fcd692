package stack

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
)

// holding are the types whose loss loses data or an address.
var holding = map[string]string{
	"AWS::ElasticLoadBalancingV2::LoadBalancer": "the address that clients use",
	"AWS::ElasticLoadBalancingV2::TargetGroup":  "the link between load balancer and service",
	"AWS::ECR::Repository":                      "every image",
	"AWS::Logs::LogGroup":                       "every log line",
	"AWS::EC2::VPC":                             "the network and everything in it",
	"AWS::EC2::NatGateway":                      "the outgoing address that partners may have allowed",
	"AWS::EC2::EIP":                             "the outgoing address that partners may have allowed",
	"AWS::ECS::Cluster":                         "the cluster and its services",
	"AWS::ECS::Service":                         "the running service",
}

// Loss is a change that destroys what holds data or an address, or some of what is in it.
type Loss struct {
	Change ResourceChange
	How    string // what happens to it, e.g. "would be replaced", or the property that changes
	What   string // what is lost, e.g. "every image"
}

func (l Loss) String() string {
	return l.Change.Resource + " (" + l.Change.Type + ") " + l.How + ": this loses " + l.What
}

// Losses are the changes of the plan that need approval: removals, replacements that will or may happen, and what throws
// away a part in place, such as lines that are older than a shorter retention. Pure.
func (p Plan) Losses() []Loss {
	var losses []Loss
	for _, c := range p.Changes {
		what, holds := holding[c.Type]
		switch {
		case holds && c.Action == "Remove":
			losses = append(losses, Loss{c, "would be removed", what})
		case holds && c.Action == "Modify" && c.Replacement == "True":
			losses = append(losses, Loss{c, "would be replaced", what})
		case holds && c.Action == "Modify" && c.Replacement == "Conditional" && p.mayReplace(c):
			losses = append(losses, Loss{c, "may be replaced", what})
		case c.Action == "Modify":
			losses = append(losses, reductions(c)...)
		}
	}
	return losses
}

// mayReplace: a Conditional replacement counts only where a property says so. CloudFormation also reports Conditional
// for values that it will know later: of properties that never replace, and of ARNs and ids of a resource that stays,
// which cannot change.
func (p Plan) mayReplace(c ResourceChange) bool {
	for _, one := range c.Properties {
		if one.Replace != string(types.RequiresRecreationNever) && !p.stays(one.Cause) {
			return true
		}
	}
	return len(c.Properties) == 0
}

// stays tells whether a property follows from what names a resource, its ARN or an id, and that resource is not replaced.
func (p Plan) stays(cause string) bool {
	resource, attribute, isAttribute := strings.Cut(cause, ".")
	if !isAttribute || !strings.HasSuffix(attribute, "Arn") && !strings.HasSuffix(attribute, "Id") {
		return false
	}
	i := slices.IndexFunc(p.Changes, func(c ResourceChange) bool { return c.Resource == resource })
	return i >= 0 && p.Changes[i].Action == "Modify" && p.Changes[i].Replacement == "False"
}
