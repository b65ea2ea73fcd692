package cfn_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bellyfed/splitecs/cfn"
)

const (
	usedSecret     = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:old-AbCdEf"
	usedRepository = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/shop-old"
	usedLogs       = "arn:aws:logs:eu-central-1:111122223333:log-group:/aws/ecs/old:*"
)

// moved is an application of which everything was otherwise: the outputs are those of then.
func moved(change func(*cfn.App, *cfn.Environment)) (app cfn.App, outputs map[string]string) {
	make := func() (cfn.App, cfn.Environment) {
		app := cfn.App{Name: "shop", Region: "eu-central-1", DefaultEnvironment: "dev", Image: cfn.Image{Entrypoint: []string{"/app"}}}
		return app, cfn.Environment{CPU: 256, Memory: 512, MinTasks: 1, MaxTasks: 2}
	}
	then, e := make()
	e.Secrets = map[string]string{"OLD": usedSecret}
	e.Network.Zones = 3
	then.Environments = map[string]cfn.Environment{"dev": e}
	outputs = map[string]string{
		cfn.OutputLogGroup: "/aws/ecs/old", cfn.OutputRepositoryURI: usedRepository, cfn.OutputPrivateSubnets: "subnet-1,subnet-2,subnet-3",
	}
	t, err := cfn.Infra(then, "dev")
	if err != nil {
		panic(err)
	}
	outputs[cfn.OutputProvides], _ = t.Outputs[cfn.OutputProvides].Value.(string)
	app, e = make()
	change(&app, &e)
	app.Environments = map[string]cfn.Environment{"dev": e}
	return app, outputs
}

var used = cfn.InUse{
	Ports: []int{3000, 5432}, Secrets: []string{usedSecret + ":key::", "arn:aws:ssm:eu-central-1:111122223333:parameter/never"},
	Images: []string{usedRepository + "@sha256:" + strings.Repeat("a", 64), "public.ecr.aws/x/y:1"}, LogGroups: []string{usedLogs},
	Subnets: []string{"subnet-1", "subnet-3"},
}

// What tasks rely on, and what was there for them, stays; what the stack never had does not come.
func TestWhatRunningTasksRelyOnIsKept(t *testing.T) {
	app, outputs := moved(func(a *cfn.App, _ *cfn.Environment) { a.Container.Port = 8000 })
	k, err := at(t, app, "dev").Kept(used, outputs)
	if err != nil {
		t.Fatal(err)
	}
	want := cfn.Kept{
		Ports: []int{3000}, Secrets: []string{usedSecret}, Repositories: []string{"arn:aws:ecr:eu-central-1:111122223333:repository/shop-old"},
		LogGroups: []string{usedLogs}, Zones: 3,
	}
	if d := cmp.Diff(want, k); d != "" {
		t.Fatal(d)
	}
	made, err := at(t, app, "dev").InfraTemplate(k)
	if err != nil {
		t.Fatal(err)
	}
	text := string(render(t, made))
	for _, has := range []string{"FromPort: 3000", "FromPort: 8000", usedSecret, usedLogs, want.Repositories[0], "PrivateSubnet3:", "PublicSubnet3:"} {
		if !strings.Contains(text, has) {
			t.Errorf("the template has no %s", has)
		}
	}
	if subnets, _ := made.Outputs[cfn.OutputPrivateSubnets].Value.(string); strings.Count(text, "Ref: PrivateSubnet3") == 0 || subnets == "" {
		t.Error("no subnet of the third zone")
	}
	plain, err := cfn.Infra(app, "dev")
	if err != nil {
		t.Fatal(err)
	}
	if before, after := plain.Outputs[cfn.OutputPrivateSubnets].Value, made.Outputs[cfn.OutputPrivateSubnets].Value; before != after {
		t.Error("new tasks would go to the zone that is kept")
	}

	// The next deployment knows by the outputs what it kept, though nothing else tells any more.
	provides, _ := made.Outputs[cfn.OutputProvides].Value.(string)
	later := map[string]string{cfn.OutputProvides: provides, cfn.OutputPrivateSubnets: "subnet-1,subnet-2"}
	again, err := at(t, app, "dev").Kept(used, later)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, again); d != "" {
		t.Error(d)
	}
	left, err := at(t, app, "dev").Leftovers(later)
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range []string{"port 3000", "a secret's grant", "a repository's grant", "a log group's grant", "the subnets of zones beyond 2"} {
		if !slices.Contains(left, one) {
			t.Errorf("%q is not among what is left: %q", one, left)
		}
	}
	if gone, err := at(t, app, "dev").Kept(cfn.InUse{Ports: []int{8000}, Subnets: []string{"subnet-2"}}, later); err != nil || !gone.Empty() {
		t.Errorf("the service has moved, and %+v is kept: %v", gone, err)
	}
}

func TestNothingIsKeptWithoutAChange(t *testing.T) {
	app, outputs := moved(func(_ *cfn.App, e *cfn.Environment) {
		e.Secrets, e.Network.Zones = map[string]string{"OLD": usedSecret}, 3
		e.Names.LogGroup, e.Names.Repository = "/aws/ecs/old", "shop-old"
	})
	if k, err := at(t, app, "dev").Kept(used, outputs); err != nil || !k.Empty() {
		t.Errorf("%+v is kept: %v", k, err)
	}
	if left, err := at(t, app, "dev").Leftovers(outputs); err != nil || len(left) > 0 {
		t.Errorf("left over: %q, %v", left, err)
	}
}
