package preflight

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// The policy language, as far as it decides who may assume a role and what a role may do.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html

// words is one string or a list of them.
type words []string

func (w *words) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*w = words{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(w))
}

// principal is "*" or a map from a kind to names.
type principal map[string]words

func (p *principal) UnmarshalJSON(data []byte) error {
	if string(data) == `"*"` {
		*p = principal{"Service": {"*"}}
		return nil
	}
	return json.Unmarshal(data, (*map[string]words)(p))
}

// statement of a policy. One of the Not-elements means everything but what it names: what that is, is not worked out,
// and it counts as everything.
type statement struct {
	Effect       string
	Principal    principal
	NotPrincipal json.RawMessage
	Action       words
	NotAction    json.RawMessage
	Resource     words
	NotResource  json.RawMessage
	Condition    map[string]map[string]words
}

// acts tells whether the statement allows an action. Actions are compared without regard to case.
func (s statement) acts(action string) bool {
	return s.Effect == "Allow" && (s.NotAction != nil || s.names(action))
}

// names tells whether an action is one of the statement's.
func (s statement) names(action string) bool {
	return slices.ContainsFunc(s.Action, func(pattern string) bool {
		return like(strings.ToLower(pattern), strings.ToLower(action))
	})
}

// denies tells whether the statement denies an action on a resource, whatever the circumstances.
func (s statement) denies(action, resource string) bool {
	return s.Effect == "Deny" && len(s.Condition) == 0 && s.names(action) && s.Resource.matches(resource)
}

// trusts tells whether the statement is about a service.
func (s statement) trusts(service string) bool {
	return s.NotPrincipal != nil || s.Principal["Service"].matches(service)
}

// covers tells whether the statement is about a resource.
func (s statement) covers(resource string) bool {
	return s.NotResource != nil || s.Resource.matches(resource)
}

// statements of a policy document; they may be one.
func statements(document string) ([]statement, error) {
	var d struct{ Statement json.RawMessage }
	if err := json.Unmarshal([]byte(document), &d); err != nil {
		return nil, fmt.Errorf("read policy document: %w", err)
	}
	var list []statement
	if json.Unmarshal(d.Statement, &list) == nil {
		return list, nil
	}
	var one statement
	if err := json.Unmarshal(d.Statement, &one); err != nil {
		return nil, fmt.Errorf("read policy document: %w", err)
	}
	return []statement{one}, nil
}

// variable of a policy, such as ${aws:PrincipalAccount}, which may stand for anything.
var variable = lazyregexp.New(`\$\{[^}]*\}`)

// matches tells whether one of the patterns, with *, ? and variables, means the text.
func (w words) matches(text string) bool {
	return slices.ContainsFunc(w, func(pattern string) bool { return like(variable.ReplaceAllString(pattern, "*"), text) })
}

// like matches * with any characters and ? with one.
func like(pattern, text string) bool {
	star, mark := -1, 0
	p, t := 0, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]):
			p++
			t++
		case star >= 0:
			mark++
			p, t = star+1, mark
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// tasks is who assumes the roles of a task.
const tasks = "ecs-tasks.amazonaws.com"

// admits tells whether the trust policy lets ECS assume the role for tasks of an account and region. Of conditions, it
// knows those that name account and source. https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
func admits(trust, account, region string) (bool, error) {
	list, err := statements(trust)
	if err != nil {
		return false, err
	}
	for _, s := range list {
		if s.acts("sts:AssumeRole") && s.trusts(tasks) && s.here(account, region) {
			return true, nil
		}
	}
	return false, nil
}

// here tells whether the conditions on the source of a call can be met by a task of the account and region.
func (s statement) here(account, region string) bool {
	for _, conditions := range s.Condition {
		for key, values := range conditions {
			switch strings.ToLower(key) {
			case "aws:sourceaccount":
				if account != "" && !values.matches(account) {
					return false
				}
			case "aws:sourcearn":
				met := false
				for _, v := range values {
					a := parseARN(v)
					met = met || v == "*" || (account == "" || like(a.account, account)) && like(a.region, region)
				}
				if !met {
					return false
				}
			}
		}
	}
	return true
}

// Allows tells whether one of the documents allows an action on a resource, and none denies it. It takes every condition
// for what lets the action be: what it says is not allowed is not allowed.
func Allows(documents []string, action, resource string) (ok bool, err error) {
	for _, d := range documents {
		list, err := statements(d)
		if err != nil {
			return false, err
		}
		for _, s := range list {
			if s.denies(action, resource) {
				return false, nil
			}
			ok = ok || s.acts(action) && s.covers(resource)
		}
	}
	return ok, nil
}
