package targets_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/targets"
)

// thing is something in an account that actions are permitted on.
type thing struct {
	kind, arn string
	tags      map[string]string
}

// account is that of the embedded AWS, with two environments in it.
type account struct {
	*world
	cfg        aws.Config
	authorized map[string][]string // kinds that an action is authorised on; + before what it makes
}

const (
	boundary = "arn:aws:iam::000000000000:policy/shop-boundary"
	uploads  = "arn:aws:iam::000000000000:policy/shop-uploads"
)

// sharedAccount has dev and prod of one App with everything that stacks can have, infra and service.
func sharedAccount(t *testing.T) *account {
	t.Helper()
	w := newWorld(t)
	w.env["SPLITECS_ENV"] = "dev"
	origin := w.remote("everything in dev and prod", func(w *world) {
		cfg := w.config()
		for _, env := range []string{"dev", "prod"} {
			_, err := ssm.NewFromConfig(cfg).PutParameter(context.Background(), &ssm.PutParameterInput{
				Name: aws.String("/" + env + "/key"), Value: aws.String("x"), Type: ssmtypes.ParameterTypeString,
			})
			must(t, err)
			token, err := secretsmanager.NewFromConfig(cfg).CreateSecret(context.Background(), &secretsmanager.CreateSecretInput{
				Name: aws.String(env + "-token"), SecretString: aws.String("x"),
			})
			must(t, err)
			w.app.Environments[env] = cfn.Environment{
				CPU: 256, Memory: 512, MinTasks: 1, MaxTasks: 2, AccountID: "000000000000", PermissionsBoundary: boundary, TaskPolicies: []string{uploads},
				Scaling: cfn.Scaling{RequestsPerTask: 100}, Services: map[string]cfn.AdditionalService{"api": api},
				Secrets: map[string]string{"KEY": "arn:aws:ssm:ap-southeast-1:000000000000:parameter/" + env + "/key", "TOKEN": *token.ARN},
			}
			w.run(in(env, targets.Set.InfraDeploy))
			w.want(0)
			w.run(imagePush, "SPLITECS_ENV="+env, "SPLITECS_TAG=v1")
			w.want(0)
			w.run(in(env, targets.Set.ServiceDeploy), "SPLITECS_IMAGE=v1", "SPLITECS_TAG=")
			w.want(0)
		}
	})
	w.app.Environments = maps.Clone(origin.app.Environments)
	return &account{world: w, cfg: w.config(), authorized: authorization(t)}
}

// config is that of the SDK for the AWS which the world meets.
func (w *world) config() aws.Config {
	w.t.Helper()
	cfg, err := config.LoadDefaultConfig(context.Background(), config.WithRegion(w.app.Region))
	must(w.t, err)
	return cfg
}

// authorization is what AWS authorises each action on, from the Service Authorization Reference, as far as it is in stacks:
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
func authorization(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "authorization.txt"))
	must(t, err)
	all, kinds := map[string][]string{}, []string(nil)
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "\t") {
			kinds = strings.Fields(line)
			continue
		}
		for _, action := range strings.Fields(line) {
			all[action] = kinds
		}
	}
	return all
}

// ofType are the kinds of resources, by their types in templates; those without an ARN of their own have none.
var ofType = map[string]string{
	"AWS::ApplicationAutoScaling::ScalableTarget": "scalable-target", "AWS::CloudWatch::Alarm": "alarm", "AWS::EC2::EIP": "elastic-ip",
	"AWS::EC2::InternetGateway": "internet-gateway", "AWS::EC2::NatGateway": "natgateway", "AWS::EC2::RouteTable": "route-table",
	"AWS::EC2::SecurityGroup": "security-group", "AWS::EC2::Subnet": "subnet", "AWS::EC2::VPC": "vpc", "AWS::EC2::VPCEndpoint": "vpc-endpoint",
	"AWS::ECR::Repository": "repository", "AWS::ECS::Cluster": "cluster", "AWS::ECS::Service": "service", "AWS::ECS::TaskDefinition": "task-definition",
	"AWS::ElasticLoadBalancingV2::Listener": "listener/app", "AWS::ElasticLoadBalancingV2::ListenerRule": "listener-rule/app",
	"AWS::ElasticLoadBalancingV2::LoadBalancer": "loadbalancer/app", "AWS::ElasticLoadBalancingV2::TargetGroup": "targetgroup",
	"AWS::IAM::Role": "role", "AWS::Logs::LogGroup": "log-group",
	"AWS::EC2::Route": "", "AWS::EC2::SubnetRouteTableAssociation": "", "AWS::EC2::VPCGatewayAttachment": "", "AWS::EC2::SecurityGroupEgress": "",
	"AWS::ApplicationAutoScaling::ScalingPolicy": "",
}

func (a *account) arn(service, resource string) string {
	region := a.app.Region
	if service == "iam" {
		region = ""
	}
	return fmt.Sprintf("arn:aws:%s:%s:000000000000:%s", service, region, resource)
}

// arnOf is the ARN of a resource, whose id in its stack need not be one.
func (a *account) arnOf(kind, id string) string {
	if strings.HasPrefix(id, "arn:") {
		return id
	}
	switch kind {
	case "alarm":
		return a.arn("cloudwatch", "alarm:"+id)
	case "repository":
		return a.arn("ecr", "repository/"+id)
	case "cluster":
		return a.arn("ecs", "cluster/"+id)
	case "role":
		return a.arn("iam", "role/"+id)
	case "log-group":
		return a.arn("logs", "log-group:"+id)
	case "scalable-target":
		return a.arn("application-autoscaling", fmt.Sprintf("scalable-target/%x", sha256.Sum256([]byte(id))))
	}
	return a.arn("ec2", kind+"/"+id)
}

// things are what an environment has: the resources of its stacks with the tags of the stacks, and what comes of them.
func (a *account) things(env string) []thing {
	a.t.Helper()
	ctx, client := context.Background(), cloudformation.NewFromConfig(a.cfg)
	n := a.app.Names(env)
	var all []thing
	for _, name := range []string{n.InfraStack, n.ServiceStack} {
		stacks, err := client.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &name})
		must(a.t, err)
		tags := map[string]string{}
		for _, tag := range stacks.Stacks[0].Tags {
			tags[*tag.Key] = *tag.Value
		}
		all = append(all, thing{"stack", *stacks.Stacks[0].StackId, tags})
		resources, err := client.DescribeStackResources(ctx, &cloudformation.DescribeStackResourcesInput{StackName: &name})
		must(a.t, err)
		for _, r := range resources.StackResources {
			kind, known := ofType[*r.ResourceType]
			if !known {
				a.t.Errorf("no kind for %s", *r.ResourceType)
			}
			if kind != "" {
				all = append(all, thing{kind, a.arnOf(kind, *r.PhysicalResourceId), tags})
			}
		}
	}
	tags := all[0].tags
	secrets := a.app.Environments[env].Secrets
	return append(all,
		thing{"task", a.arn("ecs", "task/"+n.Cluster+"/0123456789abcdef"), tags},
		thing{"service-deployment", a.arn("ecs", "service-deployment/"+n.Cluster+"/"+n.Service+"/1"), tags},
		thing{"service-revision", a.arn("ecs", "service-revision/"+n.Cluster+"/"+n.Service+"/1"), tags},
		thing{"task-definition", a.arn("ecs", "task-definition/"+n.Family+":7"), tags},
		thing{"log-stream", a.arn("logs", "log-group:"+n.LogGroup+":log-stream:a/b/c"), nil},
		thing{"log-group", a.arn("logs", "log-group:"+n.LogGroup+":*"), tags},
		thing{"alarm", a.arn("cloudwatch", "alarm:TargetTracking-service/"+n.Cluster+"/"+n.Service+"-AlarmHigh-1"), nil},
		thing{"parameter", secrets["KEY"], nil},
		thing{"secret", secrets["TOKEN"], nil},
	)
}

// simulate asks IAM which of the actions on a thing a policy allows.
func (a *account) simulate(policy, arn string, actions []string, known map[string]string) (allowed []string) {
	a.t.Helper()
	in := &iam.SimulateCustomPolicyInput{PolicyInputList: []string{policy}, ActionNames: actions, ResourceArns: []string{arn}, MaxItems: aws.Int32(1000)}
	for key, value := range known {
		in.ContextEntries = append(in.ContextEntries, types.ContextEntry{
			ContextKeyName: aws.String(key), ContextKeyType: types.ContextKeyTypeEnumString, ContextKeyValues: []string{value},
		})
	}
	out, err := iam.NewFromConfig(a.cfg).SimulateCustomPolicy(context.Background(), in)
	must(a.t, err)
	if len(out.EvaluationResults) != len(actions) {
		a.t.Fatalf("%d answers to %d actions", len(out.EvaluationResults), len(actions))
	}
	for _, r := range out.EvaluationResults {
		if r.EvalDecision == types.PolicyEvaluationDecisionTypeAllowed {
			allowed = append(allowed, *r.EvalActionName)
		}
	}
	return allowed
}

// asked is the context of a request of dev's: what who asks may choose, and the tags of what it is asked of.
func (a *account) asked(of thing, cluster string) map[string]string {
	known := map[string]string{
		"iam:PassedToService": "ecs-tasks.amazonaws.com", "iam:PolicyARN": uploads, "iam:PermissionsBoundary": boundary, "iam:AWSServiceName": "ecs.amazonaws.com",
		"aws:RequestedRegion": a.app.Region, "ecs:cluster": a.arn("ecs", "cluster/"+cluster),
	}
	for key, value := range of.tags {
		known["aws:ResourceTag/"+key] = value
	}
	return known
}

func requestTags(known map[string]string, env string) map[string]string {
	all := maps.Clone(known)
	all["aws:RequestTag/app"], all["aws:RequestTag/environment"] = "shop", env
	return all
}

// sameService are the actions of the service that something belongs to.
func sameService(actions []string, arn string) (some []string) {
	for _, action := range actions {
		if strings.HasPrefix(action, strings.Split(arn, ":")[2]+":") {
			some = append(some, action)
		}
	}
	return some
}

var reads = regexp.MustCompile(`:(Describe|List|Get|BatchGet)`)

// In one account, the role of dev changes nothing of prod, whatever tags, cluster or policies it asks with; what it reads
// is in the table of limits.
func TestDevsPolicyCanTouchNothingOfProd(t *testing.T) {
	a := sharedAccount(t)
	dev := a.policy("dev")
	document := a.out.String()
	var withResource, withNone []string
	for _, s := range dev.Statement {
		for _, action := range s.Action {
			kinds, known := a.authorized[action]
			switch {
			case !known:
				t.Errorf("authorization.txt does not say what %s is authorised on", action)
			case kinds[0] == "*":
				withNone = append(withNone, action)
			default:
				withResource = append(withResource, action)
			}
		}
	}
	withResource, withNone = slices.Compact(slices.Sorted(slices.Values(withResource))), slices.Compact(slices.Sorted(slices.Values(withNone)))
	if len(withResource) < 120 || len(withNone) < 20 {
		t.Fatalf("only %d actions with and %d without a resource", len(withResource), len(withNone))
	}
	// image:promote, and whose what exists is.
	shared := []string{
		"cloudformation:DescribeStackResources", "cloudformation:DescribeStacks", "ecr:BatchGetImage", "ecr:DescribeImages", "ecr:GetDownloadUrlForLayer", "ecr:ListImages",
	}
	touched := map[string]bool{}
	prod := a.things("prod")
	if len(prod) < 40 {
		t.Fatalf("prod has only %d things", len(prod))
	}
	for _, of := range prod {
		if of.tags != nil && (of.tags["app"] != "shop" || of.tags["environment"] != "prod") {
			t.Errorf("%s has the tags %v", of.arn, of.tags)
		}
		cluster := "shop-prod"
		if of.kind == "task-definition" {
			cluster = "shop-dev" // run prod's revision in a cluster of one's own
		}
		for _, known := range []map[string]string{a.asked(of, cluster), requestTags(a.asked(of, cluster), "dev"), requestTags(a.asked(of, cluster), "prod")} {
			for _, action := range a.simulate(document, of.arn, sameService(withResource, of.arn), known) {
				if !slices.Contains(shared, action) || !reads.MatchString(action) {
					t.Errorf("dev may %s %s of prod", action, of.arn)
				}
				touched[action] = true
			}
		}
	}
	if got := slices.Sorted(maps.Keys(touched)); !slices.Equal(got, shared) {
		t.Errorf("of prod, dev reads %q, want %q", got, shared)
	}
	// What belongs to prod's network and to no stack has no tags: it is not taken over by giving it some.
	for _, of := range []thing{
		{kind: "security-group", arn: a.arn("ec2", "security-group/sg-default")}, {kind: "route-table", arn: a.arn("ec2", "route-table/rtb-main")},
		{kind: "listener/app", arn: a.arn("elasticloadbalancing", "listener/app/old/1/2")},
	} {
		for _, action := range withResource {
			if !slices.Contains(a.authorized[action], of.kind) {
				continue
			}
			known := a.asked(of, "shop-prod") // a request's tags are known where they are given
			if strings.HasSuffix(action, "Tags") {
				known = requestTags(known, "dev")
			}
			if len(a.simulate(document, of.arn, []string{action}, known)) > 0 {
				t.Errorf("dev may %s %s, which has no tags", action, of.arn)
			}
		}
	}
	for _, action := range a.simulate(document, "*", withNone, a.asked(thing{}, "shop-prod")) {
		if !reads.MatchString(action) && action != "ecs:DeregisterTaskDefinition" {
			t.Errorf("dev may %s, whatever it is of", action)
		}
		if action == "ecs:ListTasks" || action == "ecs:ListServices" {
			t.Errorf("dev may %s in prod's cluster", action)
		}
	}
}

// What CloudFormation and the targets do with what dev has is allowed, with what AWS knows of each request and no more.
func TestDevsPolicyAllowsWhatDevNeeds(t *testing.T) {
	a := sharedAccount(t)
	dev := a.policy("dev")
	document := a.out.String()
	things := a.things("dev")
	things = append(things, thing{kind: "service-linked-role", arn: a.arn("iam", "role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS")}, thing{kind: "*", arn: "*"})
	tried := map[string]bool{}
	for _, s := range dev.Statement {
		for _, action := range s.Action {
			if s.Sid == "AnyStack" || strings.HasPrefix(s.Sid, "Other") || tried[action] {
				continue
			}
			tried[action] = true
			for _, kind := range a.authorized[action] {
				kind, makes := strings.CutPrefix(kind, "+")
				at := slices.IndexFunc(things, func(of thing) bool { return of.kind == kind })
				if at < 0 {
					t.Errorf("dev has no %s", kind)
					continue
				}
				of := things[at]
				if kind == "role" && s.Sid == "TaskPolicies" {
					of = things[slices.IndexFunc(things, func(of thing) bool { return strings.Contains(of.arn, "-TaskRole-") })]
				}
				known := a.asked(of, "shop-dev")
				if makes {
					known = requestTags(a.asked(thing{}, "shop-dev"), "dev")
				}
				if len(a.simulate(document, of.arn, []string{action}, known)) == 0 {
					t.Errorf("%s is not allowed on %s (made by it: %t)", action, of.arn, makes)
				}
			}
		}
	}
	// Tags are given by the request that makes what gets them.
	for action, key := range map[string]string{"ec2:CreateTags": "ec2:CreateAction", "elasticloadbalancing:AddTags": "elasticloadbalancing:CreateAction"} {
		for _, kind := range a.authorized[action] {
			of := things[slices.IndexFunc(things, func(of thing) bool { return of.kind == kind })]
			known := requestTags(a.asked(thing{}, "shop-dev"), "dev")
			known[key] = "Create"
			if len(a.simulate(document, of.arn, []string{action}, known)) == 0 {
				t.Errorf("what is made as %s gets no tags: %s is not allowed", of.arn, action)
			}
		}
	}
}

// Without the boundary no role is made, changed in what it may do, or given a policy; nobody takes the boundary away.
func TestThePolicyKeepsRolesInTheirBoundary(t *testing.T) {
	a := sharedAccount(t)
	dev := a.policy("dev")
	document := a.out.String()
	role := thing{kind: "role", arn: a.arn("iam", "role/ShopEcsInfraStack-dev-TaskRole-0123456789AB")}
	granting := []string{"iam:AttachRolePolicy", "iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"}
	known := a.asked(role, "shop-dev")
	if got := a.simulate(document, role.arn, granting, known); !slices.Equal(got, granting) {
		t.Errorf("with the boundary only %q is allowed", got)
	}
	for _, other := range []string{"", "arn:aws:iam::aws:policy/AdministratorAccess"} {
		known["iam:PermissionsBoundary"] = other
		if other == "" {
			delete(known, "iam:PermissionsBoundary")
		}
		if got := a.simulate(document, role.arn, granting, known); len(got) > 0 {
			t.Errorf("with the boundary %q, %q is allowed", other, got)
		}
	}
	if dev.allows("iam:DeleteRolePermissionsBoundary") {
		t.Error("the boundary may be taken away")
	}
	e := a.app.Environments["dev"]
	e.PermissionsBoundary = ""
	a.app.Environments["dev"] = e
	dev = a.policy("dev")
	if dev.allows("iam:PutRolePermissionsBoundary") || !dev.allows("iam:CreateRole") {
		t.Error("without a boundary, roles are made without one, and none is set")
	}
}
