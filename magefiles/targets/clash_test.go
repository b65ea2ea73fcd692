package targets_test

import (
	"strings"
	"testing"

	"github.com/awslabs/goformation/v7/cloudformation"
	"github.com/awslabs/goformation/v7/cloudformation/ecr"
	elb "github.com/awslabs/goformation/v7/cloudformation/elasticloadbalancingv2"
	"github.com/awslabs/goformation/v7/cloudformation/logs"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/internal/spread"
)

// services of the environment, each with a path of its own and this priority.
func (w *world) services(priorities map[string]int) {
	all := map[string]cfn.AdditionalService{}
	for name, p := range priorities {
		all[name] = cfn.AdditionalService{Container: cfn.Container{Port: 8080}, Paths: []string{"/" + name + "/*"}, Priority: p}
	}
	w.app.Environments["local"] = cfn.Environment{CPU: 256, Memory: 512, MinTasks: 1, MaxTasks: 2, Services: all}
}

// Priorities that are exchanged, rotated or handed over, and a service that is renamed, just work.
func TestPrioritiesMove(t *testing.T) {
	t.Parallel()
	for name, c := range spread.Table(t, 2, map[string]struct{ before, after map[string]int }{
		"swapped":     {map[string]int{"api": 1, "admin": 2}, map[string]int{"api": 2, "admin": 1}},
		"rotated":     {map[string]int{"a": 1, "b": 2, "c": 3}, map[string]int{"a": 2, "b": 3, "c": 1}},
		"handed over": {map[string]int{"a": 1, "b": 2}, map[string]int{"a": 2, "b": 3}},
		"renamed":     {map[string]int{"api": 1}, map[string]int{"backend": 1}},
		"at the end":  {map[string]int{"a": 49999, "b": 50000}, map[string]int{"a": 50000, "b": 49999}},
	}) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.services(c.before)
			w.run(infraDeploy)
			w.want(0)
			w.services(c.after)
			w.run(infraDiff)
			w.want(0)
			w.prints("! takes two steps: ")
			w.run(infraDeploy, "SPLITECS_APPROVE=1")
			w.want(0, "priorities move between listener rules: two steps")
			w.run(infraStatus)
			w.want(0)
			w.prints("config      as configured", "drift       none")
		})
	}
}

// What cannot succeed is told before anything is sent, with what can be done about it.
func TestPlansThatCannotSucceed(t *testing.T) {
	t.Parallel()
	group := func(id string) func(*cloudformation.Template) {
		return func(t *cloudformation.Template) {
			t.Resources[id] = &logs.LogGroup{LogGroupName: new("/audit")}
		}
	}
	for name, c := range map[string]struct {
		before, after func(*cloudformation.Template)
		said          []string
	}{
		"a load balancer under its target group": {
			func(*cloudformation.Template) {},
			func(t *cloudformation.Template) {
				t.Resources["LoadBalancer"].(*elb.LoadBalancer).Scheme = new("internal")
			},
			[]string{"LoadBalancer (AWS::ElasticLoadBalancingV2::LoadBalancer) would be replaced while HttpListener goes on to target group", "next: undo what replaces LoadBalancer (Scheme)"},
		},
		"another logical id for the same name": {
			group("Audit"), group("AuditLog"),
			[]string{"AuditLog (AWS::Logs::LogGroup) takes the name /audit, which Audit has", "next: keep the logical id Audit, or give AuditLog another name"},
		},
		"a replacement under its own name": {
			func(*cloudformation.Template) {},
			func(t *cloudformation.Template) {
				t.Resources["Repository"].(*ecr.Repository).EncryptionConfiguration = &ecr.Repository_EncryptionConfiguration{EncryptionType: "KMS"}
			},
			[]string{"Repository (AWS::ECR::Repository) would be replaced under its own name, shop-local", "next: undo what replaces Repository ("},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			use := func(f func(*cloudformation.Template)) {
				w.app.ExtendInfra = func(_ string, t *cloudformation.Template) error { f(t); return nil }
			}
			use(c.before)
			w.run(infraDeploy)
			w.want(0)
			use(c.after)
			w.run(infraDeploy, "SPLITECS_APPROVE=1")
			w.want(4, append(c.said, "the plan cannot succeed")...)
			if strings.Contains(w.err.String(), "UPDATE_IN_PROGRESS") {
				t.Error("something was begun")
			}
			w.run(infraDiff)
			w.want(0)
			w.prints("! cannot succeed: ")
			use(c.before)
			w.run(infraStatus)
			w.prints("config      as configured")
		})
	}
}
