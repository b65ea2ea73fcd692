package rollout_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/rollout"
)

func TestChoose(t *testing.T) {
	v := func(name, digest string) rollout.Revision {
		return rollout.Revision{TaskDefinition: "arn:aws:ecs:r:0:task-definition/" + name, Image: "host/app@sha256:" + digest}
	}
	// 4 failed and so is not among the good ones; 6 is what was rolled back from.
	good := []rollout.Revision{v("app:6", "f"), v("app:5", "e"), v("app:3", "a"), v("app:2", "b"), v("app:1", "a"), v("old:1", "c")}
	for _, c := range []struct{ present, wanted, want string }{
		{"app:7", "", "app:6"},
		{"app:6", "", "app:5"},
		{"app:5", "", "app:3"},
		{"app:5", "-1", "app:3"},
		{"app:5", "-2", "app:2"},
		{"app:5", "-3", "app:1"},
		{"app:5", "-4", ""},
		{"app:1", "", ""},
		{"app:5", "6", "app:6"},
		{"app:5", "4", ""},
		{"app:5", "app:2", "app:2"},
		{"app:5", "other:2", ""},
		{"app:5", "sha256:a", "app:3"},
		{"app:5", "sha256:x", ""},
	} {
		got, err := rollout.Choose("app", v(c.present, "x"), good, c.wanted)
		_, none := errors.AsType[*rollout.NoGoodRevisionError](err)
		if c.want == "" && !none || c.want != "" && (err != nil || got.Name() != c.want) {
			t.Errorf("%s at %s: got %s, %v; want %q", c.wanted, c.present, got.Name(), err, c.want)
		}
	}
}

func TestIsRevision(t *testing.T) {
	for text, want := range map[string]bool{"7": true, "app:7": true, "-2": true, "-0": false, "main-20260101-abc": false, "0": false, "sha256:7": true} {
		if got := rollout.IsRevision(text); got != want {
			t.Errorf("%s: %t", text, got)
		}
	}
}

func TestSuperfluous(t *testing.T) {
	arn := func(name string) string { return "arn:aws:ecs:r:0:task-definition/" + name }
	var family []string
	var good []rollout.Revision
	for _, name := range []string{"app:12", "app:1", "app:2", "app:3", "app:10", "app:11"} {
		family = append(family, arn(name))
	}
	for _, name := range []string{"app:11", "app:10", "app:2"} {
		good = append(good, rollout.Revision{TaskDefinition: arn(name)})
	}
	for _, c := range []struct {
		inUse string
		keep  int
		want  []string
	}{
		{"app:11", 3, []string{arn("app:1"), arn("app:3")}},
		{"app:11", 1, []string{arn("app:1"), arn("app:2"), arn("app:3"), arn("app:10")}},
		{"app:2", 2, []string{arn("app:1")}}, // after a rollback: what is newer stays
		{"app:1", 0, nil},
	} {
		if got := rollout.Superfluous(family, []string{arn(c.inUse)}, good, c.keep); !slices.Equal(got, c.want) {
			t.Errorf("%s, keep %d: got %v, want %v", c.inUse, c.keep, got, c.want)
		}
	}
}
