package cfn

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// Place is where a target is at work: an environment of an application with the application's own service, or with another
// service of it, and everything that is looked up of it. [App.Place] makes it out of what a person writes. Its fields are to
// be read; one of a changed application is [Place.Of] it.
type Place struct {
	App     App    // whose place it is
	Env     string // name of the environment
	Service string // name of the service; empty for the application's own
	// Environment as the service sees it: every default applied, with what the service lays over it.
	Environment Environment
	// Names in AWS.
	Names Names
	// Container with every default applied.
	Container Container
	// Image is what the image is made of, and ImageContainer the container that it is made for: that of the application's
	// own service wherever it is shared, so that it is the same image.
	Image          Image
	ImageContainer Container

	declared Environment       // as it is written down
	own      AdditionalService // the service; its zero value for the application's own

	idle func() (time.Duration, error) // [Place.IdleTimeout], which is asked again and again, and takes a template
}

// Place parses what targets take: dev is the environment with the application's own service, dev/worker another service of
// it. The error is an [*EnvironmentError] or a [*ServiceError]; the place has parts and names then, which follow from the
// text alone, and nothing else. Whether the values make sense is for [App.Validate].
func (a App) Place(text string) (Place, error) {
	env, service, beside := strings.Cut(text, "/")
	if !environmentPattern.MatchString(env) {
		return a.nowhere(env, service), &EnvironmentError{Name: text, Malformed: true, Known: a.EnvironmentNames()}
	}
	return a.find(env, service, beside)
}

// nowhere is a place that is not there.
func (a App) nowhere(env, service string) Place {
	return Place{App: a, Env: env, Service: service, Names: a.names(env, service)}
}

// find looks for a place by its parts. beside tells that a service beside the application's own is meant.
func (a App) find(env, service string, beside bool) (Place, error) {
	declared, ok := a.declared(env)
	if !ok {
		return a.nowhere(env, service), &EnvironmentError{Name: env, Known: a.EnvironmentNames()}
	}
	if _, ok := declared.Services[service]; beside && !ok {
		var known []string
		for _, name := range declared.serviceNames()[1:] {
			known = append(known, placeText(env, name))
		}
		return a.nowhere(env, service), &ServiceError{Env: env, Name: service, Known: known}
	}
	return a.at(env, service, declared), nil
}

// at is a place that is there, with everything that belongs to it.
func (a App) at(env, service string, declared Environment) Place {
	p := Place{
		App: a, Env: env, Service: service, Environment: a.resolve(declared), Names: a.names(env, service),
		Container: a.Container.WithDefaults(), Image: a.Image, declared: declared,
	}
	p.ImageContainer = p.Container
	p.idle = sync.OnceValues(p.idleTimeout) // of the environment: no service lays anything over it
	if service == "" {
		return p
	}
	p.own = declared.Services[service]
	p.Environment = p.Environment.of(p.own)
	p.Container = p.own.Container.WithDefaults()
	if p.own.Image != nil {
		p.Image, p.ImageContainer = *p.own.Image, p.Container
	}
	return p
}

// declared is an environment as it is written down, that of local by the default one where the application has none of that
// name.
func (a App) declared(env string) (e Environment, ok bool) {
	e, ok = a.Environments[env]
	if !ok && env == Local {
		return a.local(), true
	}
	return e, ok
}

// serviceNames are the names of the services: the empty one of the application's own, then the others in order.
func (e Environment) serviceNames() []string {
	return append([]string{""}, slices.Sorted(maps.Keys(e.Services))...)
}

// String is the place as targets take it.
func (p Place) String() string { return placeText(p.Env, p.Service) }

func placeText(env, service string) string {
	if service == "" {
		return env
	}
	return env + "/" + service
}

// Places are all of the environment: the one of the application's own service first, then the others by name.
func (p Place) Places() []Place {
	var all []Place
	for _, service := range p.declared.serviceNames() {
		all = append(all, p.App.at(p.Env, service, p.declared))
	}
	return all
}

// whole is the place of the application's own service, which the infra stack is made for with all others.
func (p Place) whole() Place { return p.App.at(p.Env, "", p.declared) }

// In is the same service in another environment. Errors are those of [App.Place].
func (p Place) In(env string) (Place, error) { return p.App.find(env, p.Service, p.Service != "") }

// Of is the same place of another application. Errors are those of [App.Place].
func (p Place) Of(a App) (Place, error) { return a.find(p.Env, p.Service, p.Service != "") }

// Field is where its environment is written down in the App: Environments["dev"]. That is the default one for local, where
// the App has none of that name.
func (p Place) Field() string { return fmt.Sprintf("Environments[%q]", p.written()) }

// written is the name of the environment in the App.
func (p Place) written() string {
	if _, own := p.App.Environments[p.Env]; own || p.Env != Local {
		return p.Env
	}
	return p.App.DefaultEnvironment
}
