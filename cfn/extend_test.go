package cfn_test

import (
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/awslabs/goformation/v7/cloudformation"
	"github.com/awslabs/goformation/v7/cloudformation/cloudwatch"
	"github.com/awslabs/goformation/v7/cloudformation/ecs"
	"github.com/awslabs/goformation/v7/cloudformation/logs"

	"github.com/bellyfed/splitecs/cfn"
)

// extended adds a log group to the infra stack, tells the service stack of it, and changes what is there.
func extended(app *cfn.App) {
	app.ExtendInfra = func(env string, t *cloudformation.Template) error {
		t.Resources["Audit"] = &logs.LogGroup{LogGroupName: new("/audit/" + env), RetentionInDays: new(365)}
		t.Outputs["AuditLog"] = cloudformation.Output{Value: cloudformation.Ref("Audit")}
		t.Resources["Cluster"].(*ecs.Cluster).ClusterSettings[0].Value = new("enabled")
		return nil
	}
	app.ExtendService = func(_ string, t *cloudformation.Template) error {
		t.Parameters["AuditLog"] = cloudformation.Parameter{Type: "String"}
		t.Parameters["AuditLines"] = cloudformation.Parameter{Type: "Number", Default: 1}
		t.Resources["Audited"] = &cloudwatch.Alarm{
			AlarmDescription: new("Nothing is audited"), ComparisonOperator: "LessThanThreshold", EvaluationPeriods: 1,
			Namespace: new("AWS/Logs"), MetricName: new("IncomingLogEvents"), Period: new(3600), Statistic: new("Sum"), Threshold: new(1.0),
			Dimensions: []cloudwatch.Alarm_Dimension{{Name: "LogGroupName", Value: cloudformation.Ref("AuditLog")}},
			AlarmName:  cloudformation.JoinPtr("-", []string{"audited", cloudformation.Ref("AuditLines")}),
		}
		t.Resources[cfn.ResourceService].(*cfn.ECSService).DeploymentConfiguration.MaximumPercent = new(150)
		return nil
	}
}

func TestExtensionsThatBreakWhatTargetsRelyOn(t *testing.T) {
	service := func(t *cloudformation.Template) *cfn.ECSService {
		return t.Resources[cfn.ResourceService].(*cfn.ECSService)
	}
	definition := func(t *cloudformation.Template) *ecs.TaskDefinition {
		return t.Resources["TaskDefinition"].(*ecs.TaskDefinition)
	}
	for _, test := range []struct {
		name   string
		change func(*cloudformation.Template)
		want   string // of the service template; of the infra template where it begins with infra
	}{
		{"output", func(t *cloudformation.Template) { delete(t.Outputs, cfn.OutputURL) }, "infra Outputs.ServiceUrl is gone: the targets and the service stack read it"},
		{"contract", func(t *cloudformation.Template) {
			t.Outputs[cfn.OutputContract] = cloudformation.Output{Value: "9"}
		}, "infra Outputs.ContractVersion was changed: "},
		{"cluster", func(t *cloudformation.Template) { t.Resources["Cluster"].(*ecs.Cluster).ClusterName = new("x") },
			"infra Resources.Cluster.ClusterName was changed: Names.Cluster names it"},
		{"repository", func(t *cloudformation.Template) { delete(t.Resources, "Repository") }, "infra Resources.Repository.RepositoryName is gone: "},
		{"parameter", func(t *cloudformation.Template) { t.Parameters["P"] = cloudformation.Parameter{Type: "String"} },
			"infra Parameters.P has no default, and nothing fills it"},
		{"two", func(t *cloudformation.Template) { t.Outputs = nil; t.Parameters = nil }, "Outputs.DeployedImageUri is gone: the targets and the service stack read it; Outputs."},
		{"service", func(t *cloudformation.Template) {
			t.Resources["Web"] = t.Resources["Service"]
			delete(t.Resources, "Service")
		},
			"Resources.Service.ServiceName is gone: Names.Service names it; Resources.Service.TaskDefinition is gone: rollbacks pin a revision by it"},
		{"service's name", func(t *cloudformation.Template) { service(t).ServiceName = nil }, "Resources.Service.ServiceName was changed: Names.Service names it"},
		{"pinned revision", func(t *cloudformation.Template) { service(t).TaskDefinition = cloudformation.RefPtr("TaskDefinition") },
			"Resources.Service.TaskDefinition was changed: rollbacks pin a revision by it"},
		{"old revisions", func(t *cloudformation.Template) { definition(t).AWSCloudFormationUpdateReplacePolicy = "" },
			"Resources.TaskDefinition.UpdateReplacePolicy was changed: rollbacks need the older revisions"},
		{"family", func(t *cloudformation.Template) { definition(t).Family = new("x") }, "Resources.TaskDefinition.Family was changed: "},
		{"image", func(t *cloudformation.Template) { definition(t).ContainerDefinitions[0].Image = "nginx" },
			"Resources.TaskDefinition.ContainerDefinitions[bellyfed-dev-container].Image was changed: the targets say which image runs"},
		{"service parameter", func(t *cloudformation.Template) { t.Parameters["P"] = cloudformation.Parameter{Type: "String"} },
			"Parameters.P has no default, and nothing fills it"},
		{"size", func(t *cloudformation.Template) {
			t.Metadata = map[string]any{"Text": strings.Repeat("x", cfn.MaxTemplateBytes)}
		},
			"render template: 6"},
	} {
		t.Run(test.name, func(t *testing.T) {
			want, ofInfra := strings.CutPrefix(test.want, "infra ")
			change := func(_ string, t *cloudformation.Template) error { test.change(t); return nil }
			app, field, build := bellyfed(), "ExtendService", cfn.Service
			if ofInfra {
				app.ExtendInfra, field, build = change, "ExtendInfra", cfn.Infra
			} else {
				app.ExtendService = change
			}
			made, err := build(app, "dev")
			e, ok := errors.AsType[*cfn.ExtensionError](err)
			if !ok || made != nil || e.Field != field || !strings.HasPrefix(err.Error(), field+" of environment dev: "+want) {
				t.Errorf("\n got %v\nwant %s", err, want)
			}
		})
	}
}

func TestFailingExtensions(t *testing.T) {
	app := bellyfed()
	mine := errors.New("no such partition")
	app.ExtendInfra = func(string, *cloudformation.Template) error { return mine }
	if _, err := cfn.Infra(app, "dev"); !errors.Is(err, mine) || err.Error() != "ExtendInfra of environment dev: no such partition" {
		t.Error(err)
	}
	if _, err := cfn.Service(app, "dev"); err != nil {
		t.Errorf("the service template has nothing to do with it: %v", err)
	}
	var none map[string]string
	app.ExtendInfra = func(string, *cloudformation.Template) error { none["a"] = "b"; return nil }
	_, err := cfn.Infra(app, "dev")
	if err == nil || !regexp.MustCompile(`^ExtendInfra of environment dev: panic: assignment to entry in nil map \(\S*extend_test\.go:\d+\)$`).MatchString(err.Error()) {
		t.Error(err)
	}
}

// A parameter that an extension of the service template adds is filled by the output that one of the infra template adds:
// an infra stack that lacks it is outdated.
func TestExtensionsJoinTheStacks(t *testing.T) {
	app := bellyfed()
	extended(&app)
	made, err := cfn.Infra(app, "dev")
	if err != nil {
		t.Fatal(err)
	}
	outputs := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(made.Outputs)) {
		outputs[name] = made.Outputs[name].Value.(string)
	}
	names := app.Names("dev")
	outputs[cfn.OutputCluster], outputs[cfn.OutputLogGroup], outputs[cfn.OutputRepository] = names.Cluster, names.LogGroup, names.Repository
	if err := app.CheckInfra("dev", outputs); err != nil {
		t.Error(err)
	}
	delete(outputs, "AuditLog")
	outdated, ok := errors.AsType[*cfn.OutdatedInfraError](app.CheckInfra("dev", outputs))
	if !ok || !slices.Equal(outdated.Missing, []string{"it has no output AuditLog"}) {
		t.Errorf("%+v", outdated)
	}
}
