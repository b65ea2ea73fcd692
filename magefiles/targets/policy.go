package targets

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/awslabs/goformation/v7/cloudformation"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/cfn/partition"
	"github.com/bellyfed/splitecs/magefiles/rollout"
)

// InfraPolicy writes to stdout the IAM policy of the role that carries out every target in env: what the targets call,
// and what CloudFormation does for them with the resources of both templates, as the same role. It needs no
// credentials.
func (t Set) InfraPolicy(ctx context.Context, env string) error {
	return t.run(ctx, "infra:policy", env, func(_ context.Context, s *session) error {
		types, err := s.resourceTypes()
		if err != nil {
			return err
		}
		for _, kind := range types {
			if permittedResources[kind] == nil {
				s.console.Note("%s is of the App's extensions: the policy has nothing for it; give the role what CloudFormation needs for it as well", kind)
			}
		}
		text, err := json.MarshalIndent(policyOf(s.App, s.environment, s.everyName(), s.env, types), "", "  ")
		if err != nil {
			return fmt.Errorf("write policy: %w", err)
		}
		if n := compactLength(text); n > inlineLimit {
			s.console.Note("%d characters without white space, and the policies within a role have %d: make managed policies of its statements", n, inlineLimit)
		}
		s.console.Document(append(text, '\n'))
		return nil
	})
}

// templateOf is the template of one stack of an environment.
type templateOf func(cfn.App, string) (*cloudformation.Template, error)

// inlineLimit of the policies within one role, white space not counted.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const inlineLimit = 10_240

// compactLength of JSON is that without white space between its tokens. Pure.
func compactLength(text []byte) int {
	var compact bytes.Buffer
	if json.Compact(&compact, text) != nil {
		return len(text)
	}
	return compact.Len()
}

// everyName are the names of every service in the environment, the application's own first.
func (s *session) everyName() []cfn.Names {
	var all []cfn.Names
	for _, place := range s.App.Places(s.env) {
		all = append(all, s.App.Names(place))
	}
	return all
}

// resourceTypes are the types of the resources in all templates.
func (s *session) resourceTypes() ([]string, error) {
	types := map[string]bool{}
	for _, place := range s.App.Places(s.env) {
		for _, template := range []templateOf{cfn.Infra, cfn.Service} {
			t, err := template(s.App, place)
			if err != nil {
				return nil, err
			}
			for _, r := range t.Resources {
				types[r.AWSCloudFormationType()] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(types)), nil
}

// policy is a document of IAM.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
type policy struct {
	Version   string
	Statement []policyStatement
}

type policyStatement struct {
	Sid       string
	Effect    string
	Action    []string
	Resource  []string
	Condition map[string]map[string][]string `json:",omitempty"`
}

// policyOf grants what calls and resources need, one statement for each scope. Pure.
func policyOf(app cfn.App, e cfn.Environment, names []cfn.Names, env string, types []string) policy {
	granted := map[scope][]string{}
	for _, c := range permittedCalls {
		granted[c.on] = append(granted[c.on], c.actions...)
	}
	for _, kind := range types {
		for on, actions := range permittedResources[kind] {
			granted[on] = append(granted[on], actions...)
		}
	}
	scopes := scopesOf(e, names, app.Name, env)
	if len(e.TaskPolicies) == 0 {
		delete(granted, onTaskPolicies) // a condition without values would allow nothing
	}
	if len(e.AllSecrets()) == 0 {
		delete(granted, onSecrets)
	}
	if !sharesItsAccount(app, e, env) {
		delete(granted, onOtherStacks)
		delete(granted, onOtherImages)
	}
	p := policy{Version: "2012-10-17"}
	for _, on := range slices.Sorted(maps.Keys(granted)) {
		actions := slices.Compact(slices.Sorted(slices.Values(granted[on])))
		s := scopes[on]
		s.Sid, s.Effect, s.Action = string(on), "Allow", actions
		p.Statement = append(p.Statement, s)
	}
	return p
}

// sharesItsAccount tells whether another environment may be in the account of this one, so that an image of it can be
// promoted: one run has one account's credentials. Pure.
func sharesItsAccount(app cfn.App, e cfn.Environment, env string) bool {
	for name, other := range app.Environments {
		if name != env && (other.AccountID == e.AccountID || other.AccountID == "" || e.AccountID == "") {
			return true
		}
	}
	return false
}

// scopesOf are the resources and conditions of each scope, of services with these names on one infra stack. Without a
// pinned account, any account is meant: a role
// reaches its own only. Pure.
func scopesOf(e cfn.Environment, names []cfn.Names, app, env string) map[scope]policyStatement {
	n := names[0]
	account := e.AccountID
	if account == "" {
		account = "*"
	}
	arn := func(service, resource string) string {
		region := e.Region
		if service == "iam" {
			region = ""
		}
		return strings.Join([]string{"arn", partition.Of(e.Region).Name, service, region, account, resource}, ":")
	}
	// The tags of both stacks, which CloudFormation puts on every resource that has tags.
	tagged := map[string]map[string][]string{"StringEquals": {"aws:ResourceTag/app": {app}, "aws:ResourceTag/environment": {env}}}
	// Another application may have a name that begins with this one's: the tag tells their repositories apart.
	// Environments may be in other regions.
	sameApp := map[string]map[string][]string{"StringEquals": {"aws:ResourceTag/app": {app}}}
	others := func(service, resource string) []string {
		return []string{strings.Join([]string{"arn", partition.Of(e.Region).Name, service, "*", account, resource}, ":")}
	}
	onCluster := map[string]map[string][]string{"ArnLike": {"ecs:cluster": {arn("ecs", "cluster/"+n.Cluster)}}}
	// Of the actions on task definitions RunTask alone has a cluster.
	inCluster := map[string]map[string][]string{"ArnLikeIfExists": onCluster["ArnLike"]}
	roles := []string{arn("iam", "role/"+generatedName(n.InfraStack)+"*")}
	balancing := []string{
		arn("elasticloadbalancing", "loadbalancer/app/*"), arn("elasticloadbalancing", "targetgroup/*"), arn("elasticloadbalancing", "listener/app/*"),
	}
	stacks := []string{arn("cloudformation", "stack/"+n.InfraStack+"/*")}
	var services, revisions, repositories, logs, alarms []string
	var tracked string // alarms that auto-scaling makes
	for _, n := range names {
		inService := n.Cluster + "/*" // the cluster has no others, and every character counts
		stacks = append(stacks, arn("cloudformation", "stack/"+n.ServiceStack+"/*"))
		services = []string{arn("ecs", "service/"+inService), arn("ecs", "service-deployment/"+inService+"/*"), arn("ecs", "service-revision/"+inService+"/*")}
		revisions = append(revisions, arn("ecs", "task-definition/"+n.Family+":*"), arn("ecs", "task-definition/"+rollout.OneOffFamily(n.Family)+":*"))
		if repository := arn("ecr", "repository/"+n.Repository); !slices.Contains(repositories, repository) {
			repositories = append(repositories, repository)
		}
		logs = append(logs, arn("logs", "log-group:"+n.LogGroup), arn("logs", "log-group:"+n.LogGroup+":*"))
		alarms = append(alarms, arn("cloudwatch", "alarm:"+n.Service+"-*"))
		tracked = arn("cloudwatch", "alarm:TargetTracking-service/"+inService+"-*")
	}
	alarms = append(alarms, tracked)
	return map[scope]policyStatement{
		onEverything:   {Resource: []string{"*"}},
		onStacks:       {Resource: stacks},
		onCapacity:     {Resource: []string{arn("ecs", "cluster/"+n.Cluster)}},
		onService:      {Resource: services},
		onRevisions:    {Resource: revisions, Condition: inCluster},
		onTasks:        {Resource: []string{arn("ecs", "task/"+n.Cluster+"/*")}},
		onTaskList:     {Resource: []string{"*"}, Condition: onCluster},
		onRepository:   {Resource: repositories},
		onOtherStacks:  {Resource: others("cloudformation", "stack/"+strings.TrimSuffix(n.InfraStack, env)+"*")},
		onOtherImages:  {Resource: others("ecr", "repository/"+app+"-*"), Condition: sameApp},
		onLogs:         {Resource: logs},
		onAlarms:       {Resource: alarms},
		onScaling:      {Resource: []string{arn("application-autoscaling", "scalable-target/*")}},
		onNetwork:      {Resource: []string{arn("ec2", "*")}},
		onOwnNetwork:   {Resource: []string{arn("ec2", "*")}, Condition: tagged},
		onBalancing:    {Resource: balancing},
		onRules:        {Resource: []string{arn("elasticloadbalancing", "listener-rule/app/*")}},
		onOwnBalancing: {Resource: balancing[:2], Condition: tagged},
		onRoles:        {Resource: roles},
		onSecrets:      {Resource: secretsOf(e)},
		onPassing: {Resource: roles, Condition: map[string]map[string][]string{
			"StringEquals": {"iam:PassedToService": {"ecs-tasks.amazonaws.com"}},
		}},
		onTaskPolicies: {Resource: roles, Condition: map[string]map[string][]string{
			"ArnEquals": {"iam:PolicyARN": slices.Sorted(slices.Values(e.TaskPolicies))},
		}},
		onServiceRoles: {Resource: []string{arn("iam", "role/aws-service-role/*")}, Condition: map[string]map[string][]string{
			"StringEquals": {"iam:AWSServiceName": {"ecs.amazonaws.com", "ecs.application-autoscaling.amazonaws.com", "elasticloadbalancing.amazonaws.com"}},
		}},
	}
}

// secretsOf are the ARNs of an environment's secrets, without the JSON keys and versions that references may have.
func secretsOf(e cfn.Environment) []string {
	var arns []string
	for _, reference := range e.AllSecrets() {
		parts := strings.Split(reference, ":")
		arns = append(arns, strings.Join(parts[:min(len(parts), 7)], ":"))
	}
	slices.Sort(arns)
	return slices.Compact(arns)
}

// generatedName is how the names begin that CloudFormation gives to roles of a stack: STACK-RESOURCE-SUFFIX, with
// twelve characters at the end. Where that is more than the 64 characters that IAM allows, the name of the stack is
// cut, to no fewer than its first 24.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html
func generatedName(stack string) string {
	const longest = 64 - len("-ExecutionRole-") - 12
	if len(stack) > longest {
		return stack[:24]
	}
	return stack + "-"
}
