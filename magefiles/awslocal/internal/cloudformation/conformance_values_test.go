package cloudformation_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cfn "github.com/aws/aws-sdk-go-v2/service/cloudformation"
)

// valueCases are every intrinsic function and pseudo parameter, and what comes of it in a resource of a stack that is
// called app. ID stands for the stack's id.
var valueCases = map[string]string{
	"!Ref P":                                    "p",
	"!Ref R":                                    "r",
	"!GetAtt R.Arn":                             "arn:test:r",
	"!GetAtt R.Label":                           "label of r",
	"{Fn::GetAtt: [R, Deep.Value]}":             "arn:test:r",
	"!Sub '${P}-${R}-${R.Label}-${!P}'":         "p-r-label of r-${P}",
	"!Sub ['${V}', {V: !GetAtt R.Arn}]":         "arn:test:r",
	"!Join ['/', [a, !Ref R]]":                  "a/r",
	"!Select [1, !GetAtt R.List]":               "y",
	"!Select [0, !Split ['-', 'a-b']]":          "a",
	"!If [Yes, !Ref P, no]":                     "p",
	"!FindInMap [M, !Ref P, v]":                 "mapped",
	"!Select [2, !GetAZs '']":                   "ap-southeast-1c",
	"!Base64 hello":                             "aGVsbG8=",
	"!Select [1, !Cidr [10.0.0.0/16, 2, 8]]":    "10.0.1.0/24",
	"!ImportValue e":                            "exported",
	"!Ref AWS::AccountId":                       "000000000000",
	"!Ref AWS::Region":                          "ap-southeast-1",
	"!Ref AWS::Partition":                       "aws",
	"!Ref AWS::URLSuffix":                       "amazonaws.com",
	"!Ref AWS::StackName":                       "app",
	"!Ref AWS::StackId":                         "ID",
	"!Select [0, !Ref 'AWS::NotificationARNs']": "arn:aws:sns:ap-southeast-1:000000000000:topic",
	"!Ref AWS::NoValue":                         "",
	"!Sub '${AWS::Region}.${AWS::AccountId}'":   "ap-southeast-1.000000000000",
}

func TestConformanceValues(t *testing.T) {
	for source, want := range valueCases {
		t.Run(source, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			if strings.Contains(source, "ImportValue") {
				r.run("other", "CREATE", resources("A: Thing")+"Outputs: {O: {Value: exported, Export: {Name: e}}}\n")
			}
			body := `Parameters: {P: {Type: String, Default: p}}
Mappings: {M: {p: {v: mapped}}}
Conditions: {Yes: !Equals [!Ref P, p]}
Resources:
  R: {Type: Test::Unit::Thing, Properties: {Name: r, Label: label of r}}
  A:
    Type: Test::Unit::Thing
    Properties:
      Name: a
      Label: ` + source + "\n"
			r.created(body, func(in *cfn.CreateStackInput) {
				in.NotificationARNs = []string{"arn:aws:sns:ap-southeast-1:000000000000:topic"}
			})
			st := r.stack("app")
			if st.StackStatus != "CREATE_COMPLETE" {
				t.Fatalf("stack is %s\n%s", st.StackStatus, strings.Join(r.events("app"), "\n"))
			}
			got, _ := r.thing("a").Properties["Label"].(string)
			if got = strings.ReplaceAll(got, aws.ToString(st.StackId), "ID"); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}
