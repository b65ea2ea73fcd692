package cfn

import (
	"encoding/json"

	"github.com/awslabs/goformation/v7/cloudformation/ecs"
	elb "github.com/awslabs/goformation/v7/cloudformation/elasticloadbalancingv2"
	"github.com/awslabs/goformation/v7/cloudformation/policies"
)

// goformation's resource types end in April 2024. What CloudFormation learned later and the templates need
// stands in this file and nowhere else: a type of the same name around goformation's, with the new properties
// as fields, that marshals as one resource.

// ECSService is AWS::ECS::Service with the properties that goformation lacks.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ecs-service.html
type ECSService struct {
	ecs.Service

	// AvailabilityZoneRebalancing is "ENABLED" or "DISABLED".
	AvailabilityZoneRebalancing string
	// ContainerPort is that of load balancers without one, as a reference to a parameter: goformation's field is a number and
	// cannot be one.
	ContainerPort string
	// DeploymentStrategy is DeploymentConfiguration.Strategy, e.g. "ROLLING".
	DeploymentStrategy string
	// EarlySuccess is DeploymentConfiguration.EarlySuccessCriteria.
	EarlySuccess EarlySuccess
	// FailureThreshold is the number of failed tasks at which the circuit breaker ends a deployment, as a ThresholdConfiguration
	// of the type COUNT. 0 leaves it to ECS: half of the desired count, at least 3, at most 200.
	// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ThresholdConfiguration.html
	FailureThreshold int
	// RestartNonce is ForceNewDeployment.ForceNewDeploymentNonce: when it changes, and only then, ECS replaces all
	// tasks though nothing else has changed.
	// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-ecs-service-forcenewdeployment.html
	RestartNonce string
	// Subnets are those of the AwsvpcConfiguration, as a reference to a parameter that is a list:
	// goformation's field is a list of references and cannot be one.
	Subnets string
}

// ELBListener is AWS::ElasticLoadBalancingV2::Listener with the properties that goformation lacks.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-elasticloadbalancingv2-listener.html
type ELBListener struct {
	elb.Listener

	// Attributes are ListenerAttributes.
	Attributes []ListenerAttribute
}

// ListenerAttribute changes what a listener does.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ListenerAttribute.html
type ListenerAttribute struct {
	Key   string // e.g. "routing.http.response.server.enabled"
	Value string // in the words of that key, e.g. "false"
}

// MarshalJSON writes the resource with goformation's properties and the new ones side by side.
func (l *ELBListener) MarshalJSON() ([]byte, error) {
	type listener elb.Listener // without its MarshalJSON
	type properties struct {
		listener
		ListenerAttributes []ListenerAttribute `json:"ListenerAttributes,omitempty"`
	}
	return json.Marshal(overlaid{
		Type:                l.AWSCloudFormationType(),
		Properties:          properties{listener(l.Listener), l.Attributes},
		DependsOn:           l.AWSCloudFormationDependsOn,
		Metadata:            l.AWSCloudFormationMetadata,
		DeletionPolicy:      l.AWSCloudFormationDeletionPolicy,
		UpdateReplacePolicy: l.AWSCloudFormationUpdateReplacePolicy,
		Condition:           l.AWSCloudFormationCondition,
	})
}

// overlaid is a resource as a template has it, with properties of ours.
type overlaid struct {
	Type                string
	Properties          any
	DependsOn           []string                     `json:"DependsOn,omitempty"`
	Metadata            map[string]any               `json:"Metadata,omitempty"`
	DeletionPolicy      policies.DeletionPolicy      `json:"DeletionPolicy,omitempty"`
	UpdateReplacePolicy policies.UpdateReplacePolicy `json:"UpdateReplacePolicy,omitempty"`
	Condition           string                       `json:"Condition,omitempty"`
}

// EarlySuccess says when a rolling deployment is complete.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-ecs-service-deploymentearlysuccesscriteria.html
type EarlySuccess struct {
	// Enable makes the rest count; without it, a deployment is complete when the service is in its steady state.
	Enable bool
	// HealthyPercent of the desired tasks have to run and be healthy, from MinimumHealthyPercent to 100.
	HealthyPercent int `json:",omitempty"`
	// Cleanup is "DEFERRED", the tasks of the revision before go afterwards, or "BLOCKING", they are gone by then.
	Cleanup string `json:"SourceServiceRevisionCleanup,omitempty"`
}

// MarshalJSON writes the resource with goformation's properties and the new ones side by side.
func (s *ECSService) MarshalJSON() ([]byte, error) {
	type service ecs.Service // without its MarshalJSON
	type deploymentConfiguration struct {
		DeploymentCircuitBreaker *circuitBreaker `json:"DeploymentCircuitBreaker,omitempty"` // first, as templates have it
		*ecs.Service_DeploymentConfiguration
		Strategy             string `json:"Strategy,omitempty"`
		EarlySuccessCriteria EarlySuccess
	}
	type vpcConfiguration struct {
		*ecs.Service_AwsVpcConfiguration
		Subnets string
	}
	type networkConfiguration struct {
		AwsvpcConfiguration vpcConfiguration
	}
	type loadBalancer struct {
		ecs.Service_LoadBalancer
		ContainerPort any `json:"ContainerPort,omitempty"`
	}
	var balancers []loadBalancer
	for _, b := range s.LoadBalancers {
		one := loadBalancer{Service_LoadBalancer: b, ContainerPort: s.ContainerPort}
		if b.ContainerPort != nil {
			one.ContainerPort = *b.ContainerPort
		}
		balancers = append(balancers, one)
	}
	type forceNewDeployment struct {
		EnableForceNewDeployment bool
		ForceNewDeploymentNonce  string
	}
	type properties struct {
		AvailabilityZoneRebalancing string `json:"AvailabilityZoneRebalancing,omitempty"`
		ForceNewDeployment          forceNewDeployment
		service
		LoadBalancers           []loadBalancer `json:"LoadBalancers,omitempty"`
		DeploymentConfiguration deploymentConfiguration
		NetworkConfiguration    networkConfiguration
	}
	return json.Marshal(overlaid{
		Type: s.AWSCloudFormationType(),
		Properties: properties{
			AvailabilityZoneRebalancing: s.AvailabilityZoneRebalancing,
			ForceNewDeployment:          forceNewDeployment{true, s.RestartNonce},
			service:                     service(s.Service),
			LoadBalancers:               balancers,
			DeploymentConfiguration: deploymentConfiguration{
				DeploymentCircuitBreaker:        s.breaker(),
				Service_DeploymentConfiguration: s.DeploymentConfiguration,
				Strategy:                        s.DeploymentStrategy,
				EarlySuccessCriteria:            s.EarlySuccess,
			},
			NetworkConfiguration: networkConfiguration{vpcConfiguration{
				Service_AwsVpcConfiguration: s.NetworkConfiguration.AwsvpcConfiguration,
				Subnets:                     s.Subnets,
			}},
		},
		DependsOn:           s.AWSCloudFormationDependsOn,
		Metadata:            s.AWSCloudFormationMetadata,
		DeletionPolicy:      s.AWSCloudFormationDeletionPolicy,
		UpdateReplacePolicy: s.AWSCloudFormationUpdateReplacePolicy,
		Condition:           s.AWSCloudFormationCondition,
	})
}

// circuitBreaker is goformation's with the threshold.
type circuitBreaker struct {
	*ecs.Service_DeploymentCircuitBreaker
	ThresholdConfiguration *threshold `json:"ThresholdConfiguration,omitempty"`
}

type threshold struct {
	Type  string
	Value int
}

func (s *ECSService) breaker() *circuitBreaker {
	if s.DeploymentConfiguration == nil || s.DeploymentConfiguration.DeploymentCircuitBreaker == nil {
		return nil
	}
	b := &circuitBreaker{Service_DeploymentCircuitBreaker: s.DeploymentConfiguration.DeploymentCircuitBreaker}
	if s.FailureThreshold > 0 {
		b.ThresholdConfiguration = &threshold{"COUNT", s.FailureThreshold}
	}
	return b
}
