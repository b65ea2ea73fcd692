package cfn_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bellyfed/splitecs/cfn"
)

// ownNames are names as somebody has them who did not begin with this library.
func ownNames() cfn.Names {
	return cfn.Names{
		InfraStack: "platform-qa", ServiceStack: "web-qa", Cluster: "Platform_qa", Service: "web", Family: "web-task", Container: "app",
		LogGroup: "/ecs/web.qa", StreamPrefix: "ecs", Repository: "team/web",
	}
}

func TestOwnNamesTakeThePlaceOfDerivedOnes(t *testing.T) {
	app := with("qa", func(_ *cfn.App, e *cfn.Environment) { e.Names = ownNames() })
	if diff := cmp.Diff(ownNames(), app.Names("qa")); diff != "" {
		t.Error(diff)
	}
	app = with("qa", func(_ *cfn.App, e *cfn.Environment) { e.Names.Cluster = "platform" })
	want := bellyfed().Names("qa")
	want.Cluster = "platform"
	if diff := cmp.Diff(want, app.Names("qa")); diff != "" {
		t.Error(diff)
	}
}

// What exists in an account is not on the embedded AWS.
func TestLocalHasNoNamesOfItsDefaultEnvironment(t *testing.T) {
	app := with("dev", func(_ *cfn.App, e *cfn.Environment) { e.Names = ownNames() })
	if diff := cmp.Diff(bellyfed().Names("local"), app.Names("local")); diff != "" {
		t.Error(diff)
	}
	if e, err := app.Environment("local"); err != nil || e.Names != (cfn.Names{}) {
		t.Errorf("%+v %v", e.Names, err)
	}
}

func TestValidateNames(t *testing.T) {
	const dev = `Environments["dev"].Names.`
	for _, test := range []struct {
		name  string
		names cfn.Names
		want  []string
	}{
		{"good", ownNames(), nil},
		{"stack", cfn.Names{InfraStack: "my_stack"}, []string{dev + `InfraStack: "my_stack" is not the name of a stack`}},
		{"long stack", cfn.Names{ServiceStack: strings.Repeat("a", 129)}, []string{dev + "ServiceStack: "}},
		{"longest stack", cfn.Names{ServiceStack: strings.Repeat("a", 128)}, nil},
		{"cluster", cfn.Names{Cluster: "1st"}, []string{dev + `Cluster: "1st" is not`}},
		{"service", cfn.Names{Service: strings.Repeat("a", 201)}, []string{dev + "Service: "}},
		{"family", cfn.Names{Family: "web:1"}, []string{dev + `Family: "web:1" is not`}},
		{"container", cfn.Names{Container: "my app"}, []string{dev + `Container: "my app" is not`}},
		{"log group", cfn.Names{LogGroup: "/ecs/web:x"}, []string{dev + `LogGroup: "/ecs/web:x" is not`}},
		{"stream prefix", cfn.Names{StreamPrefix: "a/b"}, []string{dev + `StreamPrefix: "a/b" is not`}},
		{"repository", cfn.Names{Repository: "Team/web"}, []string{dev + `Repository: "Team/web" is not`}},
		{"short repository", cfn.Names{Repository: "a"}, []string{dev + "Repository: "}},
		{"two separators", cfn.Names{Repository: "team//web"}, []string{dev + "Repository: "}},
		{"one stack for both", cfn.Names{InfraStack: "web", ServiceStack: "web"}, []string{dev + `ServiceStack: "web" is the infra stack as well`}},
		{"one of another environment", cfn.Names{Cluster: "bellyfed-qa", Container: "bellyfed-qa-container"}, []string{
			dev + `Cluster: "bellyfed-qa" is also the Cluster of "qa": each environment needs its own, except where AccountID or Region set them apart`,
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := problems(t, with("dev", func(_ *cfn.App, e *cfn.Environment) { e.Names = test.names }).Validate())
			if !slices.EqualFunc(got, test.want, strings.HasPrefix) {
				t.Errorf("\n got %q\nwant %q", got, test.want)
			}
		})
	}
	apart := with("dev", func(_ *cfn.App, e *cfn.Environment) { e.Names.Cluster, e.Region = "bellyfed-qa", "eu-west-1" })
	if err := apart.Validate(); err != nil {
		t.Errorf("in another region: %v", err)
	}
}

// An infra stack that has other names is told by name, and not taken for the one that is meant.
func TestCheckInfraComparesNames(t *testing.T) {
	app := with("dev", func(_ *cfn.App, e *cfn.Environment) { e.Names.Cluster = "platform" })
	err := app.CheckInfra("dev", map[string]string{cfn.OutputCluster: "bellyfed-dev"})
	outdated, ok := errors.AsType[*cfn.OutdatedInfraError](err)
	if !ok || !slices.Contains(outdated.Missing, "its ClusterName is bellyfed-dev and has to be platform") {
		t.Error(err)
	}
}
