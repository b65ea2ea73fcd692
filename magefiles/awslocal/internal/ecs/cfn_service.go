package ecs

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
)

// serviceUnmodelled are refused by name when a template uses them.
var serviceUnmodelled = unmodelled{"ServiceConnectConfiguration", "ServiceRegistries", "VolumeConfigurations", "VpcLatticeConfigurations"}

// stackPatience is how long CloudFormation waits for a service that does not become stable.
const stackPatience = 3 * time.Hour

type forceNewDeployment struct {
	EnableForceNewDeployment bool
	ForceNewDeploymentNonce  string
}

// serviceProperties as the resource has them.
type serviceProperties struct {
	AvailabilityZoneRebalancing   string
	CapacityProviderStrategy      []capacityProviderStrategyItem
	Cluster                       string
	DeploymentConfiguration       *deploymentConfiguration
	DeploymentController          *deploymentController
	DesiredCount                  *int
	EnableECSManagedTags          bool
	EnableExecuteCommand          bool
	ForceNewDeployment            *forceNewDeployment
	HealthCheckGracePeriodSeconds *int
	LaunchType                    string
	LoadBalancers                 []loadBalancer
	NetworkConfiguration          *networkConfiguration
	PlacementConstraints          []placementConstraint
	PlacementStrategies           []placementStrategy
	PlatformVersion               string
	PropagateTags                 string
	SchedulingStrategy            string
	ServiceName                   string
	Tags                          []tag
	TaskDefinition                string
}

func serviceSchema() resource.Properties {
	str, num, yes := resource.Str, resource.Int, resource.Bool
	obj, listOf := resource.Obj, resource.ListOf
	type props = resource.Properties
	p := props{
		"AvailabilityZoneRebalancing": str.OneOf("ENABLED", "DISABLED"),
		"CapacityProviderStrategy":    strategyItem,
		"Cluster":                     str.Fixed(),
		"DeploymentConfiguration": obj(props{
			"Alarms":              obj(props{"AlarmNames": resource.Strs.Must(), "Enable": yes.Must(), "Rollback": yes.Must()}),
			"BakeTimeInMinutes":   num,
			"CanaryConfiguration": obj(props{"CanaryBakeTimeInMinutes": num, "CanaryPercent": resource.Num}),
			"DeploymentCircuitBreaker": obj(props{"Enable": yes.Must(), "Rollback": yes.Must(), "ResetOnHealthyTask": yes,
				"ThresholdConfiguration": obj(props{"Type": str.Must().OneOf("COUNT", "BOUNDED_PERCENT", "UNBOUNDED_PERCENT"), "Value": num.Must()})}),
			"LifecycleHooks": listOf(obj(props{"HookDetails": resource.Any, "HookTargetArn": str, "LifecycleStages": resource.Strs.Must(),
				"RoleArn": str, "TargetType": str, "TimeoutConfiguration": resource.Any})),
			"EarlySuccessCriteria": obj(props{"Enable": yes.Must(), "HealthyPercent": num,
				"SourceServiceRevisionCleanup": str.OneOf("BLOCKING", "DEFERRED")}),
			"LinearConfiguration":   obj(props{"StepBakeTimeInMinutes": num, "StepPercent": resource.Num}),
			"MaximumPercent":        num,
			"MinimumHealthyPercent": num,
			"Strategy":              str.OneOf("ROLLING", "BLUE_GREEN", "LINEAR", "CANARY"),
		}),
		"DeploymentController":          obj(props{"Type": str.OneOf("CODE_DEPLOY", "ECS", "EXTERNAL")}),
		"DesiredCount":                  num,
		"EnableECSManagedTags":          yes,
		"EnableExecuteCommand":          yes,
		"ForceNewDeployment":            obj(props{"EnableForceNewDeployment": yes.Must(), "ForceNewDeploymentNonce": str}),
		"HealthCheckGracePeriodSeconds": num,
		"LaunchType":                    str.OneOf("EC2", "FARGATE", "EXTERNAL").Maybe(),
		"LoadBalancers": listOf(obj(props{"ContainerName": str, "ContainerPort": num, "LoadBalancerName": str, "TargetGroupArn": str,
			"AdvancedConfiguration": resource.Any})),
		"NetworkConfiguration": obj(props{"AwsvpcConfiguration": obj(props{"AssignPublicIp": str.OneOf("DISABLED", "ENABLED"),
			"SecurityGroups": resource.Strs, "Subnets": resource.Strs})}),
		"PlacementConstraints": listOf(obj(props{"Expression": str, "Type": str.Must().OneOf("distinctInstance", "memberOf")})),
		"PlacementStrategies":  listOf(obj(props{"Field": str, "Type": str.Must().OneOf("binpack", "random", "spread")})),
		"PlatformVersion":      str,
		"PropagateTags":        str.OneOf("SERVICE", "TASK_DEFINITION"),
		"Role":                 str.Fixed(),
		"SchedulingStrategy":   str.OneOf("DAEMON", "REPLICA").Fixed(),
		"ServiceName":          str.Fixed(),
		"Tags":                 resource.Tags,
		"TaskDefinition":       str,
	}
	serviceUnmodelled.in(p)
	return p
}

// serviceType is https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecs-service.html
func (s *Service) serviceType() resource.Type {
	return resource.Type{
		Name:       "AWS::ECS::Service",
		Properties: serviceSchema(),
		Named:      "ServiceName",
		Replaces:   launchTypeReplaces,
		Patience:   stackPatience,
		Attributes: []string{"Name", "ServiceArn"},
		Takes:      5 * time.Second,
		Deletes:    5 * time.Second,
		Create:     s.createFromTemplate,
		Update:     s.updateFromTemplate,
		Stable:     s.serviceStable,
		RealTime:   s.isReal,
		Read:       s.readService, Identifiers: []string{"Cluster", "ServiceArn"}, Identify: identifyService, Retag: s.retagService,
		Delete: func(r resource.Request) error {
			v := s.byARN(r.PhysicalID)
			if v == nil || v.Status != "ACTIVE" {
				return nil
			}
			if _, err := s.deleteService(context.Background(), &deleteServiceInput{Cluster: v.Cluster, Service: v.Name, Force: true}); err != nil {
				return s.handlerError(err)
			}
			return nil
		},
		Attribute: func(id, name string) (any, error) {
			if name == "Name" {
				return lastPart(id), nil
			}
			return id, nil
		},
	}
}

// isReal tells whether a task of a service is executed.
func (s *Service) isReal(arn string) bool {
	v := s.byARN(arn)
	return v != nil && slices.ContainsFunc(s.tasksOf(v), func(t *taskRecord) bool { return t.Real != nil })
}

// launchTypeReplaces: another launch type is another service; a capacity provider strategy can take its place.
func launchTypeReplaces(r resource.Request) bool {
	old, is := r.Old["LaunchType"], r.Properties["LaunchType"]
	return is != nil && old != is
}

func (s *Service) byARN(arn string) *serviceRecord {
	key, ok := strings.CutPrefix(arn, s.acct.ARN("ecs", "service/"))
	if !ok {
		return nil
	}
	return s.state.Services.Get(key)
}

// read takes the properties of a request; what is not modelled is refused.
func (s *Service) read(r resource.Request) (serviceProperties, error) {
	if err := serviceUnmodelled.refuse(r.Properties); err != nil {
		return serviceProperties{}, err
	}
	c, _ := r.Properties["DeploymentConfiguration"].(map[string]any)
	for _, name := range []string{"CanaryConfiguration", "LifecycleHooks", "LinearConfiguration"} {
		if c[name] != nil {
			return serviceProperties{}, resource.Failed("InvalidRequest", "The embedded AWS does not model the property DeploymentConfiguration.%s.", name)
		}
	}
	if r.Properties["Role"] != nil {
		return serviceProperties{}, resource.Failed("InvalidRequest", "You cannot specify an IAM role for services that require a service linked role.")
	}
	balancers, _ := r.Properties["LoadBalancers"].([]any)
	for _, b := range balancers {
		if m, ok := b.(map[string]any); ok && m["AdvancedConfiguration"] != nil {
			return serviceProperties{}, resource.Failed("InvalidRequest", "The embedded AWS does not model the property LoadBalancers.AdvancedConfiguration.")
		}
	}
	return resource.Decode[serviceProperties](r.Properties)
}

func (s *Service) createFromTemplate(r resource.Request) (string, error) {
	p, err := s.read(r)
	if err != nil {
		return "", err
	}
	one := 1
	if p.DesiredCount == nil {
		p.DesiredCount = &one
	}
	name := cmp.Or(p.ServiceName, s.physicalName(r))
	if c, err := s.cluster(p.Cluster); err == nil {
		if old := s.state.Services.Get(c.ClusterName + "/" + name); old != nil && old.Status == "ACTIVE" {
			return "", resource.Failed("AlreadyExists", "Resource of type 'AWS::ECS::Service' with identifier '%s|%s' already exists.", old.ARN, c.ClusterName)
		}
	}
	v, err := s.newService(&createServiceInput{
		Cluster: p.Cluster, ServiceName: name, TaskDefinition: p.TaskDefinition, AvailabilityZoneRebalancing: p.AvailabilityZoneRebalancing,
		LoadBalancers: p.LoadBalancers, DesiredCount: p.DesiredCount, LaunchType: p.LaunchType,
		CapacityProviderStrategy: p.CapacityProviderStrategy, PlatformVersion: p.PlatformVersion,
		DeploymentConfiguration: p.DeploymentConfiguration, PlacementConstraints: p.PlacementConstraints,
		PlacementStrategy: p.PlacementStrategies, NetworkConfiguration: p.NetworkConfiguration,
		HealthCheckGracePeriodSeconds: p.HealthCheckGracePeriodSeconds, SchedulingStrategy: p.SchedulingStrategy,
		DeploymentController: p.DeploymentController, Tags: tagsOfRequest(p.Tags, r.Tags),
		EnableECSManagedTags: p.EnableECSManagedTags, PropagateTags: p.PropagateTags, EnableExecuteCommand: p.EnableExecuteCommand,
	})
	if err != nil {
		return "", s.handlerError(err)
	}
	if f := p.ForceNewDeployment; f != nil {
		v.Nonce = f.ForceNewDeploymentNonce
	}
	s.follow(v)
	return v.ARN, nil
}

// updateFromTemplate sends what the template says. A DesiredCount that it does not say stays as it is.
func (s *Service) updateFromTemplate(r resource.Request) error {
	v := s.byARN(r.PhysicalID)
	if v == nil || v.Status == "INACTIVE" {
		return resource.Failed("NotFound", "Resource of type 'AWS::ECS::Service' with identifier '%s' was not found.", r.PhysicalID)
	}
	p, err := s.read(r)
	if err != nil {
		return err
	}
	force := false
	if f := p.ForceNewDeployment; f != nil && f.EnableForceNewDeployment && f.ForceNewDeploymentNonce != v.Nonce {
		force = true
		v.Nonce = f.ForceNewDeploymentNonce
	}
	grace := or(p.HealthCheckGracePeriodSeconds, 0)
	in := &updateServiceInput{
		DesiredCount: p.DesiredCount, TaskDefinition: p.TaskDefinition, CapacityProviderStrategy: p.CapacityProviderStrategy,
		DeploymentConfiguration: p.DeploymentConfiguration, AvailabilityZoneRebalancing: p.AvailabilityZoneRebalancing,
		NetworkConfiguration: p.NetworkConfiguration, PlacementConstraints: list(p.PlacementConstraints),
		PlacementStrategy: list(p.PlacementStrategies), PlatformVersion: cmp.Or(p.PlatformVersion, "LATEST"), ForceNewDeployment: force,
		HealthCheckGracePeriodSeconds: &grace, DeploymentController: p.DeploymentController,
		EnableExecuteCommand: &p.EnableExecuteCommand, EnableECSManagedTags: &p.EnableECSManagedTags,
		LoadBalancers: list(p.LoadBalancers), PropagateTags: cmp.Or(p.PropagateTags, "NONE"),
	}
	if p.HealthCheckGracePeriodSeconds == nil && v.Settings.HealthCheckGracePeriodSeconds == nil {
		in.HealthCheckGracePeriodSeconds = nil
	}
	if err := s.change(v, in); err != nil {
		return s.handlerError(err)
	}
	v.Tags = tagsOfRequest(p.Tags, r.Tags)
	s.follow(v)
	return nil
}

// follow notes which service deployment the stack operation waits for: the one that is current now.
func (s *Service) follow(v *serviceRecord) {
	v.Followed, v.FollowsRollback = v.primary().Delivery, v.primary().IsRollback
	s.w.Changed()
}

// serviceStable: a deleted service is stable when its tasks are gone, another when the followed deployment is
// completed and the desired number of tasks runs. That CloudFormation takes a deployment for completed that met its early
// success criteria is not documented; if it waits for the steady state instead, the operation takes as much longer as the
// tasks before need to go.
func (s *Service) serviceStable(r resource.Request) (bool, error) {
	v := s.byARN(r.PhysicalID)
	if v == nil || v.Status == "INACTIVE" {
		return true, nil
	}
	if v.Status == "DRAINING" {
		return false, nil
	}
	h := v.delivery(v.Followed)
	if h != nil && h.Superseded {
		s.follow(v)
		h = v.delivery(v.Followed)
	}
	if h != nil {
		switch {
		case v.FollowsRollback && h.Status != "ROLLBACK_FAILED":
			// the stack came back to what ECS itself had rolled back to
		case h.DeploymentCircuitBreaker.Status == "TRIGGERED":
			return false, resource.Failed("GeneralServiceException", "Error occurred during operation 'ECS Deployment Circuit Breaker was triggered'.")
		case strings.HasPrefix(h.Status, "ROLLBACK") || h.Status == "STOPPED" || h.Status == "STOP_REQUESTED":
			return false, resource.Failed("GeneralServiceException", "Error occurred during operation 'ECS Deployment was stopped'.")
		}
	}
	if v.primary().RolloutState == completed && v.earlySuccess() != nil {
		return true, nil
	}
	run, _ := tally(s.tasksOf(v), v.primary().ID)
	return v.primary().RolloutState == completed && v.Steady && run == v.Desired, nil
}
