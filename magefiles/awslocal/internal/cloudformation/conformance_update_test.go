package cloudformation_test

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	cfn "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
)

var updateCases = []conformance{
	{
		name: "in place",
		do: func(r *rig) error {
			r.created(resources("A: Thing {Label: x}", "B: Thing"))
			return r.update(resources("A: Thing {Label: y}", "B: Thing"))
		},
		status: "UPDATE_COMPLETE",
		events: `app UPDATE_IN_PROGRESS User Initiated
				A UPDATE_IN_PROGRESS
				A UPDATE_COMPLETE
				app UPDATE_COMPLETE_CLEANUP_IN_PROGRESS
				app UPDATE_COMPLETE`,
	},
	{
		name: "replacement, then the clean-up",
		do: func(r *rig) error {
			r.created(resources("A: Thing {Name: x}"))
			return r.update(resources("A: Thing {Name: y}"))
		},
		status: "UPDATE_COMPLETE",
		events: `app UPDATE_IN_PROGRESS User Initiated
				A UPDATE_IN_PROGRESS Requested update requires the creation of a new physical resource; hence creating one.
				A UPDATE_IN_PROGRESS Resource creation Initiated
				A UPDATE_COMPLETE
				app UPDATE_COMPLETE_CLEANUP_IN_PROGRESS
				A DELETE_IN_PROGRESS
				A DELETE_COMPLETE
				app UPDATE_COMPLETE`,
	},
	{
		name: "a replacement reaches those that refer to it",
		do: func(r *rig) error {
			r.created(resources("A: Fixed {Label: x}", "B: Thing {Label: !Ref A}"))
			return r.update(resources("A: Fixed {Label: y}", "B: Thing {Label: !Ref A}"))
		},
		status: "UPDATE_COMPLETE",
		events: `app UPDATE_IN_PROGRESS User Initiated
				A UPDATE_IN_PROGRESS Requested update requires the creation of a new physical resource; hence creating one.
				A UPDATE_IN_PROGRESS Resource creation Initiated
				A UPDATE_COMPLETE
				B UPDATE_IN_PROGRESS
				B UPDATE_COMPLETE
				app UPDATE_COMPLETE_CLEANUP_IN_PROGRESS
				A DELETE_IN_PROGRESS
				A DELETE_COMPLETE
				app UPDATE_COMPLETE`,
	},
	{
		name: "UpdateReplacePolicy Retain",
		do: func(r *rig) error {
			r.created(resources("A: Fixed {Label: x} | UpdateReplacePolicy: Retain"))
			return r.update(resources("A: Fixed {Label: y} | UpdateReplacePolicy: Retain"))
		},
		status: "UPDATE_COMPLETE",
		events: `app UPDATE_IN_PROGRESS User Initiated
				A UPDATE_IN_PROGRESS Requested update requires the creation of a new physical resource; hence creating one.
				A UPDATE_IN_PROGRESS Resource creation Initiated
				A UPDATE_COMPLETE
				app UPDATE_COMPLETE_CLEANUP_IN_PROGRESS
				A DELETE_SKIPPED
				app UPDATE_COMPLETE`,
	},
	{
		name: "resources come and go",
		do: func(r *rig) error {
			r.created(resources("A: Thing", "B: Thing {Label: !Ref A}", "K: Thing"))
			return r.update(resources("K: Thing", "N: Thing"))
		},
		status: "UPDATE_COMPLETE",
		events: `app UPDATE_IN_PROGRESS User Initiated
				N CREATE_IN_PROGRESS
				N CREATE_IN_PROGRESS Resource creation Initiated
				N CREATE_COMPLETE
				app UPDATE_COMPLETE_CLEANUP_IN_PROGRESS
				B DELETE_IN_PROGRESS
				B DELETE_COMPLETE
				A DELETE_IN_PROGRESS
				A DELETE_COMPLETE
				app UPDATE_COMPLETE`,
	},
	{
		name: "what is dropped with DeletionPolicy Retain stays",
		do: func(r *rig) error {
			r.created(resources("A: Thing | DeletionPolicy: Retain", "K: Thing"))
			return r.update(resources("K: Thing"))
		},
		status: "UPDATE_COMPLETE",
		events: `app UPDATE_IN_PROGRESS User Initiated
				app UPDATE_COMPLETE_CLEANUP_IN_PROGRESS
				A DELETE_SKIPPED
				app UPDATE_COMPLETE`,
	},
	{
		name: "a clean-up that fails does not undo the update",
		do: func(r *rig) error {
			r.created(resources("A: Thing {Fail: delete}", "K: Thing"))
			return r.update(resources("K: Thing {Label: new}"))
		},
		status: "UPDATE_COMPLETE", reason: "Update successful. One or more resources could not be deleted.",
	},
	{
		name: "nothing to do",
		do: func(r *rig) error {
			r.created(resources("A: Thing {Size: 3}"))
			return r.update(resources("A: Thing {Size: '3'}"))
		},
		err: "ValidationError: No updates are to be performed.", status: "CREATE_COMPLETE",
	},
	{
		name: "conditions alone are nothing to do",
		do: func(r *rig) error {
			r.created(resources("A: Thing"))
			return r.update("Conditions: {C: !Equals [a, a]}\n" + resources("A: Thing"))
		},
		err: "ValidationError: No updates are to be performed.", status: "CREATE_COMPLETE",
	},
	{
		name: "outputs alone are something",
		do: func(r *rig) error {
			r.created(resources("A: Thing"))
			return r.update(resources("A: Thing") + "Outputs: {O: {Value: v}}\n")
		},
		status: "UPDATE_COMPLETE",
		events: `app UPDATE_IN_PROGRESS User Initiated
				app UPDATE_COMPLETE_CLEANUP_IN_PROGRESS
				app UPDATE_COMPLETE`,
	},
	{
		name: "the stack's tags reach its resources",
		do: func(r *rig) error {
			r.created(resources("A: Thing", "F: Fixed {Label: x}"))
			return r.update(resources("A: Thing", "F: Fixed {Label: x}"), func(in *cfn.UpdateStackInput) {
				in.Tags = []types.Tag{{Key: aws.String("team"), Value: aws.String("x")}}
			})
		},
		status: "UPDATE_COMPLETE",
		events: `app UPDATE_IN_PROGRESS User Initiated
				A UPDATE_IN_PROGRESS
				A UPDATE_COMPLETE
				app UPDATE_COMPLETE_CLEANUP_IN_PROGRESS
				app UPDATE_COMPLETE`,
	},
	{
		name: "a named resource cannot be replaced",
		do: func(r *rig) error {
			r.created(resources("A: Thing {Name: n, Nested: {Depth: 1, Key: a}}"))
			return r.update(resources("A: Thing {Name: n, Nested: {Depth: 1, Key: b}}"))
		},
		status: "UPDATE_ROLLBACK_COMPLETE",
		events: `app UPDATE_IN_PROGRESS User Initiated
				A UPDATE_IN_PROGRESS Requested update requires the creation of a new physical resource; hence creating one.
				A UPDATE_FAILED CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename n and update the stack again.
				app UPDATE_ROLLBACK_IN_PROGRESS The following resource(s) failed to update: [A].
				A UPDATE_COMPLETE
				app UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS
				app UPDATE_ROLLBACK_COMPLETE`,
	},
	{
		name: "another type under the same logical id",
		do: func(r *rig) error {
			r.created(resources("A: Thing"))
			return r.update(resources("A: Slow"))
		},
		err:    "ValidationError: Update of resource type is not permitted. The new template modifies resource type of the following resources: [A]",
		status: "CREATE_COMPLETE",
	},
	{
		name: "of a stack in ROLLBACK_COMPLETE",
		do: func(r *rig) error {
			r.created(resources("A: Thing {Fail: create}"))
			err := r.update(resources("A: Thing"))
			return forgetID(r, err)
		},
		err: "ValidationError: Stack:ID is in ROLLBACK_COMPLETE state and can not be updated.", status: "ROLLBACK_COMPLETE",
	},
	{
		name: "of a stack in progress",
		do: func(r *rig) error {
			if err := r.create(resources("A: Thing")); err != nil {
				return err
			}
			return forgetID(r, r.update(resources("A: Thing {Label: x}")))
		},
		err: "ValidationError: Stack:ID is in CREATE_IN_PROGRESS state and can not be updated.", status: "CREATE_COMPLETE",
	},
	{
		name: "of no stack",
		do:   func(r *rig) error { return r.update(resources("A: Thing")) },
		err:  "ValidationError: Stack [app] does not exist",
	},
}
