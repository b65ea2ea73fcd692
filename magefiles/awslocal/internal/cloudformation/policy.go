package cloudformation

import (
	"encoding/json"
	"slices"
	"strings"
)

// checkPolicy refuses a stack policy that is none, or that denies updates: the embedded AWS keeps policies but
// would not hold updates against them.
func checkPolicy(body string) error {
	if body == "" {
		return nil
	}
	var policy struct {
		Statement []struct {
			Effect    string
			Action    any
			Resource  any
			Principal any
			Condition any
		}
	}
	d := json.NewDecoder(strings.NewReader(body))
	d.DisallowUnknownFields()
	if d.Decode(&policy) != nil || len(policy.Statement) == 0 {
		return invalid("Error validating stack policy: Invalid stack policy")
	}
	for _, one := range policy.Statement {
		if one.Effect != "Allow" || one.Action != "Update:*" || one.Resource != "*" {
			return invalid("the embedded AWS takes only stack policies that allow Update:* on *")
		}
	}
	return nil
}

func (s *Service) setStackPolicy(_ ctx, in *struct {
	StackName       string `json:"StackName"`
	StackPolicyBody string `json:"StackPolicyBody"`
	StackPolicyURL  string `json:"StackPolicyURL"`
}) (*empty, error) {
	if in.StackPolicyBody != "" && in.StackPolicyURL != "" {
		return nil, invalid("You cannot specify both StackPolicyURL and StackPolicyBody")
	}
	st, err := s.find(in.StackName)
	if err != nil {
		return nil, err
	}
	if in.StackPolicyURL != "" || in.StackPolicyBody == "" {
		return nil, invalid("Error validating stack policy: Invalid stack policy")
	}
	if err := checkPolicy(in.StackPolicyBody); err != nil {
		return nil, err
	}
	st.Policy = in.StackPolicyBody
	s.world.Changed()
	return &empty{}, nil
}

type getStackPolicyOutput struct {
	StackPolicyBody string `json:"StackPolicyBody,omitempty"`
}

func (s *Service) getStackPolicy(_ ctx, in *struct {
	StackName string `json:"StackName"`
}) (*getStackPolicyOutput, error) {
	st, err := s.find(in.StackName)
	if err != nil {
		return nil, err
	}
	return &getStackPolicyOutput{st.Policy}, nil
}

type export struct {
	ExportingStackID string `json:"ExportingStackId"`
	Name             string `json:"Name"`
	Value            string `json:"Value"`
}

type listExportsOutput struct {
	Exports   []export `json:"Exports"`
	NextToken string   `json:"NextToken,omitempty"`
}

func (s *Service) listExports(_ ctx, in *struct {
	NextToken string `json:"NextToken"`
}) (*listExportsOutput, error) {
	var all []export
	for name, e := range s.state.Exports.All() {
		all = append(all, export{e.StackID, name, e.Value})
	}
	part, next, err := page(all, in.NextToken, 100)
	return &listExportsOutput{part, next}, err
}

type listImportsOutput struct {
	Imports   []string `json:"Imports"`
	NextToken string   `json:"NextToken,omitempty"`
}

func (s *Service) listImports(_ ctx, in *struct {
	ExportName string `json:"ExportName"`
	NextToken  string `json:"NextToken"`
}) (*listImportsOutput, error) {
	users := s.importers(in.ExportName)
	if len(users) == 0 {
		return nil, invalid("Export '%s' is not imported by any stack.", in.ExportName)
	}
	part, next, err := page(users, in.NextToken, 100)
	return &listImportsOutput{part, next}, err
}

// importers are the names of the stacks that import the export.
func (s *Service) importers(name string) []string {
	var users []string
	for _, st := range s.stacks(live) {
		s.whole(st)
		t, err := s.parse(st.Deployment.Template)
		if err != nil {
			continue
		}
		used := false
		scope := s.scope(st, st.Deployment, t)
		scope.Import = func(n string) (any, error) {
			used = used || n == name
			return "", nil
		}
		for _, r := range t.Resources {
			_, _ = scope.Properties(r) // it was evaluated when the stack was made
		}
		if used {
			users = append(users, st.Name)
		}
	}
	slices.Sort(users)
	return users
}
