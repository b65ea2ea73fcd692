package cfn

import "strings"

// Local is the name of the environment that the embedded AWS serves.
const Local = "local"

// Names are the AWS names of one environment of an application.
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

// Names derives every AWS name of the environment env, or of a service of it: env/service.
func (a App) Names(env string) Names {
	if env, service := SplitPlace(env); service != "" {
		return a.serviceNames(env, service)
	}
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
