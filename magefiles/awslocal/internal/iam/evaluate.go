package iam

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// The decisions about a request, in the words of IAM's simulator.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_EvaluationResult.html
const (
	allowed      = "allowed"
	explicitDeny = "explicitDeny"
	implicitDeny = "implicitDeny"
)

// request is an action on a resource, with the context that it has. Keys are in lower case.
type request struct {
	action, resource string
	context          map[string][]string
}

// statement of an identity-based policy, as far as the evaluation looks at it.
type statement struct {
	Effect                                   string
	Action, NotAction, Resource, NotResource words
	Condition                                map[string]map[string]words
}

// words are one string, boolean or number, or a list of them.
type words []string

// UnmarshalJSON takes one value, too.
func (w *words) UnmarshalJSON(data []byte) error {
	var value any
	if err := json.Unmarshal(data, &value); err != nil {
		return err
	}
	list, several := value.([]any)
	if !several {
		list = []any{value}
	}
	*w = make(words, 0, len(list))
	for _, v := range list {
		*w = append(*w, fmt.Sprint(v))
	}
	return nil
}

// readStatements are the statements of a policy. The error says what is not the grammar, or what the embedded AWS does not
// evaluate.
func readStatements(policy string) ([]statement, error) {
	var document any
	if err := json.Unmarshal([]byte(policy), &document); err != nil {
		return nil, fmt.Errorf("syntax errors in policy: %w", err)
	}
	if err := checkDocument(document, false); err != nil {
		return nil, err
	}
	if strings.Contains(policy, "${") {
		return nil, fmt.Errorf("the embedded AWS resolves no variables in policies")
	}
	raw, err := json.Marshal(document.(map[string]any)["Statement"])
	if err != nil {
		return nil, err
	}
	var list []statement
	if raw[0] != '[' {
		raw = slices.Concat([]byte("["), raw, []byte("]"))
	}
	if err := json.Unmarshal(raw, &list); err != nil {
		return nil, fmt.Errorf("syntax errors in policy: %w", err)
	}
	for _, s := range list {
		for operator := range s.Condition {
			if _, err := operatorOf(operator); err != nil {
				return nil, err
			}
		}
	}
	return list, nil
}

// decide is what the policies of an identity say to a request: a denial outweighs everything, and what no statement allows
// is denied. Pure.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
func decide(policies []statement, r request) string {
	decision := implicitDeny
	for _, s := range policies {
		if !s.applies(r) {
			continue
		}
		if s.Effect == "Deny" {
			return explicitDeny
		}
		decision = allowed
	}
	return decision
}

// bounded is what an identity may do that has a permissions boundary: what both allow. Pure.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
func bounded(policies, boundary []statement, r request) string {
	own, bound := decide(policies, r), decide(boundary, r)
	switch {
	case own == explicitDeny || bound == explicitDeny:
		return explicitDeny
	case own == allowed && bound == allowed:
		return allowed
	}
	return implicitDeny
}

func (s statement) applies(r request) bool {
	action := func(pattern string) bool { return matches(strings.ToLower(pattern), strings.ToLower(r.action)) }
	resource := func(pattern string) bool { return matchesARN(pattern, r.resource) }
	if s.Action != nil && !slices.ContainsFunc(s.Action, action) || s.NotAction != nil && slices.ContainsFunc(s.NotAction, action) {
		return false
	}
	if s.Resource != nil && !slices.ContainsFunc(s.Resource, resource) || s.NotResource != nil && slices.ContainsFunc(s.NotResource, resource) {
		return false
	}
	for name, keys := range s.Condition {
		operator, err := operatorOf(name)
		if err != nil {
			return false // refused before
		}
		for key, values := range keys {
			if !operator.holds(values, r.context[strings.ToLower(key)]) {
				return false
			}
		}
	}
	return true
}

// matches tells whether a pattern with * and ? is all of a text.
func matches(pattern, text string) bool {
	head, rest, star := strings.Cut(pattern, "*")
	if !star {
		return equalTo(head, text) && len(head) == len(text)
	}
	if len(text) < len(head) || !equalTo(head, text[:len(head)]) {
		return false
	}
	for from := len(head); from <= len(text); from++ {
		if matches(rest, text[from:]) {
			return true
		}
	}
	return false
}

// equalTo compares a pattern without * with a text of its length.
func equalTo(pattern, text string) bool {
	if len(pattern) != len(text) {
		return false
	}
	for i := range len(pattern) {
		if pattern[i] != '?' && pattern[i] != text[i] {
			return false
		}
	}
	return true
}

// matchesARN compares ARNs part by part: a wildcard does not reach beyond its own one, but in the last.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
func matchesARN(pattern, arn string) bool {
	if pattern == "*" {
		return true
	}
	patterns, parts := strings.SplitN(pattern, ":", 6), strings.SplitN(arn, ":", 6)
	if len(patterns) != len(parts) {
		return false
	}
	for i := range patterns {
		if !matches(patterns[i], parts[i]) {
			return false
		}
	}
	return true
}
