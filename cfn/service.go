package cfn

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/awslabs/goformation/v7/cloudformation"
)

// ownRevision is the condition under which the service runs the stack's own task definition: none is pinned.
const ownRevision = "OwnRevision"

// Service returns the template of the service stack of env, or of a service of it (env/service): everything that a release
// replaces. Its parameters are [ParameterImage], [ParameterPinned], [ParameterRestart], and outputs of the infra stack by
// their names. [App.ExtendService] has the last word. The error is an [*EnvironmentError], a [*ServiceError], a
// [*ValidationError] or an [*ExtensionError].
func Service(app App, env string) (*cloudformation.Template, error) {
	p, err := app.Place(env)
	if err != nil {
		return nil, err
	}
	return p.ServiceTemplate()
}

// ServiceTemplate is [Service] of the place.
func (p Place) ServiceTemplate() (*cloudformation.Template, error) {
	d, err := p.deployment()
	if err != nil {
		return nil, err
	}
	t := cloudformation.NewTemplate()
	t.Description = fmt.Sprintf("%s of %s in environment %s", strings.TrimSpace("Service "+d.Service), d.App.Name, d.Env)
	d.addServiceParameters(t)
	t.Conditions[ownRevision] = cloudformation.Equals(cloudformation.Ref(ParameterPinned), "")
	d.addTaskDefinition(t)
	d.addService(t)
	d.addScaling(t)
	d.addAlarms(t)
	addServiceOutputs(t)
	if err := d.extend("ExtendService", p.App.ExtendService, t, p.hasOutput); err != nil {
		return nil, err
	}
	return t, nil
}

// parameter of the service template.
type parameter struct {
	name, kind, description, pattern string
}

// infraParameters are filled from the outputs of the infra stack.
var infraParameters = []parameter{
	{OutputPrivateSubnets, "List<AWS::EC2::Subnet::Id>", "Subnets of the tasks", ""},
	{OutputServiceSecurity, "AWS::EC2::SecurityGroup::Id", "Security group of the tasks", ""},
	{OutputCluster, "String", "ECS cluster", `^[A-Za-z][A-Za-z0-9_-]{0,254}$`},
	{OutputExecutionRole, "String", "Role that starts tasks", `^arn:aws[a-z-]*:iam::[0-9]{12}:role/.+$`},
	{OutputTaskRole, "String", "Role of the application", `^arn:aws[a-z-]*:iam::[0-9]{12}:role/.+$`},
	{OutputLogGroup, "String", "Log group of the tasks", `^[A-Za-z0-9_/.#-]{1,512}$`},
	{OutputTargetGroup, "String", "Target group that tasks register with", `^arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:targetgroup/.+$`},
	{OutputTargetGroupName, "String", "Target group in metrics", `^targetgroup/[^/]+/[^/]+$`},
	{OutputLoadBalancerName, "String", "Load balancer in metrics", `^app/[^/]+/[^/]+$`},
}

// ownParameters are set by whoever deploys.
var ownParameters = []parameter{
	{ParameterImage, "String", "Container image, pinned by its digest", `^[^\s@]+@sha256:[0-9a-f]{64}$`},
	{ParameterPinned, "String", "Revision to run in place of the stack's own; set by a rollback, empty otherwise",
		`^(arn:aws[a-z-]*:ecs:[a-z0-9-]+:[0-9]{12}:task-definition/[A-Za-z0-9_-]{1,255}:[0-9]+)?$`},
	{ParameterRestart, "String", "Another value replaces all tasks; set by a restart", `^[A-Za-z0-9-]{1,64}$`},
}

// gatewayParameters are those of a service that requests come to.
var gatewayParameters = []parameter{
	{ParameterContainer, "String", "Container that requests go to; a rollback sets that of the revision", `^[A-Za-z0-9_-]{1,255}$`},
	{ParameterPort, "Number", "Port of that container; likewise", ""},
}

func (d deployment) addServiceParameters(t *cloudformation.Template) {
	for _, p := range d.infraParameters() {
		t.Parameters[p.name] = p.template()
	}
	for _, p := range ownParameters {
		t.Parameters[p.name] = p.template()
	}
	defaults := map[string]string{ParameterPinned: "", ParameterRestart: "never"}
	if d.balanced() {
		for _, p := range gatewayParameters {
			t.Parameters[p.name] = p.template()
		}
		defaults[ParameterContainer], defaults[ParameterPort] = d.Names.Container, strconv.Itoa(d.Container.Port)
	}
	for name, value := range defaults {
		p := t.Parameters[name]
		p.Default = value
		t.Parameters[name] = p
	}
}

func (p parameter) template() cloudformation.Parameter {
	made := cloudformation.Parameter{Type: p.kind, Description: new(p.description)}
	if p.pattern != "" {
		made.AllowedPattern = new(p.pattern)
	}
	return made
}

func addServiceOutputs(t *cloudformation.Template) {
	output(t, OutputService, "ECS service", cloudformation.GetAtt(ResourceService, "Name"))
	output(t, OutputTaskDefinition, "The stack's own revision", cloudformation.Ref(ResourceTaskDefinition))
	output(t, OutputDeployedTaskDefinition, "The revision of the service", deployedRevision())
	t.Outputs[OutputImage] = cloudformation.Output{
		Description: new("Image of the service, where no revision is pinned"),
		Value:       cloudformation.Ref(ParameterImage),
		Condition:   new(ownRevision),
	}
}

// deployedRevision is the revision that the service runs: the stack's own, or the pinned one.
func deployedRevision() string {
	return cloudformation.If(ownRevision, cloudformation.Ref(ResourceTaskDefinition), cloudformation.Ref(ParameterPinned))
}
