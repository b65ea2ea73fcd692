package rollout

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	goecs "github.com/awslabs/goformation/v7/cloudformation/ecs"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func propertiesOf(t *testing.T, text string) map[string]any {
	t.Helper()
	var properties map[string]any
	if err := json.Unmarshal([]byte(text), &properties); err != nil {
		t.Fatal(err)
	}
	return properties
}

func TestPlannedDefinition(t *testing.T) {
	got, err := PlanDefinition(propertiesOf(t, `{
		"Family": "web", "Cpu": 256, "Memory": "512", "NetworkMode": "awsvpc", "RequiresCompatibilities": ["FARGATE"],
		"EphemeralStorage": {"SizeInGiB": "30"},
		"ProxyConfiguration": {"ContainerName": "envoy", "ProxyConfigurationProperties": [{"Name": "A", "Value": "b"}]},
		"Volumes": [{"Name": "v", "EFSVolumeConfiguration": {"FilesystemId": "fs-1", "AuthorizationConfig": {"IAM": "ENABLED"}}}],
		"Tags": [{"Key": "app", "Value": "own"}],
		"ContainerDefinitions": [{
			"Name": "app", "Image": "web@sha256:1", "Essential": "true", "ReadonlyRootFilesystem": true,
			"PortMappings": [{"ContainerPort": "3000", "Protocol": "tcp"}, {"ContainerPort": 9}],
			"Environment": [{"Name": "A", "Value": 1.5}, {"Name": "B", "Value": true}],
			"Secrets": [{"Name": "S", "ValueFrom": "arn"}],
			"LogConfiguration": {"LogDriver": "awslogs", "Options": {"mode": "blocking"}},
			"DependsOn": [{"ContainerName": "envoy", "Condition": "START"}]
		}]
	}`), map[string]string{"app": "stack", "team": "x"})
	if err != nil {
		t.Fatal(err)
	}
	want := &Planned{
		Tags: []types.Tag{{Key: aws.String("app"), Value: aws.String("own")}, {Key: aws.String("team"), Value: aws.String("x")}},
		TaskDefinition: types.TaskDefinition{
			Family: aws.String("web"), Cpu: aws.String("256"), Memory: aws.String("512"), NetworkMode: types.NetworkModeAwsvpc,
			RequiresCompatibilities: []types.Compatibility{types.CompatibilityFargate}, EphemeralStorage: &types.EphemeralStorage{SizeInGiB: 30},
			ProxyConfiguration: &types.ProxyConfiguration{ContainerName: aws.String("envoy"), Properties: []types.KeyValuePair{{Name: aws.String("A"), Value: aws.String("b")}}},
			Volumes: []types.Volume{{Name: aws.String("v"), EfsVolumeConfiguration: &types.EFSVolumeConfiguration{
				FileSystemId: aws.String("fs-1"), AuthorizationConfig: &types.EFSAuthorizationConfig{Iam: types.EFSAuthorizationConfigIAMEnabled},
			}}},
			ContainerDefinitions: []types.ContainerDefinition{{
				Name: aws.String("app"), Image: aws.String("web@sha256:1"), Essential: aws.Bool(true), ReadonlyRootFilesystem: aws.Bool(true),
				PortMappings:     []types.PortMapping{{ContainerPort: aws.Int32(3000), Protocol: types.TransportProtocolTcp}, {ContainerPort: aws.Int32(9)}},
				Environment:      []types.KeyValuePair{{Name: aws.String("A"), Value: aws.String("1.5")}, {Name: aws.String("B"), Value: aws.String("true")}},
				Secrets:          []types.Secret{{Name: aws.String("S"), ValueFrom: aws.String("arn")}},
				LogConfiguration: &types.LogConfiguration{LogDriver: types.LogDriverAwslogs, Options: map[string]string{"mode": "blocking"}},
				DependsOn:        []types.ContainerDependency{{ContainerName: aws.String("envoy"), Condition: types.ContainerConditionStart}},
			}},
		},
	}
	unexported := cmp.FilterPath(func(p cmp.Path) bool {
		field, ok := p.Last().(cmp.StructField)
		return ok && strings.HasPrefix(field.Name(), "noSmithy")
	}, cmp.Ignore())
	if diff := cmp.Diff(want, got, unexported, cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
}

// What is not known, or not understood, is no task definition: less than what was asked for would be something else.
func TestWhatAPlanDoesNotTell(t *testing.T) {
	for text, why := range map[string]string{
		`{"TaskRoleArn": "{{changeSet:KNOWN_AFTER_APPLY}}"}`:                                            "TaskRoleArn is not known before the deployment",
		`{"ContainerDefinitions": [{"Environment": [{"Name": "A", "Value": "****"}]}]}`:                 "ContainerDefinitions[0].Environment[0].Value is not known before the deployment",
		`{"ContainerDefinitions": [{"Image": "a/{{changeSet:KNOWN_AFTER_APPLY}}"}]}`:                    "ContainerDefinitions[0].Image is not known",
		`{"ContainerDefinitions": [{"Quantum": 1}]}`:                                                    "ContainerDefinitions[0].Quantum is no property",
		`{"ContainerDefinitions": {}}`:                                                                  "ContainerDefinitions is no list",
		`{"ContainerDefinitions": [1]}`:                                                                 "ContainerDefinitions[0] is no object",
		`{"ContainerDefinitions": [{"PortMappings": [{"ContainerPort": "x"}]}]}`:                        `ContainerPort: "x" is no int32`,
		`{"ContainerDefinitions": [{"Essential": "perhaps"}]}`:                                          `Essential: "perhaps" is no bool`,
		`{"ContainerDefinitions": [{"LogConfiguration": {"LogDriver": "awslogs", "Options": "mode"}}]}`: "Options is no object",
		`{"Family": ["web"]}`: "Family is no text, number or truth value",
		`{"Tags": "x"}`:       "Tags is no list",
	} {
		if _, err := PlanDefinition(propertiesOf(t, text), nil); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v, want %s", text, err, why)
		}
	}
	if n, err := PlanNetwork(nil); n != nil || err != nil {
		t.Errorf("%v %v", n, err)
	}
}

// Whatever the templates' own type of a task definition has, ECS's has, but for what AWS has withdrawn and what is given
// to tasks otherwise.
func TestEveryPropertyOfATaskDefinitionIsRead(t *testing.T) {
	missing := map[string]bool{}
	var compare func(of, in reflect.Type, path string)
	compare = func(of, in reflect.Type, path string) {
		for of.Kind() == reflect.Pointer || of.Kind() == reflect.Slice {
			of = of.Elem()
		}
		for in.Kind() == reflect.Pointer || in.Kind() == reflect.Slice {
			in = in.Elem()
		}
		if of.Kind() != reflect.Struct || in.Kind() != reflect.Struct {
			return
		}
		for i := range of.NumField() {
			name, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ",")
			if name == "" || name == "-" || strings.HasPrefix(of.Field(i).Name, "AWSCloudFormation") {
				continue
			}
			field := fieldOf(reflect.New(in).Elem(), name)
			if !field.IsValid() {
				missing[path+name] = true
				continue
			}
			compare(of.Field(i).Type, field.Type(), path+name+".")
		}
	}
	compare(reflect.TypeFor[goecs.TaskDefinition](), reflect.TypeFor[types.TaskDefinition](), "")
	want := map[string]bool{"Tags": true} // beside the definition
	if diff := cmp.Diff(want, missing); diff != "" {
		t.Error(diff)
	}
}
