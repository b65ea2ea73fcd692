package targets_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/awslabs/goformation/v7/cloudformation"
	"github.com/awslabs/goformation/v7/cloudformation/cloudwatch"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
)

// put stores a parameter of the Systems Manager.
func (w *world) put(name, value string) {
	w.t.Helper()
	w.behind(2000, func(server *awslocal.Server) {
		_, err := ssm.NewFromConfig(server.Config()).PutParameter(context.Background(), &ssm.PutParameterInput{
			Name: aws.String(name), Value: aws.String(value), Type: types.ParameterTypeString, Overwrite: aws.Bool(true),
		})
		must(w.t, err)
	})
}

// The template and its parameters are equal, and what one of these names elsewhere is not.
func TestWhatIsStoredElsewhereChangesAStack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.app.ExtendInfra = func(_ string, t *cloudformation.Template) error {
		t.Parameters["Text"] = cloudformation.Parameter{Type: "AWS::SSM::Parameter::Value<String>", Default: "/shop/text"}
		t.Resources["Told"] = &cloudwatch.Alarm{
			AlarmDescription: cloudformation.RefPtr("Text"), ComparisonOperator: "LessThanThreshold", EvaluationPeriods: 1,
			Namespace: new("AWS/Logs"), MetricName: new("IncomingLogEvents"), Period: new(300), Statistic: new("Sum"), Threshold: new(1.0),
		}
		return nil
	}
	w.run(infraDeploy)
	w.want(4, "Unable to fetch parameters [/shop/text]")
	w.put("/shop/text", "one")
	w.run(infraDeploy)
	w.want(0)
	w.run(infraDeploy)
	w.want(0, "nothing to change")
	w.put("/shop/text", "two")
	w.run(infraDiff)
	w.want(0)
	w.prints("AlarmDescription: one → two")
	w.run(infraDeploy)
	w.want(0, "AlarmDescription: one → two")
	w.run(infraStatus)
	w.prints("config      as configured", "drift       none")
}
