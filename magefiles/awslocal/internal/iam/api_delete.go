package iam

import (
	"context"
	"maps"
	"net/http"
	"slices"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

// deleteRoleCall refuses while the role has policies.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html
func (s *Service) deleteRoleCall(_ context.Context, in *roleInput) (*wire.Empty, error) {
	r, err := s.named(in.RoleName)
	if err != nil {
		return nil, err
	}
	conflict := func(what string) error {
		e := wire.Errorf("DeleteConflict", "Cannot delete entity, must %s first.", what)
		e.Status = http.StatusConflict
		return e
	}
	if len(s.inline(r)) > 0 {
		return nil, conflict("delete policies")
	}
	if attached, err := s.listAttachedRolePolicies(context.Background(), &listInput{RoleName: r.Name}); err != nil || len(attached.AttachedPolicies) > 0 {
		return nil, conflict("detach all policies")
	}
	s.state.Roles.Delete(r.Name)
	s.world.Changed()
	return &wire.Empty{}, nil
}

func (s *Service) deleteRolePolicy(_ context.Context, in *rolePolicyInput) (*wire.Empty, error) {
	r, err := s.named(in.RoleName)
	if err != nil {
		return nil, err
	}
	if _, there := s.inline(r)[in.PolicyName]; !there {
		return nil, absent("The role policy with name %s cannot be found.", in.PolicyName)
	}
	for id, p := range s.state.Policies.All() {
		if p.Name == in.PolicyName {
			p = s.state.Policies.Get(id)
			p.Roles = slices.DeleteFunc(slices.Clone(p.Roles), func(name string) bool { return name == r.Name })
		}
	}
	own, _ := r.Properties["Policies"].([]any)
	properties := maps.Clone(r.Properties) // the map is that of the stack's template as well
	properties["Policies"] = slices.DeleteFunc(slices.Clone(own), func(one any) bool {
		p, _ := one.(map[string]any)
		return p["PolicyName"] == in.PolicyName
	})
	r.Properties = properties
	s.world.Changed()
	return &wire.Empty{}, nil
}
