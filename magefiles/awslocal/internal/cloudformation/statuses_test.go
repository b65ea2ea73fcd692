package cloudformation_test

import (
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cfn "github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/awstest"
)

// TestEveryStackStatusIsReached: operations bring stacks to every status that the SDK knows, each of which is seen by
// a client that looks after each thing that happens.
func TestEveryStackStatusIsReached(t *testing.T) {
	seen := map[types.StackStatus]string{}
	for name, story := range map[string]func(r *rig){
		"created, updated, deleted": func(r *rig) {
			r.execute(r.changeSet("app", "CREATE", resources("A: Thing {Name: a}")))
			r.watch(seen, "created")
			must(t, r.update(resources("A: Thing {Name: b}")))
			r.watch(seen, "updated")
			must(t, r.remove())
			r.watch(seen, "deleted")
		},
		"in review": func(r *rig) {
			r.changeSet("app", "CREATE", resources("A: Thing"))
			r.watch(seen, "in review")
		},
		"creation fails": func(r *rig) {
			must(t, r.create(resources("A: Thing", "B: Thing {Label: !Ref A, Fail: create}")))
			r.watch(seen, "creation fails")
		},
		"creation fails, and so does its rollback": func(r *rig) {
			must(t, r.create(resources("A: Thing {Fail: delete}", "B: Thing {Label: !Ref A, Fail: create}")))
			r.watch(seen, "its rollback fails")
			must(t, r.remove())
			r.watch(seen, "and its deletion")
		},
		"creation fails and is left": func(r *rig) {
			must(t, r.create(resources("A: Thing {Fail: create}"), disableRollback))
			r.watch(seen, "left as it is")
		},
		"update fails and is left": func(r *rig) {
			r.created(resources("A: Thing"))
			must(t, r.update(resources("A: Thing {Fail: update}"), disableUpdateRollback))
			r.watch(seen, "update left as it is")
		},
		"update fails": func(r *rig) {
			r.created(resources("A: Thing {Name: a}", "B: Thing"))
			must(t, r.update(resources("A: Thing {Name: b}", "B: Thing {Label: !Ref A, Fail: update}")))
			r.watch(seen, "update fails")
		},
		"update fails, and so does its rollback": func(r *rig) {
			r.failedRollback()
			r.watch(seen, "its rollback fails")
		},
		"import": func(r *rig) {
			r.foreign("a")
			r.execute(r.changeSet("app", "IMPORT", resources("A: Thing {Name: a}"+kept), adopting("A", "a")))
			r.watch(seen, "import")
		},
		"import fails": func(r *rig) {
			r.execute(r.changeSet("app", "IMPORT", resources("A: Thing {Name: a}"+kept), adopting("A", "a")))
			r.watch(seen, "import fails")
		},
		"import fails, and so does its rollback": func(r *rig) {
			r.change("a", map[string]any{"Name": "a", "Fail": "untag"})
			r.execute(r.changeSet("app", "IMPORT", resources("A: Thing {Name: a}"+kept, "B: Thing {Label: !Ref A}"+kept), adopting("A", "a", "B", "b")))
			r.watch(seen, "its rollback fails")
		},
	} {
		t.Run(name, func(t *testing.T) { story(newRig(t)) })
	}
	for _, status := range types.StackStatus("").Values() {
		if seen[status] == "" {
			t.Errorf("no operation brings a stack to %s", status)
		}
	}
	for status := range seen {
		if !slices.Contains(status.Values(), status) {
			t.Errorf("%s is no status that the SDK knows", status)
		}
	}
}

// watch lets everything happen, and looks at all stacks after each event.
func (r *rig) watch(seen map[types.StackStatus]string, story string) {
	r.t.Helper()
	for range 1000 {
		out, err := r.ListStacks(background, &cfn.ListStacksInput{})
		if err != nil {
			r.t.Fatal(said(err))
		}
		for _, st := range out.StackSummaries {
			seen[st.StackStatus] = story
			one, err := r.DescribeStacks(background, &cfn.DescribeStacksInput{StackName: st.StackId})
			if err != nil || one.Stacks[0].StackStatus != st.StackStatus {
				r.t.Errorf("describe %s: %v", aws.ToString(st.StackId), err)
			}
		}
		var next time.Time
		var busy bool
		awstest.Do(r.t, r.world, func() { next, busy = r.world.Next() })
		if !busy {
			return
		}
		r.clock.Advance(max(0, next.Sub(r.clock.Now())))
	}
	r.t.Fatal("the world does not come to rest")
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(said(err))
	}
}
