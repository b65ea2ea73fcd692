package ecs

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
)

var strategyItem = resource.ListOf(resource.Obj(resource.Properties{
	"CapacityProvider": resource.Str, "Weight": resource.Int.Between(0, 1000), "Base": resource.Int.Between(0, 100000),
}))

// physicalName is a name that CloudFormation makes up: stack-resource-RANDOM.
func (s *Service) physicalName(r resource.Request) string {
	return r.Stack + "-" + r.LogicalID + "-" + strings.ToUpper(s.w.Hex(12))
}

// clusterProperties as the resource has them.
type clusterProperties struct {
	ClusterName                     string
	ClusterSettings                 []clusterSetting
	Configuration                   *clusterConfiguration
	CapacityProviders               []string
	DefaultCapacityProviderStrategy []capacityProviderStrategyItem
	ServiceConnectDefaults          *serviceConnectDefaults
	Tags                            []tag
}

// clusterType is https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecs-cluster.html
func (s *Service) clusterType() resource.Type {
	ctx := context.Background()
	return resource.Type{
		Name: "AWS::ECS::Cluster",
		Properties: resource.Properties{
			"ClusterName":     resource.Str.Fixed(),
			"ClusterSettings": resource.ListOf(resource.Obj(resource.Properties{"Name": resource.Str, "Value": resource.Str})),
			"Configuration": resource.Obj(resource.Properties{
				"ExecuteCommandConfiguration": resource.Obj(resource.Properties{
					"KmsKeyId": resource.Str, "Logging": resource.Str.OneOf("NONE", "DEFAULT", "OVERRIDE"),
					"LogConfiguration": resource.Obj(resource.Properties{
						"CloudWatchLogGroupName": resource.Str, "CloudWatchEncryptionEnabled": resource.Bool,
						"S3BucketName": resource.Str, "S3EncryptionEnabled": resource.Bool, "S3KeyPrefix": resource.Str,
					}),
				}),
				"ManagedStorageConfiguration": resource.Obj(resource.Properties{"KmsKeyId": resource.Str, "FargateEphemeralStorageKmsKeyId": resource.Str}),
			}),
			"CapacityProviders":               resource.Strs,
			"DefaultCapacityProviderStrategy": strategyItem,
			"ServiceConnectDefaults":          resource.Obj(resource.Properties{"Namespace": resource.Str}),
			"Tags":                            resource.Tags,
		},
		Named:      "ClusterName",
		Attributes: []string{"Arn"},
		Takes:      4 * time.Second,
		Deletes:    4 * time.Second,
		Create: func(r resource.Request) (string, error) {
			p, err := resource.Decode[clusterProperties](r.Properties)
			if err != nil {
				return "", err
			}
			name := cmp.Or(p.ClusterName, s.physicalName(r))
			if c := s.state.Clusters.Get(name); c != nil && c.Status == "ACTIVE" {
				return "", resource.Failed("AlreadyExists", "Resource of type 'AWS::ECS::Cluster' with identifier '%s' already exists.", name)
			}
			_, err = s.createCluster(ctx, &createClusterInput{ClusterName: name, Tags: tagsOfRequest(p.Tags, r.Tags), Settings: p.ClusterSettings,
				Configuration: p.Configuration, CapacityProviders: p.CapacityProviders,
				DefaultCapacityProviderStrategy: p.DefaultCapacityProviderStrategy, ServiceConnectDefaults: p.ServiceConnectDefaults})
			if err != nil {
				return "", s.handlerError(err)
			}
			return name, nil
		},
		Update: func(r resource.Request) error {
			p, err := resource.Decode[clusterProperties](r.Properties)
			if err != nil {
				return err
			}
			_, err = s.updateCluster(ctx, &updateClusterInput{Cluster: r.PhysicalID, Settings: withInsights(p.ClusterSettings),
				Configuration: p.Configuration, ServiceConnectDefaults: p.ServiceConnectDefaults})
			if err == nil && (r.Properties["CapacityProviders"] != nil || r.Old["CapacityProviders"] != nil) {
				_, err = s.putClusterCapacityProviders(ctx, &putClusterCapacityProvidersInput{Cluster: r.PhysicalID,
					CapacityProviders: p.CapacityProviders, DefaultCapacityProviderStrategy: p.DefaultCapacityProviderStrategy})
			}
			if err != nil {
				return s.handlerError(err)
			}
			c := s.state.Clusters.Get(r.PhysicalID) // what the template does not say any more goes
			c.Configuration, c.ServiceConnectDefaults, c.Tags = p.Configuration, p.ServiceConnectDefaults, tagsOfRequest(p.Tags, r.Tags)
			return nil
		},
		Delete: func(r resource.Request) error {
			if c := s.state.Clusters.Get(r.PhysicalID); c == nil || c.Status != "ACTIVE" {
				return nil
			}
			if _, err := s.deleteCluster(ctx, &deleteClusterInput{Cluster: r.PhysicalID}); err != nil {
				return s.handlerError(err)
			}
			return nil
		},
		Attribute: func(id, name string) (any, error) {
			c := s.state.Clusters.Get(id)
			if c == nil {
				return nil, resource.Failed("NotFound", "Resource of type 'AWS::ECS::Cluster' with identifier '%s' was not found.", id)
			}
			return c.ClusterARN, nil
		},
		Read: s.readCluster, Identifiers: []string{"ClusterName"}, Retag: s.retagCluster,
	}
}

type capacityProperties struct {
	Cluster                         string
	CapacityProviders               []string
	DefaultCapacityProviderStrategy []capacityProviderStrategyItem
}

// capacityType is https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecs-clustercapacityproviderassociations.html
func (s *Service) capacityType() resource.Type {
	put := func(cluster string, r resource.Request) error {
		p, err := resource.Decode[capacityProperties](r.Properties)
		if err != nil {
			return err
		}
		_, err = s.putClusterCapacityProviders(context.Background(), &putClusterCapacityProvidersInput{Cluster: cluster,
			CapacityProviders: p.CapacityProviders, DefaultCapacityProviderStrategy: p.DefaultCapacityProviderStrategy})
		if err != nil {
			return s.handlerError(err)
		}
		return nil
	}
	return resource.Type{
		Name: "AWS::ECS::ClusterCapacityProviderAssociations",
		Properties: resource.Properties{
			"Cluster":                         resource.Str.Must().Fixed(),
			"CapacityProviders":               resource.Strs,
			"DefaultCapacityProviderStrategy": strategyItem.Must(),
		},
		Takes:   3 * time.Second,
		Deletes: 3 * time.Second,
		Create: func(r resource.Request) (string, error) {
			cluster, _ := r.Properties["Cluster"].(string)
			return cluster, put(cluster, r)
		},
		Update: func(r resource.Request) error { return put(r.PhysicalID, r) },
		Delete: func(r resource.Request) error {
			if _, err := s.cluster(r.PhysicalID); err != nil {
				return nil // it went with its associations
			}
			return put(r.PhysicalID, resource.Request{Properties: map[string]any{}})
		},
		Read: s.readCapacity,
	}
}
