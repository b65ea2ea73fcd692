package cfn

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/awslabs/goformation/v7/cloudformation"
	"github.com/awslabs/goformation/v7/cloudformation/ecr"
	"github.com/awslabs/goformation/v7/cloudformation/ecs"
	"github.com/awslabs/goformation/v7/cloudformation/logs"
)

// Extension changes a template of the environment env after everything else (of a service stack beside the application's
// own, env is ENV/SERVICE): it adds resources, conditions, outputs and
// parameters, or changes those that are there. It is called each time the template is made, and has to do the same each
// time. A resource type that goformation lacks is any type with the method AWSCloudFormationType and a MarshalJSON that
// gives the whole resource.
//
// Parameters need a default; those of the service template may bear the name of an output of the infra stack instead,
// which then fills them. What the targets rely on has to stay: the contract's outputs and parameters, the ECS service and
// its name, the task definition with its family, its UpdateReplacePolicy and the image of the application's container.
// The rest is the function's own responsibility.
type Extension func(env string, t *cloudformation.Template) error

// ExtensionError says that an [Extension] failed, or what it broke.
type ExtensionError struct {
	Field string // of the App: "ExtendInfra" or "ExtendService"
	Env   string // the environment, or the service of it
	Err   error
}

func (e *ExtensionError) Error() string {
	return fmt.Sprintf("%s of environment %s: %v", e.Field, e.Env, e.Err)
}

func (e *ExtensionError) Unwrap() error { return e.Err }

// extend applies an extension, which may be nil, and checks what has to stay. filled tells whether a parameter without a
// default has a value all the same. The error is an [*ExtensionError].
func (d deployment) extend(field string, f Extension, t *cloudformation.Template, filled func(parameter string) (bool, error)) error {
	if f == nil {
		return nil
	}
	before := d.pins(t)
	err := guarded(func() error { return f(d.String(), t) })
	if err == nil {
		err = d.intact(before, t, filled)
	}
	if err == nil {
		_, err = Render(t) // the size, and types that cannot be written
	}
	if err != nil {
		return &ExtensionError{Field: field, Env: d.String(), Err: err}
	}
	return nil
}

// pin is something in a template that targets rely on.
type pin struct{ value, why string }

// pins are what an extension has to leave as it is, by where it stands.
func (d deployment) pins(t *cloudformation.Template) map[string]pin {
	all := map[string]pin{}
	for name, p := range t.Parameters {
		all["Parameters."+name] = pin{p.Type, "the targets give it"}
	}
	for name, o := range t.Outputs {
		value := ""
		if name == OutputContract || name == OutputProvides {
			value = fmt.Sprint(o.Value)
		}
		all["Outputs."+name] = pin{value, "the targets and the service stack read it"}
	}
	if r, ok := t.Resources["Cluster"].(*ecs.Cluster); ok {
		all["Resources.Cluster.ClusterName"] = pin{pointed(r.ClusterName), "Names.Cluster names it"}
	}
	if r, ok := t.Resources["LogGroup"].(*logs.LogGroup); ok {
		all["Resources.LogGroup.LogGroupName"] = pin{pointed(r.LogGroupName), "Names.LogGroup names it"}
	}
	if r, ok := t.Resources["Repository"].(*ecr.Repository); ok {
		all["Resources.Repository.RepositoryName"] = pin{pointed(r.RepositoryName), "Names.Repository names it"}
	}
	if r, ok := t.Resources[ResourceService].(*ECSService); ok {
		all["Resources.Service.ServiceName"] = pin{pointed(r.ServiceName), "Names.Service names it"}
		all["Resources.Service.TaskDefinition"] = pin{pointed(r.TaskDefinition), "rollbacks pin a revision by it"}
	}
	if r, ok := t.Resources[ResourceTaskDefinition].(*ecs.TaskDefinition); ok {
		all["Resources.TaskDefinition.Family"] = pin{pointed(r.Family), "Names.Family names it"}
		all["Resources.TaskDefinition.UpdateReplacePolicy"] = pin{string(r.AWSCloudFormationUpdateReplacePolicy), "rollbacks need the older revisions"}
		for _, c := range r.ContainerDefinitions {
			if c.Name == d.Names.Container {
				all["Resources.TaskDefinition.ContainerDefinitions["+c.Name+"].Image"] = pin{c.Image, "the targets say which image runs"}
			}
		}
	}
	return all
}

// intact says everything that an extension broke.
func (d deployment) intact(before map[string]pin, t *cloudformation.Template, filled func(string) (bool, error)) error {
	var broken []error
	after := d.pins(t)
	for _, at := range slices.Sorted(maps.Keys(before)) {
		want := before[at]
		switch got, ok := after[at]; {
		case !ok:
			broken = append(broken, fmt.Errorf("%s is gone: %s", at, want.why))
		case got.value != want.value:
			broken = append(broken, fmt.Errorf("%s was changed: %s", at, want.why))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(t.Parameters)) {
		if _, ok := before["Parameters."+name]; ok || t.Parameters[name].Default != nil {
			continue
		}
		has, err := filled(name)
		if err != nil {
			return err
		}
		if !has {
			broken = append(broken, fmt.Errorf("%s has no default, and nothing fills it", "Parameters."+name))
		}
	}
	return joined(broken)
}

// joined are several errors in one line.
func joined(list []error) error {
	if len(list) < 2 {
		return errors.Join(list...)
	}
	var texts []string
	for _, err := range list {
		texts = append(texts, err.Error())
	}
	return errors.New(strings.Join(texts, "; "))
}

// hasOutput tells whether the infra template has an output.
func (p Place) hasOutput(name string) (bool, error) {
	t, err := p.InfraTemplate(Kept{})
	if err != nil {
		return false, err
	}
	_, ok := t.Outputs[name]
	return ok, nil
}

// extraParameters are the names of parameters that an extension added to the service template and an output of the
// infra stack has to fill, sorted.
func (p Place) extraParameters() ([]string, error) {
	if p.App.ExtendService == nil {
		return nil, nil
	}
	t, err := p.ServiceTemplate()
	if err != nil {
		return nil, err
	}
	var names []string
	for _, name := range slices.Sorted(maps.Keys(t.Parameters)) {
		known := func(p parameter) bool { return p.name == name }
		if t.Parameters[name].Default == nil && !slices.ContainsFunc(infraParameters, known) && !slices.ContainsFunc(ownParameters, known) {
			names = append(names, name)
		}
	}
	return names, nil
}

// pointed is what a pointer to text points to, or nothing.
func pointed(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}
