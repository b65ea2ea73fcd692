package stack_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/bellyfed/splitecs/magefiles/stack"
)

// A cluster with a service that its stack does not know of cannot be deleted: that is what hinders rollbacks and
// deletions here.
const (
	onlyGroup    = "Resources: {G: {Type: 'AWS::Logs::LogGroup', Properties: {LogGroupName: g}}}"
	withCluster  = "Resources: {G: {Type: 'AWS::Logs::LogGroup', Properties: {LogGroupName: g}}, C: {Type: 'AWS::ECS::Cluster', Properties: {ClusterName: c}}}"
	clusterFails = "Resources: {G: {Type: 'AWS::Logs::LogGroup', Properties: {LogGroupName: g}}, C: {Type: 'AWS::ECS::Cluster', Properties: {ClusterName: c}}," +
		" Late: {Type: 'AWS::EC2::VPC', DependsOn: C, Properties: {CidrBlock: 10.0.0.0/16}}," +
		" Twice: {Type: 'AWS::Logs::LogGroup', DependsOn: Late, Properties: {LogGroupName: taken}}}"
	groupFails = "Resources: {G: {Type: 'AWS::Logs::LogGroup', Properties: {LogGroupName: g}}, Twice: {Type: 'AWS::Logs::LogGroup', Properties: {LogGroupName: taken}}}"
)

// groupChanges changes the group, then takes a while, then fails.
const groupChanges = "Resources: {G: {Type: 'AWS::Logs::LogGroup', Properties: {LogGroupName: g, RetentionInDays: 7}}," +
	" Late: {Type: 'AWS::EC2::NatGateway', DependsOn: G, Properties: {SubnetId: subnet-12345678, AllocationId: eipalloc-12345678}}," +
	" Twice: {Type: 'AWS::Logs::LogGroup', DependsOn: Late, Properties: {LogGroupName: taken}}}"

// cell brings a stack called S into one status, by the API as anybody could use it.
type cell struct {
	*fixture
	ecs   *ecs.Client
	clear func() // removes what hinders
}

func newCell(t *testing.T) *cell {
	t.Helper()
	f := newFixture(t)
	c := &cell{fixture: f, ecs: ecs.NewFromConfig(f.server.Config()), clear: func() {}}
	c.mustDeploy(stack.Spec{Name: "Other", Template: []byte("Resources: {T: {Type: 'AWS::Logs::LogGroup', Properties: {LogGroupName: taken}}}")})
	return c
}

func (c *cell) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *cell) create(template string, onFailure types.OnFailure) {
	c.t.Helper()
	_, err := c.API.CreateStack(context.Background(), &cloudformation.CreateStackInput{
		StackName: aws.String("S"), TemplateBody: aws.String(template), OnFailure: onFailure,
	})
	c.must(err)
}

func (c *cell) update(template string, disableRollback bool) {
	c.t.Helper()
	_, err := c.API.UpdateStack(context.Background(), &cloudformation.UpdateStackInput{
		StackName: aws.String("S"), TemplateBody: aws.String(template), DisableRollback: aws.Bool(disableRollback),
	})
	c.must(err)
}

// until lets time go by until the stack has one of the statuses.
func (c *cell) until(wanted ...types.StackStatus) {
	c.t.Helper()
	var last types.StackStatus
	for range 3600 {
		out, err := c.API.DescribeStacks(context.Background(), &cloudformation.DescribeStacksInput{StackName: aws.String("S")})
		c.must(err)
		last = out.Stacks[0].StackStatus
		for _, w := range wanted {
			if last == w {
				return
			}
		}
		c.server.Advance(time.Second)
	}
	c.t.Fatalf("the stack stays %s and does not become %v", last, wanted)
}

// hinder puts a service into the cluster as soon as there is one.
func (c *cell) hinder() {
	c.t.Helper()
	ctx := context.Background()
	for range 3600 {
		_, err := c.ecs.RegisterTaskDefinition(ctx, &ecs.RegisterTaskDefinitionInput{
			Family: aws.String("x"), NetworkMode: ecstypes.NetworkModeAwsvpc, Cpu: aws.String("256"), Memory: aws.String("512"),
			RequiresCompatibilities: []ecstypes.Compatibility{ecstypes.CompatibilityFargate},
			ContainerDefinitions:    []ecstypes.ContainerDefinition{{Name: aws.String("x"), Image: aws.String("x")}},
		})
		c.must(err)
		_, err = c.ecs.CreateService(ctx, &ecs.CreateServiceInput{
			Cluster: aws.String("c"), ServiceName: aws.String("x"), TaskDefinition: aws.String("x"), DesiredCount: aws.Int32(0), LaunchType: ecstypes.LaunchTypeFargate,
			NetworkConfiguration: &ecstypes.NetworkConfiguration{AwsvpcConfiguration: &ecstypes.AwsVpcConfiguration{Subnets: []string{"subnet-12345678"}}},
		})
		if err == nil {
			c.clear = func() {
				_, err := c.ecs.DeleteService(ctx, &ecs.DeleteServiceInput{Cluster: aws.String("c"), Service: aws.String("x"), Force: aws.Bool(true)})
				c.must(err)
				c.server.Advance(10 * time.Minute)
			}
			return
		}
		var missing *ecstypes.ClusterNotFoundException
		if !errors.As(err, &missing) {
			c.t.Fatal(err)
		}
		c.server.Advance(time.Second)
	}
	c.t.Fatal("there never is a cluster")
}

// loseGroup deletes a group behind the stack's back, so that it cannot be changed back.
func (c *cell) loseGroup(name string) {
	c.t.Helper()
	logs := cloudwatchlogs.NewFromConfig(c.server.Config())
	_, err := logs.DeleteLogGroup(context.Background(), &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: aws.String(name)})
	c.must(err)
	c.clear = func() {
		_, err := logs.CreateLogGroup(context.Background(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("g")})
		c.must(err)
	}
}

// importGroups imports log groups into the stack; one that is called absent is not there.
func (c *cell) importGroups(names ...string) {
	c.t.Helper()
	ctx := context.Background()
	in := &cloudformation.CreateChangeSetInput{StackName: aws.String("S"), ChangeSetName: aws.String("import"), ChangeSetType: types.ChangeSetTypeImport}
	body := strings.TrimSuffix(onlyGroup, "}")
	for i, name := range names {
		if name != "absent" {
			_, err := cloudwatchlogs.NewFromConfig(c.server.Config()).CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String(name)})
			c.must(err)
		}
		id := fmt.Sprintf("I%d", i)
		body += fmt.Sprintf(", %s: {Type: 'AWS::Logs::LogGroup', DeletionPolicy: Retain, Properties: {LogGroupName: %s}}", id, name)
		if i > 0 {
			body = strings.TrimSuffix(body, "}") + fmt.Sprintf(", DependsOn: I%d}", i-1)
		}
		in.ResourcesToImport = append(in.ResourcesToImport, types.ResourceToImport{
			LogicalResourceId: aws.String(id), ResourceType: aws.String("AWS::Logs::LogGroup"), ResourceIdentifier: map[string]string{"LogGroupName": name},
		})
	}
	in.TemplateBody = aws.String(body + "}")
	out, err := c.API.CreateChangeSet(ctx, in)
	c.must(err)
	for range 60 {
		set, err := c.API.DescribeChangeSet(ctx, &cloudformation.DescribeChangeSetInput{ChangeSetName: out.Id})
		c.must(err)
		if set.ExecutionStatus == types.ExecutionStatusAvailable {
			_, err = c.API.ExecuteChangeSet(ctx, &cloudformation.ExecuteChangeSetInput{ChangeSetName: out.Id})
			c.must(err)
			return
		}
		c.server.Advance(time.Second)
	}
	c.t.Fatal("the change set never can be executed")
}

// cells are the statuses that a user's stack can be found in, and how it gets there.
var cells = map[types.StackStatus]func(*cell){
	types.StackStatusCreateInProgress: func(c *cell) { c.create(onlyGroup, "") },
	types.StackStatusCreateComplete: func(c *cell) {
		c.create(onlyGroup, "")
		c.until(types.StackStatusCreateComplete)
	},
	types.StackStatusCreateFailed: func(c *cell) {
		c.create(groupFails, types.OnFailureDoNothing)
		c.until(types.StackStatusCreateFailed)
	},
	types.StackStatusRollbackInProgress: func(c *cell) {
		c.create(groupFails, "")
		c.until(types.StackStatusRollbackInProgress)
	},
	types.StackStatusRollbackComplete: func(c *cell) {
		c.create(groupFails, "")
		c.until(types.StackStatusRollbackComplete)
	},
	types.StackStatusRollbackFailed: func(c *cell) {
		c.create(clusterFails, "")
		c.hinder()
		c.until(types.StackStatusRollbackFailed)
		c.clear()
	},
	types.StackStatusReviewInProgress: func(c *cell) {
		_, err := c.API.CreateChangeSet(context.Background(), &cloudformation.CreateChangeSetInput{
			StackName: aws.String("S"), ChangeSetName: aws.String("by-hand"), ChangeSetType: types.ChangeSetTypeCreate, TemplateBody: aws.String(onlyGroup),
		})
		c.must(err)
	},
	types.StackStatusUpdateInProgress: func(c *cell) {
		c.create(onlyGroup, "")
		c.until(types.StackStatusCreateComplete)
		c.update(withCluster, false)
	},
	types.StackStatusUpdateComplete: func(c *cell) {
		c.create(onlyGroup, "")
		c.until(types.StackStatusCreateComplete)
		c.update(withCluster, false)
		c.until(types.StackStatusUpdateComplete)
	},
	types.StackStatusUpdateCompleteCleanupInProgress: func(c *cell) {
		c.create(withCluster, "")
		c.until(types.StackStatusCreateComplete)
		c.update(onlyGroup, false)
		c.until(types.StackStatusUpdateCompleteCleanupInProgress)
	},
	types.StackStatusUpdateFailed: func(c *cell) {
		c.create(onlyGroup, "")
		c.until(types.StackStatusCreateComplete)
		c.update(groupFails, true)
		c.until(types.StackStatusUpdateFailed)
	},
	types.StackStatusUpdateRollbackInProgress: func(c *cell) {
		c.create(onlyGroup, "")
		c.until(types.StackStatusCreateComplete)
		c.update(clusterFails, false)
		c.until(types.StackStatusUpdateRollbackInProgress)
	},
	types.StackStatusUpdateRollbackComplete: func(c *cell) {
		c.create(onlyGroup, "")
		c.until(types.StackStatusCreateComplete)
		c.update(groupFails, false)
		c.until(types.StackStatusUpdateRollbackComplete)
	},
	types.StackStatusUpdateRollbackCompleteCleanupInProgress: func(c *cell) {
		c.create(onlyGroup, "")
		c.until(types.StackStatusCreateComplete)
		c.update(clusterFails, false)
		c.until(types.StackStatusUpdateRollbackCompleteCleanupInProgress)
	},
	types.StackStatusUpdateRollbackFailed: func(c *cell) {
		c.create(onlyGroup, "")
		c.until(types.StackStatusCreateComplete)
		c.update(groupChanges, false)
		c.until(types.StackStatusUpdateInProgress)
		c.server.Advance(20 * time.Second) // the group has changed, the VPC is being made
		c.loseGroup("g")
		c.until(types.StackStatusUpdateRollbackFailed)
		c.clear()
	},
	types.StackStatusDeleteInProgress: func(c *cell) {
		c.create(withCluster, "")
		c.until(types.StackStatusCreateComplete)
		_, err := c.API.DeleteStack(context.Background(), &cloudformation.DeleteStackInput{StackName: aws.String("S")})
		c.must(err)
	},
	types.StackStatusDeleteFailed: func(c *cell) {
		c.create(withCluster, "")
		c.hinder()
		c.until(types.StackStatusCreateComplete)
		_, err := c.API.DeleteStack(context.Background(), &cloudformation.DeleteStackInput{StackName: aws.String("S")})
		c.must(err)
		c.until(types.StackStatusDeleteFailed)
		c.clear()
	},
	types.StackStatusImportInProgress: func(c *cell) {
		c.create(onlyGroup, "")
		c.until(types.StackStatusCreateComplete)
		c.importGroups("found")
	},
	types.StackStatusImportComplete: func(c *cell) {
		c.create(onlyGroup, "")
		c.until(types.StackStatusCreateComplete)
		c.importGroups("found")
		c.until(types.StackStatusImportComplete)
	},
	types.StackStatusImportRollbackInProgress: func(c *cell) {
		c.create(onlyGroup, "")
		c.until(types.StackStatusCreateComplete)
		c.importGroups("found", "absent")
		c.until(types.StackStatusImportRollbackInProgress)
	},
	types.StackStatusImportRollbackComplete: func(c *cell) {
		c.create(onlyGroup, "")
		c.until(types.StackStatusCreateComplete)
		c.importGroups("found", "absent")
		c.until(types.StackStatusImportRollbackComplete)
	},
	types.StackStatusImportRollbackFailed: func(c *cell) {
		c.create(onlyGroup, "")
		c.until(types.StackStatusCreateComplete)
		c.importGroups("found", "absent")
		c.until(types.StackStatusImportRollbackInProgress)
		c.loseGroup("found")
		c.until(types.StackStatusImportRollbackFailed)
	},
	types.StackStatusDeleteComplete: func(c *cell) {
		c.create(onlyGroup, "")
		c.until(types.StackStatusCreateComplete)
		if _, err := c.Delete(context.Background(), "S"); err != nil {
			c.t.Fatal(err)
		}
	},
	"": func(*cell) {},
}
