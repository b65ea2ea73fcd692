package targets

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/awslabs/goformation/v7/cloudformation"

	"github.com/bellyfed/splitecs/cfn"
)

// InfraPolicy writes to stdout the IAM policy of the role that carries out every target in env: what the targets call,
// and what CloudFormation does for them with the resources of both templates, as the same role. It needs no
// credentials.
func (t Set) InfraPolicy(ctx context.Context, env string) error {
	return t.run(ctx, "infra:policy", env, func(_ context.Context, s *session) error {
		types, err := s.resourceTypes()
		if err != nil {
			return err
		}
		for _, kind := range types {
			if permittedResources[kind] == nil {
				s.console.Note("%s is of the App's extensions: the policy has nothing for it; give the role what CloudFormation needs for it as well", kind)
			}
		}
		made, err := s.madeNames()
		if err != nil {
			return err
		}
		text, err := json.MarshalIndent(policyOf(s.place, types, made), "", "  ")
		if err != nil {
			return fmt.Errorf("write policy: %w", err)
		}
		if n := compactLength(text); n > inlineLimit {
			s.console.Note("%d characters without white space, and the policies within a role have %d: make managed policies of its statements", n, inlineLimit)
		}
		if twin := s.taggedAlike(); twin != "" {
			s.console.Note("the tags of the configuration give %s the same app and environment as %s: what AWS chooses the names of in one, the policy reaches in the other", s.place.Env, twin)
		}
		s.console.Document(append(text, '\n'))
		return nil
	})
}

// inlineLimit of the policies within one role, white space not counted.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const inlineLimit = 10_240

// compactLength of JSON is that without white space between its tokens. Pure.
func compactLength(text []byte) int {
	var compact bytes.Buffer
	if json.Compact(&compact, text) != nil {
		return len(text)
	}
	return compact.Len()
}

// everyName are the names of every service in the environment of a place, the application's own first.
func everyName(place cfn.Place) []cfn.Names {
	var all []cfn.Names
	for _, p := range place.Places() {
		all = append(all, p.Names)
	}
	return all
}

// templatesOf a place, by their stacks.
func templatesOf(place cfn.Place) map[string]func() (*cloudformation.Template, error) {
	return map[string]func() (*cloudformation.Template, error){
		place.Names.InfraStack:   func() (*cloudformation.Template, error) { return place.InfraTemplate(cfn.Kept{}) },
		place.Names.ServiceStack: place.ServiceTemplate,
	}
}

// eachResource calls found with every resource in all templates, its name in the template, and its stack.
func (s *session) eachResource(found func(stack, name string, r cloudformation.Resource)) error {
	for _, place := range s.place.Places() {
		for stack, template := range templatesOf(place) {
			t, err := template()
			if err != nil {
				return err
			}
			for name, r := range t.Resources {
				found(stack, name, r)
			}
		}
	}
	return nil
}

// resourceTypes are the types of the resources in all templates.
func (s *session) resourceTypes() ([]string, error) {
	types := map[string]bool{}
	err := s.eachResource(func(_, _ string, r cloudformation.Resource) { types[r.AWSCloudFormationType()] = true })
	return slices.Sorted(maps.Keys(types)), err
}

// policy is a document of IAM.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
type policy struct {
	Version   string
	Statement []policyStatement
}

type policyStatement struct {
	Sid       string
	Effect    string
	Action    words
	Resource  words
	Condition conditions `json:",omitempty"`
}

// words are written as one where there is only one: a role takes so many characters and no more.
type words []string

// MarshalJSON writes a list of one as its item.
func (w words) MarshalJSON() ([]byte, error) {
	if len(w) == 1 {
		return json.Marshal(w[0])
	}
	return json.Marshal([]string(w))
}

// conditions of a statement: operator, key, values.
type conditions map[string]map[string]words

// policyOf grants what calls and resources need, one statement for each scope. Pure.
func policyOf(place cfn.Place, types []string, made madeNames) policy {
	e := place.Environment
	granted := map[scope][]string{}
	for _, c := range permittedCalls {
		granted[c.on] = append(granted[c.on], c.actions...)
	}
	for _, kind := range types {
		for on, actions := range permittedResources[kind] {
			granted[on] = append(granted[on], actions...)
		}
	}
	for on, needless := range map[scope]bool{
		onTaskPolicies: len(e.TaskPolicies) == 0, // a condition without values would allow nothing
		onSecrets:      len(e.AllSecrets()) == 0,
		onCertificate:  e.CertificateARN == "",
		onBroughtVPC:   e.Network.VPCID == "",
		onOtherStacks:  !sharesItsAccount(place),
		onOtherImages:  !sharesItsAccount(place),
		onBases:        len(basesOf(place)) == 0,
	} {
		if needless {
			delete(granted, on)
		}
	}
	if e.PermissionsBoundary == "" {
		granted[onRoles] = append(granted[onRoles], slices.DeleteFunc(granted[onBoundedRoles], func(a string) bool { return a == putBoundary })...)
		delete(granted, onBoundedRoles)
	}
	scopes := scopesOf(place, made)
	statements := map[string]policyStatement{}
	for on, actions := range granted {
		s := statements[on.sid()]
		s.Action = distinct(append(s.Action, actions...))
		s.Resource = distinct(append(s.Resource, scopes[on].Resource...))
		s.Sid, s.Effect, s.Condition = on.sid(), "Allow", scopes[on].Condition
		statements[on.sid()] = s
	}
	p := policy{Version: "2012-10-17"}
	for _, sid := range slices.Sorted(maps.Keys(statements)) {
		p.Statement = append(p.Statement, statements[sid])
	}
	return p
}

func distinct(all words) words { return slices.Compact(slices.Sorted(slices.Values(all))) }
