package cfn

import (
	"github.com/awslabs/goformation/v7/cloudformation"
	"github.com/awslabs/goformation/v7/cloudformation/ecs"
)

// A deployment starts all new tasks beside the old ones. With 100 and 200 it finishes at any count; 50 and 150 can
// neither stop nor start a single task where one is desired.
// https://github.com/aws/containers-roadmap/issues/485
const (
	minimumHealthyPercent = 100
	maximumPercent        = 200
)

// addService adds the ECS service. It has no DesiredCount: auto-scaling owns that, and a template that named it would set
// it back with each deployment.
func (d deployment) addService(t *cloudformation.Template) {
	t.Resources[ResourceService] = &ECSService{
		Service: ecs.Service{
			ServiceName:              new(d.Names.Service),
			Cluster:                  cloudformation.RefPtr(OutputCluster),
			TaskDefinition:           new(deployedRevision()),
			CapacityProviderStrategy: d.capacity(),
			PlatformVersion:          new("LATEST"),
			SchedulingStrategy:       new("REPLICA"),
			DeploymentConfiguration: &ecs.Service_DeploymentConfiguration{
				MinimumHealthyPercent:    new(minimumHealthyPercent),
				MaximumPercent:           new(maximumPercent),
				DeploymentCircuitBreaker: &ecs.Service_DeploymentCircuitBreaker{Enable: true, Rollback: true},
			},
			HealthCheckGracePeriodSeconds: d.gracePeriod(),
			LoadBalancers:                 d.loadBalancers(),
			NetworkConfiguration: &ecs.Service_NetworkConfiguration{
				AwsvpcConfiguration: &ecs.Service_AwsVpcConfiguration{
					AssignPublicIp: new("DISABLED"),
					SecurityGroups: []string{cloudformation.Ref(OutputServiceSecurity)},
				},
			},
			EnableECSManagedTags: new(true),
			PropagateTags:        new("SERVICE"),
			// A shell in a running task needs a writable root filesystem and a task role that may talk to
			// Session Manager; this service has neither.
			// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html
			EnableExecuteCommand: new(false),
		},
		// Explicit, because the default of the service side has changed once already.
		AvailabilityZoneRebalancing: "ENABLED",
		ContainerPort:               cloudformation.Ref(ParameterPort),
		DeploymentStrategy:          "ROLLING",
		EarlySuccess:                d.earlySuccess(),
		FailureThreshold:            d.failureThreshold(),
		RestartNonce:                cloudformation.Ref(ParameterRestart),
		Subnets:                     cloudformation.Ref(OutputPrivateSubnets),
	}
}

// earlySuccess lets a deployment be complete once all of its tasks are healthy. What it leaves out is the end of the tasks
// before them, which is most of a release's time and nothing that it could still fail on: the circuit breaker and alarms have
// had their say by then.
func (d deployment) earlySuccess() EarlySuccess {
	if d.Environment.BlockingCleanup {
		return EarlySuccess{} // said, because a property that is left out stays as it is in ECS
	}
	return EarlySuccess{Enable: true, HealthyPercent: 100, Cleanup: "DEFERRED"}
}

// failureThreshold is half of the tasks, as ECS's own is, but two in place of three at least: the second failure that is the
// same says what a third would say. The first may be a hiccup of one zone; a task that becomes healthy takes the count back.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
func (d deployment) failureThreshold() int { return max(2, (d.Environment.MinTasks+1)/2) }

// gracePeriod during which the load balancer's opinion does not count. Without one, ECS takes none.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
func (d deployment) gracePeriod() *int {
	if !d.balanced() {
		return nil
	}
	return new(int(d.Container.StartPeriod.Seconds()))
}

// loadBalancers: container and port are parameters, because a revision that is pinned may have others.
func (d deployment) loadBalancers() []ecs.Service_LoadBalancer {
	if !d.balanced() {
		return nil
	}
	return []ecs.Service_LoadBalancer{{
		TargetGroupArn: cloudformation.RefPtr(OutputTargetGroup),
		ContainerName:  cloudformation.RefPtr(ParameterContainer),
	}}
}

// capacity is always a strategy and never a launch type, which exclude each other: so Spot is one item more or less. With
// Spot, the minimum stays on demand, and of what comes on top one task in five.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html
func (d deployment) capacity() []ecs.Service_CapacityProviderStrategyItem {
	onDemand := ecs.Service_CapacityProviderStrategyItem{CapacityProvider: new(fargate), Weight: new(1)}
	if !d.Environment.Spot {
		return []ecs.Service_CapacityProviderStrategyItem{onDemand}
	}
	onDemand.Base = new(d.Environment.MinTasks)
	return []ecs.Service_CapacityProviderStrategyItem{
		onDemand,
		{CapacityProvider: new(fargateSpot), Weight: new(4)},
	}
}
