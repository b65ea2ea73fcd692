package preflight

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// Lost are the permissions that policy documents gave and others do not give, in words: "s3:GetObject on arn:…". One that
// gets a condition, or is denied from then on, is lost; what was denied before is not. Statements with one of the
// Not-elements are compared as a whole.
func Lost(before, after []string) ([]string, error) {
	old, err := statementsOf(before)
	if err != nil {
		return nil, err
	}
	now, err := statementsOf(after)
	if err != nil {
		return nil, err
	}
	var lost []string
	for _, s := range old {
		if s.Effect != "Allow" || slices.ContainsFunc(now, func(n statement) bool { return reflect.DeepEqual(n, s) }) && !denies(now, old, s) {
			continue
		}
		if s.NotAction != nil || s.NotResource != nil {
			lost = append(lost, "what a statement with NotAction or NotResource allowed")
			continue
		}
		for _, action := range s.Action {
			for _, resource := range s.Resource {
				given := slices.ContainsFunc(now, func(n statement) bool {
					return n.acts(action) && n.covers(resource) && (len(n.Condition) == 0 || reflect.DeepEqual(n.Condition, s.Condition))
				})
				if !given || isDenied(now, action, resource) && !isDenied(old, action, resource) {
					lost = append(lost, action+" on "+resource)
				}
			}
		}
	}
	slices.Sort(lost)
	return slices.Compact(lost), nil
}

func statementsOf(documents []string) ([]statement, error) {
	var all []statement
	for _, d := range documents {
		list, err := statements(d)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return all, nil
}

// denies tells whether something that a statement allows is denied now and was not before.
func denies(now, old []statement, s statement) bool {
	for _, action := range s.Action {
		for _, resource := range s.Resource {
			if isDenied(now, action, resource) && !isDenied(old, action, resource) {
				return true
			}
		}
	}
	return false
}

// isDenied tells whether one of the statements denies an action on a resource, or a part of what the two patterns mean,
// perhaps under a condition.
func isDenied(list []statement, action, resource string) bool {
	overlap := func(a, b string) bool { return like(a, b) || like(b, a) }
	return slices.ContainsFunc(list, func(s statement) bool {
		return s.Effect == "Deny" &&
			(s.NotAction != nil || slices.ContainsFunc(s.Action, func(p string) bool { return overlap(strings.ToLower(p), strings.ToLower(action)) })) &&
			(s.NotResource != nil || slices.ContainsFunc(s.Resource, func(p string) bool { return overlap(p, resource) }))
	})
}

// FewerCodes are the success codes of a health check that count before and not after, as a matcher has them: "201-299";
// empty where there are none. A matcher that is empty takes 200.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Matcher.html
func FewerCodes(before, after string) string {
	var parts []string
	for code := 200; code < 500; code++ {
		if !success(before, code) || success(after, code) {
			continue
		}
		first := code
		for code+1 < 500 && success(before, code+1) && !success(after, code+1) {
			code++
		}
		text := strconv.Itoa(first)
		if code > first {
			text = fmt.Sprintf("%d-%d", first, code)
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ",")
}

// later is a value that CloudFormation knows only once the change is made.
var later = lazyregexp.New(`\{\{changeSet:[A-Z_]+\}\}`)

// Documents are the policy documents among the properties of a role as a change set has them, JSON each, and the ARNs of its
// managed policies. What CloudFormation knows only afterwards counts as anything. known is false where it tells nothing of
// the policies.
func Documents(role map[string]any) (inline, managed []string, known bool) {
	policies, isList := role["Policies"].([]any)
	if !isList && role["Policies"] != nil {
		return nil, nil, false
	}
	for _, p := range policies {
		m, ok := p.(map[string]any)
		if !ok {
			return nil, nil, false
		}
		text, err := json.Marshal(m["PolicyDocument"])
		if err != nil {
			return nil, nil, false
		}
		inline = append(inline, later.ReplaceAllString(string(text), "*"))
	}
	arns, _ := role["ManagedPolicyArns"].([]any)
	for _, a := range arns {
		if arn, ok := a.(string); ok {
			managed = append(managed, arn)
		}
	}
	return inline, managed, true
}
