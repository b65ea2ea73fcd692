package cfn

import (
	"github.com/awslabs/goformation/v7/cloudformation"
	"github.com/awslabs/goformation/v7/cloudformation/ecr"
	"github.com/awslabs/goformation/v7/cloudformation/policies"
)

// untaggedExpiry removes what no deployment can name any more: images without a tag, such as the remains of a push
// that broke off. It never touches a tagged image, because each one is something that may be deployed or rolled back
// to.
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
const untaggedExpiry = `{"rules":[{"rulePriority":1,"description":"Untagged images after 14 days","selection":{"tagStatus":"untagged","countType":"sinceImagePushed","countUnit":"days","countNumber":14},"action":{"type":"expire"}}]}`

func (d deployment) addRepository(t *cloudformation.Template) {
	t.Resources[d.resource("Repository")] = &ecr.Repository{
		RepositoryName:             new(d.Names.Repository),
		ImageTagMutability:         new("IMMUTABLE"),
		ImageScanningConfiguration: &ecr.Repository_ImageScanningConfiguration{ScanOnPush: new(true)},
		EncryptionConfiguration:    &ecr.Repository_EncryptionConfiguration{EncryptionType: "AES256"},
		LifecyclePolicy:            &ecr.Repository_LifecyclePolicy{LifecyclePolicyText: new(untaggedExpiry)},
		// A repository with images cannot be deleted, and the stack with it.
		EmptyOnDelete:                        new(!d.Environment.Protected),
		AWSCloudFormationDeletionPolicy:      d.keepData(),
		AWSCloudFormationUpdateReplacePolicy: "Retain",
	}
}

// keepData is the deletion policy of what holds data: kept with a protected environment, except where the very
// creation failed, which must leave nothing in the way of the next attempt.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
func (d deployment) keepData() policies.DeletionPolicy {
	if d.Environment.Protected {
		return "RetainExceptOnCreate"
	}
	return "Delete"
}
