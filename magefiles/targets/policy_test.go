package targets_test

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/awslabs/goformation/v7/cloudformation"
	"github.com/awslabs/goformation/v7/cloudformation/cloudwatch"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/internal/spread"
	"github.com/bellyfed/splitecs/magefiles/targets"
)

// iamPolicy is the document that infra:policy prints.
type iamPolicy struct {
	Version   string
	Statement []struct {
		Sid, Effect      string
		Action, Resource list
		Condition        map[string]map[string]list
	}
}

// list is one text or several.
type list []string

func (l *list) UnmarshalJSON(data []byte) error {
	*l = list{""}
	if data[0] == '"' {
		return json.Unmarshal(data, &(*l)[0])
	}
	return json.Unmarshal(data, (*[]string)(l))
}

func (w *world) policy(env string) iamPolicy {
	w.t.Helper()
	w.run(in(env, targets.Set.InfraPolicy))
	w.want(0)
	var p iamPolicy
	if err := json.Unmarshal(w.out.Bytes(), &p); err != nil {
		w.t.Fatalf("%v\n%s", err, &w.out)
	}
	return p
}

// allows tells whether any statement has the action.
func (p iamPolicy) allows(action string) bool {
	for _, s := range p.Statement {
		if slices.Contains(s.Action, action) {
			return true
		}
	}
	return false
}

// actions are the names of all actions, in their order, without their services.
func (p iamPolicy) actions() (all []string) {
	for _, s := range p.Statement {
		for _, a := range s.Action {
			_, name, _ := strings.Cut(a, ":")
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}

// needed are the actions behind an operation that the embedded AWS hears. Who one is may be asked without permission.
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-push-iam.html
func needed(operation string) []string {
	switch operation {
	case "sts:GetCallerIdentity":
		return nil
	case "registry:HEAD":
		return []string{"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage"}
	case "registry:GET":
		return []string{"ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"}
	case "registry:POST":
		return []string{"ecr:InitiateLayerUpload"}
	case "registry:PATCH":
		return []string{"ecr:UploadLayerPart"}
	case "registry:PUT":
		return []string{"ecr:CompleteLayerUpload", "ecr:PutImage"}
	}
	return []string{operation}
}

// heard collects by which targets an operation is called.
type heard struct {
	*world
	mu sync.Mutex
	by map[string][]string
}

func (h *heard) ask(name string, code int, f func(targets.Set, context.Context) error, set ...string) {
	h.t.Helper()
	h.run(func(t targets.Set, ctx context.Context) error {
		return f(t.WithFaults(awslocal.Fault{Do: func(_ int, operation string) {
			h.mu.Lock()
			defer h.mu.Unlock()
			h.by[operation] = append(h.by[operation], name)
		}}), ctx)
	}, set...)
	h.want(code)
}

// What targets call on their way through the life of an environment is allowed.
func TestThePolicyAllowsWhatTargetsCall(t *testing.T) {
	t.Parallel()
	h := &heard{world: newWorld(t), by: map[string][]string{}}
	h.ask("infra:deploy", 0, infraDeploy)
	h.ask("infra:adopt", 0, infraAdopt)
	h.ask("image:push", 0, imagePush, "SPLITECS_TAG=v1")
	h.ask("service:deploy", 8, serviceDeploy, "SPLITECS_IMAGE=v1", "SPLITECS_LOCAL_SCENARIO=exit")
	h.ask("service:deploy", 0, serviceDeploy, "SPLITECS_IMAGE=v1")
	h.write("app/server.txt", "version 2")
	h.ask("image:push", 0, imagePush, "SPLITECS_TAG=v2")
	h.ask("service:diff", 0, serviceDiff, "SPLITECS_IMAGE=v2")
	h.ask("service:deploy", 7, serviceDeploy, "SPLITECS_IMAGE=v2", "SPLITECS_LOCAL_SCENARIO=exit:3")
	h.ask("service:deploy", 0, serviceDeploy, "SPLITECS_IMAGE=v2")
	h.ask("service:rollback", 0, serviceRollback)
	h.ask("service:rollbackTo", 0, rollbackTo("v2"))
	h.ask("infra:diff", 0, infraDiff)
	h.ask("infra:status", 0, infraStatus)
	h.ask("service:status", 0, serviceStatus)
	h.ask("service:history", 0, serviceHistory)
	h.ask("service:logs", 0, serviceLogs, "SPLITECS_TASK=all")
	h.ask("service:watch", 0, serviceWatch)
	h.ask("service:scale", 0, scale(2))
	h.ask("service:restart", 0, serviceRestart)
	h.ask("service:run", 0, runOnce("true"), "SPLITECS_LOCAL_SCENARIO=exit:0")
	h.ask("service:prune", 0, servicePrune, "SPLITECS_APPROVE=1")
	h.ask("infra:destroy", 0, infraDestroy, "SPLITECS_APPROVE=1")
	if len(h.by) < 20 {
		t.Fatalf("only %d operations were heard: %v", len(h.by), h.by)
	}
	p := h.policy("local")
	for _, operation := range slices.Sorted(maps.Keys(h.by)) {
		for _, action := range needed(operation) {
			if !p.allows(action) {
				t.Errorf("%s calls %s, and the policy does not allow %s: give it a line in permissions.go", h.by[operation][0], operation, action)
			}
		}
	}
}

// A promotion reads where the image comes from, and nothing else there.
func TestThePolicyAllowsPromotions(t *testing.T) {
	var mu sync.Mutex
	calls := map[string]bool{}
	w := twoEnvironments(t, awslocal.Fault{Do: func(_ int, operation string) {
		mu.Lock()
		defer mu.Unlock()
		calls[operation] = true
	}})
	w.run(imagePush)
	w.want(0)
	mu.Lock()
	clear(calls)
	mu.Unlock()
	w.run(promote("dev", "prod"), "SPLITECS_IMAGE=main-20261103-1a2b3c4", "SPLITECS_TAG=")
	w.want(0, "v1.0.0-20261103-1a2b3c4: the image of commit 1a2b3c4")
	mu.Lock()
	defer mu.Unlock()
	p := w.policy("prod")
	elsewhere := iamPolicy{}
	for _, s := range p.Statement {
		if strings.HasPrefix(s.Sid, "Other") {
			elsewhere.Statement = append(elsewhere.Statement, s)
			for _, r := range s.Resource {
				if !strings.HasSuffix(r, ":stack/ShopEcsInfraStack-*") && !strings.HasSuffix(r, ":repository/shop-*") {
					t.Errorf("%s: %s is more than the infra stacks and repositories of the application", s.Sid, r)
				}
			}
		}
	}
	for operation := range calls {
		for _, action := range needed(operation) {
			if !p.allows(action) {
				t.Errorf("a promotion calls %s, and the policy does not allow %s", operation, action)
			}
			if reads := regexp.MustCompile(`:(Describe\w+s|ListImages|GET)$`); reads.MatchString(operation) && !elsewhere.allows(action) {
				t.Errorf("a promotion calls %s, and the policy does not allow %s in the other environment", operation, action)
			}
		}
	}
	if want := []string{"BatchGetImage", "DescribeImages", "DescribeStacks", "GetDownloadUrlForLayer", "ListImages"}; !slices.Equal(elsewhere.actions(), want) {
		t.Errorf("in other environments the policy allows %q, want %q", elsewhere.actions(), want)
	}
	// An environment in an account of its own promotes nothing from others.
	for env, account := range map[string]string{"dev": "111111111111", "prod": "222222222222"} {
		e := w.app.Environments[env]
		e.AccountID = account
		w.app.Environments[env] = e
	}
	for _, s := range w.policy("prod").Statement {
		if strings.HasPrefix(s.Sid, "Other") {
			t.Errorf("%s: %q", s.Sid, s.Action)
		}
	}
}

// The policy of the role that plans, in the guide, allows what plans call, and carries nothing out.
func TestTheGuidesPolicyOfPlans(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile(filepath.Join(repository(t), "docs", "getting-started.md"))
	if err != nil {
		t.Fatal(err)
	}
	var plan iamPolicy
	for _, block := range regexp.MustCompile("(?s)```json\n(.*?)```").FindAllSubmatch(guide, -1) {
		if bytes.Contains(block[1], []byte(`"Sid": "Plan"`)) {
			if err := json.Unmarshal(block[1], &plan); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(plan.Statement) == 0 {
		t.Fatal("the guide has no such policy")
	}
	for _, s := range plan.Statement {
		for _, action := range s.Action {
			if !strings.HasPrefix(action, "cloudformation:") {
				continue
			}
			if !slices.Equal(s.Resource, list{"arn:aws:cloudformation:*:*:stack/BellyfedEcs*/*"}) {
				t.Errorf("%s is allowed for %q", action, s.Resource)
			}
			// Who may make a change set under the name of a deployment's could let the deployment carry it out.
			names := s.Condition["StringLike"]["cloudformation:ChangeSetName"]
			if strings.HasSuffix(action, "ChangeSet") && (len(names) == 0 || slices.ContainsFunc(names, func(n string) bool { return !strings.HasSuffix(n, "splitecs-plan-*") })) {
				t.Errorf("%s is allowed for change sets %q", action, names)
			}
		}
	}
	h := &heard{world: up(t), by: map[string][]string{}}
	h.ask("infra:diff", 0, infraDiff)
	h.ask("service:diff", 0, serviceDiff, "SPLITECS_IMAGE=v2")
	changed := h.app.Environments["dev"]
	changed.LogRetentionDays = 14
	changed.Scaling.Schedules = []cfn.Schedule{{Name: "night", Expression: "cron(0 20 * * ? *)", MinTasks: 1, MaxTasks: 1}}
	h.app.Environments["dev"] = changed
	h.ask("infra:diff", 0, infraDiff)
	h.ask("service:diff", 0, serviceDiff, "SPLITECS_IMAGE=v2")
	h.outside(stopsScaling("shop-local-service"))
	h.ask("service:diff", 0, serviceDiff, "SPLITECS_IMAGE=v2")
	for operation, by := range h.by {
		if strings.Contains(operation, "Drift") {
			continue // a comparison reads with everything that who asks may read; a plan is told without, and says so
		}
		if !plan.allows(operation) {
			t.Errorf("%s calls %s, which the guide's policy does not allow", by[0], operation)
		}
	}
	// What CloudFormation does when a change set is made: tag it, and check parameters that are subnets and groups.
	implied := []string{"cloudformation:TagResource", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets"}
	for _, s := range plan.Statement {
		for _, action := range s.Action {
			if h.by[action] == nil && !slices.Contains(implied, action) {
				t.Errorf("the guide's policy allows %s, which no plan calls", action)
			}
		}
	}
}

// The guide's tables of calls and of limits are what the policy is made from.
func TestTheGuidesTablesOfThePolicy(t *testing.T) {
	file := filepath.Join(repository(t), "docs", "security.md")
	for name, want := range map[string]string{
		"calls":  "| called | needs | statement | for |\n| --- | --- | --- | --- |\n" + targets.PermittedCalls(),
		"limits": "| statement | limited by | why not narrower | actions |\n| --- | --- | --- | --- |\n" + targets.PermittedActions(),
	} {
		guide, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(guide), "<!-- "+name+": go test ./magefiles/targets -run Guides -update -->\n")
		present, after, closed := strings.Cut(rest, "<!-- end of "+name+" -->")
		if !closed {
			t.Fatalf("security.md has no table of %s", name)
		}
		if *update {
			text := strings.TrimSuffix(string(guide), rest) + want + "<!-- end of " + name + " -->" + after
			if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		} else if strings.ReplaceAll(present, "\r\n", "\n") != want {
			t.Errorf("the table of %s is not the present one (-update rewrites it):\n%s\nwant:\n%s", name, present, want)
		}
	}
	if err := targets.Limited(); err != nil {
		t.Error(err)
	}
}

var input = regexp.MustCompile(`&([a-z0-9]+)\.([A-Z]\w+)Input\{`)

// ownAction is an operation of a client that is written here: the last text of a call's beginning.
var ownAction = regexp.MustCompile(`\.?(?:query|call|pages)\((?:ctx|[a-z.]+\.Config|cfg|"\w+"|, )*"([A-Z][a-zA-Z]+[a-z]\w+)"`)

// services are the SDK's packages whose names are not those of permissions.
var services = map[string]string{"cloudwatchlogs": "logs", "applicationautoscaling": "application-autoscaling", "elb": "elasticloadbalancing"}

// What the code calls, on whatever way, and what the table of calls has are the same.
func TestThePolicyHasNoCallTooFewOrTooMany(t *testing.T) {
	called := map[string]string{}
	files, err := filepath.Glob("../*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") || strings.Contains(file, "awslocal") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range input.FindAllSubmatch(text, -1) {
			service := string(m[1])
			if other, ok := services[service]; ok {
				service = other
			}
			called[service+":"+string(m[2])] = file
		}
	}
	for service, file := range map[string]string{"ec2": "ec2.go", "acm": "acm.go", "iam": "iam.go", "ssm": "ssm.go"} { // clients that are written here
		text, err := os.ReadFile(filepath.Join("..", "preflight", file))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range ownAction.FindAllSubmatch(text, -1) {
			called[service+":"+string(m[1])] = file
		}
	}
	listed := map[string]bool{}
	for _, operation := range targets.PermittedOperations() {
		listed[operation] = true
		if _, ok := called[operation]; !ok && !strings.HasPrefix(operation, "registry:") {
			t.Errorf("the table of calls has %s, which nothing calls", operation)
		}
	}
	delete(called, "sts:GetCallerIdentity") // needs no permission
	for operation, file := range called {
		if !listed[operation] {
			t.Errorf("%s calls %s, which is not in the table of calls in permissions.go", file, operation)
		}
	}
}

// rich is an environment that has every type of resource.
func rich(w *world) {
	e := w.app.Environments["dev"]
	e.AccountID = "123456789012"
	e.CertificateARN = "arn:aws:acm:ap-southeast-1:123456789012:certificate/0f7e6a1c-3f0e-4b52-9d3c-2a6f0c9d7b11"
	e.TaskPolicies = []string{"arn:aws:iam::123456789012:policy/shop-uploads"}
	e.Scaling.RequestsPerTask = 100
	w.app.Environments["dev"] = e
	w.app.Environments["qa"] = e
}

// Every type in a template has its line, and no line is for a type that no template has.
func TestThePolicyKnowsEveryTypeOfResource(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rich(w)
	w.beside("api", api)
	types := map[string]bool{}
	for _, template := range []func(cfn.App, string) (*cloudformation.Template, error){cfn.Infra, cfn.Service} {
		made, err := template(w.app, "dev")
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range made.Resources {
			types[r.AWSCloudFormationType()] = true
		}
	}
	if diff := slices.Compare(slices.Sorted(maps.Keys(types)), targets.PermittedTypes()); diff != 0 {
		t.Errorf("templates have %q\nand permissions.go %q", slices.Sorted(maps.Keys(types)), targets.PermittedTypes())
	}
}

func TestThePolicyReachesOneEnvironmentOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rich(w)
	w.beside("api", api)
	p := w.policy("dev")
	for _, s := range p.Statement {
		for _, r := range s.Resource {
			named := strings.Contains(r, "shop-dev") || strings.Contains(r, "ShopEcsInfraStack-dev-") || strings.Contains(r, "StackShop") ||
				strings.Contains(r, "ShopEcsInfraStack-dev/") || strings.Contains(r, "ShopEcsServiceStack-dev/") || strings.Contains(r, "ShopEcsServiceStack-dev-api/")
			if unnamed := map[string]bool{
				"Reads": true, "Deregister": true, "AnyStack": true, "OtherStacks": true, "OtherImages": true, "InCluster": true,
				"New": true, "NewTags": true, "NewBalancing": true, "Own": true, "LinkedRoles": true,
			}; !named && !unnamed[s.Sid] && r != w.app.Environments["dev"].CertificateARN {
				t.Errorf("%s: %s names nothing of the environment", s.Sid, r)
			}
			if r != "*" && !strings.Contains(r, ":123456789012:") {
				t.Errorf("%s: %s is not in the account", s.Sid, r)
			}
		}
		for _, a := range s.Action {
			if strings.Contains(a, "*") {
				t.Errorf("%s: %s", s.Sid, a)
			}
			// Without a resource to name, only reading is allowed, and what AWS gives no resource to.
			if verb := strings.SplitN(a, ":", 2)[1]; s.Sid == "Reads" && !regexp.MustCompile(`^(Describe|List|Get)`).MatchString(verb) {
				t.Errorf("%s is allowed on everything", a)
			}
		}
	}
	// Without policies of its own, an application's role gets none attached.
	if w = newWorld(t); w.policy("dev").allows("iam:AttachRolePolicy") {
		t.Error("any policy may be attached")
	}
}

// An alarm that the configuration has no longer is deleted: its name is in the policy of every service.
func TestThePolicyKnowsTheAlarmsThatAServiceMayHaveHad(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rich(w)
	template, err := cfn.Service(w.app, "dev")
	must(t, err)
	e := w.app.Environments["dev"]
	e.MinTasks, e.Scaling.Schedules = 1, []cfn.Schedule{{Name: "night", Expression: "cron(0 22 * * ? *)"}} // no tasks at night, no alarm of healthy ones
	w.app.Environments["dev"] = e
	without, err := cfn.Service(w.app, "dev")
	must(t, err)
	w.policy("dev")
	alarms := 0
	for name, r := range template.Resources {
		if alarm, ok := r.(*cloudwatch.Alarm); ok {
			alarms++
			w.prints("alarm:" + *alarm.AlarmName + `"`)
			if name == "HealthyTasksAlarm" && without.Resources[name] != nil {
				t.Error("the alarm of healthy tasks stays")
			}
		}
	}
	if alarms != 5 {
		t.Errorf("%d alarms: are their names in alarmSuffixes?", alarms)
	}
}

// limit of the policies in a role, white space not counted.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const inlineLimit = 10240

// An App with everything but further services and own statements fits where its name is no longer than most; where it does not fit,
// that is told, and so is a way.
func TestThePolicyFitsIntoARole(t *testing.T) {
	t.Parallel()
	for name, fits := range map[string]bool{"bellyfed": true, "a-name-of-24-characters1": false} {
		w := newWorld(t)
		w.app.Name = name
		rich(w)
		e := w.app.Environments["dev"]
		e.PermissionsBoundary = "arn:aws:iam::123456789012:policy/a-boundary-of-roles"
		w.app.Environments["dev"] = e
		w.policy("dev")
		var small bytes.Buffer
		must(t, json.Compact(&small, w.out.Bytes()))
		t.Logf("%s: %d characters", name, small.Len())
		if (small.Len() <= inlineLimit) != fits {
			t.Errorf("%s: %d characters, and a role takes %d", name, small.Len(), inlineLimit)
		}
		if told := strings.Contains(w.err.String(), "make managed policies of its statements"); told == fits {
			t.Errorf("%s: stderr says\n%s", name, &w.err)
		}
	}
}

// The tags that the policy wants are those that the stacks have, which the configuration may set otherwise.
func TestThePolicyWantsTheTagsOfTheStacks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.app.Environments["prod"] = cfn.Environment{}
	w.app.Tags = map[string]string{"app": "storefront"}
	for _, s := range w.policy("dev").Statement {
		if tags := s.Condition["StringEquals"]; s.Sid == "Own" && (tags["aws:ResourceTag/app"][0] != "storefront" || tags["aws:ResourceTag/environment"][0] != "dev") {
			t.Errorf("%q", tags)
		}
	}
	if strings.Contains(w.err.String(), "the same app and environment") {
		t.Error(w.err.String())
	}
	w.app.Tags["environment"] = "all"
	w.policy("dev")
	w.want(0, "the tags of the configuration give dev the same app and environment as prod")
}

// In a network that is brought, which has no tags of the environment, security groups are made, and in no other.
func TestThePolicyOfABroughtNetwork(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := w.app.Environments["dev"]
	e.Network = cfn.Network{VPCID: "vpc-0a1b2c3d", PublicSubnetIDs: []string{"subnet-00000001", "subnet-00000002"}, PrivateSubnetIDs: []string{"subnet-00000003", "subnet-00000004"}}
	w.app.Environments["dev"] = e
	found := false
	for _, s := range w.policy("dev").Statement {
		if s.Sid == "BroughtVPC" {
			found = slices.Equal(s.Action, list{"ec2:CreateSecurityGroup"}) && slices.Equal(s.Resource, list{"arn:aws:ec2:ap-southeast-1:*:vpc/vpc-0a1b2c3d"})
		}
		if slices.Contains(s.Action, "ec2:CreateVpc") {
			t.Error("a VPC may be made")
		}
	}
	if !found {
		t.Errorf("no statement for the VPC:\n%s", &w.out)
	}
}

// Bases in private repositories of ECR are read, of whatever account, partition and service; nothing else is done with them,
// and nothing is said of others.
func TestThePolicyOfBases(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bases := func() (found []string) {
		for _, s := range w.policy("dev").Statement {
			if s.Sid == "Bases" {
				if !slices.Equal(s.Action, list{"ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"}) {
					t.Errorf("a base may get %s", s.Action)
				}
				found = s.Resource
			}
		}
		return found
	}
	for _, base := range []string{"", "public.ecr.aws/docker/library/node:22", "000000000000.dkr.ecr.eu-west-1.localhost/base:1"} {
		w.app.Image.Base = base
		if found := bases(); found != nil {
			t.Errorf("%s: %s", base, found)
		}
	}
	w.app.Image.Base = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/company/node@sha256:" + strings.Repeat("0", 64)
	e := w.app.Environments["dev"]
	e.Services = map[string]cfn.AdditionalService{"worker": {}}
	w.app.Environments["dev"] = e
	want := []string{"arn:aws:ecr:eu-west-1:123456789012:repository/company/node"}
	if found := bases(); !slices.Equal(found, want) {
		t.Errorf("%s, want %s", found, want)
	}
}

// Where CloudFormation cuts the names of roles, the policy says what it reaches.
func TestThePolicyTellsOfNamesThatAreCut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := w.app.Environments["dev"]
	e.Names.InfraStack = "InfrastructureOfTheShopOfTheTeam-development"
	w.app.Environments["dev"] = e
	p := w.policy("dev")
	w.want(0, "InfrastructureOfTheShopOfTheTeam-development is too long for the names of roles", "every stack that begins with InfrastructureOfTheShopO;")
	for _, s := range p.Statement {
		if s.Sid == "PassRoles" && !slices.Equal(s.Resource, list{"arn:aws:iam::*:role/InfrastructureOfTheShopO*"}) {
			t.Errorf("roles %q", s.Resource)
		}
	}
}

// cfn-lint knows the grammar of policies, as part of a template.
func TestCfnLintReadsThePolicy(t *testing.T) {
	t.Parallel()
	spread.Outside(t)
	if _, err := exec.LookPath("cfn-lint"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("judge missing: cfn-lint")
		}
		t.Skip("judge missing: cfn-lint")
	}
	w := newWorld(t)
	rich(w)
	w.run(in("dev", targets.Set.InfraPolicy))
	w.want(0)
	template := filepath.Join(t.TempDir(), "policy.json")
	text := `{"AWSTemplateFormatVersion":"2010-09-09","Resources":{"Policy":{"Type":"AWS::IAM::ManagedPolicy","Properties":{"PolicyDocument":` + w.out.String() + `}}}}`
	if err := os.WriteFile(template, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("cfn-lint", template).CombinedOutput(); err != nil {
		t.Errorf("cfn-lint: %v\n%s", err, out)
	}
}
