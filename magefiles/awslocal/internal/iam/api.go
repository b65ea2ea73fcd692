package iam

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

// Wire is the API, as far as it reads roles, deletes them, and evaluates policies: https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html.
func (s *Service) Wire() *wire.Service {
	return &wire.Service{
		Name: "iam", Version: "2010-05-08", Namespace: "https://iam.amazonaws.com/doc/2010-05-08/",
		Operations: map[string]wire.Operation{
			"DeleteRole":               wire.Op(s.deleteRoleCall),
			"DeleteRolePolicy":         wire.Op(s.deleteRolePolicy),
			"GetRole":                  wire.Op(s.getRole),
			"GetRolePolicy":            wire.Op(s.getRolePolicy),
			"ListAttachedRolePolicies": wire.Op(s.listAttachedRolePolicies),
			"ListRolePolicies":         wire.Op(s.listRolePolicies),
			"SimulateCustomPolicy":     wire.Op(s.simulateCustomPolicy),
		},
	}
}

type roleInput struct{ RoleName string }

type tag struct{ Key, Value string }

type boundary struct{ PermissionsBoundaryType, PermissionsBoundaryArn string }

type roleOutput struct {
	Path                     string
	RoleName                 string
	RoleID                   string `json:"RoleId"`
	Arn                      string
	CreateDate               wire.Time
	AssumeRolePolicyDocument string
	Description              string `json:",omitempty"`
	MaxSessionDuration       int
	PermissionsBoundary      *boundary
	Tags                     []tag `json:",omitempty"`
	RoleLastUsed             struct{}
}

type getRoleOutput struct{ Role roleOutput }

func (s *Service) getRole(_ context.Context, in *roleInput) (*getRoleOutput, error) {
	r, err := s.named(in.RoleName)
	if err != nil {
		return nil, err
	}
	text, err := escaped(r.Properties["AssumeRolePolicyDocument"])
	if err != nil {
		return nil, err
	}
	out := roleOutput{
		Path: strings.TrimSuffix(r.ARN[strings.Index(r.ARN, ":role/")+len(":role"):], r.Name), RoleName: r.Name, RoleID: r.ID, Arn: r.ARN,
		CreateDate: wire.Time{Time: r.Created}, AssumeRolePolicyDocument: text, MaxSessionDuration: 3600,
	}
	out.Description, _ = r.Properties["Description"].(string)
	if d, ok := r.Properties["MaxSessionDuration"].(float64); ok {
		out.MaxSessionDuration = int(d)
	}
	if b, _ := r.Properties["PermissionsBoundary"].(string); b != "" {
		out.PermissionsBoundary = &boundary{"Policy", b}
	}
	for _, k := range slices.Sorted(maps.Keys(r.Tags)) {
		out.Tags = append(out.Tags, tag{k, r.Tags[k]})
	}
	return &getRoleOutput{out}, nil
}

// named is a role by its name.
func (s *Service) named(name string) (*role, error) {
	if len(name) > 64 || !namePattern.MatchString(name) {
		return nil, wire.Errorf("ValidationError", "The specified value for roleName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-")
	}
	if r := s.state.Roles.Get(name); r != nil {
		return r, nil
	}
	return nil, absent("The role with name %s cannot be found.", name)
}

func absent(format string, args ...any) error {
	e := wire.Errorf("NoSuchEntity", format, args...)
	e.Status = http.StatusNotFound
	return e
}

// escaped is a policy document as IAM gives it: URL-encoded JSON, RFC 3986.
func escaped(document any) (string, error) {
	data, err := json.Marshal(document)
	return strings.ReplaceAll(url.QueryEscape(string(data)), "+", "%20"), err
}

// inline are the policies that are embedded in a role, by name: its own, and those that other resources put there.
func (s *Service) inline(r *role) map[string]any {
	all := map[string]any{}
	own, _ := r.Properties["Policies"].([]any)
	for _, one := range own {
		p, _ := one.(map[string]any)
		if name, _ := p["PolicyName"].(string); name != "" {
			all[name] = p["PolicyDocument"]
		}
	}
	for _, p := range s.state.Policies.All() {
		if slices.Contains(p.Roles, r.Name) {
			all[p.Name] = p.Properties["PolicyDocument"]
		}
	}
	return all
}

type rolePolicyInput struct{ RoleName, PolicyName string }

type rolePolicyOutput struct{ RoleName, PolicyName, PolicyDocument string }

func (s *Service) getRolePolicy(_ context.Context, in *rolePolicyInput) (*rolePolicyOutput, error) {
	r, err := s.named(in.RoleName)
	if err != nil {
		return nil, err
	}
	document, ok := s.inline(r)[in.PolicyName]
	if !ok {
		return nil, absent("The role policy with name %s cannot be found.", in.PolicyName)
	}
	text, err := escaped(document)
	return &rolePolicyOutput{r.Name, in.PolicyName, text}, err
}

type listInput struct {
	RoleName   string
	PathPrefix string
	Marker     string
	MaxItems   int
}

type listed struct {
	IsTruncated bool
	Marker      string `json:",omitempty"`
}

// page cuts one page out of items; the marker is the position to go on from.
func page[T any](items []T, in *listInput) ([]T, listed, error) {
	size := cmp.Or(in.MaxItems, 100)
	from, err := strconv.Atoi(cmp.Or(in.Marker, "0"))
	if err != nil || from < 0 || from > len(items) || size < 1 || size > 1000 {
		return nil, listed{}, wire.Errorf("ValidationError", "Invalid Marker or MaxItems.")
	}
	if end := from + size; end < len(items) {
		return items[from:end], listed{true, strconv.Itoa(end)}, nil
	}
	return items[from:], listed{}, nil
}

type listRolePoliciesOutput struct {
	PolicyNames []string
	listed
}

func (s *Service) listRolePolicies(_ context.Context, in *listInput) (*listRolePoliciesOutput, error) {
	r, err := s.named(in.RoleName)
	if err != nil {
		return nil, err
	}
	if in.PathPrefix != "" {
		return nil, wire.Errorf("ValidationError", "ListRolePolicies takes no PathPrefix.")
	}
	names, more, err := page(slices.Sorted(maps.Keys(s.inline(r))), in)
	return &listRolePoliciesOutput{names, more}, err
}

type attachedPolicy struct{ PolicyName, PolicyArn string }

type listAttachedOutput struct {
	AttachedPolicies []attachedPolicy
	listed
}

func (s *Service) listAttachedRolePolicies(_ context.Context, in *listInput) (*listAttachedOutput, error) {
	r, err := s.named(in.RoleName)
	if err != nil {
		return nil, err
	}
	arns := texts(r.Properties["ManagedPolicyArns"])
	for arn, p := range s.state.Managed.All() {
		if slices.Contains(texts(p.Properties["Roles"]), r.Name) {
			arns = append(arns, arn)
		}
	}
	slices.Sort(arns)
	var all []attachedPolicy
	for _, arn := range slices.Compact(arns) {
		if _, path, _ := strings.Cut(arn, ":policy"); strings.HasPrefix(path, cmp.Or(in.PathPrefix, "/")) {
			all = append(all, attachedPolicy{arn[strings.LastIndex(arn, "/")+1:], arn})
		}
	}
	all, more, err := page(all, in)
	return &listAttachedOutput{all, more}, err
}
