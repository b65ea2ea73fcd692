package cfn

import (
	"github.com/awslabs/goformation/v7/cloudformation"
	"github.com/awslabs/goformation/v7/cloudformation/ecs"
	"github.com/awslabs/goformation/v7/cloudformation/logs"
)

// The capacity providers that every account has.
const (
	fargate     = "FARGATE"
	fargateSpot = "FARGATE_SPOT"
)

func (d deployment) addCluster(t *cloudformation.Template) {
	insights := "disabled"
	if d.Environment.ContainerInsights {
		// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/container-insights-detailed-ecs-metrics.html
		insights = "enhanced"
	}
	t.Resources["Cluster"] = &ecs.Cluster{
		ClusterName:       new(d.Names.Cluster),
		ClusterSettings:   []ecs.Cluster_ClusterSettings{{Name: new("containerInsights"), Value: new(insights)}},
		CapacityProviders: []string{fargate, fargateSpot},
		DefaultCapacityProviderStrategy: []ecs.Cluster_CapacityProviderStrategyItem{
			{CapacityProvider: new(fargate), Weight: new(1)},
		},
	}
}

func (d deployment) addLogGroup(t *cloudformation.Template) {
	t.Resources[d.resource("LogGroup")] = &logs.LogGroup{
		LogGroupName:                         new(d.Names.LogGroup),
		RetentionInDays:                      new(d.Environment.LogRetentionDays),
		AWSCloudFormationDeletionPolicy:      d.keepData(),
		AWSCloudFormationUpdateReplacePolicy: "Retain",
	}
}
