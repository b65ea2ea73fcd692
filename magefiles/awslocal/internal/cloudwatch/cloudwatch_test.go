package cloudwatch_test

import (
	"context"
	"maps"
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/awstest"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/cloudwatch"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
)

func TestAlarmOfAStack(t *testing.T) {
	world, _ := awstest.World(t)
	v := cloudwatch.New(world, awstest.Account).Types()[0]
	good := map[string]any{"ComparisonOperator": "GreaterThanThreshold", "EvaluationPeriods": 2, "Threshold": 90,
		"MetricName": "CPUUtilization", "Namespace": "AWS/ECS", "Period": 60, "Statistic": "Average"}
	create := func(properties map[string]any) (id string, err error) {
		err = world.Do(context.Background(), func() error {
			id, err = v.Create(resource.Request{Stack: "Stack", LogicalID: "Alarm", Properties: properties})
			return err
		})
		return id, err
	}
	id, err := create(good)
	if err != nil || !strings.HasPrefix(id, "Stack-Alarm-") {
		t.Fatal(id, err)
	}
	if arn, err := v.Attribute(id, "Arn"); err != nil || arn != "arn:aws:cloudwatch:ap-southeast-1:000000000000:alarm:"+id {
		t.Error(arn, err)
	}
	for _, name := range []string{"ComparisonOperator", "MetricName", "Namespace", "Statistic", "Threshold"} {
		bad := maps.Clone(good)
		delete(bad, name)
		if _, err := create(bad); err == nil {
			t.Errorf("an alarm without %s was made", name)
		}
	}
	if _, err := create(map[string]any{"AlarmName": id, "ComparisonOperator": "x", "EvaluationPeriods": 1}); err == nil || !strings.HasSuffix(err.Error(), "already exists.") {
		t.Error(err)
	}
	err = world.Do(context.Background(), func() error {
		q := resource.Request{PhysicalID: id, Properties: good}
		if err := v.Update(q); err != nil {
			return err
		}
		return v.Delete(q)
	})
	if err != nil {
		t.Error(err)
	}
}
