package iam

import (
	"context"
	"strings"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

type contextEntry struct {
	ContextKeyName   string
	ContextKeyType   string
	ContextKeyValues []string
}

type simulateInput struct {
	ActionNames                        []string
	CallerArn                          string
	ContextEntries                     []contextEntry
	Marker                             string
	MaxItems                           int
	PermissionsBoundaryPolicyInputList []string
	PolicyInputList                    []string
	ResourceArns                       []string
	ResourceHandlingOption             string
	ResourceOwner                      string
	ResourcePolicy                     string
}

type evaluation struct {
	EvalActionName, EvalResourceName, EvalDecision string
	MatchedStatements                              []struct{}
	MissingContextValues                           []string
}

type simulateOutput struct {
	EvaluationResults []evaluation
	listed
}

// simulateCustomPolicy evaluates policies that need not be anybody's. Of what IAM's simulator looks at it has identity-based
// policies and boundaries, and takes every context key for one that the action has.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html
func (s *Service) simulateCustomPolicy(_ context.Context, in *simulateInput) (*simulateOutput, error) {
	switch {
	case len(in.PolicyInputList) == 0 || len(in.ActionNames) == 0:
		return nil, wire.Errorf("ValidationError", "PolicyInputList and ActionNames must not be empty")
	case in.CallerArn != "" || in.ResourceOwner != "" || in.ResourcePolicy != "" || in.ResourceHandlingOption != "":
		return nil, wire.Errorf("InvalidInput", "The embedded AWS simulates identity-based policies and permissions boundaries alone.")
	}
	policies, err := readAll(in.PolicyInputList)
	if err != nil {
		return nil, err
	}
	boundary, err := readAll(in.PermissionsBoundaryPolicyInputList)
	if err != nil {
		return nil, err
	}
	known := map[string][]string{}
	for _, e := range in.ContextEntries {
		known[strings.ToLower(e.ContextKeyName)] = e.ContextKeyValues
	}
	resources := in.ResourceArns
	if len(resources) == 0 {
		resources = []string{"*"}
	}
	var all []evaluation
	for _, action := range in.ActionNames {
		if service, name, ok := strings.Cut(action, ":"); !ok || service == "" || name == "" {
			return nil, wire.Errorf("InvalidInput", "Invalid Input Action: %s", action)
		}
		for _, resource := range resources {
			r := request{action, resource, known}
			decision := decide(policies, r)
			if len(in.PermissionsBoundaryPolicyInputList) > 0 {
				decision = bounded(policies, boundary, r)
			}
			all = append(all, evaluation{EvalActionName: action, EvalResourceName: resource, EvalDecision: decision})
		}
	}
	results, more, err := page(all, &listInput{Marker: in.Marker, MaxItems: in.MaxItems})
	return &simulateOutput{results, more}, err
}

func readAll(documents []string) ([]statement, error) {
	var all []statement
	for _, text := range documents {
		statements, err := readStatements(text)
		if err != nil {
			return nil, wire.Errorf("InvalidInput", "%v", err)
		}
		all = append(all, statements...)
	}
	return all, nil
}
