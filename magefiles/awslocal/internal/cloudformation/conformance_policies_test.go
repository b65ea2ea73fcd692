package cloudformation_test

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	cfn "github.com/aws/aws-sdk-go-v2/service/cloudformation"
)

// retainExceptOnCreate is the request's way of saying it for all resources.
func retainExceptOnCreate(in *cfn.CreateStackInput) { in.RetainExceptOnCreate = aws.Bool(true) }

func (r *rig) wantThing(name string, there bool) {
	r.t.Helper()
	if got := r.thing(name).Properties != nil; got != there {
		r.t.Errorf("%s exists: %v, want %v", name, got, there)
	}
}

// policyCases are the combinations of DeletionPolicy and UpdateReplacePolicy. What UpdateReplacePolicy says about the
// new resource of a replacement that is rolled back is not in AWS's documentation; that it stays, like the old one
// would, was measured (https://github.com/go-to-k/cdkd/pull/2634).
var policyCases = []conformance{
	{
		name: "a replacement follows UpdateReplacePolicy, not DeletionPolicy",
		do: func(r *rig) error {
			r.created(resources("A: Thing {Name: old} | DeletionPolicy: Retain"))
			r.updated(resources("A: Thing {Name: new} | DeletionPolicy: Retain"))
			r.wantThing("old", false)
			return nil
		},
		status: "UPDATE_COMPLETE",
	},
	{
		name: "a deletion follows DeletionPolicy, not UpdateReplacePolicy",
		do: func(r *rig) error {
			r.created(resources("A: Thing {Name: old} | UpdateReplacePolicy: Retain"))
			if err := r.remove(); err != nil {
				return err
			}
			r.settle()
			r.wantThing("old", false)
			return nil
		},
	},
	{
		name: "both",
		do: func(r *rig) error {
			r.created(resources("A: Thing {Name: old} | DeletionPolicy: Retain | UpdateReplacePolicy: Retain"))
			r.updated(resources("A: Thing {Name: new} | DeletionPolicy: Retain | UpdateReplacePolicy: Retain"))
			if err := r.remove(); err != nil {
				return err
			}
			r.settle()
			r.wantThing("old", true)
			r.wantThing("new", true)
			return nil
		},
	},
	{
		name: "both replacements of a failed update stay",
		do: func(r *rig) error {
			r.created(resources("A: Thing {Name: old} | UpdateReplacePolicy: Retain", "Z: Thing {Label: !Ref A}"))
			r.updated(resources("A: Thing {Name: new} | UpdateReplacePolicy: Retain", "Z: Thing {Label: !Ref A, Fail: update}"))
			r.wantThing("old", true)
			r.wantThing("new", true)
			return nil
		},
		status: "UPDATE_ROLLBACK_COMPLETE",
	},
	{
		name: "DeletionPolicy does not keep the replacement of a failed update",
		do: func(r *rig) error {
			r.created(resources("A: Thing {Name: old} | DeletionPolicy: Retain", "Z: Thing {Label: !Ref A}"))
			r.updated(resources("A: Thing {Name: new} | DeletionPolicy: Retain", "Z: Thing {Label: !Ref A, Fail: update}"))
			r.wantThing("old", true)
			r.wantThing("new", false)
			return nil
		},
		status: "UPDATE_ROLLBACK_COMPLETE",
	},
	{
		name: "what a failed update made stays with DeletionPolicy Retain",
		do: func(r *rig) error {
			r.created(resources("K: Thing"))
			r.updated(resources("K: Thing", "N: Thing {Name: new} | DeletionPolicy: Retain", "Z: Thing {Label: !Ref N, Fail: create}"))
			r.wantThing("new", true)
			return nil
		},
		status: "UPDATE_ROLLBACK_COMPLETE",
	},
	{
		name: "but not with RetainExceptOnCreate",
		do: func(r *rig) error {
			r.created(resources("K: Thing"))
			r.updated(resources("K: Thing", "N: Thing {Name: new} | DeletionPolicy: RetainExceptOnCreate", "Z: Thing {Label: !Ref N, Fail: create}"))
			r.wantThing("new", false)
			return nil
		},
		status: "UPDATE_ROLLBACK_COMPLETE",
	},
	{
		name: "nor where the request says so",
		do: func(r *rig) error {
			r.created(resources("A: Thing {Name: a} | DeletionPolicy: Retain", "B: Thing {Label: !Ref A, Fail: create}"), retainExceptOnCreate)
			r.wantThing("a", false)
			return nil
		},
		status: "ROLLBACK_COMPLETE",
	},
	{
		name: "RetainExceptOnCreate retains on deletion",
		do: func(r *rig) error {
			r.created(resources("A: Thing {Name: a} | DeletionPolicy: RetainExceptOnCreate"))
			if err := r.remove(); err != nil {
				return err
			}
			r.settle()
			r.wantThing("a", true)
			return nil
		},
	},
	{
		name: "a policy that is taken back before the deletion",
		do: func(r *rig) error {
			r.created(resources("A: Thing {Name: a} | DeletionPolicy: Retain"))
			r.updated(resources("A: Thing {Name: a} | DeletionPolicy: Delete"))
			if err := r.remove(); err != nil {
				return err
			}
			r.settle()
			r.wantThing("a", false)
			return nil
		},
	},
}
