package targets

import (
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/stack"
)

// What to do next is the same again only where that may end otherwise.
func TestAfterAFailure(t *testing.T) {
	const group, role = "AWS::Logs::LogGroup", "AWS::IAM::Role"
	for _, c := range []struct{ target, kind, reason, first string }{
		{"infra:deploy", group, `"Rate exceeded" (RequestToken: x, HandlerErrorCode: Throttling)`, "go tool mage infra:deploy dev"},
		{"infra:deploy", group, `"wait" (RequestToken: x, HandlerErrorCode: NotStabilized)`, "go tool mage infra:deploy dev"},
		{"infra:deploy", group, `"no" (RequestToken: x, HandlerErrorCode: InvalidRequest)`, "go tool mage infra:status dev"},
		{"infra:deploy", "AWS::ElasticLoadBalancingV2::ListenerRule", "Priority '1' is currently in use", "go tool mage infra:status dev"},
		{"infra:deploy", group, `"g already exists" (HandlerErrorCode: AlreadyExists)`, "go tool mage infra:adopt dev   # takes over"},
		{"infra:adopt", group, `"g already exists" (HandlerErrorCode: AlreadyExists)`, "go tool mage infra:status dev"},
		{"infra:deploy", group, "g already exists in stack arn:aws:cloudformation:x", "let the other stack go of it"},
		{"infra:adopt", group, "g already exists in stack arn:aws:cloudformation:x", "let the other stack go of it"},
		{"infra:deploy", role, "r already exists (HandlerErrorCode: AlreadyExists)", "remove or rename what has the name of R, which cannot be taken over"},
		{"local:up", group, "g already exists in stack arn:aws:cloudformation:x", "let the other stack go of it"},
		{"local:up", group, "no", "go tool mage infra:status dev"},
		{"service:restart", role, "no", "go tool mage service:status dev"},
	} {
		s := &session{needs: needs{name: c.target, place: cfn.Place{Env: "dev", Names: cfn.Names{InfraStack: "S"}}}}
		next := s.afterFailure(&stack.FailedError{Stack: "S", First: stack.Event{Resource: "R", Type: c.kind, Reason: c.reason}})
		if !strings.HasPrefix(next[0], c.first) {
			t.Errorf("%s, %s: %q", c.target, c.reason, next)
		}
	}
}

func TestFreePriority(t *testing.T) {
	for _, c := range []struct {
		near  int
		taken []int
		want  int
	}{{1, []int{1, 2}, 3}, {1, []int{1}, 2}, {50000, []int{50000, 49999}, 49998}} {
		taken := map[int]bool{}
		for _, n := range c.taken {
			taken[n] = true
		}
		if got := freePriority(c.near, taken); got != c.want {
			t.Errorf("near %d: %d, want %d", c.near, got, c.want)
		}
	}
}
