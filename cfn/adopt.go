package cfn

import (
	"fmt"

	"github.com/awslabs/goformation/v7/cloudformation"
	"github.com/awslabs/goformation/v7/cloudformation/ecr"
	"github.com/awslabs/goformation/v7/cloudformation/ecs"
	"github.com/awslabs/goformation/v7/cloudformation/logs"
)

// Adoption returns the template with which an infra stack of env begins where things of its names exist already: cluster,
// repositories, log groups, with their names and nothing else that could be changed later. So the template of [Infra],
// which follows, brings them to the configuration: CloudFormation changes only what differs between two templates. It takes over
// what exists and would stay when the stack is deleted, and makes the rest.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources-automatically.html
func Adoption(app App, env string) (*cloudformation.Template, error) {
	infra, err := Infra(app, env)
	if err != nil {
		return nil, err
	}
	const kept = "RetainExceptOnCreate"
	t := cloudformation.NewTemplate()
	t.Description = fmt.Sprintf("Infrastructure of %s in environment %s: what exists already", app.Name, env)
	for name, resource := range infra.Resources {
		switch r := resource.(type) {
		case *ecs.Cluster:
			t.Resources[name] = &ecs.Cluster{ClusterName: r.ClusterName, AWSCloudFormationDeletionPolicy: kept}
		case *logs.LogGroup:
			t.Resources[name] = &logs.LogGroup{LogGroupName: r.LogGroupName, AWSCloudFormationDeletionPolicy: kept}
		case *ecr.Repository:
			t.Resources[name] = &ecr.Repository{
				RepositoryName:                  r.RepositoryName,
				EncryptionConfiguration:         r.EncryptionConfiguration, // a change of it would replace the repository
				AWSCloudFormationDeletionPolicy: kept,
			}
		}
	}
	return t, nil
}
