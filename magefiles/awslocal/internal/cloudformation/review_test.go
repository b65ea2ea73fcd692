package cloudformation_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cfn "github.com/aws/aws-sdk-go-v2/service/cloudformation"
)

// A stack under review takes more change sets, and a creation in their place. Recorded from AWS, 2023-11-22.
func TestAStackUnderReview(t *testing.T) {
	r := newRig(t)
	first := r.changeSet("app", "CREATE", resources("A: Thing"))
	second := r.changeSet("app", "CREATE", resources("B: Thing"))
	if *first.StackId != *second.StackId {
		t.Error("two stacks of one name")
	}
	body := resources("C: Thing")
	made, err := r.CreateStack(background, &cfn.CreateStackInput{StackName: aws.String("app"), TemplateBody: &body})
	if err != nil || *made.StackId != *first.StackId {
		t.Fatalf("%v, %v", made, err)
	}
	_, err = r.ExecuteChangeSet(background, &cfn.ExecuteChangeSetInput{ChangeSetName: first.ChangeSetId})
	wantError(t, err, "InvalidChangeSetStatus: ChangeSet ["+*first.ChangeSetId+"] cannot be executed in its current execution status of [OBSOLETE]")
	r.settle()
	if st := r.stack("app"); st.StackStatus != "CREATE_COMPLETE" {
		t.Errorf("the stack is %s", st.StackStatus)
	}
}
