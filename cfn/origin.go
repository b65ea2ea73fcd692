package cfn

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// origins say which field of the App a property of a template comes from. A path that ends in * stands for
// everything below it; a field behind @ is one of Environment, any other one of App.
var origins = []struct{ resource, path, field string }{
	{"TaskDefinition", "Cpu", "@CPU"},
	{"TaskDefinition", "Memory", "@Memory"},
	{"TaskDefinition", "RuntimePlatform.CpuArchitecture", "@Architecture"},
	{"TaskDefinition", "ContainerDefinitions[0].Environment[*", "@Variables"},
	{"TaskDefinition", "ContainerDefinitions[0].Secrets[*", "@Secrets"},
	{"TaskDefinition", "ContainerDefinitions[0].Command*", "Container.Command"},
	{"TaskDefinition", "ContainerDefinitions[0].HealthCheck.Command*", "Container.HealthCheckCommand"},
	{"TaskDefinition", "ContainerDefinitions[0].HealthCheck.StartPeriod", "Container.StartPeriod"},
	{"TaskDefinition", "ContainerDefinitions[0].PortMappings*", "Container.Port"},
	{"TaskDefinition", "ContainerDefinitions[0].ReadonlyRootFilesystem", "Container.WritableRootFilesystem"},
	{"TaskDefinition", "ContainerDefinitions[0].MountPoints*", "Container.WritablePaths"},
	{"TaskDefinition", "ContainerDefinitions[0].StopTimeout", "Container.StopTimeout"},
	{"TaskDefinition", "ContainerDefinitions[0].User", "Container.User"},
	{"TaskDefinition", "Volumes*", "Container.WritablePaths"},
	{"Service", "HealthCheckGracePeriodSeconds", "Container.StartPeriod"},
	{"Service", "CapacityProviderStrategy*", "@Spot"},
	{"Service", "DeploymentConfiguration.EarlySuccessCriteria*", "@BlockingCleanup"},
	{"ScalableTarget", "MinCapacity", "@MinTasks"},
	{"ScalableTarget", "MaxCapacity", "@MaxTasks"},
	{"ScalableTarget", "ScheduledActions*", "@Scaling.Schedules"},
	{"CpuScaling", "TargetTrackingScalingPolicyConfiguration*", "@Scaling.CPUPercent"},
	{"MemoryScaling", "TargetTrackingScalingPolicyConfiguration*", "@Scaling.MemoryPercent"},
	{"RequestScaling", "TargetTrackingScalingPolicyConfiguration*", "@Scaling.RequestsPerTask"},
	{"Vpc", "CidrBlock", "@Network.CIDR"},
	{"LogGroup", "RetentionInDays", "@LogRetentionDays"},
	{"Cluster", "ClusterSettings*", "@ContainerInsights"},
	{"LoadBalancer", "LoadBalancerAttributes[deletion_protection.enabled]", "@Protected"},
	{"TargetGroup", "Port", "Container.Port"},
	{"TargetGroup", "TargetGroupAttributes[" + deregistrationDelayAttribute + "]", "Container.DeregistrationDelay"},
	{"TargetGroup", "HealthCheckPath", "Container.HealthCheckPath"},
	{"LoadBalancer", "LoadBalancerAttributes[access_logs.s3.*", "@AccessLogBucket"},
	{"HttpListener", "ListenerAttributes[" + serverHeaderAttribute + "]", "@WithoutServerHeader"},
	{"HttpsListener", "Certificates*", "@CertificateARN"},
	{"HttpsListener", "SslPolicy", "@TLSPolicy"},
	{"HttpsListener", "ListenerAttributes[" + hstsAttribute + "]", "@StrictTransportSecurity"},
	{"HttpsListener", "ListenerAttributes[" + serverHeaderAttribute + "]", "@WithoutServerHeader"},
	{"ExecutionRole", "PermissionsBoundary", "@PermissionsBoundary"},
	{"TaskRole", "PermissionsBoundary", "@PermissionsBoundary"},
	{"TaskRole", "ManagedPolicyArns*", "@TaskPolicies"},
	{"TaskRole", "Policies*", "@TaskStatements"},
}

// Origin is the field of the App that a property of a resource comes from, e.g. Environments["dev"].CPU for the
// Cpu of TaskDefinition; empty where a property has no single one. Path is below Properties, as in
// ContainerDefinitions[0].Environment[PORT]. In the stack of a service beside the application's own, it is the field of the
// service that has the last word, where there is one.
func (p Place) Origin(resource, path string) string {
	environment := p.Field()
	service := environment + fmt.Sprintf(".Services[%q]", p.Service)
	if n, ok := sidecarOf(path); ok && resource == ResourceTaskDefinition {
		if p.Service != "" {
			return fmt.Sprintf("%s.Sidecars[%d]", service, n)
		}
		return fmt.Sprintf("%s.Sidecars[%d]", environment, n)
	}
	for _, o := range origins {
		prefix, below := strings.CutSuffix(o.path, "*")
		if o.resource != resource || path != prefix && !(below && strings.HasPrefix(path, prefix)) {
			continue
		}
		field, ofEnvironment := strings.CutPrefix(o.field, "@")
		if own, ok := ofService(o.field); ok && p.Service != "" {
			field = service + "." + own
		} else if ofEnvironment {
			field = environment + "." + field
		}
		if key, ok := strings.CutPrefix(path, prefix); ok && strings.HasSuffix(prefix, "[") {
			name, _, _ := strings.Cut(key, "]")
			field += fmt.Sprintf("[%q]", name)
		}
		return field
	}
	return ""
}

var containerPath = lazyregexp.New(`^ContainerDefinitions\[([1-9][0-9]*)\]`)

// sidecarOf is the number of the sidecar that a property of the task definition belongs to: the first container is the
// application's.
func sidecarOf(path string) (n int, ok bool) {
	m := containerPath.FindStringSubmatch(path)
	if m == nil {
		return 0, false
	}
	n, err := strconv.Atoi(m[1])
	return n - 1, err == nil
}

// ofService is the field of an [AdditionalService] that takes the place of an origin's.
func ofService(field string) (string, bool) {
	switch name, ofEnvironment := strings.CutPrefix(field, "@"); {
	case field == "@Variables":
		return "Container.Variables", true
	case !ofEnvironment, name == "CPU", name == "Memory", name == "Secrets", name == "MinTasks", name == "MaxTasks", strings.HasPrefix(name, "Scaling."):
		return name, true
	}
	return "", false
}
