package targets_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/awslabs/goformation/v7/cloudformation"
	"github.com/awslabs/goformation/v7/cloudformation/cloudwatch"
	"github.com/awslabs/goformation/v7/cloudformation/logs"
	"github.com/awslabs/goformation/v7/cloudformation/ssm"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/targets"
)

// audited has a log group more in the infra stack, of which the service stack is told.
func audited(w *world) {
	w.app.ExtendInfra = func(env string, t *cloudformation.Template) error {
		t.Parameters["AuditDays"] = cloudformation.Parameter{Type: "Number", Default: 30}
		t.Resources["Audit"] = &logs.LogGroup{LogGroupName: new("/audit/" + env)}
		t.Outputs["AuditLog"] = cloudformation.Output{Value: cloudformation.Ref("Audit")}
		return nil
	}
	w.app.ExtendService = func(_ string, t *cloudformation.Template) error {
		t.Parameters["AuditLog"] = cloudformation.Parameter{Type: "String"}
		t.Resources["Audited"] = &cloudwatch.Alarm{
			AlarmDescription: cloudformation.RefPtr("AuditLog"), ComparisonOperator: "LessThanThreshold", EvaluationPeriods: 1,
			Namespace: new("AWS/Logs"), MetricName: new("IncomingLogEvents"), Period: new(300), Statistic: new("Sum"), Threshold: new(1.0),
		}
		return nil
	}
}

func TestExtendedStacks(t *testing.T) {
	t.Parallel()
	w := newWorld(t).up()
	audited(w)
	w.run(serviceDeploy, "SPLITECS_IMAGE=v1")
	w.want(4, "it has no output AuditLog", "go tool mage infra:deploy local")
	w.run(infraDiff)
	w.want(0)
	w.prints("+ Audit (AWS::Logs::LogGroup)")
	w.run(infraDeploy)
	w.want(0)
	w.prints("AuditLog=/audit/local")
	w.run(serviceDeploy, "SPLITECS_IMAGE=v1")
	w.want(0, "Audited")
	w.run(infraDeploy)
	w.want(0, "stack ShopEcsInfraStack-local: nothing to change")
	w.run(serviceDeploy, "SPLITECS_IMAGE=v1")
	w.want(0, "stack ShopEcsServiceStack-local: nothing to change")

	// A rollback leaves what the extension added.
	w.run(serviceDeploy, "SPLITECS_IMAGE=v2")
	w.want(0)
	w.run(serviceRollback)
	w.want(0)
	w.run(serviceDiff, "SPLITECS_IMAGE=v2")
	w.want(0)
	w.prints("1 to change")
}

func TestExtensionsEndATargetBeforeAnythingIsSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.app.ExtendInfra = func(string, *cloudformation.Template) error { return errors.New("no plan for this") }
	w.run(infraDeploy)
	w.want(2, "ExtendInfra of environment local: no plan for this", "next: mend ExtendInfra of the App in the magefile")
	w.app.ExtendInfra = nil
	w.app.ExtendService = func(_ string, t *cloudformation.Template) error { delete(t.Resources, cfn.ResourceService); return nil }
	w.run(in("local", targets.Set.ServiceSynth))
	w.want(2, "Resources.Service.ServiceName is gone")
}

func TestTheEmbeddedAWSRefusesTypesThatItDoesNotModel(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.app.ExtendInfra = func(env string, t *cloudformation.Template) error {
		t.Resources["Flag"] = &ssm.Parameter{Type: "String", Value: "on"}
		return nil
	}
	w.run(infraDeploy)
	w.want(4, "the embedded AWS does not model resources of these types: [AWS::SSM::Parameter]. Leave them out of the template in environment local")
	w.run(in("local", targets.Set.InfraPolicy))
	w.want(0, "AWS::SSM::Parameter is of the App's extensions: the policy has nothing for it")
	if strings.Contains(w.out.String(), "ssm:PutParameter") {
		t.Error("the policy knows it after all")
	}
}
