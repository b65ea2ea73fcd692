package acceptance_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/awslabs/goformation/v7/cloudformation"
	"github.com/awslabs/goformation/v7/cloudformation/ec2"
	"github.com/awslabs/goformation/v7/cloudformation/ecs"
	"github.com/awslabs/goformation/v7/cloudformation/iam"
	"github.com/awslabs/goformation/v7/cloudformation/logs"

	"github.com/bellyfed/splitecs"
	"github.com/bellyfed/splitecs/cfn"
)

// The snippets of the guides are the bodies of these functions, and of the one at the root, up to their first empty comment.

func Example_names() {
	app := splitecs.App{Name: "shop", Region: "eu-central-1", Environments: map[string]splitecs.Environment{
		"prod": {Names: splitecs.Names{ServiceStack: "web-prod", Cluster: "platform", Repository: "team/web"}},
	}}
	//
	names := app.Names("prod")
	fmt.Println(names.ServiceStack, names.Cluster, names.Repository, names.LogGroup)
	// Output: web-prod platform team/web /aws/ecs/shop-prod
}

func Example_sidecars() {
	dev := splitecs.Environment{CPU: 512, Memory: 1024, Sidecars: []splitecs.Sidecar{{
		Name:               "collector",
		Image:              "public.ecr.aws/aws-observability/aws-otel-collector@sha256:0f5e1f5a7ed1e26b2c1a4b7e9d1f1f0f7d0c8a5b6e4f3a2b1c0d9e8f7a6b5c4d",
		Command:            []string{"--config=/etc/ecs/ecs-default-config.yaml"},
		Memory:             128,
		HealthCheckCommand: []string{"CMD", "/healthcheck"},
		WaitFor:            "HEALTHY",
	}}}
	//
	app := splitecs.App{Name: "shop", Region: "eu-central-1", Environments: map[string]splitecs.Environment{"dev": dev}}
	service, err := cfn.Service(app, "dev")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, container := range service.Resources["TaskDefinition"].(*ecs.TaskDefinition).ContainerDefinitions {
		fmt.Println(container.Name, *container.Essential)
	}
	// Output:
	// shop-dev-container true
	// collector true
}

func Example_statements() {
	dev := splitecs.Environment{
		TaskStatements: []splitecs.Statement{{
			Actions:   []string{"s3:GetObject", "s3:PutObject"},
			Resources: []string{"arn:aws:s3:::shop-uploads-dev/*"},
		}, {
			Effect:     "Deny",
			Actions:    []string{"s3:*"},
			Resources:  []string{"*"},
			Conditions: map[string]map[string][]string{"Bool": {"aws:SecureTransport": {"false"}}},
		}},
	}
	//
	app := splitecs.App{Name: "shop", Region: "eu-central-1", Environments: map[string]splitecs.Environment{"dev": dev}}
	infra, err := cfn.Infra(app, "dev")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(infra.Resources["TaskRole"].(*iam.Role).Policies[0].PolicyName)
	// Output: task-statements
}

func Example_ownKeys() {
	app := splitecs.App{Name: "shop", Region: "eu-central-1"}
	app.ExtendInfra = func(env string, t *cloudformation.Template) error {
		if env != "prod" {
			return nil
		}
		t.Resources["LogGroup"].(*logs.LogGroup).KmsKeyId = new("arn:aws:kms:eu-central-1:123456789012:key/0f7e6a1c-3f0e-4b52-9d3c-2a6f0c9d7b11")
		t.Resources["FlowLog"] = &ec2.FlowLog{
			ResourceType: "VPC", ResourceId: cloudformation.Ref("Vpc"), TrafficType: new("ALL"),
			LogDestinationType: new("s3"), LogDestination: new("arn:aws:s3:::shop-flow-logs"),
		}
		return nil
	}
	//
	app.Environments = map[string]splitecs.Environment{"prod": {}}
	infra, err := cfn.Infra(app, "prod")
	if err != nil {
		fmt.Println(err)
		return
	}
	body, err := cfn.Render(infra)
	fmt.Println(strings.Contains(string(body), "KmsKeyId: arn:aws:kms:"), strings.Contains(string(body), "Type: AWS::EC2::FlowLog"), err)
	// Output: true true <nil>
}

func Example_hooks() {
	app := splitecs.App{Name: "shop", Region: "eu-central-1"}
	app.BeforeDeploy = func(ctx context.Context, d splitecs.Deployment) error {
		if time.Now().Weekday() == time.Friday && d.Environment == "prod" {
			return errors.New("not on a Friday")
		}
		return nil
	}
	app.AfterDeploy = func(ctx context.Context, d splitecs.Deployment) error {
		if d.Environment == "local" {
			return nil // nobody answers there
		}
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, d.URL+"/version", nil)
		if err != nil {
			return err
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return fmt.Errorf("%s answers %s", request.URL, response.Status)
		}
		return nil
	}
	//
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	err := app.AfterDeploy.Call(context.Background(), "AfterDeploy", splitecs.Deployment{Environment: "dev", URL: server.URL})
	fmt.Println(strings.ReplaceAll(err.Error(), server.URL, "URL"))
	// Output: AfterDeploy: URL/version answers 404 Not Found
}

func Example_migrations() {
	app := splitecs.App{Name: "shop", Region: "eu-central-1"}
	app.BeforeDeploy = func(ctx context.Context, d splitecs.Deployment) error {
		if err := d.Run(ctx, "node", "migrate.js", "--to", "latest"); err != nil {
			return fmt.Errorf("migrate the database of %s: %w", d.Environment, err)
		}
		return nil
	}
	//
	err := app.BeforeDeploy.Call(context.Background(), "BeforeDeploy", splitecs.Deployment{
		Environment: "dev",
		Run: func(_ context.Context, command ...string) error { // a test of the hook needs no AWS
			return fmt.Errorf("%q is not there yet", command[1])
		},
	})
	fmt.Println(err)
	// Output: BeforeDeploy: migrate the database of dev: "migrate.js" is not there yet
}
