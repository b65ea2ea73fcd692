package ecs

import (
	"cmp"
	"context"
	"slices"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

type createServiceInput struct {
	Cluster                       string                         `json:"cluster"`
	ServiceName                   string                         `json:"serviceName"`
	TaskDefinition                string                         `json:"taskDefinition"`
	AvailabilityZoneRebalancing   string                         `json:"availabilityZoneRebalancing"`
	LoadBalancers                 []loadBalancer                 `json:"loadBalancers"`
	DesiredCount                  *int                           `json:"desiredCount"`
	ClientToken                   string                         `json:"clientToken"`
	LaunchType                    string                         `json:"launchType"`
	CapacityProviderStrategy      []capacityProviderStrategyItem `json:"capacityProviderStrategy"`
	PlatformVersion               string                         `json:"platformVersion"`
	Role                          string                         `json:"role"`
	DeploymentConfiguration       *deploymentConfiguration       `json:"deploymentConfiguration"`
	PlacementConstraints          []placementConstraint          `json:"placementConstraints"`
	PlacementStrategy             []placementStrategy            `json:"placementStrategy"`
	NetworkConfiguration          *networkConfiguration          `json:"networkConfiguration"`
	HealthCheckGracePeriodSeconds *int                           `json:"healthCheckGracePeriodSeconds"`
	SchedulingStrategy            string                         `json:"schedulingStrategy"`
	DeploymentController          *deploymentController          `json:"deploymentController"`
	Tags                          []tag                          `json:"tags"`
	EnableECSManagedTags          bool                           `json:"enableECSManagedTags"`
	PropagateTags                 string                         `json:"propagateTags"`
	EnableExecuteCommand          bool                           `json:"enableExecuteCommand"`
}

type serviceOutput struct {
	Service service `json:"service"`
}

func (s *Service) createService(_ context.Context, in *createServiceInput) (*serviceOutput, error) {
	v, err := s.newService(in)
	if err != nil {
		return nil, err
	}
	return &serviceOutput{s.describeService(v, true)}, nil
}

// newService creates a service and begins its first deployment.
func (s *Service) newService(in *createServiceInput) (*serviceRecord, error) {
	c, err := s.cluster(in.Cluster)
	if err != nil {
		return nil, err
	}
	if !nameForm.MatchString(in.ServiceName) {
		return nil, invalid("The specified service name %s is not valid. Service names can contain up to 255 letters (uppercase and lowercase), numbers, underscores, and hyphens.", in.ServiceName)
	}
	key := c.ClusterName + "/" + in.ServiceName
	if old := s.state.Services.Get(key); old != nil && old.Status != "INACTIVE" {
		if old.Status == "DRAINING" {
			return nil, invalid("Unable to Start a service that is still Draining.")
		}
		if in.ClientToken != "" && in.ClientToken == old.Token {
			return old, nil
		}
		return nil, invalid("Creation of service was not idempotent.")
	}
	if err := refuseUnmodelled(in.SchedulingStrategy, in.DeploymentController); err != nil {
		return nil, err
	}
	set := settings{
		LoadBalancers: list(in.LoadBalancers), LaunchType: in.LaunchType, CapacityProviderStrategy: in.CapacityProviderStrategy,
		PlatformVersion: in.PlatformVersion, TaskDefinition: in.TaskDefinition, DeploymentConfiguration: in.DeploymentConfiguration,
		PlacementConstraints: list(in.PlacementConstraints), PlacementStrategy: list(in.PlacementStrategy),
		NetworkConfiguration: in.NetworkConfiguration, HealthCheckGracePeriodSeconds: in.HealthCheckGracePeriodSeconds,
		EnableECSManagedTags: in.EnableECSManagedTags, PropagateTags: cmp.Or(in.PropagateTags, "NONE"),
		EnableExecuteCommand:        in.EnableExecuteCommand,
		AvailabilityZoneRebalancing: cmp.Or(in.AvailabilityZoneRebalancing, "ENABLED"),
	}
	if set.LaunchType == "" && len(set.CapacityProviderStrategy) == 0 {
		set.CapacityProviderStrategy = c.DefaultCapacityProviderStrategy
	}
	if set.LaunchType == "" && len(set.CapacityProviderStrategy) == 0 {
		set.LaunchType = "EC2"
	}
	if err := s.checkService(c, &set); err != nil {
		return nil, err
	}
	if in.DesiredCount == nil {
		return nil, invalid("desiredCount must be specified for a service with the scheduling strategy REPLICA.")
	}
	desired := *in.DesiredCount
	if desired < 0 {
		return nil, invalid("desiredCount must not be negative.")
	}
	v := &serviceRecord{
		Name: in.ServiceName, ARN: s.acct.ARN("ecs", "service/"+key), Cluster: c.ClusterName, ClusterARN: c.ClusterARN,
		Status: "ACTIVE", Desired: desired, CreatedAt: s.now(), Token: in.ClientToken, Tags: in.Tags, Settings: set,
		Revisions: map[string]*revisionRecord{},
	}
	s.state.Services.Put(key, v)
	s.deploy(v)
	return v, nil
}

// describeService is the service as DescribeServices tells it.
func (s *Service) describeService(v *serviceRecord, withTags bool) service {
	out := service{
		ServiceARN: v.ARN, ServiceName: v.Name, ClusterARN: v.ClusterARN, ServiceRegistries: []struct{}{}, Status: v.Status,
		DesiredCount: v.Desired, PlatformFamily: "Linux", Events: list(v.Events), CreatedAt: v.CreatedAt,
		SchedulingStrategy: "REPLICA", DeploymentController: &deploymentController{Type: "ECS"},
		CreatedBy: s.acct.GlobalARN("iam", "root"), RoleARN: s.acct.GlobalARN("iam", "role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"),
		ResourceManagementType: "CUSTOMER", settings: v.Settings, Deployments: []deployment{},
	}
	if len(v.Settings.LoadBalancers) == 0 {
		out.RoleARN = ""
	}
	if out.PlatformVersion == "" {
		out.PlatformVersion = "LATEST"
	}
	if zero := 0; out.HealthCheckGracePeriodSeconds == nil && len(v.Settings.LoadBalancers) > 0 {
		out.HealthCheckGracePeriodSeconds = &zero
	}
	out.DeploymentConfiguration = described(v.Settings.DeploymentConfiguration)
	if withTags {
		out.Tags = v.Tags
	}
	tasks := s.tasksOf(v)
	out.RunningCount, out.PendingCount = tally(tasks, "")
	if v.Status == "INACTIVE" {
		return out
	}
	for i, d := range v.Deployments {
		r := v.Revisions[d.Revision]
		status, desired := "ACTIVE", meant(tasks, d.ID)
		if i == 0 {
			status, desired = "PRIMARY", v.Desired
		}
		w := deployment{
			ID: d.ID, Status: status, TaskDefinition: r.TaskDefinition, DesiredCount: desired, FailedTasks: d.FailedTasks,
			CreatedAt: d.CreatedAt, UpdatedAt: d.UpdatedAt, CapacityProviderStrategy: r.CapacityProviderStrategy,
			LaunchType: r.LaunchType, PlatformVersion: r.PlatformVersion, PlatformFamily: r.PlatformFamily,
			NetworkConfiguration: r.NetworkConfiguration, RolloutState: d.RolloutState, RolloutStateReason: d.RolloutStateReason,
		}
		w.RunningCount, w.PendingCount = tally(tasks, d.ID)
		out.Deployments = append(out.Deployments, w)
		out.CurrentServiceRevisions = append(out.CurrentServiceRevisions, serviceCurrentRevisionSummary{
			ARN: d.Revision, RequestedTaskCount: desired, RunningTaskCount: w.RunningCount, PendingTaskCount: w.PendingCount})
	}
	out.CurrentServiceDeployment = v.primary().Delivery
	return out
}

// described is a deployment configuration with the defaults that ECS tells.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
func described(c *deploymentConfiguration) *deploymentConfiguration {
	low, high, bake := 100, 200, 0
	return merged(&deploymentConfiguration{DeploymentCircuitBreaker: &deploymentCircuitBreaker{}, Strategy: "ROLLING",
		MinimumHealthyPercent: &low, MaximumPercent: &high, BakeTimeInMinutes: &bake}, c)
}

// meant is how many tasks of a deployment are meant to run.
func meant(tasks []*taskRecord, id string) (n int) {
	for _, t := range tasks {
		if t.Deployment == id && t.live() {
			n++
		}
	}
	return n
}

// tally counts the running and pending tasks of a deployment, or of all.
func tally(tasks []*taskRecord, id string) (run, wait int) {
	for _, t := range tasks {
		if id != "" && t.Deployment != id {
			continue
		}
		switch t.Task.LastStatus {
		case running:
			run++
		case provisioning, pending:
			wait++
		}
	}
	return run, wait
}

type describeServicesInput struct {
	Cluster  string   `json:"cluster"`
	Services []string `json:"services"`
	Include  []string `json:"include"`
}

type describeServicesOutput struct {
	Services []service `json:"services"`
	Failures []failure `json:"failures"`
}

func (s *Service) describeServices(_ context.Context, in *describeServicesInput) (*describeServicesOutput, error) {
	c, err := s.cluster(in.Cluster)
	if err != nil {
		return nil, err
	}
	if len(in.Services) == 0 {
		return nil, invalid("Services cannot be empty.")
	}
	if len(in.Services) > 10 {
		return nil, invalid("Services cannot have more than 10 elements.")
	}
	out := &describeServicesOutput{Services: []service{}, Failures: []failure{}}
	for _, ref := range in.Services {
		v, err := s.service(c.ClusterName, ref)
		if err != nil {
			out.Failures = append(out.Failures, failure{ARN: s.acct.ARN("ecs", "service/"+c.ClusterName+"/"+lastPart(ref)), Reason: "MISSING"})
			continue
		}
		out.Services = append(out.Services, s.describeService(v, slices.Contains(in.Include, "TAGS")))
	}
	return out, nil
}

type listServicesInput struct {
	Cluster                string `json:"cluster"`
	LaunchType             string `json:"launchType"`
	SchedulingStrategy     string `json:"schedulingStrategy"`
	ResourceManagementType string `json:"resourceManagementType"`
	pagedInput
}

type listServicesOutput struct {
	ServiceARNs []string `json:"serviceArns"`
	NextToken   string   `json:"nextToken,omitempty"`
}

func (s *Service) listServices(_ context.Context, in *listServicesInput) (*listServicesOutput, error) {
	c, err := s.cluster(in.Cluster)
	if err != nil {
		return nil, err
	}
	arns := []string{}
	for _, v := range s.state.Services.Ascend(c.ClusterName+"/", "") {
		if v.Status != "INACTIVE" && (in.LaunchType == "" || in.LaunchType == v.Settings.LaunchType) &&
			(in.SchedulingStrategy == "" || in.SchedulingStrategy == "REPLICA") {
			arns = append(arns, v.ARN)
		}
	}
	arns, next, err := page(arns, in.NextToken, in.MaxResults, 10, 100)
	if err != nil {
		return nil, err
	}
	return &listServicesOutput{arns, next}, nil
}

type deleteServiceInput struct {
	Cluster string `json:"cluster"`
	Service string `json:"service"`
	Force   bool   `json:"force"`
}

func (s *Service) deleteService(_ context.Context, in *deleteServiceInput) (*serviceOutput, error) {
	v, err := s.service(in.Cluster, in.Service)
	if err != nil {
		return nil, err
	}
	if v.Status != "ACTIVE" {
		return nil, wire.Errorf("ServiceNotActiveException", "Service was not ACTIVE.")
	}
	if v.Desired > 0 && !in.Force {
		return nil, invalid("The service cannot be stopped while it is scaled above 0.")
	}
	s.abandon(v, "Service deployment stopped because the service was deleted.")
	v.Status, v.Desired = "DRAINING", 0
	s.w.Changed()
	s.look(v.key())
	return &serviceOutput{s.describeService(v, true)}, nil
}
