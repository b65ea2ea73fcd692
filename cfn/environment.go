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
	p, err := a.Place(env)
	return p.Environment, err
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

// deployment is a place of a valid application with everything resolved: what a template is made of.
type deployment struct {
	Place
	services []deployment // those beside the application's own, in its deployment
	kept     Kept         // of the infra stack, for tasks that run
}

func (p Place) deployment() (deployment, error) {
	if err := p.App.Validate(); err != nil {
		return deployment{}, err
	}
	return p.unchecked(), nil
}

// unchecked is the deployment of an application that need not be valid. In that of the application's own service are those
// of the others.
func (p Place) unchecked() deployment {
	d := deployment{Place: p}
	if p.Service == "" {
		for _, other := range p.Places()[1:] {
			d.services = append(d.services, other.unchecked())
		}
	}
	return d
}

// prefix of the names that are only read by people.
func (d deployment) prefix() string {
	if d.Service != "" {
		return d.Names.Service
	}
	return d.App.Name + "-" + d.Env
}
