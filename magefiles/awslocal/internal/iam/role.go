package iam

import (
	"slices"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
)

func (s *Service) roleType() resource.Type {
	return resource.Type{
		Name: "AWS::IAM::Role", Takes: takes, Deletes: time.Second, Named: "RoleName", Attributes: []string{"Arn", "RoleId"},
		Properties: resource.Properties{
			"AssumeRolePolicyDocument": resource.Any.Must(), "Description": resource.Str, "ManagedPolicyArns": resource.Strs,
			"MaxSessionDuration": resource.Int.Between(3600, 43200), "Path": resource.Str.Fixed(), "PermissionsBoundary": resource.Str,
			"Policies": resource.ListOf(resource.Obj(resource.Properties{"PolicyDocument": resource.Any.Must(), "PolicyName": resource.Str.Must()})),
			"RoleName": resource.Str.Fixed(), "Tags": resource.Tags,
		},
		Create: s.createRole, Update: s.updateRole, Delete: s.deleteRole,
		Attribute: func(id, name string) (any, error) {
			r := s.state.Roles.Get(id)
			if r == nil {
				return nil, resource.Failed("NotFound", "The role with name %s cannot be found.", id)
			}
			if name == "RoleId" {
				return r.ID, nil
			}
			return r.ARN, nil
		},
		Read: func(r resource.Request) (map[string]any, bool, error) {
			now := s.state.Roles.Get(r.PhysicalID)
			if now == nil {
				return nil, false, nil
			}
			return now.Properties, true, nil
		},
		Identifiers: []string{"RoleName"},
		Retag: func(id string, set map[string]string, remove []string) error {
			if now := s.state.Roles.Get(id); now != nil {
				now.Tags = resource.Retagged(now.Tags, set, remove)
				s.world.Changed()
			}
			return nil
		},
	}
}

func (s *Service) createRole(r resource.Request) (string, error) {
	name, _ := r.Properties["RoleName"].(string)
	if name == "" {
		name = s.generated(r, 64)
	}
	if err := checkName("roleName", name, 64); err != nil {
		return "", err
	}
	if s.state.Roles.Has(name) {
		return "", resource.Failed("AlreadyExists", "Resource of type 'AWS::IAM::Role' with identifier '%s' already exists.", name)
	}
	p, err := path(r.Properties)
	if err != nil {
		return "", err
	}
	if err := s.checkRole(name, r.Properties); err != nil {
		return "", err
	}
	s.state.Roles.Put(name, &role{
		Name: name, ID: s.uniqueID("AROA"), ARN: s.account.GlobalARN("iam", "role"+p+name), Created: s.world.Now(),
		Properties: r.Properties, Tags: r.Tags,
	})
	s.world.Changed()
	return name, nil
}

func (s *Service) checkRole(name string, p map[string]any) error {
	if err := checkDocument(p["AssumeRolePolicyDocument"], true); err != nil {
		return err
	}
	if size(p["AssumeRolePolicyDocument"]) > maxTrust {
		return resource.Failed("ServiceLimitExceeded", "Cannot exceed quota for ACLSizePerRole: %d", maxTrust)
	}
	inline, _ := p["Policies"].([]any)
	total := 0
	for _, one := range inline {
		policy, _ := one.(map[string]any)
		if err := checkDocument(policy["PolicyDocument"], false); err != nil {
			return err
		}
		total += size(policy["PolicyDocument"])
	}
	if total > maxInline {
		return resource.Failed("ServiceLimitExceeded", "Maximum policy size of %d bytes exceeded for role %s", maxInline, name)
	}
	if boundary, _ := p["PermissionsBoundary"].(string); boundary != "" {
		if err := s.attachable([]string{boundary}); err != nil {
			return err
		}
	}
	arns := texts(p["ManagedPolicyArns"])
	if len(arns) > 10 {
		return resource.Failed("ServiceLimitExceeded", "Cannot exceed quota for PoliciesPerRole: 10")
	}
	return s.attachable(arns)
}

func (s *Service) updateRole(r resource.Request) error {
	now := s.state.Roles.Get(r.PhysicalID)
	if now == nil {
		return resource.Failed("NotFound", "The role with name %s cannot be found.", r.PhysicalID)
	}
	if err := s.checkRole(now.Name, r.Properties); err != nil {
		return err
	}
	now.Properties, now.Tags = r.Properties, r.Tags
	s.world.Changed()
	return nil
}

// deleteRole takes the role's own policies with it, and refuses while others put theirs on it.
func (s *Service) deleteRole(r resource.Request) error {
	if !s.state.Roles.Has(r.PhysicalID) {
		return nil
	}
	for _, p := range s.state.Policies.All() {
		if slices.Contains(p.Roles, r.PhysicalID) {
			return resource.Failed("ResourceConflict", "Cannot delete entity, must delete policies first.")
		}
	}
	for _, p := range s.state.Managed.All() {
		if slices.Contains(texts(p.Properties["Roles"]), r.PhysicalID) {
			return resource.Failed("ResourceConflict", "Cannot delete entity, must detach all policies first.")
		}
	}
	s.state.Roles.Delete(r.PhysicalID)
	s.world.Changed()
	return nil
}
