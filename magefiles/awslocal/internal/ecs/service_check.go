package ecs

import "slices"

func refuseUnmodelled(strategy string, c *deploymentController) error {
	if strategy != "" && strategy != "REPLICA" {
		return unsupported("the scheduling strategy %s", strategy)
	}
	if c != nil && c.Type != "ECS" {
		return unsupported("the deployment controller %s", c.Type)
	}
	return nil
}

// unsupported is for what ECS can and the embedded AWS cannot.
func unsupported(format string, args ...any) error {
	return clientError("The embedded AWS does not model "+format+".", args...)
}

// checkService refuses settings that ECS refuses, and resolves the task definition to its ARN.
func (s *Service) checkService(c *cluster, set *settings) error {
	d, err := s.runnable(set.TaskDefinition)
	if err != nil {
		return err
	}
	set.TaskDefinition = d.TaskDefinitionARN
	return s.checkSettings(c, d, set)
}

// checkSettings refuses settings that ECS refuses for a task definition.
func (s *Service) checkSettings(c *cluster, d *taskDefinition, set *settings) error {
	if set.LaunchType != "" && len(set.CapacityProviderStrategy) > 0 {
		return invalid("Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.")
	}
	for _, i := range set.CapacityProviderStrategy {
		if err := checkProviders([]string{i.CapacityProvider}, nil); err != nil {
			return err
		}
		if !slices.Contains(c.CapacityProviders, i.CapacityProvider) {
			return checkProviders(nil, []capacityProviderStrategyItem{i})
		}
	}
	if set.LaunchType == "EXTERNAL" || set.LaunchType == "MANAGED_INSTANCES" {
		return unsupported("the launch type %s", set.LaunchType)
	}
	if set.LaunchType != "EC2" && !slices.Contains(d.Compatibilities, "FARGATE") {
		return invalid("Task definition does not support launch_type FARGATE.")
	}
	if v := set.PlatformVersion; v != "" && v != "LATEST" && v != "1.4.0" && v != "1.3.0" {
		return clientError("The specified platform version does not exist.")
	}
	n := set.NetworkConfiguration
	if d.NetworkMode == "awsvpc" && (n == nil || n.AwsvpcConfiguration == nil) {
		return invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.")
	}
	if n != nil && n.AwsvpcConfiguration != nil {
		if a := n.AwsvpcConfiguration; len(a.Subnets) == 0 {
			return invalid("subnets can not be empty.")
		} else if len(a.Subnets) > 16 {
			return invalid("subnets can have at most 16 items.")
		} else if len(a.SecurityGroups) > 5 {
			return invalid("securityGroups can have at most 5 items.")
		}
	}
	for _, lb := range set.LoadBalancers {
		if err := s.checkLoadBalancer(d, lb); err != nil {
			return err
		}
	}
	if set.HealthCheckGracePeriodSeconds != nil && len(set.LoadBalancers) == 0 && *set.HealthCheckGracePeriodSeconds > 0 && !hasCheck(d) {
		return invalid("Health check grace period is only valid for services configured to use load balancers")
	}
	return checkDeploymentConfiguration(set.DeploymentConfiguration)
}

func hasCheck(d *taskDefinition) bool {
	return slices.ContainsFunc(d.ContainerDefinitions, func(c containerDefinition) bool { return c.HealthCheck != nil })
}

func (s *Service) checkLoadBalancer(d *taskDefinition, lb loadBalancer) error {
	if lb.LoadBalancerName != "" {
		return invalid("Classic Load Balancers are not supported with the awsvpc network mode.")
	}
	i := slices.IndexFunc(d.ContainerDefinitions, func(c containerDefinition) bool { return c.Name == lb.ContainerName })
	if i < 0 {
		return invalid("The container %s does not exist in the task definition.", lb.ContainerName)
	}
	if !slices.ContainsFunc(d.ContainerDefinitions[i].PortMappings, func(p portMapping) bool { return p.ContainerPort == lb.ContainerPort }) {
		return invalid("The container %s did not have a container port %d defined.", lb.ContainerName, lb.ContainerPort)
	}
	kind, attached, _, ok := s.targets.TargetGroup(lb.TargetGroupARN)
	switch {
	case !ok:
		return invalid("The specified target group %s could not be found.", lb.TargetGroupARN)
	case kind != "ip":
		return invalid("The provided target group %s has target type %s, which is incompatible with the awsvpc network mode specified in the task definition.", lb.TargetGroupARN, kind)
	case !attached:
		return invalid("The target group with targetGroupArn %s does not have an associated load balancer.", lb.TargetGroupARN)
	}
	return nil
}

func checkDeploymentConfiguration(c *deploymentConfiguration) error {
	if c == nil {
		return nil
	}
	if c.Strategy != "" && c.Strategy != "ROLLING" {
		return unsupported("the deployment strategy %s", c.Strategy)
	}
	low, high := or(c.MinimumHealthyPercent, 100), or(c.MaximumPercent, 200)
	switch {
	case low < 0 || low > 100 && low >= high:
		return invalid("Deployment minimumHealthyPercent must be between 0 and maximumPercent.")
	case high < 100:
		return invalid("Deployment maximumPercent must be at least 100.")
	case low == 100 && high == 100:
		return invalid("Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments.")
	}
	if e := c.EarlySuccessCriteria; e != nil && e.Enable {
		switch {
		case e.HealthyPercent == nil || e.SourceServiceRevisionCleanup == "":
			return invalid("earlySuccessCriteria needs healthyPercent and sourceServiceRevisionCleanup when it is enabled.")
		case *e.HealthyPercent < min(low, 100) || *e.HealthyPercent > 100:
			return invalid("earlySuccessCriteria healthyPercent must be between minimumHealthyPercent and 100.")
		case !slices.Contains([]string{"BLOCKING", "DEFERRED"}, e.SourceServiceRevisionCleanup):
			return invalid("Invalid sourceServiceRevisionCleanup %s. Valid values: BLOCKING, DEFERRED.", e.SourceServiceRevisionCleanup)
		}
	}
	b := c.DeploymentCircuitBreaker
	if b == nil || b.ThresholdConfiguration == nil {
		return nil
	}
	t := b.ThresholdConfiguration
	if !slices.Contains([]string{"COUNT", "BOUNDED_PERCENT", "UNBOUNDED_PERCENT"}, t.Type) {
		return invalid("Invalid threshold type %s. Valid values: COUNT, BOUNDED_PERCENT, UNBOUNDED_PERCENT.", t.Type)
	}
	if t.Value < 1 {
		return invalid("Invalid threshold value %d: must be at least 1.", t.Value)
	}
	return nil
}
