package rollout

import (
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/google/go-cmp/cmp"
)

func TestServiceDeploymentsAndAlarmsAsTheyWereLastSeen(t *testing.T) {
	k := newKeeper("web")
	see := func(id, status string, alarms ...string) {
		k.addDeployment(types.ServiceDeployment{
			ServiceDeploymentArn: new("arn:aws:ecs:r:0:service-deployment/dev/web/" + id), Status: types.ServiceDeploymentStatus(status),
			Alarms: &types.ServiceDeploymentAlarms{TriggeredAlarmNames: alarms},
		})
	}
	see("1", "IN_PROGRESS")
	earlier := k.evidence
	see("2", "IN_PROGRESS", "5xx")
	see("1", "STOPPED", "5xx", "slow")
	want := []ServiceDeployment{{ID: "1", Status: "STOPPED"}, {ID: "2", Status: "IN_PROGRESS"}}
	if got := k.evidence; !slices.Equal(got.Deployments, want) || !slices.Equal(got.Alarms, []string{"5xx", "slow"}) {
		t.Errorf("%+v", got)
	}
	if earlier.Deployments[0].Status != "IN_PROGRESS" {
		t.Error("what was handed out has changed")
	}
}

// said is a service event of a minute.
func said(id string, minute int) types.ServiceEvent {
	return types.ServiceEvent{Id: &id, Message: new("(service web) " + id), CreatedAt: new(time.Date(2026, 1, 2, 3, minute, 0, 0, time.UTC))}
}

func TestEventsAreNewsOnceAndOldestFirst(t *testing.T) {
	k := newKeeper("web")
	k.events["before"] = true
	first := k.addEvents([]types.ServiceEvent{said("b", 2), said("a", 1), said("before", 0)})
	if want := []news{{"web", "event", "a"}, {"web", "event", "b"}}; !slices.Equal(first, want) {
		t.Errorf("first %v", first)
	}
	if again := k.addEvents([]types.ServiceEvent{said("c", 3), said("b", 2)}); !slices.Equal(again, []news{{"web", "event", "c"}}) {
		t.Errorf("again %v", again)
	}
	k.begin(Evidence{Revision: "web:2"}, *said("", 2).CreatedAt)
	if want := (Evidence{Revision: "web:2", Events: []string{"(service web) b", "(service web) c"}}); cmp.Diff(want, k.evidence) != "" {
		t.Error(cmp.Diff(want, k.evidence))
	}
	k.begin(Evidence{}, *said("", 9).CreatedAt)
	if len(k.evidence.Events) > 0 {
		t.Errorf("of the revision before there is %q", k.evidence.Events)
	}
}

func TestStoppedTasksOfOneOffCommandsAreNoEvidence(t *testing.T) {
	k := newKeeper("web")
	for group, own := range map[string]bool{"service:web": true, "family:web": false, "service:web2": false} {
		if k.notice(types.Task{TaskArn: new("arn/" + group), Group: new(group)}) != own {
			t.Errorf("%s: own is not %t", group, own)
		}
	}
	if left := k.unknownStopped([]string{"arn/service:web", "arn/family:web", "arn/new"}); !slices.Equal(left, []string{"arn/new"}) {
		t.Errorf("news is %q", left)
	}
}

func TestTasksAreFollowedUntilTheyRun(t *testing.T) {
	k := newKeeper("web")
	see := func(name, status string) []news {
		return k.addStarting([]types.Task{{TaskArn: new("arn:aws:ecs:r:0:task/dev/" + name), LastStatus: new(status)}})
	}
	for _, c := range []struct {
		task, status string
		want         []news
	}{
		{"old", "RUNNING", nil}, {"new", "PENDING", []news{{"task new", "PENDING", ""}}}, {"new", "PENDING", nil},
		{"new", "RUNNING", []news{{"task new", "RUNNING", ""}}}, {"new", "DEPROVISIONING", nil},
	} {
		if got := see(c.task, c.status); !slices.Equal(got, c.want) {
			t.Errorf("%s %s: %v", c.task, c.status, got)
		}
	}
	if left := k.notRunning([]string{"arn:aws:ecs:r:0:task/dev/old", "arn:aws:ecs:r:0:task/dev/third"}); len(left) != 1 {
		t.Errorf("to describe: %q", left)
	}
}

func TestTargetsAreEvidenceWhereTheyAreUnhealthy(t *testing.T) {
	k := newKeeper("web")
	if k.lacksCheck() {
		t.Error("a check is asked for that nobody knows to fail")
	}
	bad := Target{Address: "10.0.0.7:80", State: "unhealthy", Reason: "Target.ResponseCodeMismatch", Detail: "[500]"}
	for _, c := range []struct {
		target Target
		news   int
	}{
		{Target{Address: "10.0.0.6:80", State: "healthy"}, 0}, {Target{Address: bad.Address, State: "initial"}, 1}, {bad, 1}, {bad, 0},
		{Target{Address: bad.Address, State: "healthy"}, 1}, {Target{Address: bad.Address, State: "draining"}, 0},
	} {
		if got := k.addTargets([]Target{c.target}); len(got) != c.news {
			t.Errorf("%v: %v", c.target, got)
		}
	}
	if !slices.Equal(k.evidence.Targets, []Target{bad}) || !k.lacksCheck() {
		t.Errorf("%+v", k.evidence)
	}
	if k.addCheck(Check{Path: "/health"}); k.lacksCheck() {
		t.Error("the check is asked for again")
	}
}

func TestOlderDeploymentsAreNoNews(t *testing.T) {
	k := newKeeper("web")
	k.older["old"], k.deployments["ours"] = true, "IN_PROGRESS"
	for _, c := range []struct {
		arn, status string
		want        bool
	}{{"old", "STOPPED", false}, {"ours", "IN_PROGRESS", false}, {"ours", "SUCCESSFUL", true}, {"theirs", "PENDING", true}} {
		if got := k.isNews(types.ServiceDeploymentBrief{ServiceDeploymentArn: &c.arn, Status: types.ServiceDeploymentStatus(c.status)}); got != c.want {
			t.Errorf("%s %s: %t", c.arn, c.status, got)
		}
	}
}
