package cfn

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// environmentPattern is what an environment may be called. It is checked before anything else, because
// the name comes from a command line and ends up in the names of AWS resources.
var environmentPattern = lazyregexp.New(`^[a-z]([a-z0-9-]*[a-z0-9])?$`)

// EnvironmentError says that an environment does not exist or cannot have the name.
type EnvironmentError struct {
	Name      string
	Malformed bool     // the name is none that an environment could have
	Known     []string // the environments of the application
}

func (e *EnvironmentError) Error() string {
	known := strings.Join(e.Known, ", ")
	if near := Nearest(e.Name, e.Known); near != "" {
		known += "; did you mean " + near + "?"
	}
	if e.Malformed {
		return fmt.Sprintf("%q is not the name of an environment: lower-case letters, digits and inner hyphens, beginning with a letter; known are %s", e.Name, known)
	}
	return fmt.Sprintf("unknown environment %q; known are %s", e.Name, known)
}

// EnvironmentNames returns the names of all environments, "local" among them, in order.
func (a App) EnvironmentNames() []string {
	names := slices.Collect(maps.Keys(a.Environments))
	if !slices.Contains(names, Local) {
		names = append(names, Local)
	}
	slices.Sort(names)
	return names
}

// Environment returns the environment env as the templates see it: every default applied, the region of the
// application where it names none, the variables of the container and the tags of the application under
// its own. Of a service, env/service, it is the environment with what the service lays over it. The error is an
// [*EnvironmentError] or a [*ServiceError]; whether the values make sense is for [App.Validate].
func (a App) Environment(env string) (Environment, error) {
	if env, service, ok := strings.Cut(env, "/"); ok && environmentPattern.MatchString(env) {
		return a.serviceEnvironment(env, service)
	}
	if !environmentPattern.MatchString(env) {
		return Environment{}, &EnvironmentError{Name: env, Malformed: true, Known: a.EnvironmentNames()}
	}
	e, ok := a.Environments[env]
	if !ok && env == Local {
		e, ok = a.local(), true
	}
	if !ok {
		return Environment{}, &EnvironmentError{Name: env, Known: a.EnvironmentNames()}
	}
	return a.resolve(e), nil
}

// resolve fills in what an environment takes from defaults and from the application.
func (a App) resolve(e Environment) Environment {
	e = e.withDefaults()
	e.Region = cmp.Or(e.Region, a.Region)
	e.Variables = merged(a.Container.Variables, e.Variables)
	e.Tags = merged(a.Tags, e.Tags)
	return e
}

// local is the default environment without what exists in one AWS account only.
func (a App) local() Environment {
	e := a.Environments[a.DefaultEnvironment]
	e.AccountID = ""
	e.CertificateARN, e.TLSPolicy, e.StrictTransportSecurity = "", "", ""
	e.AccessLogBucket = ""
	e.Network.VPCID = ""
	e.Network.PublicSubnetIDs = nil
	e.Network.PrivateSubnetIDs = nil
	e.Names = Names{}
	return e
}

// deployment is one environment of a valid application with everything resolved: what a template is made of.
type deployment struct {
	Environment

	app       string // name of the application
	env       string // name of the environment
	names     Names
	container Container

	service  string // name, where it is not the application's own
	paths    []string
	priority int
	ownImage bool
	services []deployment // those beside the application's own

	kept Kept // of the infra stack, for tasks that run
}

func (a App) deployment(place string) (deployment, error) {
	e, err := a.Environment(place)
	if err != nil {
		return deployment{}, err
	}
	if err := a.Validate(); err != nil {
		return deployment{}, err
	}
	return a.deploymentOf(place, e), nil
}

// deploymentOf is that of a place whose resolved environment is e. Where the place is an environment, the deployments of
// its services are within.
func (a App) deploymentOf(place string, e Environment) deployment {
	env, name := SplitPlace(place)
	s := a.service(place)
	d := deployment{
		Environment: e,
		app:         a.Name,
		env:         env,
		names:       a.Names(place),
		container:   a.ContainerOf(place),
		service:     name,
		paths:       s.Paths,
		priority:    s.Priority,
		ownImage:    s.Image != nil,
	}
	if name == "" {
		for _, other := range a.Places(env)[1:] {
			_, name := SplitPlace(other)
			d.services = append(d.services, a.deploymentOf(other, e.of(e.Services[name])))
		}
	}
	return d
}

// prefix of the names that are only read by people.
func (d deployment) prefix() string {
	if d.service != "" {
		return d.names.Service
	}
	return d.app + "-" + d.env
}

// place is what targets take for the service: the environment, or env/service.
func (d deployment) place() string {
	if d.service != "" {
		return d.env + "/" + d.service
	}
	return d.env
}
