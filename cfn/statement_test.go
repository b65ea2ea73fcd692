package cfn_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/awslabs/goformation/v7/cloudformation"

	"github.com/bellyfed/splitecs/cfn"
)

// granted has statements of every form.
func granted(e *cfn.Environment) {
	e.TaskStatements = []cfn.Statement{
		{Actions: []string{"s3:GetObject", "s3:Put*"}, Resources: []string{"arn:aws:s3:::bellyfed-uploads/*"}},
		{Effect: "Deny", Actions: []string{"*"}, Resources: []string{"*"}, Conditions: map[string]map[string][]string{
			"Bool":            {"aws:SecureTransport": {"false"}},
			"StringNotEquals": {"aws:RequestedRegion": {"ap-southeast-1", "us-east-1"}, "aws:SourceAccount": {"123456789012"}},
		}},
		{Effect: "Allow", Actions: []string{"logs:PutLogEvents"}, Resources: []string{cloudformation.GetAtt("LogGroup", "Arn")}},
	}
	e.ExecutionStatements = []cfn.Statement{
		{Actions: []string{"ecr:BatchGetImage"}, Resources: []string{"arn:aws:ecr:ap-southeast-1:210987654321:repository/proxy"}},
	}
}

func TestValidateStatements(t *testing.T) {
	const at = `Environments["dev"].TaskStatements[0].`
	good := func(change func(*cfn.Statement)) cfn.Statement {
		s := cfn.Statement{Actions: []string{"s3:GetObject"}, Resources: []string{"arn:aws:s3:::a/*"}}
		change(&s)
		return s
	}
	for _, test := range []struct {
		name string
		with func(*cfn.Statement)
		want []string
	}{
		{"good", func(*cfn.Statement) {}, nil},
		{"one service on everything", func(s *cfn.Statement) { s.Actions, s.Resources = []string{"s3:*"}, []string{"*"} }, nil},
		{"everything on one resource", func(s *cfn.Statement) { s.Actions = []string{"*"} }, nil},
		{"everything", func(s *cfn.Statement) { s.Actions, s.Resources = []string{"s3:*", "*"}, []string{"*"} }, []string{at + "Actions: allow everything on everything"}},
		{"nothing denied", func(s *cfn.Statement) { s.Effect, s.Actions, s.Resources = "Deny", []string{"*"}, []string{"*"} }, nil},
		{"effect", func(s *cfn.Statement) { s.Effect = "allow" }, []string{at + `Effect: "allow" is neither "Allow" nor "Deny"`}},
		{"nothing", func(s *cfn.Statement) { *s = cfn.Statement{} }, []string{at + "Actions: are empty", at + "Resources: are empty"}},
		{"action", func(s *cfn.Statement) { s.Actions = append(s.Actions, "GetObject", "S3:Get", "s3:Get Object") }, []string{
			at + `Actions[1]: "GetObject" is not an action such as s3:GetObject`, at + `Actions[2]: "S3:Get"`, at + `Actions[3]: "s3:Get Object"`,
		}},
		{"resource", func(s *cfn.Statement) { s.Resources = []string{"bucket", "arn:aws:s3:::a", "arn:aws:s3"} }, []string{
			at + `Resources[0]: "bucket" is not an ARN or "*"`, at + `Resources[2]: "arn:aws:s3" is not`,
		}},
		{"conditions", func(s *cfn.Statement) {
			s.Conditions = map[string]map[string][]string{"Equals": {"aws:a": {"b"}}, "StringLike": {"key": {"b"}, "aws:b": nil}, "Null": nil, "ForAnyValue:StringEqualsIfExists": {"aws:TagKeys": {"x"}}}
		}, []string{
			at + `Conditions["Equals"]: is not an operator`, at + `Conditions["Null"]: has no keys`,
			at + `Conditions["StringLike"]["aws:b"]: has no values`, at + `Conditions["StringLike"]["key"]: is not a key`,
		}},
		{"too long", func(s *cfn.Statement) { s.Resources = []string{"arn:aws:s3:::" + strings.Repeat("a", 10_240)} }, []string{
			`Environments["dev"].TaskStatements: take 10`,
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := problems(t, with("dev", func(_ *cfn.App, e *cfn.Environment) { e.TaskStatements = []cfn.Statement{good(test.with)} }).Validate())
			if !slices.EqualFunc(got, test.want, strings.HasPrefix) {
				t.Errorf("\n got %q\nwant %q", got, test.want)
			}
		})
	}
	// The execution role has less room: other policies of it are there already.
	got := problems(t, with("dev", func(_ *cfn.App, e *cfn.Environment) {
		e.ExecutionStatements = []cfn.Statement{good(func(s *cfn.Statement) { s.Resources[0] += strings.Repeat("a", 8_800) })}
	}).Validate())
	if !slices.EqualFunc(got, []string{`Environments["dev"].ExecutionStatements: take 8`}, strings.HasPrefix) {
		t.Errorf("%q", got)
	}
}
