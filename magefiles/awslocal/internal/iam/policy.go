package iam

import (
	"fmt"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
)

func (s *Service) managedPolicyType() resource.Type {
	return resource.Type{
		Name: "AWS::IAM::ManagedPolicy", Takes: takes, Deletes: time.Second, Named: "ManagedPolicyName",
		Attributes: []string{
			"AttachmentCount", "CreateDate", "DefaultVersionId", "IsAttachable", "PermissionsBoundaryUsageCount", "PolicyArn", "PolicyId", "UpdateDate",
		},
		Properties: resource.Properties{
			"Description": resource.Str.Fixed(), "Groups": resource.Strs, "ManagedPolicyName": resource.Str.Fixed(), "Path": resource.Str.Fixed(),
			"PolicyDocument": resource.Any.Must(), "Roles": resource.Strs, "Users": resource.Strs,
		},
		Create: s.createManaged, Update: s.updateManaged,
		Delete: func(r resource.Request) error {
			for _, one := range s.state.Roles.All() {
				for _, arn := range texts(one.Properties["ManagedPolicyArns"]) {
					if arn == r.PhysicalID {
						return resource.Failed("ResourceConflict", "Cannot delete a policy attached to entities.")
					}
				}
			}
			if p := s.state.Managed.Get(r.PhysicalID); p != nil {
				s.state.Removed.Put(r.PhysicalID, p)
			}
			s.state.Managed.Delete(r.PhysicalID)
			return nil
		},
		Attribute: s.managedAttribute,
		Read: func(r resource.Request) (map[string]any, bool, error) {
			now := s.state.Managed.Get(r.PhysicalID)
			if now == nil {
				return nil, false, nil
			}
			return now.Properties, true, nil
		},
		Identifiers: []string{"PolicyArn"},
	}
}

func (s *Service) createManaged(r resource.Request) (string, error) {
	name, _ := r.Properties["ManagedPolicyName"].(string)
	if name == "" {
		name = s.generated(r, 128)
	}
	if err := checkName("policyName", name, 128); err != nil {
		return "", err
	}
	p, err := path(r.Properties)
	if err != nil {
		return "", err
	}
	arn := s.account.GlobalARN("iam", "policy"+p+name)
	for _, other := range s.state.Managed.All() {
		if other.Name == name {
			return "", resource.Failed("AlreadyExists", "Resource of type 'AWS::IAM::ManagedPolicy' with identifier '%s' already exists.", arn)
		}
	}
	if err := s.checkManaged(r.Properties); err != nil {
		return "", err
	}
	s.state.Removed.Delete(arn)
	s.state.Managed.Put(arn, &managedPolicy{
		Name: name, ID: s.uniqueID("ANPA"), ARN: arn, Created: s.world.Now(), Updated: s.world.Now(), Version: 1, Properties: r.Properties,
	})
	s.world.Changed()
	return arn, nil
}

func (s *Service) checkManaged(p map[string]any) error {
	if err := checkDocument(p["PolicyDocument"], false); err != nil {
		return err
	}
	if size(p["PolicyDocument"]) > maxManaged {
		return resource.Failed("ServiceLimitExceeded", "Cannot exceed quota for PolicySize: %d", maxManaged)
	}
	return s.entities(p)
}

// entities checks that those whom a policy is put on exist.
func (s *Service) entities(p map[string]any) error {
	if users, groups := texts(p["Users"]), texts(p["Groups"]); len(users)+len(groups) > 0 {
		return resource.Failed("NotFound", "the embedded AWS has no IAM users and groups (%v %v)", users, groups)
	}
	for _, name := range texts(p["Roles"]) {
		if !s.state.Roles.Has(name) {
			return resource.Failed("NotFound", "The role with name %s cannot be found.", name)
		}
	}
	return nil
}

func (s *Service) updateManaged(r resource.Request) error {
	now := s.state.Managed.Get(r.PhysicalID)
	if now == nil {
		return resource.Failed("NotFound", "Policy %s does not exist or is not attachable.", r.PhysicalID)
	}
	if err := s.checkManaged(r.Properties); err != nil {
		return err
	}
	now.Properties, now.Updated, now.Version = r.Properties, s.world.Now(), now.Version+1
	s.world.Changed()
	return nil
}

func (s *Service) managedAttribute(id, name string) (any, error) {
	p := s.state.Managed.Get(id)
	if p == nil {
		return nil, resource.Failed("NotFound", "Policy %s does not exist or is not attachable.", id)
	}
	switch name {
	case "AttachmentCount":
		n := len(texts(p.Properties["Roles"]))
		for _, r := range s.state.Roles.All() {
			for _, arn := range texts(r.Properties["ManagedPolicyArns"]) {
				if arn == id {
					n++
				}
			}
		}
		return fmt.Sprint(n), nil
	case "CreateDate":
		return p.Created.UTC().Format(time.RFC3339), nil
	case "UpdateDate":
		return p.Updated.UTC().Format(time.RFC3339), nil
	case "DefaultVersionId":
		return fmt.Sprintf("v%d", p.Version), nil
	case "IsAttachable":
		return "true", nil
	case "PermissionsBoundaryUsageCount":
		return "0", nil
	case "PolicyId":
		return p.ID, nil
	}
	return p.ARN, nil
}

// policyType is an inline policy on roles.
func (s *Service) policyType() resource.Type {
	return resource.Type{
		Name: "AWS::IAM::Policy", Takes: takes, Deletes: time.Second, Attributes: []string{"Id"},
		Properties: resource.Properties{
			"Groups": resource.Strs, "PolicyDocument": resource.Any.Must(), "PolicyName": resource.Str.Must(),
			"Roles": resource.Strs, "Users": resource.Strs,
		},
		Create: func(r resource.Request) (string, error) {
			id := s.generated(r, 128)
			return id, s.putInline(id, r, texts(r.Properties["Roles"]))
		},
		Update: func(r resource.Request) error { return s.putInline(r.PhysicalID, r, texts(r.Properties["Roles"])) },
		Delete: s.deleteInline, Attribute: func(id, _ string) (any, error) { return id, nil }, Read: s.readInline,
	}
}

// rolePolicyType is an inline policy on one role.
func (s *Service) rolePolicyType() resource.Type {
	put := func(r resource.Request) (string, error) {
		name, _ := r.Properties["RoleName"].(string)
		id := fmt.Sprintf("%s|%s", r.Properties["PolicyName"], name)
		if r.Properties["PolicyDocument"] == nil {
			return "", resource.Failed("InvalidRequest", "PolicyDocument is required")
		}
		if r.PhysicalID == "" && s.state.Policies.Has(id) {
			return "", resource.Failed("AlreadyExists", "Resource of type 'AWS::IAM::RolePolicy' with identifier '%s' already exists.", id)
		}
		if !s.state.Roles.Has(name) {
			return "", resource.Failed("NotFound", "The role with name %s cannot be found.", name)
		}
		return id, s.putInline(id, r, []string{name})
	}
	return resource.Type{
		Name: "AWS::IAM::RolePolicy", Takes: takes, Deletes: time.Second,
		Properties: resource.Properties{
			"PolicyDocument": resource.Any, "PolicyName": resource.Str.Fixed().Must(), "RoleName": resource.Str.Fixed().Must(),
		},
		Create: put, Update: func(r resource.Request) error { _, err := put(r); return err }, Delete: s.deleteInline, Read: s.readInline,
	}
}

func (s *Service) putInline(id string, r resource.Request, roles []string) error {
	if len(roles) == 0 && len(texts(r.Properties["Users"]))+len(texts(r.Properties["Groups"])) == 0 {
		return resource.Failed("InvalidRequest", "At least one of [Groups,Roles,Users] must be non-empty.")
	}
	name, _ := r.Properties["PolicyName"].(string)
	if err := checkName("policyName", name, 128); err != nil {
		return err
	}
	if err := checkDocument(r.Properties["PolicyDocument"], false); err != nil {
		return err
	}
	if err := s.entities(r.Properties); err != nil {
		return err
	}
	if size(r.Properties["PolicyDocument"]) > maxInline {
		return resource.Failed("ServiceLimitExceeded", "Maximum policy size of %d bytes exceeded for role %s", maxInline, roles[0])
	}
	s.state.Policies.Put(id, &inlinePolicy{Name: name, Roles: roles, Properties: r.Properties})
	s.world.Changed()
	return nil
}

func (s *Service) readInline(r resource.Request) (map[string]any, bool, error) {
	now := s.state.Policies.Get(r.PhysicalID)
	if now == nil {
		return nil, false, nil
	}
	return now.Properties, true, nil
}

func (s *Service) deleteInline(r resource.Request) error {
	s.state.Policies.Delete(r.PhysicalID)
	s.world.Changed()
	return nil
}
