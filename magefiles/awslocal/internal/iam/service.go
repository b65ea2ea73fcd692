package iam

import (
	"fmt"
	"strings"
	"time"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/account"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sim"
)

// Service is IAM of one account.
type Service struct {
	world   *sim.World
	account account.Account
	state   state
}

type state struct {
	Roles    sim.Table[*role]          // by name
	Managed  sim.Table[*managedPolicy] // by ARN
	Policies sim.Table[*inlinePolicy]  // AWS::IAM::Policy and RolePolicy, by physical id
	Removed  sim.Table[*managedPolicy] // managed policies that were deleted, by ARN
}

type role struct {
	Name, ID, ARN string
	Created       time.Time
	Properties    map[string]any
	Tags          map[string]string
}

type managedPolicy struct {
	Name, ID, ARN    string
	Created, Updated time.Time
	Version          int
	Properties       map[string]any
}

type inlinePolicy struct {
	Name       string
	Roles      []string
	Properties map[string]any
}

// New is the service over a world.
func New(w *sim.World, acct account.Account) *Service {
	s := &Service{world: w, account: acct, state: state{
		sim.NewTable[*role](w, "iam.roles"), sim.NewTable[*managedPolicy](w, "iam.managed"), sim.NewTable[*inlinePolicy](w, "iam.policies"),
		sim.NewTable[*managedPolicy](w, "iam.removed"),
	}}
	return s
}

// HasRole tells whether the account has a role with this ARN.
func (s *Service) HasRole(arn string) bool {
	r := s.state.Roles.Look(arn[strings.LastIndexByte(arn, '/')+1:]) // a path is before the name
	return r != nil && r.ARN == arn
}

// Types are the resource types for CloudFormation.
func (s *Service) Types() []resource.Type {
	return []resource.Type{s.roleType(), s.managedPolicyType(), s.policyType(), s.rolePolicyType()}
}

// takes is how long IAM's resources take to be made: CloudFormation waits until they are seen everywhere.
const takes = 15 * time.Second

// uniqueID is one of IAM's own identifiers, e.g. AROA and 17 more.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
func (s *Service) uniqueID(prefix string) string { return prefix + strings.ToUpper(s.world.Hex(17)) }

// generated is the name of a resource whose template gives none: stack, logical id and a random part.
func (s *Service) generated(r resource.Request, limit int) string {
	suffix := "-" + s.world.Hex(12)
	room := (limit - len(suffix) - 1) / 2
	return clip(r.Stack, room) + "-" + clip(r.LogicalID, room) + suffix
}

func clip(s string, n int) string { return s[:min(n, len(s))] }

var namePattern = lazyregexp.New(`^[\w+=,.@-]+$`)

func checkName(member, name string, limit int) error {
	if !namePattern.MatchString(name) {
		return resource.Failed("InvalidRequest", "The specified value for %s is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-", member)
	}
	if len(name) > limit {
		return resource.Failed("InvalidRequest", "1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: Member must have length less than or equal to %d", name, member, limit)
	}
	return nil
}

var pathPattern = lazyregexp.New(`^/([!-~]+/)?$`)

// path is the path property, "/" by default.
func path(p map[string]any) (string, error) {
	v, _ := p["Path"].(string)
	if v == "" {
		return "/", nil
	}
	if !pathPattern.MatchString(v) {
		return "", resource.Failed("InvalidRequest", "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.")
	}
	return v, nil
}

func texts(v any) []string {
	list, _ := v.([]any)
	var out []string
	for _, item := range list {
		out = append(out, fmt.Sprint(item))
	}
	return out
}

var policyPattern = lazyregexp.New(`^arn:aws[a-z-]*:iam::(aws|\d{12}):policy/[!-~]+$`)

// attachable refuses ARNs of policies that do not exist.
func (s *Service) attachable(arns []string) error {
	for _, arn := range arns {
		if !policyPattern.MatchString(arn) {
			return resource.Failed("InvalidRequest", "ARN %s is not valid.", arn)
		}
		if s.state.Removed.Has(arn) {
			return resource.Failed("NotFound", "Policy %s does not exist or is not attachable.", arn)
		}
	}
	return nil
}
