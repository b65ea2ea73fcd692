package cfn_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bellyfed/splitecs/cfn"
)

func TestEnvironmentNames(t *testing.T) {
	want := []string{"dev", "local", "prod", "qa", "test"}
	if got := bellyfed().EnvironmentNames(); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestEnvironmentUnknown(t *testing.T) {
	tests := []struct{ env, want string }{
		{"stage", `unknown environment "stage"; known are dev, local, prod, qa, test`},
		{"", `"" is not the name of an environment: lower-case letters, digits and inner hyphens, beginning with a letter; known are dev, local, prod, qa, test`},
		{"-x", `"-x" is not the name`},
		{"Prod", `"Prod" is not the name`},
		{"../dev", `"../dev" is not the name`},
		{"dev\n", `"dev\n" is not the name`},
		{"dev-", `"dev-" is not the name`},
	}
	for _, test := range tests {
		_, err := bellyfed().Environment(test.env)
		var unknown *cfn.EnvironmentError
		if !errors.As(err, &unknown) {
			t.Errorf("%q: got %v, want an *cfn.EnvironmentError", test.env, err)
			continue
		}
		if got := err.Error(); len(got) < len(test.want) || got[:len(test.want)] != test.want {
			t.Errorf("%q:\n got %s\nwant %s", test.env, got, test.want)
		}
		if unknown.Malformed != (test.env != "stage") {
			t.Errorf("%q: malformed is %t", test.env, unknown.Malformed)
		}
	}
	for _, build := range builders {
		if _, err := build(bellyfed(), "stage"); !errors.As(err, new(*cfn.EnvironmentError)) {
			t.Errorf("a template of an unknown environment: %v", err)
		}
	}
}

func TestEnvironmentDefaults(t *testing.T) {
	app := cfn.App{
		Name:         "shop",
		Region:       "eu-central-1",
		Container:    cfn.Container{Variables: map[string]string{"A": "1", "B": "1"}},
		Environments: map[string]cfn.Environment{"dev": {CPU: 1024, Variables: map[string]string{"B": "2"}, Tags: map[string]string{"Team": "x"}}},
		Tags:         map[string]string{"Team": "y", "Owner": "z"},
	}
	got, err := app.Environment("dev")
	if err != nil {
		t.Fatal(err)
	}
	want := cfn.Environment{
		Region:           "eu-central-1",
		Network:          cfn.Network{CIDR: "10.0.0.0/16", Zones: 2, NATGateways: 1},
		TLSPolicy:        "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
		CPU:              1024,
		Memory:           2048,
		Architecture:     cfn.X8664,
		MinTasks:         1,
		MaxTasks:         1,
		Scaling:          cfn.Scaling{CPUPercent: 70, MemoryPercent: 80, Schedules: []cfn.Schedule{}},
		LogRetentionDays: 7,
		Variables:        map[string]string{"A": "1", "B": "2"},
		Tags:             map[string]string{"Team": "x", "Owner": "z"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if app.Environments["dev"].Variables["A"] != "" || app.Container.Variables["B"] != "1" {
		t.Error("resolving an environment changed the application")
	}
}

func TestCheckInfra(t *testing.T) {
	outputs := map[string]string{
		cfn.OutputPrivateSubnets: "subnet-1,subnet-2", cfn.OutputServiceSecurity: "sg-1", cfn.OutputCluster: "bellyfed-dev",
		cfn.OutputExecutionRole: "arn:e", cfn.OutputTaskRole: "arn:t", cfn.OutputLogGroup: "/aws/ecs/bellyfed-dev",
		cfn.OutputTargetGroup: "arn:tg", cfn.OutputTargetGroupName: "targetgroup/x/1", cfn.OutputLoadBalancerName: "app/x/1",
		cfn.OutputContract: cfn.ContractVersion, cfn.OutputProvides: "port=3000",
	}
	if err := bellyfed().CheckInfra("dev", outputs); err != nil {
		t.Error(err)
	}
	newer := with("dev", func(app *cfn.App, e *cfn.Environment) {
		app.Container.Port = 8080
		e.Secrets = map[string]string{"KEY": "arn:aws:ssm:ap-southeast-1:123456789012:parameter/key"}
	})
	outputs[cfn.OutputContract] = ""
	delete(outputs, cfn.OutputTaskRole)
	err := newer.CheckInfra("dev", outputs)
	var outdated *cfn.OutdatedInfraError
	if !errors.As(err, &outdated) {
		t.Fatalf("got %v, want an *cfn.OutdatedInfraError", err)
	}
	want := []string{
		`its ContractVersion is "" and has to be 1`,
		"it has no output TaskRoleArn",
		"it is not made for container port 8080",
		"its execution role may not read arn:aws:ssm:ap-southeast-1:123456789012:parameter/key",
	}
	if diff := cmp.Diff(want, outdated.Missing); diff != "" {
		t.Error(diff)
	}
	const start = `infra stack BellyfedEcsInfraStack-dev is older than the configuration of dev: its ContractVersion is`
	if !strings.HasPrefix(err.Error(), start) {
		t.Errorf("got %q, want %q…", err, start)
	}

	// The infra template of the newer configuration provides it.
	template, err := cfn.Infra(newer, "dev")
	if err != nil {
		t.Fatal(err)
	}
	for name, output := range template.Outputs {
		if outputs[name] == "" || name == cfn.OutputProvides { // names are references, which AWS resolves
			outputs[name] = output.Value.(string)
		}
	}
	outputs[cfn.OutputRepository] = "bellyfed-dev"
	if err := newer.CheckInfra("dev", outputs); err != nil {
		t.Error(err)
	}
}
