package rollout

import (
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// Whatever a task definition says and can be registered is in the one-off task's too.
func TestAOneOffTaskHasTheServicesDefinition(t *testing.T) {
	d := types.TaskDefinition{Family: aws.String("web"), Status: types.TaskDefinitionStatusActive, Revision: 7}
	v := reflect.ValueOf(&d).Elem()
	for i := range v.NumField() {
		switch f := v.Field(i); f.Kind() {
		case reflect.Pointer:
			if f.IsNil() {
				f.Set(reflect.New(f.Type().Elem()))
			}
		case reflect.Slice:
			f.Set(reflect.MakeSlice(f.Type(), 2, 2))
		case reflect.String:
			f.SetString("x")
		}
	}
	d.ContainerDefinitions = []types.ContainerDefinition{
		{
			Name: aws.String("app"), Image: aws.String("web@sha256:1"), EntryPoint: []string{"node", "server.js"}, Command: []string{"-v"},
			HealthCheck: &types.HealthCheck{}, RestartPolicy: &types.ContainerRestartPolicy{}, User: aws.String("1000"),
			Environment:      []types.KeyValuePair{{Name: aws.String("A"), Value: aws.String("1")}},
			Secrets:          []types.Secret{{Name: aws.String("B"), ValueFrom: aws.String("arn")}},
			LogConfiguration: &types.LogConfiguration{LogDriver: types.LogDriverAwslogs}, MountPoints: []types.MountPoint{{ContainerPath: aws.String("/tmp")}},
		},
		{Name: aws.String("proxy"), HealthCheck: &types.HealthCheck{}, EntryPoint: []string{"envoy"}, DependsOn: []types.ContainerDependency{
			{ContainerName: aws.String("app"), Condition: types.ContainerConditionHealthy}, {ContainerName: aws.String("init"), Condition: types.ContainerConditionHealthy},
		}},
	}
	tags := []types.Tag{{Key: aws.String("aws:cloudformation:stack-name"), Value: aws.String("x")}, {Key: aws.String("app"), Value: aws.String("shop")}}
	before := d.ContainerDefinitions[0]
	in := oneOffDefinition(d, tags, "app", OneOff{Command: []string{"node", "migrate.js"}, InPlace: true})
	if *in.Family != "web-run" || len(in.Tags) != 1 || *in.Tags[0].Key != "app" {
		t.Errorf("family %s, tags %v", *in.Family, in.Tags)
	}
	got := reflect.ValueOf(in).Elem()
	for i := range got.NumField() {
		name := got.Type().Field(i).Name
		from := v.FieldByName(name)
		if name == "InferenceAccelerators" {
			continue // AWS offers them no longer
		}
		if !from.IsValid() || name == "Family" || name == "ContainerDefinitions" || strings.HasPrefix(name, "noSmithy") {
			continue
		}
		if !reflect.DeepEqual(from.Interface(), got.Field(i).Interface()) {
			t.Errorf("%s is not carried over", name)
		}
	}
	want := before
	want.EntryPoint, want.Command, want.HealthCheck, want.RestartPolicy, want.DependsOn = []string{"node"}, nil, nil, nil, nil
	if diff := cmp.Diff(want, in.ContainerDefinitions[0], cmpopts.IgnoreUnexported(types.ContainerDefinition{}, types.KeyValuePair{}, types.Secret{}, types.LogConfiguration{}, types.MountPoint{}), cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
	other := oneOffDefinition(d, nil, "app", OneOff{Command: []string{"node", "migrate.js"}, Image: "web@sha256:2"}).ContainerDefinitions[0]
	if *other.Image != "web@sha256:2" || len(other.EntryPoint) != 2 || len(other.Command) != 1 || other.HealthCheck != nil {
		t.Errorf("%+v", other)
	}
	sidecar := in.ContainerDefinitions[1]
	if sidecar.HealthCheck == nil || sidecar.EntryPoint[0] != "envoy" || sidecar.DependsOn[0].Condition != types.ContainerConditionStart || sidecar.DependsOn[1].Condition != types.ContainerConditionHealthy {
		t.Errorf("%+v", sidecar)
	}
	if d.ContainerDefinitions[0].HealthCheck == nil || d.ContainerDefinitions[1].DependsOn[0].Condition != types.ContainerConditionHealthy {
		t.Error("the service's own definition was changed")
	}
}

func TestOverridesLength(t *testing.T) {
	r := &Rollouts{Service: Service{Container: "app"}}
	for _, c := range []struct {
		task OneOff
		json string
	}{
		{OneOff{Command: []string{"a", "<b>&\"é"}}, `{"containerOverrides":[{"name":"app","command":["a","<b>&\"é"]}]}`},
		{OneOff{Command: []string{"a"}, Variables: map[string]string{"X": "1"}}, `{"containerOverrides":[{"name":"app","command":["a"],"environment":[{"name":"X","value":"1"}]}]}`},
	} {
		if n, err := r.OverridesLength(c.task); err != nil || n != len([]rune(c.json)) {
			t.Errorf("%s: %d, want %d: %v", c.json, n, len([]rune(c.json)), err)
		}
	}
}
