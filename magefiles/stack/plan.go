package stack

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
)

// Plan is what a change set would do.
type Plan struct {
	Stack     string
	ChangeSet string // ARN; empty where there is nothing to change
	Creates   bool   // the stack is new
	// Waited is true where another operation was under way, and was followed to its end first: what was true of
	// the stack before may not be any more.
	Waited  bool
	Changes []ResourceChange
	// Other is true where something else than resources changes: outputs, or the stack's tags.
	Other bool
}

// Empty tells whether the plan changes nothing.
func (p Plan) Empty() bool { return len(p.Changes) == 0 && !p.Other }

// ResourceChange is what would happen to one resource.
type ResourceChange struct {
	Action     string // Add, Modify, Remove, Import, Dynamic
	Resource   string // logical id
	Type       string
	PhysicalID string
	// Replacement is True, False or Conditional for Modify.
	Replacement string
	Properties  []PropertyChange
}

// PropertyChange is one property's value before and after. Values are JSON or plain text, as CloudFormation
// gives them; empty where it does not know them yet.
type PropertyChange struct {
	Path    string // below Properties, e.g. ContainerDefinitions/0/Image; or Tags, DeletionPolicy …
	Before  string
	After   string
	Replace string // Never, Conditionally, Always
}

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

// Loss is a change that destroys what holds data or an address.
type Loss struct {
	Change ResourceChange
	What   string // what is lost, e.g. "every image"
}

// Losses are the changes of the plan that need approval: removals, and replacements that will or may happen.
func (p Plan) Losses() []Loss {
	var losses []Loss
	for _, c := range p.Changes {
		what, holds := holding[c.Type]
		replaced := c.Action == "Modify" && (c.Replacement == "True" || c.Replacement == "Conditional" && mayReplace(c))
		if holds && (c.Action == "Remove" || replaced) {
			losses = append(losses, Loss{Change: c, What: what})
		}
	}
	return losses
}

// mayReplace: a Conditional replacement counts only where a property says so; CloudFormation also reports
// Conditional for values that it will know later, of properties that never replace.
func mayReplace(c ResourceChange) bool {
	for _, p := range c.Properties {
		if p.Replace != string(types.RequiresRecreationNever) {
			return true
		}
	}
	return len(c.Properties) == 0
}

func changesFromAPI(in []types.Change) []ResourceChange {
	var out []ResourceChange
	for _, c := range in {
		r := c.ResourceChange
		if r == nil {
			continue
		}
		change := ResourceChange{
			Action: string(r.Action), Resource: aws.ToString(r.LogicalResourceId), Type: aws.ToString(r.ResourceType),
			PhysicalID: aws.ToString(r.PhysicalResourceId), Replacement: string(r.Replacement),
		}
		seen := map[string]int{}
		for _, d := range r.Details {
			if d.Target == nil {
				continue
			}
			p := PropertyChange{
				Path: path(d.Target), Before: aws.ToString(d.Target.BeforeValue), After: aws.ToString(d.Target.AfterValue),
				Replace: string(d.Target.RequiresRecreation),
			}
			// One property may have several causes, and so several details: the one with values tells most.
			if i, ok := seen[p.Path]; ok {
				if change.Properties[i].Before == "" && change.Properties[i].After == "" {
					change.Properties[i] = p
				}
				continue
			}
			seen[p.Path] = len(change.Properties)
			change.Properties = append(change.Properties, p)
		}
		out = append(out, change)
	}
	return out
}

func path(t *types.ResourceTargetDefinition) string {
	if p := aws.ToString(t.Path); p != "" {
		return strings.TrimPrefix(p, "/Properties/")
	}
	if n := aws.ToString(t.Name); n != "" {
		return n
	}
	return string(t.Attribute)
}
