package cloudformation_test

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cfn "github.com/aws/aws-sdk-go-v2/service/cloudformation"
)

var createCases = []conformance{
	{
		name:   "one resource",
		do:     func(r *rig) error { return r.create(resources("A: Thing")) },
		status: "CREATE_COMPLETE",
		events: `app CREATE_IN_PROGRESS User Initiated
				A CREATE_IN_PROGRESS
				A CREATE_IN_PROGRESS Resource creation Initiated
				A CREATE_COMPLETE
				app CREATE_COMPLETE`,
	},
	{
		name: "side by side, and what needs them afterwards",
		do: func(r *rig) error {
			return r.create(resources("A: Thing", "B: Thing", "C: Thing {Label: !Sub '${A}${B}'}"))
		},
		status: "CREATE_COMPLETE",
		events: `app CREATE_IN_PROGRESS User Initiated
				A CREATE_IN_PROGRESS
				B CREATE_IN_PROGRESS
				A CREATE_IN_PROGRESS Resource creation Initiated
				B CREATE_IN_PROGRESS Resource creation Initiated
				A CREATE_COMPLETE
				B CREATE_COMPLETE
				C CREATE_IN_PROGRESS
				C CREATE_IN_PROGRESS Resource creation Initiated
				C CREATE_COMPLETE
				app CREATE_COMPLETE`,
	},
	{
		name:   "DependsOn orders without a reference",
		do:     func(r *rig) error { return r.create(resources("A: Thing | DependsOn: B", "B: Thing")) },
		status: "CREATE_COMPLETE",
		events: `app CREATE_IN_PROGRESS User Initiated
				B CREATE_IN_PROGRESS
				B CREATE_IN_PROGRESS Resource creation Initiated
				B CREATE_COMPLETE
				A CREATE_IN_PROGRESS
				A CREATE_IN_PROGRESS Resource creation Initiated
				A CREATE_COMPLETE
				app CREATE_COMPLETE`,
	},
	{
		name: "failure rolls back, in-progress ones are cancelled, what was not begun is not told",
		do: func(r *rig) error {
			return r.create(resources("A: Thing {Fail: create}", "B: Thing", "C: Thing {Label: !Ref B}"))
		},
		status: "ROLLBACK_COMPLETE",
		events: `app CREATE_IN_PROGRESS User Initiated
				A CREATE_IN_PROGRESS
				B CREATE_IN_PROGRESS
				A CREATE_FAILED Resource handler returned message: "it fails on create" (RequestToken: T, HandlerErrorCode: GeneralServiceException)
				B CREATE_FAILED Resource creation cancelled
				app ROLLBACK_IN_PROGRESS The following resource(s) failed to create: [A, B]. Rollback requested by user.
				A DELETE_COMPLETE
				B DELETE_COMPLETE
				app ROLLBACK_COMPLETE`,
	},
	{
		name: "rollback removes in reverse order",
		do: func(r *rig) error {
			return r.create(resources("A: Thing", "B: Thing {Label: !Ref A}", "C: Thing {Label: !Ref B, Fail: create}"))
		},
		status: "ROLLBACK_COMPLETE",
		events: `app CREATE_IN_PROGRESS User Initiated
				A CREATE_IN_PROGRESS
				A CREATE_IN_PROGRESS Resource creation Initiated
				A CREATE_COMPLETE
				B CREATE_IN_PROGRESS
				B CREATE_IN_PROGRESS Resource creation Initiated
				B CREATE_COMPLETE
				C CREATE_IN_PROGRESS
				C CREATE_FAILED Resource handler returned message: "it fails on create" (RequestToken: T, HandlerErrorCode: GeneralServiceException)
				app ROLLBACK_IN_PROGRESS The following resource(s) failed to create: [C]. Rollback requested by user.
				C DELETE_COMPLETE
				B DELETE_IN_PROGRESS
				B DELETE_COMPLETE
				A DELETE_IN_PROGRESS
				A DELETE_COMPLETE
				app ROLLBACK_COMPLETE`,
	},
	{
		name:   "failure to stabilize leaves a physical id that the rollback removes",
		do:     func(r *rig) error { return r.create(resources("A: Slow {Fail: stabilize}")) },
		status: "ROLLBACK_COMPLETE",
		events: `app CREATE_IN_PROGRESS User Initiated
				A CREATE_IN_PROGRESS
				A CREATE_IN_PROGRESS Resource creation Initiated
				A CREATE_FAILED Resource handler returned message: "it fails on stabilize" (RequestToken: T, HandlerErrorCode: GeneralServiceException)
				app ROLLBACK_IN_PROGRESS The following resource(s) failed to create: [A]. Rollback requested by user.
				A DELETE_IN_PROGRESS
				A DELETE_COMPLETE
				app ROLLBACK_COMPLETE`,
	},
	{
		name:   "a slow resource is polled until it is there",
		do:     func(r *rig) error { return r.create(resources("A: Slow {Polls: 3}")) },
		status: "CREATE_COMPLETE",
	},
	{
		name:   "a resource that never comes to rest fails after its patience",
		do:     func(r *rig) error { return r.create(resources("A: Slow {Polls: 1000}"), disableRollback) },
		status: "CREATE_FAILED", reason: "The following resource(s) failed to create: [A]. ",
		events: `app CREATE_IN_PROGRESS User Initiated
				A CREATE_IN_PROGRESS
				A CREATE_IN_PROGRESS Resource creation Initiated
				A CREATE_FAILED Resource handler returned message: "Exceeded attempts to wait" (RequestToken: T, HandlerErrorCode: NotStabilized)
				app CREATE_FAILED The following resource(s) failed to create: [A].`,
	},
	{
		name: "DisableRollback keeps what is there and finishes what does not depend on the failure",
		do: func(r *rig) error {
			return r.create(resources("A: Thing {Fail: create}", "B: Thing", "C: Thing {Label: !Ref A}"), disableRollback)
		},
		status: "CREATE_FAILED", reason: "The following resource(s) failed to create: [A]. ",
		events: `app CREATE_IN_PROGRESS User Initiated
				A CREATE_IN_PROGRESS
				B CREATE_IN_PROGRESS
				A CREATE_FAILED Resource handler returned message: "it fails on create" (RequestToken: T, HandlerErrorCode: GeneralServiceException)
				B CREATE_IN_PROGRESS Resource creation Initiated
				B CREATE_COMPLETE
				app CREATE_FAILED The following resource(s) failed to create: [A].`,
	},
	{
		name: "OnFailure DELETE removes the stack",
		do:   func(r *rig) error { return r.create(resources("A: Thing {Fail: create}"), onFailureDelete) },
	},
	{
		name: "a rollback that cannot remove something fails",
		do: func(r *rig) error {
			return r.create(resources("A: Thing {Fail: delete}", "B: Thing {Label: !Ref A, Fail: create}"))
		},
		status: "ROLLBACK_FAILED", reason: "The following resource(s) failed to delete: [A]. ",
	},
	{
		name: "DeletionPolicy Retain holds in a rollback",
		do: func(r *rig) error {
			return r.create(resources("A: Thing | DeletionPolicy: Retain", "B: Thing {Label: !Ref A, Fail: create}"))
		},
		status: "ROLLBACK_COMPLETE",
		events: `app CREATE_IN_PROGRESS User Initiated
				A CREATE_IN_PROGRESS
				A CREATE_IN_PROGRESS Resource creation Initiated
				A CREATE_COMPLETE
				B CREATE_IN_PROGRESS
				B CREATE_FAILED Resource handler returned message: "it fails on create" (RequestToken: T, HandlerErrorCode: GeneralServiceException)
				app ROLLBACK_IN_PROGRESS The following resource(s) failed to create: [B]. Rollback requested by user.
				B DELETE_COMPLETE
				A DELETE_SKIPPED
				app ROLLBACK_COMPLETE`,
	},
	{
		name: "RetainExceptOnCreate does not",
		do: func(r *rig) error {
			return r.create(resources("A: Thing | DeletionPolicy: RetainExceptOnCreate", "B: Thing {Label: !Ref A, Fail: create}"))
		},
		status: "ROLLBACK_COMPLETE",
		events: `app CREATE_IN_PROGRESS User Initiated
				A CREATE_IN_PROGRESS
				A CREATE_IN_PROGRESS Resource creation Initiated
				A CREATE_COMPLETE
				B CREATE_IN_PROGRESS
				B CREATE_FAILED Resource handler returned message: "it fails on create" (RequestToken: T, HandlerErrorCode: GeneralServiceException)
				app ROLLBACK_IN_PROGRESS The following resource(s) failed to create: [B]. Rollback requested by user.
				B DELETE_COMPLETE
				A DELETE_IN_PROGRESS
				A DELETE_COMPLETE
				app ROLLBACK_COMPLETE`,
	},
	{
		name: "a name that is taken",
		do: func(r *rig) error {
			r.run("other", "CREATE", resources("A: Thing {Name: same}"))
			return r.create(resources("A: Thing {Name: same}"))
		},
		status: "ROLLBACK_COMPLETE",
		events: `app CREATE_IN_PROGRESS User Initiated
				A CREATE_IN_PROGRESS
				A CREATE_FAILED Resource handler returned message: "same already exists" (RequestToken: T, HandlerErrorCode: AlreadyExists)
				app ROLLBACK_IN_PROGRESS The following resource(s) failed to create: [A]. Rollback requested by user.
				A DELETE_COMPLETE
				app ROLLBACK_COMPLETE`,
	},
	{
		name:   "an unknown property",
		do:     func(r *rig) error { return r.create(resources("A: Thing {Nmae: x}"), disableRollback) },
		status: "CREATE_FAILED", reason: "The following resource(s) failed to create: [A]. ",
		events: `app CREATE_IN_PROGRESS User Initiated
				A CREATE_IN_PROGRESS
				A CREATE_FAILED Encountered unsupported property Nmae
				app CREATE_FAILED The following resource(s) failed to create: [A].`,
	},
	{
		name: "a missing and an ill-typed property",
		do: func(r *rig) error {
			return r.create(resources("A: Thing {Size: many, Nested: {Key: k}}"), disableRollback)
		},
		status: "CREATE_FAILED", reason: "The following resource(s) failed to create: [A]. ",
		events: `app CREATE_IN_PROGRESS User Initiated
				A CREATE_IN_PROGRESS
				A CREATE_FAILED Property validation failure: [The property {/Nested/Depth} is required, Value of property {/Size} does not match type {Integer}]
				app CREATE_FAILED The following resource(s) failed to create: [A].`,
	},
	{
		name: "creation takes longer than its timeout",
		do: func(r *rig) error {
			return r.create(resources("A: Slow {Polls: 5}", "B: Slow {Label: !Ref A, Polls: 5}"), func(in *cfn.CreateStackInput) { in.TimeoutInMinutes = aws.Int32(1) })
		},
		status: "ROLLBACK_COMPLETE",
	},
	{
		name: "deleted while it is created",
		do: func(r *rig) error {
			if err := r.create(resources("A: Slow {Polls: 3}")); err != nil {
				return err
			}
			r.pass(10 * time.Second)
			return r.remove()
		},
	},
	{
		name: "the name is taken",
		do: func(r *rig) error {
			r.created(resources("A: Thing"))
			return r.create(resources("A: Thing"))
		},
		err: "AlreadyExistsException: Stack [app] already exists", status: "CREATE_COMPLETE",
	},
	{
		name: "the same request again, by its token",
		do: func(r *rig) error {
			withToken := func(in *cfn.CreateStackInput) { in.ClientRequestToken = aws.String("t1") }
			r.created(resources("A: Thing"), withToken)
			return r.create(resources("A: Thing"), withToken)
		},
		status: "CREATE_COMPLETE",
	},
	{
		name: "conditions leave resources and outputs out",
		do: func(r *rig) error {
			return r.create("Conditions: {No: !Equals [a, b]}\n" + resources("A: Thing", "B: Thing | Condition: No") + "Outputs:\n  O: {Value: !Ref B, Condition: No}\n")
		},
		status: "CREATE_COMPLETE",
		events: `app CREATE_IN_PROGRESS User Initiated
				A CREATE_IN_PROGRESS
				A CREATE_IN_PROGRESS Resource creation Initiated
				A CREATE_COMPLETE
				app CREATE_COMPLETE`,
	},
}
