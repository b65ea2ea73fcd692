package cfn_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bellyfed/splitecs/cfn"
)

func TestOrigin(t *testing.T) {
	for _, c := range []struct{ resource, path, want string }{
		{"TaskDefinition", "Cpu", `Environments["dev"].CPU`},
		{"TaskDefinition", "ContainerDefinitions[0].Environment[PORT]", `Environments["dev"].Variables["PORT"]`},
		{"TaskDefinition", "ContainerDefinitions[0].Secrets[KEY]", `Environments["dev"].Secrets["KEY"]`},
		{"TaskDefinition", "ContainerDefinitions[0].HealthCheck.Command", "Container.HealthCheckCommand"},
		{"TaskDefinition", "ContainerDefinitions[0].HealthCheck.Command[1]", "Container.HealthCheckCommand"},
		{"TaskDefinition", "ContainerDefinitions[0].Image", ""},
		{"TaskDefinition", "CpuX", ""},
		{"LogGroup", "RetentionInDays", `Environments["dev"].LogRetentionDays`},
		{"Other", "Cpu", ""},
	} {
		if got := at(t, bellyfed(), "dev").Origin(c.resource, c.path); got != c.want {
			t.Errorf("%s %s: got %q, want %q", c.resource, c.path, got, c.want)
		}
	}
}

// Each change of a field shows under its own name: the table of origins follows the templates.
func TestOriginsFollowTheTemplates(t *testing.T) {
	for _, c := range []struct {
		change               func(*cfn.App, *cfn.Environment)
		kind, resource, path string
		field                string
	}{
		{func(_ *cfn.App, e *cfn.Environment) { e.CPU = 512 }, "service", "TaskDefinition", "Cpu", `Environments["dev"].CPU`},
		{func(_ *cfn.App, e *cfn.Environment) { e.Memory = 2048 }, "service", "TaskDefinition", "Memory", `Environments["dev"].Memory`},
		{func(_ *cfn.App, e *cfn.Environment) { e.MaxTasks = 9 }, "service", "ScalableTarget", "MaxCapacity", `Environments["dev"].MaxTasks`},
		{func(_ *cfn.App, e *cfn.Environment) { e.LogRetentionDays = 14 }, "infra", "LogGroup", "RetentionInDays", `Environments["dev"].LogRetentionDays`},
		{func(_ *cfn.App, e *cfn.Environment) { e.Network.CIDR = "10.9.0.0/16" }, "infra", "Vpc", "CidrBlock", `Environments["dev"].Network.CIDR`},
		{func(_ *cfn.App, e *cfn.Environment) { e.ContainerInsights = true }, "infra", "Cluster", "ClusterSettings", `Environments["dev"].ContainerInsights`},
		{func(a *cfn.App, _ *cfn.Environment) { a.Container.HealthCheckPath = "/up" }, "infra", "TargetGroup", "HealthCheckPath", "Container.HealthCheckPath"},
		{func(a *cfn.App, _ *cfn.Environment) { a.Container.StartPeriod = 60e9 }, "service", "Service", "HealthCheckGracePeriodSeconds", "Container.StartPeriod"},
	} {
		before := properties(t, sample{app: bellyfed(), env: "dev"}, c.kind, c.resource)[c.path]
		after := properties(t, sample{app: with("dev", c.change), env: "dev"}, c.kind, c.resource)[c.path]
		if before == nil || cmp.Equal(before, after) {
			t.Errorf("%s does not change %s %s", c.field, c.resource, c.path)
		}
		if got := at(t, bellyfed(), "dev").Origin(c.resource, c.path); got != c.field {
			t.Errorf("origin of %s %s: got %q, want %q", c.resource, c.path, got, c.field)
		}
	}
}
