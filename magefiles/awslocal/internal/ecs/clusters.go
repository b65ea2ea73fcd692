package ecs

import (
	"context"
	"slices"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

var nameForm = lazyregexp.New(`^[a-zA-Z0-9_-]{1,255}$`)

type createClusterInput struct {
	ClusterName                     string                         `json:"clusterName"`
	Tags                            []tag                          `json:"tags"`
	Settings                        []clusterSetting               `json:"settings"`
	Configuration                   *clusterConfiguration          `json:"configuration"`
	CapacityProviders               []string                       `json:"capacityProviders"`
	DefaultCapacityProviderStrategy []capacityProviderStrategyItem `json:"defaultCapacityProviderStrategy"`
	ServiceConnectDefaults          *serviceConnectDefaults        `json:"serviceConnectDefaults"`
}

type clusterOutput struct {
	Cluster cluster `json:"cluster"`
}

func (s *Service) createCluster(_ context.Context, in *createClusterInput) (*clusterOutput, error) {
	name := in.ClusterName
	if name == "" {
		name = "default"
	}
	if !nameForm.MatchString(name) {
		return nil, invalid("The specified cluster name %s is not valid. Cluster names can contain up to 255 letters (uppercase and lowercase), numbers, underscores, and hyphens.", name)
	}
	if c := s.state.Clusters.Get(name); c != nil && c.Status == "ACTIVE" { // creating what exists returns it
		return &clusterOutput{s.describeCluster(c)}, nil
	}
	if err := checkSettings(in.Settings); err != nil {
		return nil, err
	}
	if err := checkProviders(in.CapacityProviders, in.DefaultCapacityProviderStrategy); err != nil {
		return nil, err
	}
	c := &cluster{
		ClusterARN: s.clusterARN(name), ClusterName: name, Status: "ACTIVE", Configuration: in.Configuration,
		Tags: in.Tags, Settings: withInsights(in.Settings), CapacityProviders: in.CapacityProviders,
		DefaultCapacityProviderStrategy: in.DefaultCapacityProviderStrategy, ServiceConnectDefaults: in.ServiceConnectDefaults,
	}
	s.state.Clusters.Put(name, c)
	s.w.Changed()
	return &clusterOutput{s.describeCluster(c)}, nil
}

func checkSettings(settings []clusterSetting) error {
	for _, v := range settings {
		if v.Name != "containerInsights" {
			return invalid("Unrecognized cluster setting name: %s", v.Name)
		}
		if !slices.Contains([]string{"enabled", "disabled", "enhanced"}, v.Value) {
			return invalid("Invalid value %s for cluster setting containerInsights", v.Value)
		}
	}
	return nil
}

func withInsights(settings []clusterSetting) []clusterSetting {
	if len(settings) == 0 {
		return []clusterSetting{{Name: "containerInsights", Value: "disabled"}}
	}
	return settings
}

func checkProviders(providers []string, strategy []capacityProviderStrategyItem) error {
	for _, p := range providers {
		if p != "FARGATE" && p != "FARGATE_SPOT" {
			return invalid("The specified capacity provider '%s' was not found. Specify a valid name or ARN and try again.", p)
		}
	}
	for _, i := range strategy {
		if !slices.Contains(providers, i.CapacityProvider) {
			return invalid("The specified capacity provider strategy cannot contain a capacity provider that is not associated with the cluster. Associate the capacity provider with the cluster and try again.")
		}
	}
	return nil
}

// describeCluster adds the counts.
func (s *Service) describeCluster(c *cluster) cluster {
	out := *c
	for t := range s.tasksIn(c.ClusterARN) {
		switch t.Task.LastStatus {
		case running:
			out.RunningTasksCount++
		case provisioning, pending:
			out.PendingTasksCount++
		}
	}
	for _, v := range s.state.Services.Ascend(c.ClusterName+"/", "") {
		if v.Status == "ACTIVE" {
			out.ActiveServicesCount++
		}
	}
	out.Statistics, out.Tags = list(out.Statistics), list(out.Tags)
	out.CapacityProviders = list(out.CapacityProviders)
	out.DefaultCapacityProviderStrategy = list(out.DefaultCapacityProviderStrategy)
	return out
}

// list is l, as an empty list where it is absent.
func list[T any](l []T) []T {
	if l == nil {
		return []T{}
	}
	return l
}

type describeClustersInput struct {
	Clusters []string `json:"clusters"`
	Include  []string `json:"include"`
}

type describeClustersOutput struct {
	Clusters []cluster `json:"clusters"`
	Failures []failure `json:"failures"`
}

func (s *Service) describeClusters(_ context.Context, in *describeClustersInput) (*describeClustersOutput, error) {
	if len(in.Clusters) == 0 {
		in.Clusters = []string{"default"}
	}
	if len(in.Clusters) > 100 {
		return nil, invalid("Clusters cannot have more than 100 elements.")
	}
	out := &describeClustersOutput{Clusters: []cluster{}, Failures: []failure{}}
	for _, ref := range in.Clusters {
		c := s.state.Clusters.Look(lastPart(ref))
		if c == nil {
			out.Failures = append(out.Failures, failure{ARN: s.clusterARN(lastPart(ref)), Reason: "MISSING"})
			continue
		}
		d := s.describeCluster(c)
		if !slices.Contains(in.Include, "TAGS") {
			d.Tags = []tag{}
		}
		if !slices.Contains(in.Include, "SETTINGS") {
			d.Settings = []clusterSetting{}
		}
		if !slices.Contains(in.Include, "CONFIGURATIONS") {
			d.Configuration = nil
		}
		out.Clusters = append(out.Clusters, d)
	}
	return out, nil
}

type pagedInput struct {
	NextToken  string `json:"nextToken"`
	MaxResults *int   `json:"maxResults"`
}

type listClustersOutput struct {
	ClusterARNs []string `json:"clusterArns"`
	NextToken   string   `json:"nextToken,omitempty"`
}

func (s *Service) listClusters(_ context.Context, in *pagedInput) (*listClustersOutput, error) {
	arns := []string{}
	for _, c := range s.state.Clusters.All() {
		if c.Status == "ACTIVE" {
			arns = append(arns, c.ClusterARN)
		}
	}
	arns, next, err := page(arns, in.NextToken, in.MaxResults, 100, 100)
	if err != nil {
		return nil, err
	}
	return &listClustersOutput{arns, next}, nil
}

type updateClusterInput struct {
	Cluster                string                  `json:"cluster"`
	Settings               []clusterSetting        `json:"settings"`
	Configuration          *clusterConfiguration   `json:"configuration"`
	ServiceConnectDefaults *serviceConnectDefaults `json:"serviceConnectDefaults"`
}

func (s *Service) updateCluster(_ context.Context, in *updateClusterInput) (*clusterOutput, error) {
	c, err := s.cluster(in.Cluster)
	if err != nil {
		return nil, err
	}
	if err := checkSettings(in.Settings); err != nil {
		return nil, err
	}
	if in.Settings != nil {
		c.Settings = in.Settings
	}
	if in.Configuration != nil {
		c.Configuration = in.Configuration
	}
	if in.ServiceConnectDefaults != nil {
		c.ServiceConnectDefaults = in.ServiceConnectDefaults
	}
	s.w.Changed()
	return &clusterOutput{s.describeCluster(c)}, nil
}

type updateClusterSettingsInput struct {
	Cluster  string           `json:"cluster"`
	Settings []clusterSetting `json:"settings"`
}

func (s *Service) updateClusterSettings(ctx context.Context, in *updateClusterSettingsInput) (*clusterOutput, error) {
	return s.updateCluster(ctx, &updateClusterInput{Cluster: in.Cluster, Settings: in.Settings})
}

type putClusterCapacityProvidersInput struct {
	Cluster                         string                         `json:"cluster"`
	CapacityProviders               []string                       `json:"capacityProviders"`
	DefaultCapacityProviderStrategy []capacityProviderStrategyItem `json:"defaultCapacityProviderStrategy"`
}

func (s *Service) putClusterCapacityProviders(_ context.Context, in *putClusterCapacityProvidersInput) (*clusterOutput, error) {
	c, err := s.cluster(in.Cluster)
	if err != nil {
		return nil, err
	}
	if err := checkProviders(in.CapacityProviders, in.DefaultCapacityProviderStrategy); err != nil {
		return nil, err
	}
	c.CapacityProviders, c.DefaultCapacityProviderStrategy = in.CapacityProviders, in.DefaultCapacityProviderStrategy
	s.w.Changed()
	return &clusterOutput{s.describeCluster(c)}, nil
}

type deleteClusterInput struct {
	Cluster string `json:"cluster"`
}

func (s *Service) deleteCluster(_ context.Context, in *deleteClusterInput) (*clusterOutput, error) {
	c, err := s.cluster(in.Cluster)
	if err != nil {
		return nil, err
	}
	for _, v := range s.state.Services.Ascend(c.ClusterName+"/", "") {
		if v.Status != "INACTIVE" {
			return nil, wire.Errorf("ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active.")
		}
	}
	for t := range s.tasksIn(c.ClusterARN) {
		if t.Task.LastStatus != stopped {
			return nil, wire.Errorf("ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks are active.")
		}
	}
	c.Status = "INACTIVE"
	s.w.Changed()
	return &clusterOutput{s.describeCluster(c)}, nil
}
