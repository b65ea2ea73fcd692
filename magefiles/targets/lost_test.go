package targets_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	scalingtypes "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/targets"
)

// loss is a deletion of what the stacks hold, behind their backs, as people do it in the console.
type loss struct {
	found  bool // by service:verify, because no deployment can succeed without it
	delete func(context.Context, *awslocal.Server) error
}

var losses = map[string]loss{
	"service": {true, func(ctx context.Context, s *awslocal.Server) error {
		_, err := ecs.NewFromConfig(s.Config()).DeleteService(ctx, &ecs.DeleteServiceInput{
			Cluster: aws.String("shop-local"), Service: aws.String("shop-local-service"), Force: aws.Bool(true),
		})
		return err
	}},
	"task definition": {false, func(ctx context.Context, s *awslocal.Server) error {
		api := ecs.NewFromConfig(s.Config())
		out, err := api.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: aws.String("shop-local"), Services: []string{"shop-local-service"}})
		if err != nil {
			return err
		}
		_, err = api.DeregisterTaskDefinition(ctx, &ecs.DeregisterTaskDefinitionInput{TaskDefinition: out.Services[0].TaskDefinition})
		return err
	}},
	"log group": {true, func(ctx context.Context, s *awslocal.Server) error {
		_, err := cloudwatchlogs.NewFromConfig(s.Config()).DeleteLogGroup(ctx, &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: aws.String("/aws/ecs/shop-local")})
		return err
	}},
	"repository": {true, func(ctx context.Context, s *awslocal.Server) error {
		_, err := ecr.NewFromConfig(s.Config()).DeleteRepository(ctx, &ecr.DeleteRepositoryInput{RepositoryName: aws.String("shop-local"), Force: true})
		return err
	}},
	"scalable target": {false, func(ctx context.Context, s *awslocal.Server) error {
		_, err := applicationautoscaling.NewFromConfig(s.Config()).DeregisterScalableTarget(ctx, &applicationautoscaling.DeregisterScalableTargetInput{
			ServiceNamespace: scalingtypes.ServiceNamespaceEcs, ResourceId: aws.String("service/shop-local/shop-local-service"),
			ScalableDimension: scalingtypes.ScalableDimensionECSServiceDesiredCount,
		})
		return err
	}},
}

// loses deletes something, and follows what the tool then says until a deployment ends well.
func (w *world) loses(what string) (problem string) {
	w.t.Helper()
	w.behind(100000, func(server *awslocal.Server) {
		if err := losses[what].delete(context.Background(), server); err != nil {
			problem = err.Error()
		}
	})
	if problem != "" {
		return problem
	}
	w.run(in("local", targets.Set.ServiceVerify), "SPLITECS_IMAGE=v2")
	if w.code != 4 && (w.code != 0 || losses[what].found) {
		return fmt.Sprintf("without %s, service:verify ends with %d\n%s", what, w.code, &w.err)
	}
	var tried []string
	for range 4 {
		w.run(serviceDeploy, "SPLITECS_IMAGE=v2")
		if w.code == 0 { // where the template is equal, also without what was deleted
			if w.run(in("local", targets.Set.ServiceVerify), "SPLITECS_IMAGE=v2"); w.code != 0 {
				for _, command := range pasted(w.err.String()) {
					tried = append(tried, command)
					w.paste(command)
				}
				continue
			}
			if what == "repository" {
				w.pushed("v1", "v3") // its images were lost with it
			}
			return ""
		}
		code, said := w.code, w.err.String()
		problem = fmt.Sprintf("without %s, what is named does not lead to a deployment, which ends with %d after %q:\n%s", what, code, tried, said)
		if !slices.Contains([]int{4, 6, 7, 8}, code) {
			break
		}
		for _, command := range pasted(said) {
			tried = append(tried, command)
			w.paste(command)
		}
	}
	return problem
}

// pasted are the commands of this project that a failure names, but for the one that failed.
func pasted(said string) (commands []string) {
	for line := range strings.Lines(said) {
		if _, next, is := strings.Cut(line, "next: "); is && strings.Contains(next, "go tool mage ") && !strings.Contains(next, "then ") {
			command, _, _ := strings.Cut(strings.TrimSpace(next), "   #")
			commands = append(commands, command)
		}
	}
	return commands
}

// paste runs a command as it stands, with the image and the tag of these tests.
func (w *world) paste(command string) {
	w.t.Helper()
	before, rest, _ := strings.Cut(command, "go tool mage ")
	words := strings.Fields(rest)
	known := map[string]func(targets.Set, context.Context) error{
		"infra:deploy": infraDeploy, "infra:status": infraStatus, "infra:diff": infraDiff, "infra:adopt": infraAdopt, "image:push": imagePush,
		"image:list": in("local", targets.Set.ImageList), "service:deploy": serviceDeploy, "service:diff": serviceDiff, "service:status": serviceStatus,
		"service:rollback": serviceRollback, "service:history": serviceHistory, "service:logs": serviceLogs, "service:verify": in("local", targets.Set.ServiceVerify),
		"service:watch": serviceWatch, "service:restart": serviceRestart, "infra:destroy": infraDestroy,
	}
	if f := known[words[0]]; f != nil {
		w.run(f, append([]string{"SPLITECS_IMAGE=v2", "SPLITECS_TAG=v2"}, strings.Fields(before)...)...)
		return
	}
	w.t.Errorf("%q is not one of %q", command, slices.Sorted(maps.Keys(known)))
}
