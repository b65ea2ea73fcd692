package acceptance_test

import (
	"fmt"
	"testing"
)

// timing is what the health checks of prod come to.
func timing(t *testing.T) string {
	group := golden(t, "prod", "infra").Resources["TargetGroup"].Properties
	service := golden(t, "prod", "service").Resources
	container := service["TaskDefinition"].Properties["ContainerDefinitions"].([]any)[0].(map[string]any)
	check := container["HealthCheck"].(map[string]any)
	n := func(value any) int { return int(number(t, value)) }
	interval, within := n(group["HealthCheckIntervalSeconds"]), n(check["Interval"])
	delay := 0
	for _, a := range group["TargetGroupAttributes"].([]any) {
		if attribute := a.(map[string]any); attribute["Key"] == "deregistration_delay.timeout_seconds" {
			delay = n(attribute["Value"])
		}
	}
	return fmt.Sprintf(`| | load balancer | container |
| --- | --- | --- |
| asks | `+"`GET %s`"+` on the task's port, and wants %s | %s |
| every | %d s, waits %d s | %d s, waits %d s |
| healthy after | 1 answer; %d of a task that was unhealthy, %d s | 1 |
| unhealthy after | %d failures: %d s | %d failures: %d s |
| forgiven after the start | %d s (grace period of the service) | %d s (start period) |
| at the end of a task | no new requests, %d s for those under way | %d s from SIGTERM to SIGKILL |
`,
		group["HealthCheckPath"], group["Matcher"].(map[string]any)["HttpCode"], "`Container.HealthCheckCommand`",
		interval, n(group["HealthCheckTimeoutSeconds"]), within, n(check["Timeout"]),
		n(group["HealthyThresholdCount"]), n(group["HealthyThresholdCount"])*interval,
		n(group["UnhealthyThresholdCount"]), n(group["UnhealthyThresholdCount"])*interval, n(check["Retries"]), n(check["Retries"])*within,
		n(service["Service"].Properties["HealthCheckGracePeriodSeconds"]), n(check["StartPeriod"]),
		delay, n(container["StopTimeout"]))
}
