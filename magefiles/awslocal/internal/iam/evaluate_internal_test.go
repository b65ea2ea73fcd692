package iam

import (
	"fmt"
	"strings"
	"testing"
)

func say(t *testing.T, policy string) []statement {
	t.Helper()
	statements, err := readStatements(policy)
	if err != nil {
		t.Fatal(err)
	}
	return statements
}

// under is a policy of one statement that allows everything under a condition.
func under(condition string) string {
	return `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":` + condition + `}}`
}

// The rules are those of IAM's user guide; each line is one that it states.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
func TestConditions(t *testing.T) {
	for _, of := range []struct {
		condition string
		context   map[string][]string
		want      bool
	}{
		{`{"StringEquals":{"aws:ResourceTag/app":"shop"}}`, map[string][]string{"aws:resourcetag/app": {"shop"}}, true},
		{`{"StringEquals":{"AWS:resourcetag/APP":"shop"}}`, map[string][]string{"aws:resourcetag/app": {"shop"}}, true}, // keys have no case
		{`{"StringEquals":{"aws:ResourceTag/app":"shop"}}`, map[string][]string{"aws:resourcetag/app": {"Shop"}}, false},
		{`{"StringEquals":{"aws:ResourceTag/app":"sh*"}}`, map[string][]string{"aws:resourcetag/app": {"shop"}}, false},
		{`{"StringEquals":{"aws:ResourceTag/app":"shop"}}`, nil, false}, // absent
		{`{"StringEquals":{"k":["a","b"]}}`, map[string][]string{"k": {"b"}}, true},
		{`{"StringEquals":{"k":"a","l":"b"}}`, map[string][]string{"k": {"a"}}, false}, // all keys
		{`{"StringEquals":{"k":"a"},"StringLike":{"l":"b*"}}`, map[string][]string{"k": {"a"}, "l": {"c"}}, false},
		{`{"StringEqualsIgnoreCase":{"k":"A"}}`, map[string][]string{"k": {"a"}}, true},
		{`{"StringNotEquals":{"k":["a","b"]}}`, map[string][]string{"k": {"b"}}, false}, // neither
		{`{"StringNotEquals":{"k":["a","b"]}}`, map[string][]string{"k": {"c"}}, true},
		{`{"StringNotEquals":{"k":"a"}}`, nil, true}, // negated and absent
		{`{"StringLike":{"k":"sh?p-*"}}`, map[string][]string{"k": {"shop-dev"}}, true},
		{`{"StringLike":{"k":"sh?p-*"}}`, map[string][]string{"k": {"shp-dev"}}, false},
		{`{"StringLike":{"k":"*"}}`, nil, false},
		{`{"StringNotLike":{"k":"a*"}}`, map[string][]string{"k": {"ab"}}, false},
		{`{"StringEqualsIfExists":{"k":"a"}}`, nil, true},
		{`{"StringEqualsIfExists":{"k":"a"}}`, map[string][]string{"k": {"b"}}, false},
		{`{"Null":{"k":"true"}}`, nil, true},
		{`{"Null":{"k":true}}`, map[string][]string{"k": {""}}, false},
		{`{"Null":{"k":"false"}}`, map[string][]string{"k": {"x"}}, true},
		{`{"Null":{"k":"false"}}`, nil, false},
		{`{"ArnLike":{"k":"arn:aws:ecs:*:1:cluster/shop-*"}}`, map[string][]string{"k": {"arn:aws:ecs:eu-west-1:1:cluster/shop-dev"}}, true},
		{`{"ArnEquals":{"k":"arn:aws:ecs:*:1:cluster/shop-*"}}`, map[string][]string{"k": {"arn:aws:ecs:eu-west-1:1:cluster/shop-dev"}}, true}, // the same
		{`{"ArnLike":{"k":"arn:aws:ecs:*:cluster/shop"}}`, map[string][]string{"k": {"arn:aws:ecs:eu-west-1:1:cluster/shop"}}, false},          // part by part
		{`{"ArnNotLike":{"k":"arn:aws:ecs:*:*:*"}}`, map[string][]string{"k": {"arn:aws:ecs:a:1:b"}}, false},
		{`{"ArnLikeIfExists":{"k":"arn:aws:ecs:*:*:*"}}`, nil, true},
		{`{"Bool":{"aws:SecureTransport":"true"}}`, map[string][]string{"aws:securetransport": {"true"}}, true},
		{`{"Bool":{"aws:SecureTransport":true}}`, map[string][]string{"aws:securetransport": {"false"}}, false},
		{`{"NumericLessThanEquals":{"k":"10"}}`, map[string][]string{"k": {"10"}}, true},
		{`{"NumericGreaterThan":{"k":10}}`, map[string][]string{"k": {"10"}}, false},
		{`{"NumericNotEquals":{"k":10}}`, map[string][]string{"k": {"11"}}, true},
		{`{"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}}`, map[string][]string{"aws:tagkeys": {"a", "b"}}, true},
		{`{"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"]}}`, map[string][]string{"aws:tagkeys": {"a", "c"}}, false},
		{`{"ForAllValues:StringEquals":{"aws:TagKeys":"a"}}`, nil, true}, // over nothing
		{`{"ForAnyValue:StringEquals":{"aws:TagKeys":["a","b"]}}`, map[string][]string{"aws:tagkeys": {"c", "b"}}, true},
		{`{"ForAnyValue:StringEquals":{"aws:TagKeys":"a"}}`, nil, false},
		{`{"ForAnyValue:StringNotEquals":{"k":"a"}}`, map[string][]string{"k": {"a", "b"}}, true},
		{`{"ForAllValues:StringNotLike":{"k":"a*"}}`, map[string][]string{"k": {"b", "ab"}}, false},
	} {
		got := decide(say(t, under(of.condition)), request{"s3:GetObject", "arn:aws:s3:::b/k", of.context}) == allowed
		if got != of.want {
			t.Errorf("%s with %v: %t", of.condition, of.context, got)
		}
	}
}

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
func TestActionsResourcesAndEffects(t *testing.T) {
	statement := func(effect, action, resource string) string {
		return fmt.Sprintf(`{"Effect":%q,%s,%s}`, effect, action, resource)
	}
	const get, vpc = `"Action":"s3:Get*"`, "arn:aws:ec2:eu-west-1:1:vpc/vpc-1"
	for _, of := range []struct {
		statements       string
		action, resource string
		want             string
	}{
		{statement("Allow", get, `"Resource":"*"`), "s3:GetObject", "arn:aws:s3:::b/k", allowed},
		{statement("Allow", `"Action":["S3:getobject"]`, `"Resource":["*"]`), "s3:GetObject", "*", allowed}, // actions have no case
		{statement("Allow", get, `"Resource":"*"`), "s3:PutObject", "*", implicitDeny},
		{statement("Allow", get, `"Resource":"arn:aws:s3:::b/*"`), "s3:GetObject", "arn:aws:s3:::b/k/l:m", allowed}, // the last part goes on
		{statement("Allow", get, `"Resource":"arn:aws:s3:::b/*"`), "s3:GetObject", "arn:aws:s3:::B/k", implicitDeny},
		{statement("Allow", get, `"Resource":"arn:aws:s3:::b/*"`), "s3:GetObject", "*", implicitDeny},
		{statement("Allow", `"Action":"ec2:*"`, `"Resource":"arn:aws:ec2:*:vpc/*"`), "ec2:DeleteVpc", vpc, implicitDeny}, // not over a colon
		{statement("Allow", `"Action":"ec2:*"`, `"Resource":"arn:aws:ec2:*:*:vpc/vpc-?"`), "ec2:DeleteVpc", vpc, allowed},
		{statement("Allow", `"NotAction":"s3:*"`, `"Resource":"*"`), "ec2:DeleteVpc", vpc, allowed},
		{statement("Allow", `"NotAction":"s3:*"`, `"Resource":"*"`), "s3:GetObject", "*", implicitDeny},
		{statement("Allow", `"Action":"*"`, `"NotResource":"`+vpc+`"`), "ec2:DeleteVpc", vpc, implicitDeny},
		{statement("Allow", `"Action":"*"`, `"Resource":"*"`) + "," + statement("Deny", get, `"Resource":"*"`), "s3:GetObject", "*", explicitDeny},
		{statement("Deny", get, `"Resource":"*"`), "s3:PutObject", "*", implicitDeny},
	} {
		got := decide(say(t, `{"Statement":[`+of.statements+`]}`), request{of.action, of.resource, nil})
		if got != of.want {
			t.Errorf("%s: %s on %s is %s", of.statements, of.action, of.resource, got)
		}
	}
}

func TestABoundaryAllowsNothingByItself(t *testing.T) {
	all := say(t, `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`)
	reads := say(t, `{"Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}]}`)
	for _, of := range []struct {
		own, boundary []statement
		action, want  string
	}{
		{all, reads, "s3:GetObject", allowed}, {all, reads, "s3:PutObject", implicitDeny}, {reads, all, "s3:PutObject", implicitDeny},
		{all, say(t, `{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}`), "s3:GetObject", explicitDeny},
	} {
		if got := bounded(of.own, of.boundary, request{of.action, "*", nil}); got != of.want {
			t.Errorf("%s is %s, want %s", of.action, got, of.want)
		}
	}
}

// What is not evaluated is refused, rather than taken for something.
func TestPoliciesThatAreNotEvaluated(t *testing.T) {
	for policy, want := range map[string]string{
		`{`: "syntax errors", `{"Statement":[]}`: "Syntax errors", `{"Statement":{"Effect":"Allow","Action":"*"}}`: "must contain resources",
		under(`{"DateLessThan":{"aws:CurrentTime":"2026-01-01T00:00:00Z"}}`): "does not evaluate the condition operator DateLessThan",
		under(`{"ForSome:StringEquals":{"k":"a"}}`):                          "is no condition operator",
		under(`{"StringEquals":{"aws:ResourceTag/u":"${aws:username}"}}`):    "resolves no variables",
	} {
		if _, err := readStatements(policy); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", policy, err, want)
		}
	}
}
