package cloudformation_test

import (
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	cfn "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
)

// busy brings the stack to UPDATE_IN_PROGRESS.
func (r *rig) busy() {
	r.t.Helper()
	r.created(resources("A: Slow"))
	if err := r.update(resources("A: Slow {Label: new, Polls: 3}")); err != nil {
		r.t.Fatal(said(err))
	}
}

// exclusionCases are a second operation on a stack in progress, and operations in statuses that do not allow them.
var exclusionCases = []conformance{
	{
		name: "an update during an update",
		do: func(r *rig) error {
			r.busy()
			return forgetID(r, r.update(resources("A: Slow {Label: newer}")))
		},
		err: "ValidationError: Stack:ID is in UPDATE_IN_PROGRESS state and can not be updated.", status: "UPDATE_COMPLETE",
	},
	{
		name: "a change set during an update",
		do: func(r *rig) error {
			r.busy()
			_, err := r.CreateChangeSet(background, &cfn.CreateChangeSetInput{StackName: aws.String("app"), ChangeSetName: aws.String("c"), TemplateBody: aws.String(resources("A: Slow"))})
			return forgetID(r, err)
		},
		err: "ValidationError: Stack:ID is in UPDATE_IN_PROGRESS state and can not be updated.", status: "UPDATE_COMPLETE",
	},
	{
		name: "the execution of a change set during an update is too late",
		do: func(r *rig) error {
			r.created(resources("A: Slow"))
			c := r.changeSet("app", "UPDATE", resources("A: Slow {Label: other}"))
			if err := r.update(resources("A: Slow {Label: new}")); err != nil {
				return err
			}
			_, err := r.ExecuteChangeSet(background, &cfn.ExecuteChangeSetInput{ChangeSetName: c.ChangeSetId})
			if said(err) != "InvalidChangeSetStatus: ChangeSet ["+*c.ChangeSetId+"] cannot be executed in its current execution status of [OBSOLETE]" {
				return errors.New(said(err))
			}
			return nil
		},
		status: "UPDATE_COMPLETE",
	},
	{
		name: "the same change set twice",
		do: func(r *rig) error {
			r.created(resources("A: Slow"))
			c := r.changeSet("app", "UPDATE", resources("A: Slow {Label: new}"))
			r.execute(c)
			_, err := r.ExecuteChangeSet(background, &cfn.ExecuteChangeSetInput{ChangeSetName: c.ChangeSetId})
			if said(err) != "InvalidChangeSetStatus: ChangeSet ["+*c.ChangeSetId+"] cannot be executed in its current execution status of [EXECUTE_IN_PROGRESS]" {
				return errors.New(said(err))
			}
			return nil
		},
		status: "UPDATE_COMPLETE",
	},
	{
		name: "a rollback of a stack that is well",
		do: func(r *rig) error {
			r.created(resources("A: Thing"))
			_, err := r.RollbackStack(background, &cfn.RollbackStackInput{StackName: aws.String("app")})
			return forgetID(r, err)
		},
		err: "ValidationError: Stack:ID is in CREATE_COMPLETE state and can not be rolled back.", status: "CREATE_COMPLETE",
	},
	{
		name: "a rollback of a creation that failed and was kept",
		do: func(r *rig) error {
			r.created(resources("A: Thing", "B: Thing {Label: !Ref A, Fail: create}"), disableRollback)
			_, err := r.RollbackStack(background, &cfn.RollbackStackInput{StackName: aws.String("app")})
			return err
		},
		status: "ROLLBACK_COMPLETE",
		events: `app ROLLBACK_IN_PROGRESS User Initiated
			B DELETE_COMPLETE
			A DELETE_IN_PROGRESS
			A DELETE_COMPLETE
			app ROLLBACK_COMPLETE`,
	},
	{
		name: "continuing a rollback that there is not",
		do: func(r *rig) error {
			r.created(resources("A: Thing"))
			_, err := r.ContinueUpdateRollback(background, &cfn.ContinueUpdateRollbackInput{StackName: aws.String("app")})
			return forgetID(r, err)
		},
		err: "ValidationError: Stack:ID is in CREATE_COMPLETE state and can not continue rollback.", status: "CREATE_COMPLETE",
	},
	{
		name: "skipping what did not fail",
		do: func(r *rig) error {
			r.failedRollback()
			_, err := r.ContinueUpdateRollback(background, &cfn.ContinueUpdateRollbackInput{StackName: aws.String("app"), ResourcesToSkip: []string{"Z"}})
			return err
		},
		err:    "ValidationError: Resources [Z] cannot be skipped: only resources in UPDATE_FAILED state because of a rollback can be",
		status: "UPDATE_ROLLBACK_FAILED", reason: "The following resource(s) failed to update: [A]. ",
	},
	{
		name: "forcing and skipping",
		do: func(r *rig) error {
			r.failedRollback()
			_, err := r.ContinueUpdateRollback(background, &cfn.ContinueUpdateRollbackInput{StackName: aws.String("app"), ResourcesToSkip: []string{"A"}, ForceRollback: aws.Bool(true)})
			return err
		},
		err:    "ValidationError: You cannot specify both ForceRollback and ResourcesToSkip.",
		status: "UPDATE_ROLLBACK_FAILED", reason: "The following resource(s) failed to update: [A]. ",
	},
	{
		name: "a stack whose rollback failed is not updated",
		do: func(r *rig) error {
			r.failedRollback()
			return forgetID(r, r.update(resources("A: Thing")))
		},
		err:    "ValidationError: Stack:ID is in UPDATE_ROLLBACK_FAILED state and can not be updated.",
		status: "UPDATE_ROLLBACK_FAILED", reason: "The following resource(s) failed to update: [A]. ",
	},
	{
		name: "a creation by change set that failed is deleted, where OnStackFailure says so",
		do: func(r *rig) error {
			r.run("app", "CREATE", resources("A: Thing", "B: Thing {Label: !Ref A, Fail: create}"), onStackFailure("DELETE"))
			return nil
		},
	},
	{
		name: "or is left as it is",
		do: func(r *rig) error {
			r.run("app", "CREATE", resources("A: Thing", "B: Thing {Label: !Ref A, Fail: create}"), onStackFailure("DO_NOTHING"))
			return nil
		},
		status: "CREATE_FAILED", reason: "The following resource(s) failed to create: [B]. ",
	},
	{
		name: "or is rolled back",
		do: func(r *rig) error {
			r.run("app", "CREATE", resources("A: Thing", "B: Thing {Label: !Ref A, Fail: create}"), onStackFailure("ROLLBACK"))
			return nil
		},
		status: "ROLLBACK_COMPLETE",
	},
	{
		name: "an update by change set that failed is left as it is",
		do: func(r *rig) error {
			r.created(resources("A: Thing"))
			r.run("app", "UPDATE", resources("A: Thing {Label: new, Fail: update}"), onStackFailure("DO_NOTHING"))
			return nil
		},
		status: "UPDATE_FAILED", reason: "The following resource(s) failed to update: [A]. ",
	},
	{
		name: "OnStackFailure and DisableRollback",
		do: func(r *rig) error {
			c := r.changeSet("app", "CREATE", resources("A: Thing"), onStackFailure("ROLLBACK"))
			_, err := r.ExecuteChangeSet(background, &cfn.ExecuteChangeSetInput{ChangeSetName: c.ChangeSetId, DisableRollback: aws.Bool(true)})
			return err
		},
		err:    "ValidationError: You cannot specify DisableRollback in ExecuteChangeSet when OnStackFailure was specified in CreateChangeSet.",
		status: "REVIEW_IN_PROGRESS", reason: "User Initiated",
	},
	{
		name: "a deletion on failure that fails",
		do: func(r *rig) error {
			r.run("app", "CREATE", resources("A: Thing {Fail: delete}", "B: Thing {Label: !Ref A, Fail: create}"), onStackFailure("DELETE"))
			return nil
		},
		status: "DELETE_FAILED", reason: "The following resource(s) failed to delete: [A]. ",
	},
}

func onStackFailure(what types.OnStackFailure) func(*cfn.CreateChangeSetInput) {
	return func(in *cfn.CreateChangeSetInput) { in.OnStackFailure = what }
}
