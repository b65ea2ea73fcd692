package rollout_test

import (
	"fmt"

	"github.com/bellyfed/splitecs/magefiles/rollout"
)

// What was seen of a deployment comes to one verdict: the cause, and which change can be to blame.
func ExampleJudge() {
	exit := int32(1)
	verdict := rollout.Judge(rollout.Evidence{
		Revision: "shop-dev-service:8",
		Changes:  []rollout.Change{{Kind: rollout.Variable, Name: "DATABASE_HOST", Before: "10.0.3.6", After: "10.0.3.7", Was: true, Is: true, From: 7, To: 8}},
		Stopped: []rollout.Task{{
			ID: "4f1c", Revision: "shop-dev-service:8", Code: "EssentialContainerExited", Reason: "Essential container in task exited",
			Container: "shop-dev-container", Exit: &exit,
			Log: []string{"Error: connect ECONNREFUSED 10.0.3.7:5432"},
		}},
	})
	fmt.Println(verdict.Signature)
	fmt.Println(verdict.Why)
	fmt.Println(verdict.Likely)
	// Output:
	// connection-refused
	// the program cannot connect to another service: nothing listens there: Error: connect ECONNREFUSED 10.0.3.7:5432; exit code 1
	// [variable DATABASE_HOST is 10.0.3.7 in revision 8 and was 10.0.3.6 in 7]
}

// A rollback goes to the highest good revision below the present one.
func ExampleChoose() {
	good := []rollout.Revision{
		{TaskDefinition: "arn:aws:ecs:eu-central-1:123456789012:task-definition/shop-dev-service:7"},
		{TaskDefinition: "arn:aws:ecs:eu-central-1:123456789012:task-definition/shop-dev-service:5"},
	}
	bad := rollout.Revision{TaskDefinition: "arn:aws:ecs:eu-central-1:123456789012:task-definition/shop-dev-service:8"}
	last, err := rollout.Choose("shop-dev-service", bad, good, "")
	fmt.Println(last.Name(), err)
	_, err = rollout.Choose("shop-dev-service", bad, good, "6")
	fmt.Println(err)
	// Output:
	// shop-dev-service:7 <nil>
	// service shop-dev-service: 6 is no revision that was deployed successfully and is still active; these are: shop-dev-service:7, shop-dev-service:5
}
