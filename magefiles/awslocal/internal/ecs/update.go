package ecs

import (
	"context"
	"reflect"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

type updateServiceInput struct {
	Cluster                       string                         `json:"cluster"`
	Service                       string                         `json:"service"`
	DesiredCount                  *int                           `json:"desiredCount"`
	TaskDefinition                string                         `json:"taskDefinition"`
	CapacityProviderStrategy      []capacityProviderStrategyItem `json:"capacityProviderStrategy"`
	DeploymentConfiguration       *deploymentConfiguration       `json:"deploymentConfiguration"`
	AvailabilityZoneRebalancing   string                         `json:"availabilityZoneRebalancing"`
	NetworkConfiguration          *networkConfiguration          `json:"networkConfiguration"`
	PlacementConstraints          []placementConstraint          `json:"placementConstraints"`
	PlacementStrategy             []placementStrategy            `json:"placementStrategy"`
	PlatformVersion               string                         `json:"platformVersion"`
	ForceNewDeployment            bool                           `json:"forceNewDeployment"`
	HealthCheckGracePeriodSeconds *int                           `json:"healthCheckGracePeriodSeconds"`
	DeploymentController          *deploymentController          `json:"deploymentController"`
	EnableExecuteCommand          *bool                          `json:"enableExecuteCommand"`
	EnableECSManagedTags          *bool                          `json:"enableECSManagedTags"`
	LoadBalancers                 []loadBalancer                 `json:"loadBalancers"`
	PropagateTags                 string                         `json:"propagateTags"`
}

func (s *Service) updateService(_ context.Context, in *updateServiceInput) (*serviceOutput, error) {
	v, err := s.service(in.Cluster, in.Service)
	if err != nil {
		return nil, err
	}
	if err := s.change(v, in); err != nil {
		return nil, err
	}
	return &serviceOutput{s.describeService(v, true)}, nil
}

// change updates a service. A deployment starts where the task definition, network, load balancers, platform
// version or capacity provider strategy become others, or where it is forced; the rest takes effect by itself, also on
// a deployment that is under way.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html
func (s *Service) change(v *serviceRecord, in *updateServiceInput) error {
	if v.Status != "ACTIVE" {
		return wire.Errorf("ServiceNotActiveException", "Service was not ACTIVE.")
	}
	if err := refuseUnmodelled("", in.DeploymentController); err != nil {
		return err
	}
	c, err := s.cluster(v.ClusterARN)
	if err != nil {
		return err
	}
	set := v.Settings
	if in.TaskDefinition != "" {
		set.TaskDefinition = in.TaskDefinition
	}
	if in.NetworkConfiguration != nil {
		set.NetworkConfiguration = in.NetworkConfiguration
	}
	if in.LoadBalancers != nil {
		set.LoadBalancers = in.LoadBalancers
	}
	if in.PlatformVersion != "" {
		set.PlatformVersion = in.PlatformVersion
	}
	if in.CapacityProviderStrategy != nil {
		set.CapacityProviderStrategy, set.LaunchType = in.CapacityProviderStrategy, ""
		if len(in.CapacityProviderStrategy) == 0 {
			set.CapacityProviderStrategy = c.DefaultCapacityProviderStrategy
		}
	}
	if in.DeploymentConfiguration != nil {
		set.DeploymentConfiguration = merged(set.DeploymentConfiguration, in.DeploymentConfiguration)
	}
	if in.AvailabilityZoneRebalancing != "" {
		set.AvailabilityZoneRebalancing = in.AvailabilityZoneRebalancing
	}
	if in.PlacementConstraints != nil {
		set.PlacementConstraints = in.PlacementConstraints
	}
	if in.PlacementStrategy != nil {
		set.PlacementStrategy = in.PlacementStrategy
	}
	if in.HealthCheckGracePeriodSeconds != nil {
		set.HealthCheckGracePeriodSeconds = in.HealthCheckGracePeriodSeconds
	}
	if in.EnableExecuteCommand != nil {
		set.EnableExecuteCommand = *in.EnableExecuteCommand
	}
	if in.EnableECSManagedTags != nil {
		set.EnableECSManagedTags = *in.EnableECSManagedTags
	}
	if in.PropagateTags != "" {
		set.PropagateTags = in.PropagateTags
	}
	if in.ForceNewDeployment || in.TaskDefinition != "" {
		err = s.checkService(c, &set)
	} else if d, gone := s.taskDefinition(set.TaskDefinition); gone == nil { // maybe INACTIVE: then it can still be scaled
		err = s.checkSettings(c, d, &set)
	}
	if err != nil {
		return err
	}
	if in.DesiredCount != nil {
		if *in.DesiredCount < 0 {
			return invalid("desiredCount must not be negative.")
		}
		if v.Desired != *in.DesiredCount {
			v.Steady = false
		}
		v.Desired = *in.DesiredCount
	}
	again := in.ForceNewDeployment || !sameRevision(v.Settings, set)
	v.Settings = set
	s.w.Changed()
	if again {
		s.deploy(v)
	} else if p := v.primary(); p.RolloutState == inProgress {
		v.configure(v.delivery(p.Delivery))
	}
	s.look(v.key())
	return nil
}

// merged is a deployment configuration with what an update names.
func merged(old, with *deploymentConfiguration) *deploymentConfiguration {
	switch {
	case old == nil:
		return with
	case with == nil:
		return old
	}
	m := *old
	if with.DeploymentCircuitBreaker != nil {
		m.DeploymentCircuitBreaker = with.DeploymentCircuitBreaker
	}
	if with.MaximumPercent != nil {
		m.MaximumPercent = with.MaximumPercent
	}
	if with.MinimumHealthyPercent != nil {
		m.MinimumHealthyPercent = with.MinimumHealthyPercent
	}
	if with.Alarms != nil {
		m.Alarms = with.Alarms
	}
	if with.Strategy != "" {
		m.Strategy = with.Strategy
	}
	if with.BakeTimeInMinutes != nil {
		m.BakeTimeInMinutes = with.BakeTimeInMinutes
	}
	if with.EarlySuccessCriteria != nil {
		m.EarlySuccessCriteria = with.EarlySuccessCriteria
	}
	return &m
}

// sameRevision: the settings stand for the same service revision.
func sameRevision(a, b settings) bool {
	same := func(x, y any) bool { return reflect.DeepEqual(x, y) }
	return a.TaskDefinition == b.TaskDefinition && a.LaunchType == b.LaunchType &&
		platformVersion(a.PlatformVersion) == platformVersion(b.PlatformVersion) &&
		same(a.NetworkConfiguration, b.NetworkConfiguration) && same(list(a.LoadBalancers), list(b.LoadBalancers)) &&
		same(list(a.CapacityProviderStrategy), list(b.CapacityProviderStrategy))
}
