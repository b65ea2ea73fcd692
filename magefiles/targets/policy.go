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
		made, err := s.madeNames()
		if err != nil {
			return err
		}
		text, err := json.MarshalIndent(policyOf(s.place, types, made), "", "  ")
		if err != nil {
			return fmt.Errorf("write policy: %w", err)
		}
		if n := compactLength(text); n > inlineLimit {
			s.console.Note("%d characters without white space, and the policies within a role have %d: make managed policies of its statements", n, inlineLimit)
		}
		if twin := s.taggedAlike(); twin != "" {
			s.console.Note("the tags of the configuration give %s the same app and environment as %s: what AWS chooses the names of in one, the policy reaches in the other", s.place.Env, twin)
		}
		s.console.Document(append(text, '\n'))
		return nil
	})
}

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

// everyName are the names of every service in the environment of a place, the application's own first.
func everyName(place cfn.Place) []cfn.Names {
	var all []cfn.Names
	for _, p := range place.Places() {
		all = append(all, p.Names)
	}
	return all
}

// templatesOf a place, by their stacks.
func templatesOf(place cfn.Place) map[string]func() (*cloudformation.Template, error) {
	return map[string]func() (*cloudformation.Template, error){
		place.Names.InfraStack:   func() (*cloudformation.Template, error) { return place.InfraTemplate(cfn.Kept{}) },
		place.Names.ServiceStack: place.ServiceTemplate,
	}
}

// eachResource calls found with every resource in all templates, its name in the template, and its stack.
func (s *session) eachResource(found func(stack, name string, r cloudformation.Resource)) error {
	for _, place := range s.place.Places() {
		for stack, template := range templatesOf(place) {
			t, err := template()
			if err != nil {
				return err
			}
			for name, r := range t.Resources {
				found(stack, name, r)
			}
		}
	}
	return nil
}

// resourceTypes are the types of the resources in all templates.
func (s *session) resourceTypes() ([]string, error) {
	types := map[string]bool{}
	err := s.eachResource(func(_, _ string, r cloudformation.Resource) { types[r.AWSCloudFormationType()] = true })
	return slices.Sorted(maps.Keys(types)), err
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
	Action    words
	Resource  words
	Condition conditions `json:",omitempty"`
}

// words are written as one where there is only one: a role takes so many characters and no more.
type words []string

// MarshalJSON writes a list of one as its item.
func (w words) MarshalJSON() ([]byte, error) {
	if len(w) == 1 {
		return json.Marshal(w[0])
	}
	return json.Marshal([]string(w))
}

// conditions of a statement: operator, key, values.
type conditions map[string]map[string]words

// policyOf grants what calls and resources need, one statement for each scope. Pure.
func policyOf(place cfn.Place, types []string, made madeNames) policy {
	e := place.Environment
	granted := map[scope][]string{}
	for _, c := range permittedCalls {
		granted[c.on] = append(granted[c.on], c.actions...)
	}
	for _, kind := range types {
		for on, actions := range permittedResources[kind] {
			granted[on] = append(granted[on], actions...)
		}
	}
	for on, needless := range map[scope]bool{
		onTaskPolicies: len(e.TaskPolicies) == 0, // a condition without values would allow nothing
		onSecrets:      len(e.AllSecrets()) == 0,
		onCertificate:  e.CertificateARN == "",
		onBroughtVPC:   e.Network.VPCID == "",
		onOtherStacks:  !sharesItsAccount(place),
		onOtherImages:  !sharesItsAccount(place),
	} {
		if needless {
			delete(granted, on)
		}
	}
	if e.PermissionsBoundary == "" {
		granted[onRoles] = append(granted[onRoles], slices.DeleteFunc(granted[onBoundedRoles], func(a string) bool { return a == putBoundary })...)
		delete(granted, onBoundedRoles)
	}
	scopes := scopesOf(place, made)
	statements := map[string]policyStatement{}
	for on, actions := range granted {
		s := statements[on.sid()]
		s.Action = distinct(append(s.Action, actions...))
		s.Resource = distinct(append(s.Resource, scopes[on].Resource...))
		s.Sid, s.Effect, s.Condition = on.sid(), "Allow", scopes[on].Condition
		statements[on.sid()] = s
	}
	p := policy{Version: "2012-10-17"}
	for _, sid := range slices.Sorted(maps.Keys(statements)) {
		p.Statement = append(p.Statement, statements[sid])
	}
	return p
}

func distinct(all words) words { return slices.Compact(slices.Sorted(slices.Values(all))) }

// sharesItsAccount tells whether another environment may be in the account of this one, so that an image of it can be
// promoted: one run has one account's credentials. Pure.
func sharesItsAccount(place cfn.Place) bool {
	own := place.Environment.AccountID
	for name, other := range place.App.Environments {
		if name != place.Env && (other.AccountID == own || other.AccountID == "" || own == "") {
			return true
		}
	}
	return false
}

// scopesOf are the resources and conditions of each scope, of every service on the infra stack. Without a pinned account, any
// account is meant: a role reaches its own only. Pure.
func scopesOf(place cfn.Place, made madeNames) map[scope]policyStatement {
	e, names, stackTags := place.Environment, everyName(place), tagsOf(place)
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
	// The tags of both stacks, which CloudFormation gives to every resource that can have tags as it makes it.
	tags := func(kind string) map[string]words {
		return map[string]words{"aws:" + kind + "Tag/app": {stackTags["app"]}, "aws:" + kind + "Tag/environment": {stackTags["environment"]}}
	}
	here := func(tags map[string]words) map[string]words {
		tags["aws:RequestedRegion"] = words{e.Region}
		return tags
	}
	// Another application may have a name that begins with this one's: the tag tells their repositories apart.
	// Environments may be in other regions.
	sameApp := conditions{"StringEquals": {"aws:ResourceTag/app": {stackTags["app"]}}}
	others := func(service, resource string) []string {
		return []string{strings.Join([]string{"arn", partition.Of(e.Region).Name, service, "*", account, resource}, ":")}
	}
	onCluster := conditions{"ArnLike": {"ecs:cluster": {arn("ecs", "cluster/"+n.Cluster)}}}
	// Of the actions on task definitions RunTask alone has a cluster.
	inCluster := conditions{"ArnLikeIfExists": onCluster["ArnLike"]}
	var roles, taskRoles []string
	for _, name := range made.roles {
		roles = append(roles, arn("iam", "role/"+name))
		if !strings.HasSuffix(name, "-ExecutionRole-*") {
			taskRoles = append(taskRoles, arn("iam", "role/"+name))
		}
	}
	stacks := []string{arn("cloudformation", "stack/"+n.InfraStack+"/*")}
	var services, revisions, repositories, logs, alarms []string
	var tracked string // alarms that auto-scaling makes
	for _, n := range names {
		inService := n.Cluster + "/*" // the cluster has no others, and every character counts
		stacks = append(stacks, arn("cloudformation", "stack/"+n.ServiceStack+"/*"))
		services = []string{arn("ecs", "*/"+inService)} // service, service-deployment, service-revision, task
		revisions = append(revisions, arn("ecs", "task-definition/"+n.Family+":*"), arn("ecs", "task-definition/"+rollout.OneOffFamily(n.Family)+":*"))
		if repository := arn("ecr", "repository/"+n.Repository); !slices.Contains(repositories, repository) {
			repositories = append(repositories, repository)
		}
		logs = append(logs, arn("logs", "log-group:"+n.LogGroup), arn("logs", "log-group:"+n.LogGroup+":*"))
		tracked = arn("cloudwatch", "alarm:TargetTracking-service/"+inService+"-*")
	}
	for _, name := range made.alarms {
		alarms = append(alarms, arn("cloudwatch", "alarm:"+name))
	}
	alarms = append(alarms, tracked)
	attached := conditions{"ArnEquals": {"iam:PolicyARN": slices.Sorted(slices.Values(e.TaskPolicies))}}
	if e.PermissionsBoundary != "" {
		attached["StringEquals"] = map[string]words{"iam:PermissionsBoundary": {e.PermissionsBoundary}}
	}
	return map[scope]policyStatement{
		onEverything:  {Resource: []string{"*"}},
		onRetiring:    {Resource: []string{"*"}},
		onStacks:      {Resource: stacks},
		onAnyStack:    {Resource: []string{arn("cloudformation", "stack/*")}},
		onCapacity:    {Resource: []string{arn("ecs", "cluster/"+n.Cluster)}},
		onService:     {Resource: services},
		onRevisions:   {Resource: revisions, Condition: inCluster},
		onTasks:       {Resource: services},
		onInCluster:   {Resource: []string{"*"}, Condition: onCluster},
		onRepository:  {Resource: repositories},
		onOtherStacks: {Resource: others("cloudformation", "stack/"+strings.TrimSuffix(n.InfraStack, place.Env)+"*")},
		onOtherImages: {Resource: others("ecr", "repository/"+place.App.Name+"-*"), Condition: sameApp},
		onLogs:        {Resource: logs},
		onAlarms:      {Resource: alarms},
		// What is made has no tags yet but those of the request. What exists and belongs to another environment is never meant,
		// whatever tags a request has.
		onNew: {Resource: words{"*"}, Condition: conditions{"StringEquals": here(tags("Request")), "StringEqualsIfExists": tags("Resource")}},
		// Tags come with the request that makes what gets them: what exists cannot be taken over by a tag.
		onNewTags:      {Resource: words{"*"}, Condition: conditions{"Null": {"ec2:CreateAction": {"false"}}}},
		onNewBalancing: {Resource: words{"*"}, Condition: conditions{"Null": {"elasticloadbalancing:CreateAction": {"false"}}}},
		onOwn:          {Resource: words{"*"}, Condition: conditions{"StringEquals": here(tags("Resource"))}},
		onBroughtVPC:   {Resource: []string{arn("ec2", "vpc/"+e.Network.VPCID)}},
		onCertificate:  {Resource: []string{e.CertificateARN}},
		onRoles:        {Resource: roles},
		onBoundedRoles: {Resource: roles, Condition: conditions{"StringEquals": {"iam:PermissionsBoundary": {e.PermissionsBoundary}}}},
		onSecrets:      {Resource: secretsOf(e)},
		onPassing:      {Resource: roles, Condition: conditions{"StringEquals": {"iam:PassedToService": {"ecs-tasks.amazonaws.com"}}}},
		onTaskPolicies: {Resource: taskRoles, Condition: attached},
		onServiceRoles: {Resource: []string{arn("iam", "role/aws-service-role/*")}, Condition: conditions{
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
