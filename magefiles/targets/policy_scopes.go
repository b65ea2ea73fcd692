package targets

import (
	"slices"
	"strings"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/cfn/partition"
	"github.com/bellyfed/splitecs/magefiles/rollout"
)

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
		onBases:       {Resource: basesOf(place)},
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

// basesOf are the ARNs of the private repositories of ECR that images of a place are built on, of any account.
func basesOf(place cfn.Place) []string {
	var arns []string
	for _, p := range place.Places() {
		if r, ok := partition.RegistryOf(p.Image.Base); ok && r.OfAWS() {
			arns = append(arns, cfn.RepositoryOf(p.Image.Base))
		}
	}
	return distinct(arns)
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
