package stack

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/google/go-cmp/cmp"
)

func TestOperations(t *testing.T) {
	at := func(s int) time.Time { return time.Unix(int64(s), 0) }
	token := signed("splitecs-0123", "jane@laptop, service:deploy dev")
	events := []Event{ // newest first
		{Time: at(9), OfStack: true, Status: "UPDATE_IN_PROGRESS", Token: "another"},
		{Time: at(8), OfStack: true, Status: "UPDATE_ROLLBACK_COMPLETE", Token: token},
		{Time: at(7), OfStack: true, Status: "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", Token: token},
		{Time: at(6), OfStack: true, Status: "UPDATE_ROLLBACK_IN_PROGRESS", Token: token, Reason: "No export named X found"},
		{Time: at(5), Resource: "Service", Status: "UPDATE_COMPLETE", Token: token},
		{Time: at(5), Resource: "Service", Status: "UPDATE_IN_PROGRESS", Token: token},
		{Time: at(5), OfStack: true, Status: "UPDATE_IN_PROGRESS", Token: token},
		{Time: at(3), OfStack: true, Status: "CREATE_COMPLETE"},
		{Time: at(2), OfStack: true, Status: "CREATE_IN_PROGRESS"},
		{Time: at(1), OfStack: true, Status: "REVIEW_IN_PROGRESS"},
	}
	want := []Operation{
		{Began: at(9), Last: types.StackStatusUpdateInProgress},
		{Began: at(5), Ended: at(8), Last: types.StackStatusUpdateRollbackComplete, Who: "jane-laptop", Doing: "service-deploy-dev", Why: Event{
			Time: at(6), OfStack: true, Status: "UPDATE_ROLLBACK_IN_PROGRESS", Token: token, Reason: "No export named X found",
		}, Resources: map[string]types.ResourceStatus{"Service": types.ResourceStatusUpdateComplete}},
		{Began: at(2), Ended: at(3), Last: types.StackStatusCreateComplete},
	}
	if d := cmp.Diff(want, operations(events)); d != "" {
		t.Error(d)
	}
}

func TestSignedTokens(t *testing.T) {
	for author, want := range map[string][2]string{
		"":                                {"", ""},
		"jane@laptop, service:deploy dev": {"jane-laptop", "service-deploy-dev"},
		"octocat, https://github.com/o/r/actions/runs/1, infra:deploy qa": {"octocat", "infra-deploy-qa"},
	} {
		token := signed("splitecs-0123456789abcdef", author)
		who, doing := signatureOf(token)
		if who != want[0] || doing != want[1] {
			t.Errorf("%s: %s, %s of %s", author, who, doing, token)
		}
	}
	if long := signed("splitecs-0", strings.Repeat("x@", 200)+", y"); len(long) > 128 || strings.HasSuffix(long, "-") {
		t.Errorf("%d characters: %s", len(long), long)
	}
}
