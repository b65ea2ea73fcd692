package cfn

import (
	"github.com/awslabs/goformation/v7/cloudformation"
	"github.com/awslabs/goformation/v7/cloudformation/ecr"
	"github.com/awslabs/goformation/v7/cloudformation/ecs"
	"github.com/awslabs/goformation/v7/cloudformation/logs"
)

// Adopting lets CloudFormation take over what exists under the names that an infra template gives: cluster, repository,
// log group. It does so only with what the deletion of the stack would keep.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources-automatically.html
func Adopting(t *cloudformation.Template) {
	const kept = "RetainExceptOnCreate"
	for _, resource := range t.Resources {
		switch r := resource.(type) {
		case *ecs.Cluster:
			r.AWSCloudFormationDeletionPolicy = kept
		case *ecr.Repository:
			r.AWSCloudFormationDeletionPolicy = kept
		case *logs.LogGroup:
			r.AWSCloudFormationDeletionPolicy = kept
		}
	}
}
