package cloudformation_test

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	cfn "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
)

func with(pairs ...string) func(*cfn.CreateStackInput) {
	return func(in *cfn.CreateStackInput) { in.Parameters = given(pairs) }
}

func updatedWith(pairs ...string) func(*cfn.UpdateStackInput) {
	return func(in *cfn.UpdateStackInput) { in.Parameters = given(pairs) }
}

func given(pairs []string) []types.Parameter {
	var in cfn.CreateChangeSetInput
	parameters(pairs...)(&in)
	return in.Parameters
}

// declare is a template with one parameter, which is the label of a thing.
func declare(parameter string) string {
	return "Parameters: {P: " + parameter + "}\n" + resources("A: Thing {Name: a, Label: !Ref P}")
}

func (r *rig) wantLabel(want string) {
	r.t.Helper()
	if got := r.thing("a").Properties["Label"]; got != want {
		r.t.Errorf("label %v, want %s", got, want)
	}
}

const iamRole = `Resources:
  R:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {Statement: [{Effect: Allow, Principal: {Service: ecs-tasks.amazonaws.com}, Action: sts:AssumeRole}]}
`

func capable(c types.Capability) func(*cfn.CreateStackInput) {
	return func(in *cfn.CreateStackInput) { in.Capabilities = []types.Capability{c} }
}

// parameterCases are about arguments, capabilities and conditions.
var parameterCases = []conformance{
	{
		name: "a value is missing",
		do:   func(r *rig) error { return r.create(declare("{Type: String}")) },
		err:  "ValidationError: Parameters: [P] must have values",
	},
	{
		name: "a parameter is unknown",
		do:   func(r *rig) error { return r.create(declare("{Type: String}"), with("P", "x", "Q", "y")) },
		err:  "ValidationError: Parameters: [Q] do not exist in the template",
	},
	{
		name: "a parameter twice",
		do:   func(r *rig) error { return r.create(declare("{Type: String}"), with("P", "x", "P", "y")) },
		err:  "ValidationError: Duplicate input parameters: [P]",
	},
	{
		name: "AllowedValues",
		do:   func(r *rig) error { return r.create(declare("{Type: String, AllowedValues: [a, b]}"), with("P", "c")) },
		err:  "ValidationError: Parameter 'P' must be one of AllowedValues",
	},
	{
		name: "AllowedPattern is about the whole value",
		do: func(r *rig) error {
			return r.create(declare("{Type: String, AllowedPattern: '[a-z]+'}"), with("P", "a1"))
		},
		err: "ValidationError: Parameter 'P' must match pattern [a-z]+",
	},
	{
		name: "ConstraintDescription",
		do: func(r *rig) error {
			return r.create(declare("{Type: String, AllowedValues: [a], ConstraintDescription: must be a}"), with("P", "b"))
		},
		err: "ValidationError: Parameter 'P' failed to satisfy constraint: must be a",
	},
	{
		name: "MinLength",
		do:   func(r *rig) error { return r.create(declare("{Type: String, MinLength: 3}"), with("P", "ab")) },
		err:  "ValidationError: Parameter 'P' must contain at least 3 characters",
	},
	{
		name: "MaxLength",
		do:   func(r *rig) error { return r.create(declare("{Type: String, MaxLength: 1}"), with("P", "ab")) },
		err:  "ValidationError: Parameter 'P' must contain at most 1 characters",
	},
	{
		name: "MinValue",
		do:   func(r *rig) error { return r.create(declare("{Type: Number, MinValue: 3}"), with("P", "2")) },
		err:  "ValidationError: Parameter 'P' must be a number not less than 3",
	},
	{
		name: "MaxValue",
		do:   func(r *rig) error { return r.create(declare("{Type: Number, MaxValue: 3}"), with("P", "4")) },
		err:  "ValidationError: Parameter 'P' must be a number not greater than 3",
	},
	{
		name: "a number that is none",
		do:   func(r *rig) error { return r.create(declare("{Type: Number}"), with("P", "many")) },
		err:  "ValidationError: Parameter 'P' must be a number.",
	},
	{
		name: "a default, and a value in its place",
		do: func(r *rig) error {
			body := declare("{Type: String, Default: one}")
			r.created(body)
			r.wantLabel("one")
			r.updated(body, updatedWith("P", "two"))
			r.wantLabel("two")
			return nil
		},
		status: "UPDATE_COMPLETE",
	},
	{
		name: "UsePreviousValue keeps it, and the default does not come back",
		do: func(r *rig) error {
			r.created(declare("{Type: String, Default: one}"), with("P", "two"))
			r.updated(declare("{Type: String, Default: three}")+"Outputs: {O: {Value: x}}\n", updatedWith("P", "<previous>"))
			r.wantLabel("two")
			return nil
		},
		status: "UPDATE_COMPLETE",
	},
	{
		name: "UsePreviousValue of a new parameter",
		do: func(r *rig) error {
			r.created(resources("A: Thing {Name: a}"))
			return r.update(declare("{Type: String}"), updatedWith("P", "<previous>"))
		},
		err:    "ValidationError: Invalid input for parameter key P. Cannot specify usePreviousValue as true for a parameter key not in the previous template",
		status: "CREATE_COMPLETE",
	},
	{
		name: "UsePreviousValue beside a value",
		do: func(r *rig) error {
			r.created(declare("{Type: String}"), with("P", "x"))
			return r.update(declare("{Type: String}"), func(in *cfn.UpdateStackInput) {
				in.Parameters = []types.Parameter{{ParameterKey: aws.String("P"), ParameterValue: aws.String("y"), UsePreviousValue: aws.Bool(true)}}
			})
		},
		err:    "ValidationError: Invalid input for parameter key P. Cannot specify usePreviousValue as true and non empty value for a parameter",
		status: "CREATE_COMPLETE",
	},
	{
		name: "an update that leaves a parameter without a default out",
		do: func(r *rig) error {
			r.created(declare("{Type: String}"), with("P", "x"))
			return r.update(declare("{Type: String}"))
		},
		err: "ValidationError: Parameters: [P] must have values", status: "CREATE_COMPLETE",
	},
	{
		name: "lists",
		do: func(r *rig) error {
			return r.create("Parameters: {L: {Type: CommaDelimitedList}, N: {Type: List<Number>}}\n"+
				resources("A: Thing {Name: a, List: !Ref L, Size: !Select [1, !Ref N], Label: !Join ['-', !Ref L]}"), with("L", "x, y", "N", "1,2"))
		},
		status: "CREATE_COMPLETE",
	},
	{
		name:   "capability for a role",
		do:     func(r *rig) error { return r.create(iamRole) },
		err:    "InsufficientCapabilitiesException: Requires capabilities : [CAPABILITY_IAM]",
		status: "",
	},
	{
		name:   "capability for a role, given",
		do:     func(r *rig) error { return r.create(iamRole, capable("CAPABILITY_IAM")) },
		status: "CREATE_COMPLETE",
	},
	{
		name: "capability for a role with a name",
		do:   func(r *rig) error { return r.create(iamRole+"      RoleName: x\n", capable("CAPABILITY_IAM")) },
		err:  "InsufficientCapabilitiesException: Requires capabilities : [CAPABILITY_NAMED_IAM]",
	},
	{
		name:   "capability for a role with a name, given",
		do:     func(r *rig) error { return r.create(iamRole+"      RoleName: x\n", capable("CAPABILITY_NAMED_IAM")) },
		status: "CREATE_COMPLETE",
	},
	{
		name: "a role's name is taken",
		do: func(r *rig) error {
			body := iamRole + "      RoleName: x\n"
			r.run("other", "CREATE", body)
			return r.create(body, capable("CAPABILITY_NAMED_IAM"))
		},
		status: "ROLLBACK_COMPLETE",
		events: `app CREATE_IN_PROGRESS User Initiated
			R CREATE_IN_PROGRESS
			R CREATE_FAILED Resource handler returned message: "Resource of type 'AWS::IAM::Role' with identifier 'x' already exists." (RequestToken: T, HandlerErrorCode: AlreadyExists)
			app ROLLBACK_IN_PROGRESS The following resource(s) failed to create: [R]. Rollback requested by user.
			R DELETE_COMPLETE
			app ROLLBACK_COMPLETE`,
	},
	{
		name: "a condition turns a resource off",
		do: func(r *rig) error {
			body := "Parameters: {P: {Type: String}}\nConditions: {On: !Equals [!Ref P, 'yes']}\n" + resources("A: Thing", "B: Thing | Condition: On")
			r.created(body, with("P", "yes"))
			return r.update(body, updatedWith("P", "no"))
		},
		status: "UPDATE_COMPLETE",
		events: `app UPDATE_IN_PROGRESS User Initiated
			app UPDATE_COMPLETE_CLEANUP_IN_PROGRESS
			B DELETE_IN_PROGRESS
			B DELETE_COMPLETE
			app UPDATE_COMPLETE`,
	},
	{
		name: "And, Or and Not of conditions",
		do: func(r *rig) error {
			return r.create("Conditions:\n  T: !Equals [a, a]\n  F: !Not [!Condition T]\n  Both: !And [!Condition T, !Condition F]\n  Either: !Or [!Condition T, !Condition F]\n" +
				resources("A: Thing | Condition: Both", "B: Thing | Condition: Either", "C: Thing {Label: !If [F, a, !Ref 'AWS::NoValue']}"))
		},
		status: "CREATE_COMPLETE",
		events: `app CREATE_IN_PROGRESS User Initiated
			B CREATE_IN_PROGRESS
			C CREATE_IN_PROGRESS
			B CREATE_IN_PROGRESS Resource creation Initiated
			C CREATE_IN_PROGRESS Resource creation Initiated
			B CREATE_COMPLETE
			C CREATE_COMPLETE
			app CREATE_COMPLETE`,
	},
}
