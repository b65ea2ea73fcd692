package cfn

import (
	"cmp"
	"strings"
)

// Local is the name of the environment that the embedded AWS serves.
const Local = "local"

// Names are the AWS names of one environment of an application: derived, and see [Environment.Names].
type Names struct {
	InfraStack   string // BellyfedEcsInfraStack-dev
	ServiceStack string // BellyfedEcsServiceStack-dev
	Cluster      string // bellyfed-dev
	Service      string // bellyfed-dev-service
	Family       string // bellyfed-dev-service, of the task definition
	Container    string // bellyfed-dev-container
	LogGroup     string // /aws/ecs/bellyfed-dev
	StreamPrefix string // bellyfed-dev-container; streams are PREFIX/CONTAINER/TASK_ID
	Repository   string // bellyfed-dev, in ECR
}

// Names are the AWS names of the environment env: those that it gives itself, and derived ones for the rest; or those of a
// service of it, env/service. They follow from the text alone: of a place that is not there, too.
func (a App) Names(env string) Names {
	p, _ := a.Place(env)
	return p.Names
}

// names of a place by its parts. Of a service beside the application's own, most are derived from the cluster's.
func (a App) names(env, service string) Names {
	n := a.Environments[env].Names.over(a.derivedNames(env))
	if service == "" {
		return n
	}
	base := a.derivedNames(env).Cluster + "-" + service
	n.ServiceStack += "-" + service
	n.Service, n.Family, n.Container = base, base, base+"-container"
	n.LogGroup, n.StreamPrefix = n.LogGroup+"-"+service, n.Container
	if declared, _ := a.declared(env); declared.Services[service].Image != nil {
		n.Repository = base
	}
	return n
}

// over lays the names that are given upon others.
func (n Names) over(derived Names) Names {
	return Names{
		InfraStack:   cmp.Or(n.InfraStack, derived.InfraStack),
		ServiceStack: cmp.Or(n.ServiceStack, derived.ServiceStack),
		Cluster:      cmp.Or(n.Cluster, derived.Cluster),
		Service:      cmp.Or(n.Service, derived.Service),
		Family:       cmp.Or(n.Family, derived.Family),
		Container:    cmp.Or(n.Container, derived.Container),
		LogGroup:     cmp.Or(n.LogGroup, derived.LogGroup),
		StreamPrefix: cmp.Or(n.StreamPrefix, derived.StreamPrefix),
		Repository:   cmp.Or(n.Repository, derived.Repository),
	}
}

// derivedNames are made from the names of the application and of the environment.
func (a App) derivedNames(env string) Names {
	base := a.Name + "-" + env
	title := pascal(a.Name)
	return Names{
		InfraStack:   title + "EcsInfraStack-" + env,
		ServiceStack: title + "EcsServiceStack-" + env,
		Cluster:      base,
		Service:      base + "-service",
		Family:       base + "-service",
		Container:    base + "-container",
		LogGroup:     "/aws/ecs/" + base,
		StreamPrefix: base + "-container",
		Repository:   base,
	}
}

// pascal turns my-shop into MyShop.
func pascal(name string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(name, "-") {
		if part != "" {
			b.WriteString(strings.ToUpper(part[:1]) + part[1:])
		}
	}
	return b.String()
}
