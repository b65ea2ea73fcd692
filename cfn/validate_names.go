package cfn

import (
	"maps"
	"slices"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// nameRule is how AWS wants a name to be.
type nameRule struct {
	field string
	of    func(Names) string
	form  *lazyregexp.Regexp
	what  string
	alone bool // no two environments of one account and region may have it
}

// nameRules in the order of the fields of [Names]. A service's name is shorter than ECS allows, because those of its
// alarms begin with it.
//
// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCluster.html
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RegisterTaskDefinition.html
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html
var nameRules = []nameRule{
	{"InfraStack", func(n Names) string { return n.InfraStack }, stackNameForm, "the name of a stack: 1 to 128 letters, digits and hyphens, beginning with a letter", true},
	{"ServiceStack", func(n Names) string { return n.ServiceStack }, stackNameForm, "the name of a stack: 1 to 128 letters, digits and hyphens, beginning with a letter", true},
	{"Cluster", func(n Names) string { return n.Cluster }, clusterNameForm, "the name of a cluster: 1 to 255 letters, digits, hyphens and underscores, beginning with a letter", true},
	{"Service", func(n Names) string { return n.Service }, serviceNameForm, "the name of a service: 1 to 200 letters, digits, hyphens and underscores", true},
	{"Family", func(n Names) string { return n.Family }, ecsNameForm, "the family of a task definition: 1 to 255 letters, digits, hyphens and underscores", true},
	{"Container", func(n Names) string { return n.Container }, ecsNameForm, "the name of a container: 1 to 255 letters, digits, hyphens and underscores", false},
	{"LogGroup", func(n Names) string { return n.LogGroup }, logGroupForm, "the name of a log group: 1 to 512 letters, digits and _./#-", true},
	{"StreamPrefix", func(n Names) string { return n.StreamPrefix }, ecsNameForm, "the prefix of log streams: 1 to 255 letters, digits, hyphens and underscores", false},
	{"Repository", func(n Names) string { return n.Repository }, repositoryForm, "the name of a repository: 2 to 256 lower-case letters, digits and single separators ._-/ between them, beginning with a letter", true},
}

var (
	stackNameForm   = lazyregexp.New(`^[A-Za-z][A-Za-z0-9-]{0,127}$`)
	clusterNameForm = lazyregexp.New(`^[A-Za-z][A-Za-z0-9_-]{0,254}$`)
	serviceNameForm = lazyregexp.New(`^[A-Za-z0-9_-]{1,200}$`)
	ecsNameForm     = lazyregexp.New(`^[A-Za-z0-9_-]{1,255}$`)
	logGroupForm    = lazyregexp.New(`^[A-Za-z0-9_./#-]{1,512}$`)
	repositoryForm  = lazyregexp.New(`^[a-z][a-z0-9]*([._/-][a-z0-9]+)*$`)
)

// names checks the names that an environment gives itself, and that no other environment has them: two stacks would
// undo what the other one did.
func (v *validator) names(a App, env string) {
	given, all := a.Environments[env].Names, a.names(env, "")
	for _, rule := range nameRules {
		name := rule.of(given)
		if name == "" {
			continue
		}
		if !rule.form.MatchString(name) || rule.form == repositoryForm && (len(name) < 2 || len(name) > 256) {
			v.add(rule.field, "%q is not %s", name, rule.what)
			continue
		}
		for _, other := range slices.Sorted(maps.Keys(a.Environments)) {
			if rule.alone && other != env && rule.of(a.names(other, "")) == name && a.together(env, other) {
				v.add(rule.field, "%q is also the %s of %q: each environment needs its own, except where AccountID or Region set them apart", name, rule.field, other)
			}
		}
	}
	if all.InfraStack == all.ServiceStack {
		v.add("ServiceStack", "%q is the infra stack as well", all.ServiceStack)
	}
}

// together tells whether two environments are in one account and region, as far as the configuration says.
func (a App) together(env, other string) bool {
	one, two := a.resolve(a.Environments[env]), a.resolve(a.Environments[other])
	return one.Region == two.Region && one.AccountID == two.AccountID && env != Local && other != Local
}
