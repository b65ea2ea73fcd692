package targets_test

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"gopkg.in/yaml.v3"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/preflight"
	"github.com/bellyfed/splitecs/magefiles/targets"
)

var serviceVerify = in("local", targets.Set.ServiceVerify)

func TestAGoodEnvironmentHasNoErrors(t *testing.T) {
	t.Parallel()
	w := up(t)
	made := w.calls(serviceVerify, "SPLITECS_IMAGE=v1")
	w.want(0)
	if !regexp.MustCompile(`^everything checked: \d+ checks, 0 warnings\n$`).MatchString(w.out.String()) {
		t.Errorf("stdout:\n%s", &w.out)
	}
	requests := slices.DeleteFunc(slices.Clone(made), func(call string) bool { return call != "registry:GET" })
	// A registry on this machine that has not answered within 300 ms is asked once more, by another scheme, each time when it is asked
	// who it is; busy machines are slower than that: https://github.com/google/go-containerregistry/blob/v0.22.1/pkg/v1/remote/transport/ping.go
	if calls := len(made) - len(requests); calls > 26 || len(requests) > 6 {
		t.Errorf("%d calls and %d requests: %q", calls, len(requests), made)
	}
	t.Logf("%d calls: %q", len(made), made)
}

// What a check reads takes the permissions that it names, and no others: without one of them a note says so, and
// nothing is an error.
func TestWhatMayNotBeReadIsANote(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.app.Environments["local"] = withSecrets(w.app.Environments["dev"],
		"arn:aws:secretsmanager:ap-southeast-1:123456789012:secret:db-AbCdEf:url::", "arn:aws:ssm:ap-southeast-1:123456789012:parameter/shop/key")
	scheduled := w.app.Environments["local"]
	scheduled.Scaling.Schedules = []cfn.Schedule{{Name: "night", Expression: "cron(0 20 * * ? *)", MinTasks: 1, MaxTasks: 1}}
	w.app.Environments["local"] = scheduled
	w.infra()
	w.push("v1")
	w.run(serviceDeploy, "SPLITECS_IMAGE=v1")
	w.want(0)
	permissions := map[string]bool{}
	for _, d := range preflight.Checks() {
		for _, p := range d.Permissions {
			permissions[p] = true
		}
	}
	// The caller's own name needs none. The stack is read before everything else. A layer is an answer of the
	// registry, which is asked with the token.
	for _, other := range []string{"sts:GetCallerIdentity", "cloudformation:DescribeStacks", "ecr:GetDownloadUrlForLayer"} {
		delete(permissions, other)
	}
	refused := func(operation string) {
		w.run(func(t targets.Set, ctx context.Context) error {
			return serviceVerify(t.WithFaults(awslocal.Fault{Operation: operation, Kind: awslocal.AccessDenied}), ctx)
		}, "SPLITECS_IMAGE=v1")
		w.want(0)
		if strings.Contains(w.out.String(), "error ") || strings.Contains(w.out.String(), "everything checked") {
			t.Errorf("%s is denied:\n%s", operation, &w.out)
		}
	}
	for p := range permissions {
		if p == "ec2:DescribeVpcEndpoints" {
			continue // what they are there for, the routes do
		}
		if p == "cloudformation:DescribeStackResources" {
			continue // nothing is missing that the stack could have made
		}
		refused(p)
		w.prints("note ", "not checked: these credentials may not "+p, "next: allow "+p, " not checked\n")
	}
	refused("registry:GET")
	w.prints("image: not checked: these credentials may not ecr:BatchGetImage")

	made := w.calls(serviceVerify, "SPLITECS_IMAGE=v1")
	w.prints("everything checked")
	for _, operation := range made {
		if !permissions[operation] && !strings.HasPrefix(operation, "registry:") && !slices.Contains([]string{"sts:GetCallerIdentity", "cloudformation:DescribeStacks"}, operation) {
			t.Errorf("%s is called, and no check names it", operation)
		}
	}
}

func withSecrets(e cfn.Environment, references ...string) cfn.Environment {
	e.Secrets = map[string]string{}
	for i, name := range []string{"DATABASE_URL", "KEY", "OTHER"}[:len(references)] {
		e.Secrets[name] = references[i]
	}
	return e
}

func TestAnImageThatIsNotThereIsAFinding(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run(serviceVerify, "SPLITECS_IMAGE=v1")
	w.want(4, "next: go tool mage infra:deploy local")
	w.run(infraDeploy)
	w.want(0)
	w.run(serviceVerify, "SPLITECS_IMAGE=absent")
	w.want(4, "1 error", "seen: image: resolve image: image absent is not in repository shop-local", "next: SPLITECS_ENV=local go tool mage image:push")
	w.prints("error    image: ")
	w.run(serviceVerify) // there is no commit here to name a tag
	w.want(4, "seen: image: ")
	w.run(serviceVerify, "SPLITECS_IMAGE=other/app:v1")
	w.want(4, "seen: image: ")
}

func TestLocalSecretsArePlaceholders(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const db = "arn:aws:secretsmanager:ap-southeast-1:123456789012:secret:db-AbCdEf"
	w.app.Environments["local"] = withSecrets(w.app.Environments["dev"], db+":url::", "arn:aws:ssm:ap-southeast-1:123456789012:parameter/shop/key", db+":password::")
	w.run(infraDeploy)
	w.want(0, "placeholders stand in", db, "parameter/shop/key")
	w.push("v1")
	if strings.Contains(w.err.String(), "placeholders") {
		t.Errorf("they are made once:\n%s", &w.err)
	}
	w.run(serviceDeploy, "SPLITECS_IMAGE=v1")
	w.want(0)
	w.run(serviceVerify, "SPLITECS_IMAGE=v1")
	w.want(0)

	// What somebody stores takes their place, and is no placeholder that could be mended.
	w.embedded(func(cfg aws.Config) {
		if _, err := secretsmanager.NewFromConfig(cfg).PutSecretValue(t.Context(), &secretsmanager.PutSecretValueInput{
			SecretId: aws.String(db), SecretString: aws.String(`{"url":"a secret value"}`),
		}); err != nil {
			t.Fatal(err)
		}
	})
	w.run(serviceVerify, "SPLITECS_IMAGE=v1")
	w.want(4, "seen: secret OTHER: the value of "+db+" is no JSON object with the key password")
	for _, text := range []string{w.out.String(), w.err.String()} {
		if strings.Contains(text, "a secret value") {
			t.Errorf("a secret is in the output:\n%s", text)
		}
	}
}

// embedded reaches the embedded AWS of the world's state folder.
func (w *world) embedded(f func(aws.Config)) {
	w.t.Helper()
	server, err := awslocal.Open(awslocal.Options{Dir: w.env["SPLITECS_LOCAL_DIR"], Speed: 2000})
	if err != nil {
		w.t.Fatal(err)
	}
	f(server.Config())
	if err := server.Close(); err != nil {
		w.t.Fatal(err)
	}
}

// tamper changes the template of a stack by hand.
func tamper(t *testing.T, cfg aws.Config, stack string, change func(resources map[string]any)) {
	t.Helper()
	api := cloudformation.NewFromConfig(cfg)
	now, err := api.GetTemplate(t.Context(), &cloudformation.GetTemplateInput{StackName: &stack})
	if err != nil {
		t.Fatal(err)
	}
	var template map[string]any
	if err := yaml.Unmarshal([]byte(*now.TemplateBody), &template); err != nil {
		t.Fatal(err)
	}
	change(template["Resources"].(map[string]any))
	body, err := yaml.Marshal(template)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := api.UpdateStack(t.Context(), &cloudformation.UpdateStackInput{
		StackName: &stack, TemplateBody: aws.String(string(body)), Capabilities: []types.Capability{types.CapabilityCapabilityIam},
	}); err != nil {
		t.Fatal(err)
	}
	soon := func(o *cloudformation.StackUpdateCompleteWaiterOptions) {
		o.MinDelay, o.MaxDelay = 10*time.Millisecond, 50*time.Millisecond
	}
	if err := cloudformation.NewStackUpdateCompleteWaiter(api, soon).Wait(t.Context(), &cloudformation.DescribeStacksInput{StackName: &stack}, time.Minute); err != nil {
		t.Fatal(err)
	}
}

// in a resource of a template, at a path of its properties.
func at(resources map[string]any, name string, path ...string) map[string]any {
	node := resources[name].(map[string]any)["Properties"].(map[string]any)
	for _, step := range path {
		switch next := node[step].(type) {
		case map[string]any:
			node = next
		case []any:
			node = next[0].(map[string]any)
		}
	}
	return node
}

// In environment dev the embedded AWS is not the program's own: it is reached as AWS is, and nothing is put there.
func TestEveryDefectIsFoundInOneRun(t *testing.T) {
	w := newWorld(t)
	server, err := awslocal.Open(awslocal.Options{Dir: w.env["SPLITECS_LOCAL_DIR"], Speed: 2000})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	awsEnvironment(t, "AWS_ENDPOINT_URL="+server.URL(), "AWS_ACCESS_KEY_ID=x", "AWS_SECRET_ACCESS_KEY=y")
	w.env["AWS_ENDPOINT_URL"], w.env["SPLITECS_ENV"] = server.URL(), "dev"
	cfg := server.Config()
	secrets := secretsmanager.NewFromConfig(cfg)
	db, err := secrets.CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: aws.String("db"), SecretString: aws.String(`{"user":"x"}`)})
	if err != nil {
		t.Fatal(err)
	}
	dev := withSecrets(w.app.Environments["dev"], *db.ARN+":user::", "arn:aws:ssm:ap-southeast-1:000000000000:parameter/shop/key", "arn:aws:secretsmanager:ap-southeast-1:000000000000:secret:none-AbCdEf")
	dev.AccountID = awslocal.AccountID
	dev.Architecture = cfn.ARM64
	w.app.Environments["dev"] = dev
	infraDeploy, serviceVerify := in("dev", targets.Set.InfraDeploy), in("dev", targets.Set.ServiceVerify)
	w.run(infraDeploy)
	w.want(0)
	w.run(imagePush, "SPLITECS_TAG=v1")
	w.want(0)

	w.run(serviceVerify, "SPLITECS_IMAGE=v1")
	w.want(4, "2 errors", "seen: secret KEY: SSM has no parameter", "seen: secret OTHER: Secrets Manager has no secret")

	dev.Architecture = cfn.X8664
	dev.Secrets["DATABASE_URL"] = *db.ARN + ":url::"
	w.app.Environments["dev"] = dev
	w.app.Container.Port = 3001 // the infra stack is made for 3000
	group := "/aws/ecs/shop-dev"
	if _, err := cloudwatchlogs.NewFromConfig(cfg).DeleteLogGroup(t.Context(), &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: &group}); err != nil {
		t.Fatal(err)
	}
	tamper(t, cfg, "ShopEcsInfraStack-dev", func(resources map[string]any) {
		for _, role := range []string{"ExecutionRole", "TaskRole"} {
			at(resources, role, "AssumeRolePolicyDocument", "Statement")["Principal"] = map[string]any{"Service": "ec2.amazonaws.com"}
		}
		delete(at(resources, "ServiceSecurityGroup"), "SecurityGroupIngress")
		at(resources, "LoadBalancerSecurityGroup", "SecurityGroupIngress")["FromPort"] = 81
		at(resources, "LoadBalancerSecurityGroup", "SecurityGroupIngress")["ToPort"] = 81
		at(resources, "TargetGroup")["HealthCheckPath"] = "/"
		delete(resources, "PrivateDefaultRoute1")
		at(resources, "ExecutionRole", "Policies", "PolicyDocument")["Statement"] = []any{
			map[string]any{"Effect": "Allow", "Action": "ecr:*", "Resource": "*"},
		}
	})
	w.run(serviceVerify, "SPLITECS_IMAGE=v1")
	w.want(4, "nothing was changed", "go tool mage infra:deploy dev")
	w.prints(
		"error    infra stack ShopEcsInfraStack-dev: it is not made for container port 3001",
		"error    image: is built for linux/arm64, and the task runs on linux/amd64",
		"warning  image: exposes 3000, and the load balancer asks on port 3001",
		"error    execution role ", "error    task role ", "its trust policy does not let ecs-tasks.amazonaws.com assume it",
		"may not logs:CreateLogStream on arn:aws:logs:ap-southeast-1:000000000000:log-group:/aws/ecs/shop-dev",
		"may not secretsmanager:GetSecretValue on "+*db.ARN,
		"error    secret DATABASE_URL: the value of "+*db.ARN+" is no JSON object with the key url",
		"error    secret KEY: SSM has no parameter", "error    secret OTHER: Secrets Manager has no secret",
		"error    log group /aws/ecs/shop-dev: is not there",
		"warning  health check of target group ", "asks for /, and the application is configured with /health",
		"error    security group ", "does not let the load balancer", "in on port 3001",
		"warning  security group ", "lets nobody in on port 80",
		"error    subnet ", "has no route to a NAT or transit gateway; without one it needs VPC endpoints, and lacks those for ecr.api, ecr.dkr, logs, secretsmanager, ssm",
	)
	for _, f := range []string{"everything checked", "note "} {
		if strings.Contains(w.out.String(), f) {
			t.Errorf("stdout has %q:\n%s", f, &w.out)
		}
	}
}

func TestADeploymentIsRefusedBeforeItBegins(t *testing.T) {
	t.Parallel()
	w := up(t)
	reference := w.push("v3")
	before := func(t targets.Set, ctx context.Context) error { return t.BeforeDeployment(ctx, "local", reference) }
	w.run(before)
	w.want(0, "everything checked")
	if w.out.Len() > 0 {
		t.Errorf("results are the deployment's:\n%s", &w.out)
	}
	w.embedded(func(cfg aws.Config) {
		tamper(t, cfg, "ShopEcsInfraStack-local", func(resources map[string]any) {
			at(resources, "TargetGroup")["HealthCheckPath"] = "/"
			delete(at(resources, "ServiceSecurityGroup"), "SecurityGroupIngress")
		})
	})
	w.run(before)
	w.want(4, "warning  health check", "seen: security group", "does not let the load balancer")
}
