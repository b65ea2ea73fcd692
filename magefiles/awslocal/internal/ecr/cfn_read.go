package ecr

import (
	"encoding/json"
	"slices"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
)

// readResource is a repository as it is now.
func (s *Service) readResource(req resource.Request) (map[string]any, bool, error) {
	r, err := s.catalog.Get("", req.PhysicalID)
	if err != nil {
		return nil, false, nil
	}
	actual := map[string]any{
		"RepositoryName": r.Name, "ImageTagMutability": r.ImageTagMutability, "EmptyOnDelete": r.EmptyOnDelete,
		"ImageScanningConfiguration": map[string]any{"ScanOnPush": r.ImageScanningConfiguration.ScanOnPush},
		"EncryptionConfiguration":    map[string]any{"EncryptionType": r.EncryptionConfiguration.EncryptionType},
		"Tags":                       resource.OwnTags(req, r.Tags),
	}
	if expected, _ := req.Properties["EncryptionConfiguration"].(map[string]any); expected["KmsKey"] != nil {
		actual["EncryptionConfiguration"].(map[string]any)["KmsKey"] = r.EncryptionConfiguration.KmsKey
	}
	filters := []any{}
	for _, f := range r.ImageTagMutabilityExclusionFilters {
		filters = append(filters, map[string]any{"ImageTagMutabilityExclusionFilterType": f.FilterType, "ImageTagMutabilityExclusionFilterValue": f.Filter})
	}
	actual["ImageTagMutabilityExclusionFilters"] = filters
	if r.Lifecycle != "" {
		policy := map[string]any{"LifecyclePolicyText": sameText(req.Properties["LifecyclePolicy"], r.Lifecycle)}
		if expected, _ := req.Properties["LifecyclePolicy"].(map[string]any); expected["RegistryId"] != nil {
			policy["RegistryId"] = s.catalog.Account.ID
		}
		actual["LifecyclePolicy"] = policy
	}
	if r.Policy != "" {
		actual["RepositoryPolicyText"] = r.Policy
	}
	return actual, true, nil
}

// sameText is a lifecycle policy's text, in the template's own layout where it says the same.
func sameText(expected any, text string) string {
	m, _ := expected.(map[string]any)
	want, _ := m["LifecyclePolicyText"].(string)
	if compact(want) == compact(text) {
		return want
	}
	return text
}

func compact(text string) string {
	var v any
	if json.Unmarshal([]byte(text), &v) != nil {
		return text
	}
	data, err := json.Marshal(v)
	if err != nil {
		return text
	}
	return string(data)
}

func (s *Service) retagResource(name string, set map[string]string, remove []string) error {
	r, err := s.catalog.Get("", name)
	if err != nil {
		return s.failure(err, name)
	}
	r.Tags = resource.Retagged(r.Tags, set, remove)
	for key := range set {
		if !slices.Contains(r.Managed, key) {
			r.Managed = append(r.Managed, key)
		}
	}
	r.Managed = slices.DeleteFunc(r.Managed, func(key string) bool { return slices.Contains(remove, key) })
	slices.Sort(r.Managed)
	s.world.Changed()
	return nil
}
