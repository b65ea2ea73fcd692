package cloudformation

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/cloudformation/template"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

// parse reads a template, or remembers having read it.
func (s *Service) parse(body string) (*template.Template, error) {
	if t := s.parsed[body]; t != nil {
		return t, nil
	}
	t, err := template.Parse(body)
	if err != nil {
		return nil, asInvalid(err)
	}
	if len(s.parsed) > 32 {
		clear(s.parsed)
	}
	s.parsed[body] = t
	return t, nil
}

// asInvalid turns what package template says into an answer.
func asInvalid(err error) error {
	var e *template.Error
	if errors.As(err, &e) {
		return invalid("%s", e.Message)
	}
	return err
}

// scope of a stack's deployment. Resources are as they are now.
func (s *Service) scope(st *stack, d Deployment, t *template.Template) *template.Scope {
	notifications := []any{}
	for _, n := range d.Notifications {
		notifications = append(notifications, n)
	}
	return &template.Scope{
		Template: t, Arguments: d.arguments(),
		Pseudo: map[string]any{
			"AWS::AccountId": s.account.ID, "AWS::NotificationARNs": notifications, "AWS::Partition": "aws",
			"AWS::Region": s.account.Region, "AWS::StackId": st.ID, "AWS::StackName": st.Name, "AWS::URLSuffix": "amazonaws.com",
		},
		Zones:  zones,
		Import: s.imported,
		Ref: func(name string) (any, error) {
			if in := st.Resources[name]; in != nil && in.PhysicalID != "" {
				return in.PhysicalID, nil
			}
			return nil, invalid("Unresolved resource dependencies [%s] in the Resources block of the template", name)
		},
		GetAtt: func(name, attribute string) (any, error) {
			in := st.Resources[name]
			if in == nil || in.PhysicalID == "" {
				return nil, invalid("Unresolved resource dependencies [%s] in the Resources block of the template", name)
			}
			return s.attribute(in, attribute)
		},
	}
}

func (s *Service) attribute(in *instance, name string) (any, error) {
	typ := s.types[in.Type]
	if typ.Attribute == nil || !slices.Contains(typ.Attributes, name) {
		return nil, invalid("Template error: resource %s does not support attribute type %s in Fn::GetAtt", in.LogicalID, name)
	}
	v, err := typ.Attribute(in.PhysicalID, name)
	if list, ok := v.([]string); ok {
		items := make([]any, len(list))
		for i, item := range list {
			items[i] = item
		}
		v = items
	}
	return v, err
}

// zones are the first three availability zones of a region, as most have them.
func zones(region string) []string { return []string{region + "a", region + "b", region + "c"} }

// imported is the value of an export of this account and region.
func (s *Service) imported(name string) (any, error) {
	if e := s.state.Exports.Get(name); e != nil {
		return e.Value, nil
	}
	return nil, &importError{name}
}

// importError says that there is no export of that name. A change set is made all the same; the operation fails, and the
// stack's own event alone says why.
type importError struct{ name string }

func (e *importError) Error() string { return "No export named " + e.name + " found" }

// anyImport is the value of an export, known once there is one; missed is told of those that are not there.
func (s *Service) anyImport(missed func(error)) func(string) (any, error) {
	return func(name string) (any, error) {
		v, err := s.imported(name)
		if err != nil {
			missed(err)
			return template.Unknown{}, nil
		}
		return v, nil
	}
}

// examine checks a deployment as far as it can be before anything is made: the template's form, references,
// arguments, capabilities, conditions, and every function that needs no resource. It completes the arguments.
func (s *Service) examine(st *stack, d *Deployment) (*template.Template, error) {
	t, err := s.parse(d.Template)
	if err != nil {
		return nil, err
	}
	if err := t.Validate(s.attributes); err != nil {
		return nil, asInvalid(err)
	}
	if d.Parameters, err = t.Arguments(d.Parameters); err != nil {
		return nil, asInvalid(err)
	}
	if d.Resolved, err = s.resolve(t, d.Parameters); err != nil {
		return nil, err
	}
	if err := s.changedTypes(st, t); err != nil {
		return nil, err
	}
	if err := permitted(t, d.Capabilities); err != nil {
		return nil, err
	}
	scope := s.scope(st, *d, t)
	later := func(string) (any, error) { return template.Unknown{}, nil }
	scope.Import = s.anyImport(func(error) {})
	scope.Ref, scope.GetAtt = later, func(string, string) (any, error) { return template.Unknown{}, nil }
	graph, err := scope.Graph()
	if err != nil {
		return nil, asInvalid(err)
	}
	for _, name := range graph.Order {
		if _, err := scope.Properties(t.Resources[name]); err != nil {
			return nil, asInvalid(err)
		}
	}
	_, err = outputs(scope, graph)
	return t, asInvalid(err)
}

// resolve looks up what parameters of the template name in the Systems Manager. That is done for each change set anew, so that
// an equal template may change a stack.
func (s *Service) resolve(t *template.Template, arguments map[string]string) (map[string]string, error) {
	var values map[string]string
	var missing []string
	for _, name := range slices.Sorted(maps.Keys(t.Parameters)) {
		if !t.Parameters[name].Stored() {
			continue
		}
		kind, value, ok := "", "", false
		if s.Stored != nil {
			kind, value, ok = s.Stored(arguments[name])
		}
		switch {
		case !ok:
			missing = append(missing, arguments[name])
		case kind == "SecureString":
			return nil, invalid("Parameters [%s] referenced by template have types not supported by CloudFormation.", arguments[name])
		default:
			if values == nil {
				values = map[string]string{}
			}
			values[name] = value
		}
	}
	if len(missing) > 0 {
		return nil, invalid("Unable to fetch parameters [%s] from parameter store for this account.", strings.Join(missing, ","))
	}
	return values, nil
}

// arguments are the values that references to the parameters give.
func (d Deployment) arguments() map[string]string {
	if len(d.Resolved) == 0 {
		return d.Parameters
	}
	values := maps.Clone(d.Parameters)
	maps.Copy(values, d.Resolved)
	return values
}

func (s *Service) attributes(typeName string) ([]string, bool) {
	t, ok := s.types[typeName]
	return t.Attributes, ok
}

// changedTypes refuses a template that gives a resource of the stack another type.
func (s *Service) changedTypes(st *stack, t *template.Template) error {
	var changed []string
	for name, r := range t.Resources {
		if in := st.Resources[name]; in != nil && in.PhysicalID != "" && in.Type != r.Type {
			changed = append(changed, name)
		}
	}
	if len(changed) == 0 {
		return nil
	}
	slices.Sort(changed)
	return invalid("Update of resource type is not permitted. The new template modifies resource type of the following resources: [%s]", strings.Join(changed, ", "))
}

// named properties of IAM resources, which need more of a capability.
var iamNames = map[string]string{
	"AWS::IAM::Group": "GroupName", "AWS::IAM::InstanceProfile": "InstanceProfileName",
	"AWS::IAM::ManagedPolicy": "ManagedPolicyName", "AWS::IAM::Role": "RoleName", "AWS::IAM::User": "UserName",
}

// needed is the capability that a template asks for, with the types that make it so; empty where none is.
func needed(t *template.Template) (capability string, types []string) {
	for _, r := range t.Resources {
		if !strings.HasPrefix(r.Type, "AWS::IAM::") {
			continue
		}
		types = append(types, r.Type)
		if _, named := r.Properties[iamNames[r.Type]]; named {
			capability = "CAPABILITY_NAMED_IAM"
		} else if capability == "" {
			capability = "CAPABILITY_IAM"
		}
	}
	slices.Sort(types)
	return capability, slices.Compact(types)
}

func permitted(t *template.Template, have []string) error {
	need, _ := needed(t)
	if need == "" || slices.Contains(have, need) || slices.Contains(have, "CAPABILITY_NAMED_IAM") {
		return nil
	}
	return wire.Errorf("InsufficientCapabilitiesException", "Requires capabilities : [%s]", need)
}

// outputs of a template in a scope, in order of their names. One whose value is not known yet has the text of
// [later].
func outputs(scope *template.Scope, graph *template.Graph) ([]output, error) {
	var out []output
	for _, name := range slices.Sorted(maps.Keys(scope.Template.Outputs)) {
		o := scope.Template.Outputs[name]
		if on, err := scope.Condition(o.Condition); err != nil {
			return nil, err
		} else if !on {
			continue
		}
		if err := present(scope, graph, o); err != nil {
			return nil, err
		}
		value, err := outputText(scope, name, o.Value)
		if err != nil {
			return nil, err
		}
		one := output{OutputKey: name, OutputValue: value, Description: o.Description}
		if o.Export != nil {
			if one.ExportName, err = outputText(scope, name, o.Export); err != nil {
				return nil, err
			}
		}
		out = append(out, one)
	}
	return out, nil
}

// present refuses an output of a resource whose condition does not hold.
func present(scope *template.Scope, graph *template.Graph, o template.Output) error {
	references, err := scope.References(o.Value)
	if err != nil {
		return err
	}
	for _, r := range references {
		if _, isResource := scope.Template.Resources[r.Name]; isResource && !slices.Contains(graph.Order, r.Name) {
			return invalid("Unresolved resource dependencies [%s] in the Outputs block of the template", r.Name)
		}
	}
	return nil
}

func outputText(scope *template.Scope, name string, value any) (string, error) {
	v, err := scope.Resolve(value)
	if err != nil {
		return "", err
	}
	if _, unknown := v.(template.Unknown); unknown {
		return later, nil
	}
	text, ok := text(v)
	if !ok {
		return "", invalid("Template format error: Output %s is malformed. The Value field of every Outputs member must evaluate to a String.", name)
	}
	return text, nil
}
