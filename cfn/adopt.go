package cfn

import (
	"fmt"

	"github.com/awslabs/goformation/v7/cloudformation"
	"github.com/awslabs/goformation/v7/cloudformation/ecr"
	"github.com/awslabs/goformation/v7/cloudformation/ecs"
	"github.com/awslabs/goformation/v7/cloudformation/logs"
	"github.com/awslabs/goformation/v7/cloudformation/policies"
)

// Existing is what there is already under names of an infra stack, by these names, as it is.
type Existing struct {
	// Clusters by ClusterName.
	Clusters map[string]*ecs.Cluster
	// LogGroups by LogGroupName.
	LogGroups map[string]*logs.LogGroup
	// Repositories by RepositoryName.
	Repositories map[string]*ecr.Repository
}

// Empty tells whether there is nothing.
func (e Existing) Empty() bool {
	return len(e.Clusters)+len(e.LogGroups)+len(e.Repositories) == 0
}

// Adoptable are the clusters, log groups and repositories of the infra stack as they are to be, by their names. What has no name
// of its own cannot exist already.
func (p Place) Adoptable() (Existing, error) {
	infra, err := p.InfraTemplate(Kept{})
	if err != nil {
		return Existing{}, err
	}
	wanted := Existing{Clusters: map[string]*ecs.Cluster{}, LogGroups: map[string]*logs.LogGroup{}, Repositories: map[string]*ecr.Repository{}}
	for _, resource := range infra.Resources {
		switch r := resource.(type) {
		case *ecs.Cluster:
			if r.ClusterName != nil {
				wanted.Clusters[*r.ClusterName] = r
			}
		case *logs.LogGroup:
			if r.LogGroupName != nil {
				wanted.LogGroups[*r.LogGroupName] = r
			}
		case *ecr.Repository:
			if r.RepositoryName != nil {
				wanted.Repositories[*r.RepositoryName] = r
			}
		}
	}
	return wanted, nil
}

// kept is the policy of what is taken over: nothing that goes wrong on the way may delete it.
const kept policies.DeletionPolicy = "Retain"

// Adoption returns the template that takes over what exists, as it is, so that nothing of it is changed, and no loss of it
// goes unseen: CloudFormation changes only what differs between two templates, and the template of [Infra] follows. Of a new
// stack, it has nothing else. Where the stack is there already (present), it is the template of [Place.InfraTemplate] in all the rest.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources-automatically.html
func (p Place) Adoption(existing Existing, present bool, k Kept) (*cloudformation.Template, error) {
	infra, err := p.InfraTemplate(k)
	if err != nil {
		return nil, err
	}
	t := infra
	if !present {
		t = cloudformation.NewTemplate()
		t.Description = fmt.Sprintf("Infrastructure of %s in environment %s: what exists already", p.App.Name, p.Env)
		// It marks the stack as one of ours, and is older than any that a service can rely on.
		t.Outputs[OutputContract] = cloudformation.Output{Value: "0"}
	}
	for name, resource := range infra.Resources {
		switch r := resource.(type) {
		case *ecs.Cluster:
			if is := existing.Clusters[text(r.ClusterName)]; is != nil {
				is.AWSCloudFormationDeletionPolicy = kept
				t.Resources[name] = is
			}
		case *logs.LogGroup:
			if is := existing.LogGroups[text(r.LogGroupName)]; is != nil {
				is.AWSCloudFormationDeletionPolicy = kept
				t.Resources[name] = is
			}
		case *ecr.Repository:
			if is := existing.Repositories[text(r.RepositoryName)]; is != nil {
				is.EncryptionConfiguration = r.EncryptionConfiguration // a change of it would replace the repository
				is.AWSCloudFormationDeletionPolicy = kept
				t.Resources[name] = is
			}
		}
	}
	return t, nil
}

// text of an optional value, empty where there is none.
func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
