package cloudformation_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cfn "github.com/aws/aws-sdk-go-v2/service/cloudformation"
)

// templateCases are what CreateChangeSet says about a template or its arguments, all of it ValidationError.
var templateCases = map[string]struct{ body, want string }{
	"no resources":          {"Outputs: {}", "Template format error: At least one Resources member must be defined."},
	"resource without type": {"Resources: {A: {}}", "Template format error: [/Resources/A] Every Resources object must contain a Type member."},
	"resource key":          {"Resources: {A: {Type: 'Test::Unit::Thing', Invalid: x}}", "Invalid template resource property 'Invalid'"},
	"resource is text":      {"Resources: {A: text}", "Template format error: Any Resources member must be an object."},
	"resource name":         {"Resources: {A-1: {Type: 'Test::Unit::Thing'}}", "Template format error: Resource name A-1 is non alphanumeric."},
	"JSON":                  {`{"this is invalid JSON"="bobbins"}`, "Template format error: JSON not well-formed. (line 1, column 25)"},
	"version":               {"AWSTemplateFormatVersion: 2010-09-10\n" + resources("A: Thing"), "Template format error: unsupported value for AWSTemplateFormatVersion."},
	"section":               {"Foo: {}\n" + resources("A: Thing"), "Invalid template property or properties [Foo]"},
	"type":                  {"Resources: {A: {Type: 'Test::No::Thing'}, B: {Type: 'Aa::B::C'}}", "Template format error: Unrecognized resource types: [Aa::B::C, Test::No::Thing]"},
	"reference":             {resources("A: Thing {Label: !Ref Nowhere}"), "Template format error: Unresolved resource dependencies [Nowhere] in the Resources block of the template"},
	"reference in Sub":      {resources("A: Thing {Label: !Sub 'x${Nowhere}'}"), "Template format error: Unresolved resource dependencies [Nowhere] in the Resources block of the template"},
	"DependsOn":             {resources("A: Thing | DependsOn: [Nowhere]"), "Template format error: Unresolved resource dependencies [Nowhere] in the Resources block of the template"},
	"output":                {resources("A: Thing") + "Outputs: {O: {Value: !Ref Nowhere}}", "Unresolved resource dependencies [Nowhere] in the Outputs block of the template"},
	"output without value":  {resources("A: Thing") + "Outputs: {O: {}}", "Template format error: Every Outputs member must contain a Value object"},
	"null":                  {resources("A: Thing") + "Outputs: {O: {Value: null}}", "[/Outputs/O/Value] 'null' values are not allowed in templates"},
	"attribute":             {resources("A: Thing", "B: Thing {Label: !GetAtt A.Colour}"), "Template error: resource A does not support attribute type Colour in Fn::GetAtt"},
	"GetAtt form":           {resources("A: Thing", "B: Thing {Label: !GetAtt A}"), "Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute"},
	"circle":                {resources("A: Thing {Label: !Ref B}", "B: Thing {Label: !Ref A}", "C: Thing {Label: !Ref A}"), "Circular dependency between resources: [A, B]"},
	"absent by condition":   {"Conditions: {No: !Equals [a, b]}\n" + resources("A: Thing | Condition: No", "B: Thing {Label: !Ref A}"), "Template format error: Unresolved resource dependencies [A] in the Resources block of the template"},
	"output of an absent":   {"Conditions: {No: !Equals [a, b]}\n" + resources("A: Thing | Condition: No", "B: Thing") + "Outputs: {O: {Value: !Ref A}}", "Unresolved resource dependencies [A] in the Outputs block of the template"},
	"condition in If":       {resources("A: Thing {Label: !If [C, a, b]}"), "Template error: unresolved condition dependency C in Fn::If"},
	"Equals":                {"Conditions: {C: !Equals [a]}\n" + resources("A: Thing | Condition: C"), "Template error: every Fn::Equals object requires a list of 2 string parameters."},
	"mapping key":           {"Mappings: {M: {a: {b: c}}}\n" + resources("A: Thing {Label: !FindInMap [M, x, b]}"), "Template error: Unable to get mapping for M::x::b"},
	"mapping depth":         {"Mappings: {M: {a: {b: {c: d}}}}\n" + resources("A: Thing"), "Template format error: Every Mappings attribute must be a String or a List."},
	"Select":                {resources("A: Thing {Label: !Select [a, b]}"), "Template error: Fn::Select requires a list argument with two elements: an integer index and a list"},
	"alias":                 {"Resources:\n  A: &x {Type: 'Test::Unit::Thing'}\n  B: *x\n", "Template error: YAML aliases are not allowed in CloudFormation templates"},
	"transform":             {"Transform: AWS::Serverless-2016-10-31\n" + resources("A: Thing"), "Template format error: the embedded AWS does not model the section Transform"},
	"parameter type":        {"Parameters: {P: {Type: Strong}}\n" + resources("A: Thing"), "Template format error: Unrecognized parameter type: Strong"},
	"missing argument":      {"Parameters: {P: {Type: String}, Q: {Type: String}}\n" + resources("A: Thing"), "Parameters: [P, Q] must have values"},
	"allowed values":        {"Parameters: {P: {Type: String, Default: c, AllowedValues: [a, b]}}\n" + resources("A: Thing"), "Parameter 'P' must be one of AllowedValues"},
	"pattern":               {"Parameters: {P: {Type: String, Default: c, AllowedPattern: '[ab]'}}\n" + resources("A: Thing"), "Parameter 'P' must match pattern [ab]"},
	"constraint":            {"Parameters: {P: {Type: String, Default: c, AllowedPattern: '[ab]', ConstraintDescription: be good}}\n" + resources("A: Thing"), "Parameter 'P' failed to satisfy constraint: be good"},
	"number":                {"Parameters: {P: {Type: Number, Default: c}}\n" + resources("A: Thing"), "Parameter 'P' must be a number."},
	"dynamic reference":     {resources("A: Thing {Label: '{{resolve:ssm:x}}'}"), "Template error: the embedded AWS does not resolve dynamic references ({{resolve:ssm:x}})"},
	"SSM parameter":         {"Parameters: {P: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /x}}\n" + resources("A: Thing"), "Unable to fetch parameters [/x] from parameter store for this account."},
	"SSM name":              {"Parameters: {P: {Type: 'AWS::SSM::Parameter::Name'}}\n" + resources("A: Thing"), "Template format error: the embedded AWS does not model parameters of the type AWS::SSM::Parameter::Name (parameter P)"},
}

func TestConformanceTemplates(t *testing.T) {
	for name, c := range templateCases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			_, err := r.CreateChangeSet(background, &cfn.CreateChangeSetInput{
				StackName: aws.String("app"), ChangeSetName: aws.String("c"), ChangeSetType: "CREATE", TemplateBody: &c.body,
			})
			wantError(t, err, "ValidationError: "+c.want)
			if r.stack("app") != nil {
				t.Error("a stack came of it")
			}
		})
	}
}

func TestTemplateSizeLimit(t *testing.T) {
	r := newRig(t)
	body := resources("A: Thing {Label: x}") + "#" + strings.Repeat("x", 51200)
	err := r.create(body)
	if !strings.HasSuffix(said(err), "at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to 51200") {
		t.Errorf("got %v", err)
	}
}

func TestCapabilities(t *testing.T) {
	role := `Resources:
  R:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: ecs-tasks.amazonaws.com}, Action: sts:AssumeRole}]}
`
	r := newRig(t)
	wantError(t, r.create(role), "InsufficientCapabilitiesException: Requires capabilities : [CAPABILITY_IAM]")
	wantError(t, r.create(role+"      RoleName: x\n"), "InsufficientCapabilitiesException: Requires capabilities : [CAPABILITY_NAMED_IAM]")
	wantError(t, r.create(role+"      RoleName: x\n", func(in *cfn.CreateStackInput) { in.Capabilities = append(in.Capabilities, "CAPABILITY_IAM") }),
		"InsufficientCapabilitiesException: Requires capabilities : [CAPABILITY_NAMED_IAM]")
	out, err := r.ValidateTemplate(background, &cfn.ValidateTemplateInput{TemplateBody: &role})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Capabilities) != 1 || *out.CapabilitiesReason != "The following resource(s) require capabilities: [AWS::IAM::Role]" {
		t.Errorf("got %v %v", out.Capabilities, *out.CapabilitiesReason)
	}
}
