package targets

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/awslabs/goformation/v7/cloudformation/ecs"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/image"
	"github.com/bellyfed/splitecs/magefiles/preflight"
)

// templateWants reads what is asked for out of the service template of a place, so that what is checked is what will be
// sent. What only the configuration knows comes from there. Pure.
func templateWants(place cfn.Place) (preflight.Wanted, error) {
	var w preflight.Wanted
	t, err := place.ServiceTemplate()
	if err != nil {
		return w, err
	}
	container := place.Container
	w.HealthCheckPath, w.StartPeriod = container.HealthCheckPath, container.StartPeriod
	w.WritablePaths = container.WritablePaths
	w.Variables = map[string]string{}
	if w.IdleTimeout, err = place.IdleTimeout(); err != nil {
		return w, err
	}
	var problems []error
	number := func(text *string) int {
		n, err := strconv.Atoi(given(text))
		problems = append(problems, err)
		return n
	}
	for _, resource := range t.Resources {
		switch r := resource.(type) {
		case *ecs.TaskDefinition:
			w.CPU, w.Memory = number(r.Cpu), number(r.Memory)
			w.SizeProblem = cfn.FargateSize(w.CPU, w.Memory)
			if w.Architecture, err = image.Architecture(given(r.RuntimePlatform.CpuArchitecture)); err != nil {
				problems = append(problems, err)
			}
			for _, c := range r.ContainerDefinitions {
				if c.Name != place.Names.Container {
					continue // a sidecar
				}
				for _, p := range c.PortMappings {
					w.Port = given(p.ContainerPort)
				}
				for _, v := range c.Environment {
					w.Variables[given(v.Name)] = given(v.Value)
				}
				w.User, w.ReadOnlyRoot, w.EntryPoint, w.Command = given(c.User), given(c.ReadonlyRootFilesystem), c.EntryPoint, c.Command
				if w.HealthCheck = c.HealthCheck != nil; w.HealthCheck {
					w.HealthCheckCommand = c.HealthCheck.Command
				}
			}
		case *cfn.ECSService:
			w.MinimumHealthyPercent = given(r.DeploymentConfiguration.MinimumHealthyPercent)
			w.MaximumPercent = given(r.DeploymentConfiguration.MaximumPercent)
			w.GracePeriod = time.Duration(given(r.HealthCheckGracePeriodSeconds)) * time.Second
			for _, item := range r.CapacityProviderStrategy {
				w.CapacityProviders = append(w.CapacityProviders, given(item.CapacityProvider))
			}
			w.PublicAddress = given(r.NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp) == "ENABLED"
		}
	}
	if err := errors.Join(problems...); err != nil {
		return w, fmt.Errorf("read service template of %s: %w", place.String(), err)
	}
	return w, nil
}

// given is what a pointer points to; the zero value where it is nil.
func given[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}
