package cfn

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/awslabs/goformation/v7/cloudformation"
	elb "github.com/awslabs/goformation/v7/cloudformation/elasticloadbalancingv2"
)

// AdditionalService is a service beside the application's own one, on the same infra stack: it shares network, load
// balancer, cluster and roles, and has a service stack of its own, so that it is released by itself. What it does not
// have a field for comes from the environment.
type AdditionalService struct {
	// Container of the service, with the same defaults as App.Container, but with the same image as the application
	// unless Image says otherwise. Its variables are laid over the environment's.
	Container Container
	// Paths of the requests that the load balancer sends to it, e.g. "/api/*", with the wildcards of listener rules. At
	// most 5. Empty: a worker, which no request reaches and whose port and health check path mean nothing.
	Paths []string
	// Priority of these paths over others, from 1, the first, to 50000; required with Paths, and each only once. What
	// no path claims goes to the application's own service. It is not chosen for you, because a number that moved when
	// a service is added would collide with the one that has it.
	Priority int
	// Image of its own, with a repository of its own. Default: the application's image and repository.
	Image *Image
	// CPU in units and Memory in MiB. Default: the environment's; where only one of them is given, the environment's
	// CPU, and twice the units of CPU.
	CPU    int
	Memory int
	// MinTasks and MaxTasks bound auto-scaling. Default: the environment's; where only one of them is given, 1, and
	// MinTasks.
	MinTasks int
	MaxTasks int
	// Scaling policies between these bounds. Default: the environment's; for a worker without RequestsPerTask, and for a
	// service with bounds of its own without the Schedules, which set others.
	Scaling Scaling
	// Secrets over the environment's.
	Secrets map[string]string
	// Sidecars beside the container. The environment's stand beside the application's own service only.
	Sidecars []Sidecar
}

// worker tells whether no request reaches the service.
func (s AdditionalService) worker() bool { return len(s.Paths) == 0 }

// ServiceError says that an environment has no service of that name.
type ServiceError struct {
	Env, Name string
	Known     []string // the services that there are, as targets take them: dev/worker
}

func (e *ServiceError) Error() string {
	if len(e.Known) == 0 {
		return fmt.Sprintf("unknown service %q: environment %s has none besides the application's own, which is %s", e.Name, e.Env, e.Env)
	}
	said := fmt.Sprintf("unknown service %q of environment %s; known are %s, and %s for the application's own", e.Name, e.Env, strings.Join(e.Known, ", "), e.Env)
	if near := Nearest(e.Env+"/"+e.Name, e.Known); near != "" {
		said += "; did you mean " + near + "?"
	}
	return said
}

// InfraOutputs are the outputs of the infra stack as the service sees them: what it has of its own there takes the place of
// what the application's own service has, and is absent where the infra stack does not have it.
func (p Place) InfraOutputs(outputs map[string]string) map[string]string {
	if p.Service == "" {
		return outputs
	}
	own := []string{OutputLogGroup, OutputTargetGroup, OutputTargetGroupName, OutputProvides}
	if p.own.Image != nil {
		own = append(own, OutputRepository, OutputRepositoryURI)
	}
	seen := maps.Clone(outputs)
	for _, name := range own {
		delete(seen, name)
		if value, ok := outputs[pascal(p.Service)+name]; ok {
			seen[name] = value
		}
	}
	return seen
}

// of lays what a service says over a resolved environment.
func (e Environment) of(s AdditionalService) Environment {
	if s.CPU != 0 || s.Memory != 0 {
		e.CPU = cmp.Or(s.CPU, e.CPU)
		e.Memory = cmp.Or(s.Memory, 2*e.CPU)
	}
	if s.MinTasks != 0 || s.MaxTasks != 0 {
		e.MinTasks = cmp.Or(s.MinTasks, 1)
		e.MaxTasks = cmp.Or(s.MaxTasks, e.MinTasks)
		// The environment's schedules set bounds for its own tasks: a worker that is bounded to one would be made
		// several every morning.
		e.Scaling.Schedules = nil
	}
	if s.Scaling.given() {
		e.Scaling = s.Scaling.withDefaults()
	}
	if s.worker() {
		e.Scaling.RequestsPerTask = 0
	}
	e.Variables = merged(e.Variables, s.Container.Variables)
	e.Secrets = merged(e.Secrets, s.Secrets)
	e.Sidecars = s.Sidecars
	return e
}

func (s Scaling) given() bool {
	return s.CPUPercent != 0 || s.MemoryPercent != 0 || s.RequestsPerTask != 0 || len(s.Schedules) > 0
}

// AllSecrets are those of every service in the environment, which share the execution role. Only the references mean
// something: two services may give one variable two of them.
func (e Environment) AllSecrets() map[string]string {
	all := e.TaskSecrets()
	for name, s := range e.Services {
		for variable, reference := range secretsOfTask(s.Secrets, s.Sidecars) {
			all[name+"/"+variable] = reference
		}
	}
	return all
}

// resource is the logical id, in the infra stack, of what every service has one of.
func (d deployment) resource(kind string) string { return pascal(d.Service) + kind }

// addServices adds what the infra stack holds for the services beside the application's own.
func (d deployment) addServices(t *cloudformation.Template, n network) {
	for _, s := range d.services {
		s.addLogGroup(t)
		if s.own.Image != nil {
			s.addRepository(t)
		}
		if s.balanced() {
			s.addTargetGroup(t, n)
			s.addListenerRule(t)
		}
		s.addOwnOutputs(t)
	}
}

// taskPorts are where the load balancer reaches tasks: the port of the application's own service, then those of others,
// and those that are kept.
func (d deployment) taskPorts() []int {
	ports := []int{d.Container.Port}
	for _, s := range d.services {
		if s.balanced() && !slices.Contains(ports, s.Container.Port) {
			ports = append(ports, s.Container.Port)
		}
	}
	return append(ports, d.kept.Ports...)
}

// addListenerRule sends the service's paths to its target group, on the listener that does not redirect.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-rules.html
func (d deployment) addListenerRule(t *cloudformation.Template) {
	listener := "HttpListener"
	if d.Environment.CertificateARN != "" {
		listener = "HttpsListener"
	}
	t.Resources[d.resource("ListenerRule")] = &elb.ListenerRule{
		ListenerArn: cloudformation.RefPtr(listener),
		Priority:    d.own.Priority,
		Conditions: []elb.ListenerRule_RuleCondition{{
			Field:             new("path-pattern"),
			PathPatternConfig: &elb.ListenerRule_PathPatternConfig{Values: d.own.Paths},
		}},
		Actions: []elb.ListenerRule_Action{{
			Type:           "forward",
			TargetGroupArn: cloudformation.RefPtr(d.resource("TargetGroup")),
		}},
	}
}

// addOwnOutputs adds the outputs that take the place of the application's own; see [Place.InfraOutputs].
func (d deployment) addOwnOutputs(t *cloudformation.Template) {
	of := " of service " + d.Service
	output(t, d.resource(OutputLogGroup), "Log group"+of, cloudformation.Ref(d.resource("LogGroup")))
	output(t, d.resource(OutputProvides), "What service "+d.Service+" may rely on", strings.Join(d.requirements(), ","))
	if d.balanced() {
		output(t, d.resource(OutputTargetGroup), "Target group"+of, cloudformation.Ref(d.resource("TargetGroup")))
		output(t, d.resource(OutputTargetGroupName), "Target group in metrics"+of, cloudformation.GetAtt(d.resource("TargetGroup"), "TargetGroupFullName"))
	}
	if d.own.Image != nil {
		output(t, d.resource(OutputRepository), "ECR repository"+of, cloudformation.Ref(d.resource("Repository")))
		output(t, d.resource(OutputRepositoryURI), "Address to push images to"+of, cloudformation.GetAtt(d.resource("Repository"), "RepositoryUri"))
	}
}

// repositories are the ARNs of every repository in the infra stack.
func (d deployment) repositories() []string {
	arns := []string{cloudformation.GetAtt("Repository", "Arn")}
	for _, s := range d.services {
		if s.own.Image != nil {
			arns = append(arns, cloudformation.GetAtt(s.resource("Repository"), "Arn"))
		}
	}
	return arns
}

// logGroups are the ARNs of every log group in the infra stack.
func (d deployment) logGroups() []string {
	arns := []string{cloudformation.GetAtt("LogGroup", "Arn")}
	for _, s := range d.services {
		arns = append(arns, cloudformation.GetAtt(s.resource("LogGroup"), "Arn"))
	}
	return append(arns, d.kept.LogGroups...)
}

// balanced tells whether the load balancer sends requests to the service.
func (d deployment) balanced() bool { return d.Service == "" || len(d.own.Paths) > 0 }

// infraParameters are those that the service's template has: a worker has none of the load balancer.
func (d deployment) infraParameters() []parameter {
	if d.balanced() {
		return infraParameters
	}
	return slices.DeleteFunc(slices.Clone(infraParameters), func(p parameter) bool {
		return p.name == OutputTargetGroup || p.name == OutputTargetGroupName || p.name == OutputLoadBalancerName
	})
}
