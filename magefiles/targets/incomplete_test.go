package targets_test

import (
	"context"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/targets"
)

// underReview makes a change set on a stack that is not there, as a run does that is killed before it is approved.
func underReview(name string) func(aws.Config) error {
	return func(cfg aws.Config) error {
		_, err := cloudformation.NewFromConfig(cfg).CreateChangeSet(context.Background(), &cloudformation.CreateChangeSetInput{
			StackName: &name, ChangeSetName: aws.String("splitecs-deploy-killed"), ChangeSetType: types.ChangeSetTypeCreate,
			TemplateBody: aws.String("Resources: {A: {Type: 'AWS::Logs::LogGroup'}}"),
		})
		return err
	}
}

// An infra stack that was never complete is told to be that, and not to be old; its status is shown, and a deployment makes it.
func TestAnInfraStackThatWasNeverComplete(t *testing.T) {
	t.Parallel()
	const review = "ShopEcsInfraStack-local is REVIEW_IN_PROGRESS: it was never complete"
	w := newWorld(t)
	w.outside(underReview("ShopEcsInfraStack-local"))
	for name, f := range map[string]func(targets.Set, context.Context) error{
		"service:deploy": serviceDeploy, "service:diff": serviceDiff, "service:verify": serviceVerify, "image:push": imagePush,
		"image:list": in("local", targets.Set.ImageList),
	} {
		w.run(f, "SPLITECS_TAG=v1", "SPLITECS_IMAGE=v1")
		if w.code != 4 || !strings.Contains(w.err.String(), review) || !strings.Contains(w.err.String(), "next: go tool mage infra:deploy local\n") {
			t.Errorf("%s ends with %d:\n%s", name, w.code, &w.err)
		}
	}
	w.run(infraStatus)
	w.want(0)
	w.prints("config      differs", "drift       unknown: CloudFormation compares no stack that is REVIEW_IN_PROGRESS")
	w.run(infraDeploy)
	w.want(0)
	w.run(imagePush, "SPLITECS_TAG=v1")
	w.want(0)
	w.outside(underReview("ShopEcsServiceStack-local"))
	w.run(in("local", targets.Set.ServiceRestart))
	w.want(4, "ShopEcsServiceStack-local is REVIEW_IN_PROGRESS: it was never complete", "next: go tool mage service:deploy local")
	w.run(serviceDeploy, "SPLITECS_IMAGE=v1")
	w.want(0, "1 of 1 tasks running")
}

// One that is being made is waited for by the command that is named.
func TestAnInfraStackThatIsBeingMade(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.env["SPLITECS_LOCAL_SPEED"] = "50"
	w.run(func(t targets.Set, ctx context.Context) error {
		return infraDeploy(t.WithFaults(awslocal.Fault{Operation: "cloudformation:ExecuteChangeSet", Kind: awslocal.InternalError, After: true}), ctx)
	})
	w.run(serviceDeploy, "SPLITECS_IMAGE=v1")
	w.want(11, "ShopEcsInfraStack-local is CREATE_IN_PROGRESS: it was never complete", "next: go tool mage infra:deploy local   # waits for what is under way")
	w.run(infraDeploy)
	w.want(0)
}

// Termination protection is no part of a change set, and all the same told, before and when it is changed.
func TestTerminationProtectionIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.infra()
	protects := func(cfg aws.Config) error {
		_, err := cloudformation.NewFromConfig(cfg).UpdateTerminationProtection(context.Background(), &cloudformation.UpdateTerminationProtectionInput{
			StackName: aws.String("ShopEcsInfraStack-local"), EnableTerminationProtection: aws.Bool(true),
		})
		return err
	}
	w.outside(protects)
	w.run(infraDiff)
	w.want(0)
	w.prints("stack ShopEcsInfraStack-local: nothing to change but its termination protection: on → off\n")
	w.run(infraStatus)
	w.prints("config      differs: termination protection on → off")
	w.run(infraDeploy)
	w.want(0, "stack ShopEcsInfraStack-local: termination protection on → off")
	w.run(infraStatus)
	w.prints("config      as configured")

	w.outside(protects)
	changed := w.app.Environments["dev"]
	changed.LogRetentionDays = 14
	w.app.Environments["dev"] = changed
	w.run(infraDiff)
	w.prints("  ~ termination protection: on → off\n", "RetentionInDays")
}
