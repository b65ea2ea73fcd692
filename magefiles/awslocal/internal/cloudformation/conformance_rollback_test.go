package cloudformation_test

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cfn "github.com/aws/aws-sdk-go-v2/service/cloudformation"
)

var rollbackCases = []conformance{
	{
		name: "failure brings everything back",
		do: func(r *rig) error {
			r.created(resources("A: Thing {Label: old}", "R: Fixed {Label: old}", "Z: Thing {Label: !Ref R}"))
			return r.update(resources("A: Thing {Label: new}", "N: Thing", "R: Fixed {Label: new}", "Z: Thing {Label: !Ref R, Fail: update}"))
		},
		status: "UPDATE_ROLLBACK_COMPLETE",
		events: `app UPDATE_IN_PROGRESS User Initiated
				A UPDATE_IN_PROGRESS
				N CREATE_IN_PROGRESS
				R UPDATE_IN_PROGRESS Requested update requires the creation of a new physical resource; hence creating one.
				N CREATE_IN_PROGRESS Resource creation Initiated
				R UPDATE_IN_PROGRESS Resource creation Initiated
				A UPDATE_COMPLETE
				N CREATE_COMPLETE
				R UPDATE_COMPLETE
				Z UPDATE_IN_PROGRESS
				Z UPDATE_FAILED Resource handler returned message: "it fails on update" (RequestToken: T, HandlerErrorCode: GeneralServiceException)
				app UPDATE_ROLLBACK_IN_PROGRESS The following resource(s) failed to update: [Z].
				A UPDATE_IN_PROGRESS
				R UPDATE_COMPLETE
				Z UPDATE_IN_PROGRESS
				A UPDATE_COMPLETE
				Z UPDATE_COMPLETE
				app UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS
				N DELETE_IN_PROGRESS
				R DELETE_IN_PROGRESS
				N DELETE_COMPLETE
				R DELETE_COMPLETE
				app UPDATE_ROLLBACK_COMPLETE`,
	},
	{
		name: "in-progress updates are cancelled",
		do: func(r *rig) error {
			r.created(resources("A: Thing {Label: old}", "B: Slow"))
			return r.update(resources("A: Thing {Label: new, Fail: update}", "B: Slow {Label: new, Polls: 5}"))
		},
		status: "UPDATE_ROLLBACK_COMPLETE",
		events: `app UPDATE_IN_PROGRESS User Initiated
				A UPDATE_IN_PROGRESS
				B UPDATE_IN_PROGRESS
				A UPDATE_FAILED Resource handler returned message: "it fails on update" (RequestToken: T, HandlerErrorCode: GeneralServiceException)
				B UPDATE_FAILED Resource update cancelled
				app UPDATE_ROLLBACK_IN_PROGRESS The following resource(s) failed to update: [A, B].
				A UPDATE_IN_PROGRESS
				B UPDATE_IN_PROGRESS
				A UPDATE_COMPLETE
				B UPDATE_COMPLETE
				app UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS
				app UPDATE_ROLLBACK_COMPLETE`,
	},
	{
		name: "a retained replacement of a failed update stays behind",
		do: func(r *rig) error {
			r.created(resources("R: Fixed {Label: old} | UpdateReplacePolicy: Retain", "Z: Thing {Label: !Ref R}"))
			return r.update(resources("R: Fixed {Label: new} | UpdateReplacePolicy: Retain", "Z: Thing {Label: !Ref R, Fail: update}"))
		},
		status: "UPDATE_ROLLBACK_COMPLETE",
		events: `app UPDATE_IN_PROGRESS User Initiated
				R UPDATE_IN_PROGRESS Requested update requires the creation of a new physical resource; hence creating one.
				R UPDATE_IN_PROGRESS Resource creation Initiated
				R UPDATE_COMPLETE
				Z UPDATE_IN_PROGRESS
				Z UPDATE_FAILED Resource handler returned message: "it fails on update" (RequestToken: T, HandlerErrorCode: GeneralServiceException)
				app UPDATE_ROLLBACK_IN_PROGRESS The following resource(s) failed to update: [Z].
				R UPDATE_COMPLETE
				Z UPDATE_IN_PROGRESS
				Z UPDATE_COMPLETE
				app UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS
				R DELETE_SKIPPED
				app UPDATE_ROLLBACK_COMPLETE`,
	},
	{
		name: "a rollback that fails",
		do: func(r *rig) error {
			r.created(resources("A: Thing {Label: old}", "Z: Thing {Label: !Ref A}"))
			return r.update(resources("A: Thing {Label: new, Fail: restore}", "Z: Thing {Label: !GetAtt A.Arn, Fail: update}"))
		},
		status: "UPDATE_ROLLBACK_FAILED", reason: "The following resource(s) failed to update: [A]. ",
		events: `app UPDATE_IN_PROGRESS User Initiated
				A UPDATE_IN_PROGRESS
				A UPDATE_COMPLETE
				Z UPDATE_IN_PROGRESS
				Z UPDATE_FAILED Resource handler returned message: "it fails on update" (RequestToken: T, HandlerErrorCode: GeneralServiceException)
				app UPDATE_ROLLBACK_IN_PROGRESS The following resource(s) failed to update: [Z].
				A UPDATE_IN_PROGRESS
				A UPDATE_FAILED Resource handler returned message: "it fails on restore" (RequestToken: T, HandlerErrorCode: GeneralServiceException)
				app UPDATE_ROLLBACK_FAILED The following resource(s) failed to update: [A].`,
	},
	{
		name: "and is continued",
		do: func(r *rig) error {
			r.failedRollback()
			r.heal()
			_, err := r.ContinueUpdateRollback(background, &cfn.ContinueUpdateRollbackInput{StackName: aws.String("app")})
			return err
		},
		status: "UPDATE_ROLLBACK_COMPLETE",
		events: `app UPDATE_ROLLBACK_IN_PROGRESS User Initiated
				A UPDATE_IN_PROGRESS
				A UPDATE_COMPLETE
				Z UPDATE_IN_PROGRESS
				Z UPDATE_COMPLETE
				app UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS
				app UPDATE_ROLLBACK_COMPLETE`,
	},
	{
		name: "or continued without what fails",
		do: func(r *rig) error {
			r.failedRollback()
			_, err := r.ContinueUpdateRollback(background, &cfn.ContinueUpdateRollbackInput{StackName: aws.String("app"), ResourcesToSkip: []string{"A"}})
			return err
		},
		status: "UPDATE_ROLLBACK_COMPLETE",
	},
	{
		name: "cancelled",
		do: func(r *rig) error {
			r.created(resources("A: Slow"))
			if err := r.update(resources("A: Slow {Label: new, Polls: 5}")); err != nil {
				return err
			}
			r.pass(15 * time.Second)
			_, err := r.CancelUpdateStack(background, &cfn.CancelUpdateStackInput{StackName: aws.String("app")})
			return err
		},
		status: "UPDATE_ROLLBACK_COMPLETE",
		events: `app UPDATE_ROLLBACK_IN_PROGRESS User Initiated
				A UPDATE_IN_PROGRESS
				A UPDATE_COMPLETE
				app UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS
				app UPDATE_ROLLBACK_COMPLETE`,
	},
	{
		name: "cancelled when there is nothing to cancel",
		do: func(r *rig) error {
			r.created(resources("A: Thing"))
			_, err := r.CancelUpdateStack(background, &cfn.CancelUpdateStackInput{StackName: aws.String("app")})
			return err
		},
		err: "ValidationError: CancelUpdateStack cannot be called from current stack status", status: "CREATE_COMPLETE",
	},
	{
		name: "DisableRollback leaves UPDATE_FAILED",
		do: func(r *rig) error {
			r.created(resources("A: Thing {Label: old}"))
			return r.update(resources("A: Thing {Label: new, Fail: update}"), disableUpdateRollback)
		},
		status: "UPDATE_FAILED", reason: "The following resource(s) failed to update: [A]. ",
	},
	{
		name: "which is rolled back when asked",
		do: func(r *rig) error {
			r.created(resources("A: Thing {Label: old}"))
			r.updated(resources("A: Thing {Label: new, Fail: update}"), disableUpdateRollback)
			_, err := r.RollbackStack(background, &cfn.RollbackStackInput{StackName: aws.String("app")})
			return err
		},
		status: "UPDATE_ROLLBACK_COMPLETE",
	},
	{
		name: "or updated again",
		do: func(r *rig) error {
			r.created(resources("A: Thing {Label: old}"))
			r.updated(resources("A: Thing {Label: new, Fail: update}"), disableUpdateRollback)
			return r.update(resources("A: Thing {Label: new}"))
		},
		status: "UPDATE_COMPLETE",
	},
	{
		name: "a failed creation that was kept is updated into one that is whole",
		do: func(r *rig) error {
			r.created(resources("A: Thing {Fail: create}", "B: Thing"), disableRollback)
			return r.update(resources("A: Thing", "B: Thing"))
		},
		status: "UPDATE_COMPLETE",
		events: `app UPDATE_IN_PROGRESS User Initiated
				A CREATE_IN_PROGRESS
				A CREATE_IN_PROGRESS Resource creation Initiated
				A CREATE_COMPLETE
				app UPDATE_COMPLETE_CLEANUP_IN_PROGRESS
				app UPDATE_COMPLETE`,
	},
}

// failedRollback brings the stack to UPDATE_ROLLBACK_FAILED.
func (r *rig) failedRollback() {
	r.t.Helper()
	r.created(resources("A: Thing {Label: old}", "Z: Thing {Label: !Ref A}"))
	r.updated(resources("A: Thing {Label: new, Fail: restore}", "Z: Thing {Label: !GetAtt A.Arn, Fail: update}"))
}
