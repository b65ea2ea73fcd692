package cfn

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/awslabs/goformation/v7/cloudformation/iam"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// Statement of an IAM policy, written in an inline policy of a role of the infra stack.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
type Statement struct {
	// Effect is "Allow" or "Deny". Default "Allow".
	Effect string
	// Actions such as "s3:GetObject" or "s3:Get*"; at least one.
	Actions []string
	// Resources are ARNs, with wildcards where IAM takes them, "*", or intrinsic functions that name resources of the infra
	// stack; at least one. Allowing every action ("*") on every resource ("*") is refused.
	Resources []string
	// Conditions: the values of a key for which an operator holds, as in
	// {"StringEquals": {"s3:prefix": {"public/"}}}.
	Conditions map[string]map[string][]string
}

// rolePolicies are the inline policy that statements make; none where there are no statements.
func rolePolicies(name string, statements []Statement) []iam.Role_Policy {
	if len(statements) == 0 {
		return nil
	}
	return []iam.Role_Policy{{PolicyName: name, PolicyDocument: document(written(statements)...)}}
}

func written(statements []Statement) []statement {
	list := make([]statement, len(statements))
	for i, s := range statements {
		list[i] = allow("", s.Actions, s.Resources)
		if s.Effect != "" {
			list[i].Effect = s.Effect
		}
		for operator, keys := range s.Conditions {
			if list[i].Condition == nil {
				list[i].Condition = map[string]map[string]any{}
			}
			list[i].Condition[operator] = map[string]any{}
			for key, values := range keys {
				list[i].Condition[operator][key] = values
			}
		}
	}
	return list
}

var (
	actionPattern   = lazyregexp.New(`^(\*|[a-z0-9-]+:[A-Za-z0-9*?]+)$`)
	resourcePattern = lazyregexp.New(`^(\*|arn:[^:\s]+:[^:\s]+:[^:\s]*:[^:\s]*:\S+)$`)
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
	operatorPattern = lazyregexp.New(`^(ForAllValues:|ForAnyValue:)?(String(Not)?(Equals(IgnoreCase)?|Like)|(Numeric|Date)((Not)?Equals|LessThan(Equals)?|GreaterThan(Equals)?)|Bool|BinaryEquals|(Not)?IpAddress|Arn(Not)?(Equals|Like)|Null)(IfExists)?$`)
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
	conditionKeyPattern = lazyregexp.New(`^[A-Za-z0-9-]+:\S+$`)
)

// statements checks the statements of a role; room is what its other inline policies leave.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
func (v *validator) statements(field string, statements []Statement, e Environment, room int) {
	for i, s := range statements {
		v.within(fmt.Sprintf("%s[%d].", field, i), func() { v.statement(s, e) })
	}
	if len(statements) == 0 {
		return
	}
	text, err := json.Marshal(written(statements))
	if err != nil {
		v.add(field, "cannot be written: %v", err)
	}
	if len(text) > room {
		v.add(field, "take %d characters of an inline policy: %d are left; put some into a managed policy", len(text), room)
	}
}

func (v *validator) statement(s Statement, e Environment) {
	if s.Effect != "" && s.Effect != "Allow" && s.Effect != "Deny" {
		v.add("Effect", `%q is neither "Allow" nor "Deny"`, s.Effect)
	}
	if len(s.Actions) == 0 {
		v.add("Actions", "are empty: name at least one")
	}
	for i, action := range s.Actions {
		if !actionPattern.MatchString(action) {
			v.add(fmt.Sprintf("Actions[%d]", i), "%q is not an action such as s3:GetObject", action)
		}
	}
	if len(s.Resources) == 0 {
		v.add("Resources", `are empty: name at least one, or "*"`)
	}
	for i, resource := range s.Resources {
		if _, intrinsic := decodeIntrinsic(resource); !intrinsic && !resourcePattern.MatchString(resource) {
			v.add(fmt.Sprintf("Resources[%d]", i), `%q is not an ARN or "*"`, resource)
		}
		if !strings.ContainsAny(parseARN(resource).partition, "*?") {
			v.partition(fmt.Sprintf("Resources[%d]", i), resource, e)
		}
	}
	if s.Effect != "Deny" && slices.Contains(s.Actions, "*") && slices.Contains(s.Resources, "*") {
		v.add("Actions", "allow everything on everything: name the actions or the resources")
	}
	for _, operator := range slices.Sorted(maps.Keys(s.Conditions)) {
		at := fmt.Sprintf("Conditions[%q]", operator)
		if !operatorPattern.MatchString(operator) {
			v.add(at, "is not an operator such as StringEquals")
		}
		if len(s.Conditions[operator]) == 0 {
			v.add(at, "has no keys")
		}
		for _, key := range slices.Sorted(maps.Keys(s.Conditions[operator])) {
			at := fmt.Sprintf("%s[%q]", at, key)
			if !conditionKeyPattern.MatchString(key) {
				v.add(at, "is not a key such as aws:SourceVpc")
			}
			if len(s.Conditions[operator][key]) == 0 {
				v.add(at, "has no values, so that it never holds")
			}
		}
	}
}
