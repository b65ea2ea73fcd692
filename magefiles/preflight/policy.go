package preflight

import (
	"encoding/json"
	"fmt"
	"strings"
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

type statement struct {
	Effect    string
	Principal principal
	Action    words
	Resource  words
	Condition map[string]map[string]words
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

// matches tells whether one of the patterns, with * and ?, means the text.
func (w words) matches(text string) bool {
	for _, pattern := range w {
		if like(pattern, text) {
			return true
		}
	}
	return false
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
		if s.Effect == "Allow" && s.Principal["Service"].matches(tasks) && s.Action.matches("sts:AssumeRole") && s.here(account, region) {
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

// allowed tells whether one of the documents allows an action on a resource. It takes every condition for met: what
// it denies is denied.
func allowed(documents []string, action, resource string) (bool, error) {
	for _, d := range documents {
		list, err := statements(d)
		if err != nil {
			return false, err
		}
		for _, s := range list {
			if s.Effect == "Allow" && s.Action.matches(action) && s.Resource.matches(resource) {
				return true, nil
			}
		}
	}
	return false, nil
}
