package cfn

import (
	"fmt"

	"github.com/awslabs/goformation/v7/cloudformation"
	"github.com/awslabs/goformation/v7/cloudformation/cloudwatch"
)

// Alarms look at every minute and speak after some in a row, so that a single deployment or spike is none.
const (
	alarmPeriod = 60 // seconds

	healthyMinutes  = 3
	errorMinutes    = 5
	errorDatapoints = 3 // of the error minutes
	fullMinutes     = 10

	errorPercent = 5
	fullPercent  = 90
)

// addAlarms adds the few alarms that mean that somebody should look: fewer healthy tasks than the minimum, requests that
// tasks fail or do not answer, and tasks that stay full although auto-scaling has added what it may. They notify the
// environment's topic, if it has one.
func (d deployment) addAlarms(t *cloudformation.Template) {
	if d.balanced() {
		d.addRequestAlarms(t)
	}
	d.addAlarm(t, "CpuAlarm", d.full("cpu", "CPUUtilization", "CPU"))
	d.addAlarm(t, "MemoryAlarm", d.full("memory", "MemoryUtilization", "memory"))
}

// addRequestAlarms adds those that the load balancer counts. What gets no answer from any task it counts as a whole: that
// alarm is the application's own service's.
func (d deployment) addRequestAlarms(t *cloudformation.Template) {
	if d.fewestTasks() > 0 {
		d.addAlarm(t, "HealthyTasksAlarm", d.healthyTasks())
	}
	d.addAlarm(t, "ErrorsAlarm", d.errorRate("errors", "end in a 5xx of the application",
		"HTTPCode_Target_5XX_Count", targetGroupDimensions()))
	if d.Service == "" {
		d.addAlarm(t, "UnansweredAlarm", d.errorRate("unanswered", "get no answer from a task",
			"HTTPCode_ELB_5XX_Count", loadBalancerDimensions()))
	}
}

func (d deployment) addAlarm(t *cloudformation.Template, resource string, alarm *cloudwatch.Alarm) {
	if d.Environment.AlarmTopicARN != "" {
		alarm.AlarmActions = []string{d.Environment.AlarmTopicARN}
		alarm.OKActions = []string{d.Environment.AlarmTopicARN}
	}
	t.Resources[resource] = alarm
}

// healthyTasks counts what the load balancer would send requests to. No data means no targets at all.
func (d deployment) healthyTasks() *cloudwatch.Alarm {
	fewest := d.fewestTasks()
	return &cloudwatch.Alarm{
		AlarmName:          new(d.Names.Service + "-healthy-tasks"),
		AlarmDescription:   new(fmt.Sprintf("Fewer than %d healthy tasks for %d minutes", fewest, healthyMinutes)),
		Namespace:          new("AWS/ApplicationELB"),
		MetricName:         new("HealthyHostCount"),
		Dimensions:         targetGroupDimensions(),
		Statistic:          new("Minimum"),
		Period:             new(alarmPeriod),
		EvaluationPeriods:  healthyMinutes,
		ComparisonOperator: "LessThanThreshold",
		Threshold:          new(float64(fewest)),
		TreatMissingData:   new("breaching"),
	}
}

// errorRate watches the share of requests that a metric counts: a share means the same under any load. Both metrics
// exist only where they are not zero, and no failure is no data. Of a service beside the application's own, the share is
// one of its own requests.
func (d deployment) errorRate(name, what, metric string, dimensions []cloudwatch.Alarm_Dimension) *cloudwatch.Alarm {
	requests := loadBalancerDimensions()
	if d.Service != "" {
		requests = targetGroupDimensions()
	}
	return &cloudwatch.Alarm{
		AlarmName:        new(d.Names.Service + "-" + name),
		AlarmDescription: new(fmt.Sprintf("More than %d %% of requests %s", errorPercent, what)),
		Metrics: []cloudwatch.Alarm_MetricDataQuery{
			{
				Id:         "rate",
				Label:      new("Percent of requests"),
				Expression: new("100 * failed / requests"),
				ReturnData: new(true),
			},
			requestMetric("failed", metric, dimensions),
			requestMetric("requests", "RequestCount", requests),
		},
		EvaluationPeriods:  errorMinutes,
		DatapointsToAlarm:  new(errorDatapoints),
		ComparisonOperator: "GreaterThanThreshold",
		Threshold:          new(float64(errorPercent)),
		TreatMissingData:   new("notBreaching"),
	}
}

func requestMetric(id, name string, dimensions []cloudwatch.Alarm_Dimension) cloudwatch.Alarm_MetricDataQuery {
	return cloudwatch.Alarm_MetricDataQuery{
		Id: id,
		MetricStat: &cloudwatch.Alarm_MetricStat{
			Metric: &cloudwatch.Alarm_Metric{
				Namespace:  new("AWS/ApplicationELB"),
				MetricName: new(name),
				Dimensions: dimensions,
			},
			Period: alarmPeriod,
			Stat:   "Sum",
		},
		ReturnData: new(false),
	}
}

// full says that the tasks' average stays high, which is where auto-scaling has reached its end.
func (d deployment) full(name, metric, what string) *cloudwatch.Alarm {
	return &cloudwatch.Alarm{
		AlarmName:        new(d.Names.Service + "-" + name),
		AlarmDescription: new(fmt.Sprintf("Tasks use more than %d %% of their %s for %d minutes", fullPercent, what, fullMinutes)),
		Namespace:        new("AWS/ECS"),
		MetricName:       new(metric),
		Dimensions: []cloudwatch.Alarm_Dimension{
			{Name: "ClusterName", Value: cloudformation.Ref(OutputCluster)},
			{Name: "ServiceName", Value: d.Names.Service},
		},
		Statistic:          new("Average"),
		Period:             new(alarmPeriod),
		EvaluationPeriods:  fullMinutes,
		ComparisonOperator: "GreaterThanThreshold",
		Threshold:          new(float64(fullPercent)),
		TreatMissingData:   new("notBreaching"),
	}
}

// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
func loadBalancerDimensions() []cloudwatch.Alarm_Dimension {
	return []cloudwatch.Alarm_Dimension{{Name: "LoadBalancer", Value: cloudformation.Ref(OutputLoadBalancerName)}}
}

func targetGroupDimensions() []cloudwatch.Alarm_Dimension {
	return append(loadBalancerDimensions(), cloudwatch.Alarm_Dimension{Name: "TargetGroup", Value: cloudformation.Ref(OutputTargetGroupName)})
}
