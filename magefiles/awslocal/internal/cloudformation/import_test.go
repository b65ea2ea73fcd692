package cloudformation_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cfn "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
)

// adopting names existing things by their logical ids: "A", "a".
func adopting(pairs ...string) func(*cfn.CreateChangeSetInput) {
	return func(in *cfn.CreateChangeSetInput) {
		for i := 0; i < len(pairs); i += 2 {
			in.ResourcesToImport = append(in.ResourcesToImport, types.ResourceToImport{
				LogicalResourceId: &pairs[i], ResourceType: aws.String("Test::Unit::Thing"), ResourceIdentifier: map[string]string{"Name": pairs[i+1]},
			})
		}
	}
}

func existing(in *cfn.CreateChangeSetInput) { in.ImportExistingResources = aws.Bool(true) }

// foreign makes things that belong to no stack.
func (r *rig) foreign(names ...string) {
	for _, name := range names {
		r.change(name, map[string]any{"Name": name, "Label": "there before"})
	}
}

const kept = " | DeletionPolicy: Retain"

var importCases = []conformance{
	{
		name: "into a new stack",
		do: func(r *rig) error {
			r.foreign("a")
			c := r.changeSet("app", "IMPORT", resources("A: Thing {Name: a, Label: mine}"+kept), adopting("A", "a"), tags("team", "x"))
			if got := c.Changes[0].ResourceChange; got.Action != "Import" || *got.PhysicalResourceId != "a" {
				r.t.Errorf("change: %+v", got)
			}
			r.execute(c)
			r.settle()
			if got := r.thing("a"); got.Properties["Label"] != "there before" || got.Tags["team"] != "x" || got.Tags["aws:cloudformation:logical-id"] != "A" {
				r.t.Errorf("thing: %+v", got)
			}
			if got := r.detect(); got.StackDriftStatus != "DRIFTED" {
				r.t.Errorf("drift: %s", got.StackDriftStatus)
			}
			r.updated(resources("A: Thing {Name: a, Label: new}" + kept))
			if got := r.thing("a"); got.Properties["Label"] != "new" {
				r.t.Errorf("thing: %+v", got)
			}
			return nil
		},
		status: "UPDATE_COMPLETE",
	},
	{
		name: "into a stack, with its events",
		do: func(r *rig) error {
			r.foreign("b")
			r.created(resources("A: Thing {Name: a}"))
			r.run("app", "IMPORT", resources("A: Thing {Name: a}", "B: Thing {Name: b}"+kept), adopting("B", "b"))
			return nil
		},
		status: "IMPORT_COMPLETE",
		events: `app IMPORT_IN_PROGRESS User Initiated
				B IMPORT_IN_PROGRESS Resource import started.
				B IMPORT_COMPLETE Resource import completed.
				B UPDATE_IN_PROGRESS Apply stack-level tags to imported resource if applicable.
				B UPDATE_COMPLETE
				app IMPORT_COMPLETE`,
	},
	{
		name: "what does not exist, and what was taken over is given up",
		do: func(r *rig) error {
			r.foreign("a")
			r.run("app", "IMPORT", resources("A: Thing {Name: a}"+kept, "B: Thing {Label: !Ref A}"+kept), adopting("A", "a", "B", "b"), tags("team", "x"))
			if got := r.thing("a"); got.Properties == nil || len(got.Tags) > 0 {
				r.t.Errorf("thing: %+v", got)
			}
			return nil
		},
		status: "IMPORT_ROLLBACK_COMPLETE",
		events: `app IMPORT_IN_PROGRESS User Initiated
				A IMPORT_IN_PROGRESS Resource import started.
				A IMPORT_COMPLETE Resource import completed.
				A UPDATE_IN_PROGRESS Apply stack-level tags to imported resource if applicable.
				A UPDATE_COMPLETE
				B IMPORT_IN_PROGRESS Resource import started.
				B IMPORT_FAILED Resource handler returned message: "Resource of type 'Test::Unit::Thing' with identifier 'b' was not found." (RequestToken: T, HandlerErrorCode: NotFound)
				app IMPORT_ROLLBACK_IN_PROGRESS The following resource(s) failed to import: [B].
				A IMPORT_ROLLBACK_IN_PROGRESS
				A IMPORT_ROLLBACK_COMPLETE
				app IMPORT_ROLLBACK_COMPLETE`,
	},
	{
		name: "a rollback that fails",
		do: func(r *rig) error {
			r.change("a", map[string]any{"Name": "a", "Fail": "untag"})
			r.run("app", "IMPORT", resources("A: Thing {Name: a}"+kept, "B: Thing {Label: !Ref A}"+kept), adopting("A", "a", "B", "b"))
			return nil
		},
		status: "IMPORT_ROLLBACK_FAILED", reason: "The following resource(s) failed to roll back the import: [A]. ",
	},
	{
		name: "what another stack has",
		do: func(r *rig) error {
			r.run("other", "CREATE", resources("A: Thing {Name: a}"))
			r.run("app", "IMPORT", resources("A: Thing {Name: a}"+kept), adopting("A", "a"))
			if got := r.events("app"); got[len(got)-3] != "A IMPORT_FAILED a already exists in stack "+*r.stack("other").StackId {
				r.t.Errorf("events: %v", got)
			}
			return nil
		},
		status: "IMPORT_ROLLBACK_COMPLETE",
	},
	{
		name: "tags that cannot be put on, and the stack is as before",
		do: func(r *rig) error {
			r.change("b", map[string]any{"Name": "b", "Fail": "retag"})
			r.created(resources("A: Thing {Name: a}"))
			r.run("app", "IMPORT", resources("A: Thing {Name: a}", "B: Thing {Name: b}"+kept), adopting("B", "b"))
			if st := r.stack("app"); st.StackStatus != "IMPORT_ROLLBACK_COMPLETE" {
				r.t.Errorf("stack is %s", st.StackStatus)
			}
			return r.update(resources("A: Thing {Name: a, Label: new}"))
		},
		status: "UPDATE_COMPLETE",
	},
	{
		name: "existing ones while the stack is created",
		do: func(r *rig) error {
			r.foreign("a")
			r.run("app", "CREATE", resources("A: Thing {Name: a}"+kept, "B: Thing {Label: !Ref A}"), existing)
			return nil
		},
		status: "CREATE_COMPLETE",
		events: `app CREATE_IN_PROGRESS User Initiated
				A IMPORT_IN_PROGRESS Resource import started.
				A IMPORT_COMPLETE Resource import completed.
				A UPDATE_IN_PROGRESS Apply stack-level tags to imported resource if applicable.
				A UPDATE_COMPLETE
				B CREATE_IN_PROGRESS
				B CREATE_IN_PROGRESS Resource creation Initiated
				B CREATE_COMPLETE
				app CREATE_COMPLETE`,
	},
	{
		name: "a failed creation leaves what was there before, whatever its policy says",
		do: func(r *rig) error {
			r.foreign("a")
			r.run("app", "CREATE", resources("A: Thing {Name: a} | DeletionPolicy: RetainExceptOnCreate", "B: Thing {Label: !Ref A, Fail: create}"), existing)
			if r.thing("a").Properties == nil {
				r.t.Error("it is gone")
			}
			return nil
		},
		status: "ROLLBACK_COMPLETE",
	},
	{
		name: "existing ones in an update that fails",
		do: func(r *rig) error {
			r.foreign("a")
			r.created(resources("K: Thing"))
			r.run("app", "UPDATE", resources("K: Thing", "A: Thing {Name: a}"+kept, "B: Thing {Label: !Ref A, Fail: create}"), existing)
			if r.thing("a").Properties == nil {
				r.t.Error("it is gone")
			}
			return nil
		},
		status: "UPDATE_ROLLBACK_COMPLETE",
	},
}

func TestImportRefusals(t *testing.T) {
	a := resources("A: Thing {Name: a}")
	for name, c := range map[string]struct {
		before, body string
		with         func(*cfn.CreateChangeSetInput)
		want         string
	}{
		"nothing named":      {"", a, adopting(), "ResourcesToImport must be specified for a change set of type IMPORT."},
		"no policy":          {"", a, adopting("A", "a"), "The following resources to import [A] must have DeletionPolicy attribute specified in the template."},
		"not in the list":    {"", resources("A: Thing {Name: a}"+kept, "B: Thing"), adopting("A", "a"), "Resources [B] is missing from ResourceToImport list"},
		"not in template":    {"", a, adopting("X", "a"), "Resources [X] in ResourcesToImport are not defined in the template."},
		"already there":      {a, resources("A: Thing {Name: a}" + kept), adopting("A", "a"), "Resources [A] passed in ResourceToImport are already in a stack and cannot be imported."},
		"with outputs":       {"", resources("A: Thing {Name: a}"+kept) + "Outputs: {O: {Value: x}}\n", adopting("A", "a"), "As part of the import operation, you cannot modify or add [Outputs]"},
		"with changes":       {a, resources("A: Thing {Name: a, Label: new}", "B: Thing {Name: b}"+kept), adopting("B", "b"), "You have modified resources [A] in your template that are not being imported. Update, create or delete operations cannot be executed during import operations."},
		"another type":       {"", resources("A: Slow {Name: a}" + kept), adopting("A", "a"), "Resource type Test::Unit::Thing of resource [A] in ResourcesToImport does not match the type in the template."},
		"another name":       {"", resources("A: Thing {Name: b}" + kept), adopting("A", "a"), "The value of the identifier Name of resource [A] does not match the template"},
		"other identifiers":  {"", resources("A: Thing {Name: a}" + kept), identified("Test::Unit::Thing", "Arn"), "Resource identifier [Arn] of resource [A] is not valid for Test::Unit::Thing: it must be [Name]"},
		"unsupported":        {"", resources("A: Blind {Name: a}" + kept), identified("Test::Unit::Blind", "Name"), "ResourceTypes [Test::Unit::Blind] are not supported for Import"},
		"both ways":          {"", a, func(in *cfn.CreateChangeSetInput) { existing(in); adopting("A", "a")(in) }, "ImportExistingResources cannot be specified for a change set of type IMPORT. Use ResourcesToImport instead."},
		"deleted on failure": {"", a, func(in *cfn.CreateChangeSetInput) { in.OnStackFailure = "DELETE"; adopting("A", "a")(in) }, "OnStackFailure cannot be set to DELETE for an IMPORT change set."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			if c.before != "" {
				r.created(c.before)
			}
			in := &cfn.CreateChangeSetInput{StackName: aws.String("app"), ChangeSetName: aws.String("c"), ChangeSetType: "IMPORT", TemplateBody: &c.body}
			c.with(in)
			_, err := r.CreateChangeSet(background, in)
			wantError(t, err, "ValidationError: "+c.want)
		})
	}
	r := newRig(t)
	in := &cfn.CreateChangeSetInput{StackName: aws.String("app"), ChangeSetName: aws.String("c"), ChangeSetType: "CREATE", TemplateBody: &a}
	adopting("A", "a")(in)
	_, err := r.CreateChangeSet(background, in)
	wantError(t, err, "ValidationError: ResourcesToImport can only be specified for a change set of type IMPORT.")
}

func identified(typeName, key string) func(*cfn.CreateChangeSetInput) {
	return func(in *cfn.CreateChangeSetInput) {
		in.ResourcesToImport = []types.ResourceToImport{{
			LogicalResourceId: aws.String("A"), ResourceType: &typeName, ResourceIdentifier: map[string]string{key: "a"},
		}}
	}
}

// TestImportExistingNeedsAPolicy: the change set fails, and says which resources it is about.
func TestImportExistingNeedsAPolicy(t *testing.T) {
	r := newRig(t)
	r.foreign("a")
	c := r.changeSet("app", "CREATE", resources("A: Thing {Name: a}"), existing)
	want := "CloudFormation is attempting to import some resources because they already exist in your account. The resources must have the DeletionPolicy attribute set to 'Retain' or 'RetainExceptOnCreate' in the template for successful import. The affected resources are A ({Name=a})"
	if c.Status != "FAILED" || aws.ToString(c.StatusReason) != want || !aws.ToBool(c.ImportExistingResources) {
		t.Errorf("%s %s", c.Status, aws.ToString(c.StatusReason))
	}
}
