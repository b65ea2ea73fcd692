package cfn

import (
	"fmt"
	"strings"

	"github.com/awslabs/goformation/v7/cloudformation"
)

// Infra returns the template of the infra stack of env: everything that a release does not touch. Its outputs
// are those of this package's Output constants, and for each service beside the application's own those that
// [Place.InfraOutputs] knows. [App.ExtendInfra] has the last word. The error is an [*EnvironmentError], a
// [*ValidationError] or an [*ExtensionError]; env may be a service of it, env/service, and a [*ServiceError] then.
func Infra(app App, env string) (*cloudformation.Template, error) {
	p, err := app.Place(env)
	if err != nil {
		return nil, err
	}
	return p.InfraTemplate(Kept{})
}

// InfraTemplate is [Infra] of the place's environment, with what is kept for tasks that run: the same for each of its services.
func (p Place) InfraTemplate(k Kept) (*cloudformation.Template, error) {
	d, err := p.whole().deployment()
	if err != nil {
		return nil, err
	}
	d.kept = k
	t, err := d.infra()
	if err != nil {
		return nil, err
	}
	nothingFills := func(string) (bool, error) { return false, nil }
	if err := d.extend("ExtendInfra", p.App.ExtendInfra, t, nothingFills); err != nil {
		return nil, err
	}
	return t, nil
}

// infra is the template as this package makes it.
func (d deployment) infra() (*cloudformation.Template, error) {
	t := cloudformation.NewTemplate()
	t.Description = fmt.Sprintf("Infrastructure of %s in environment %s", d.App.Name, d.Env)
	n, err := d.addNetwork(t)
	if err != nil {
		return nil, err
	}
	d.addSecurityGroups(t, n)
	d.addLoadBalancer(t, n)
	d.addCluster(t)
	d.addLogGroup(t)
	d.addRepository(t)
	d.addRoles(t)
	d.addServices(t, n)
	d.addInfraOutputs(t, n)
	return t, nil
}

func (d deployment) addInfraOutputs(t *cloudformation.Template, n network) {
	output(t, OutputVPC, "VPC", n.vpc)
	output(t, OutputPrivateSubnets, "Subnets of the tasks", commaSeparated(n.private))
	output(t, OutputServiceSecurity, "Security group of the tasks", cloudformation.GetAtt("ServiceSecurityGroup", "GroupId"))
	output(t, OutputCluster, "ECS cluster", cloudformation.Ref("Cluster"))
	output(t, OutputRepository, "ECR repository", cloudformation.Ref("Repository"))
	output(t, OutputRepositoryURI, "Address to push images to", cloudformation.GetAtt("Repository", "RepositoryUri"))
	output(t, OutputExecutionRole, "Role that starts tasks", cloudformation.GetAtt("ExecutionRole", "Arn"))
	output(t, OutputTaskRole, "Role of the application", cloudformation.GetAtt("TaskRole", "Arn"))
	output(t, OutputLogGroup, "Log group of the tasks", cloudformation.Ref("LogGroup"))
	output(t, OutputTargetGroup, "Target group that tasks register with", cloudformation.Ref("TargetGroup"))
	output(t, OutputTargetGroupName, "Target group in metrics", cloudformation.GetAtt("TargetGroup", "TargetGroupFullName"))
	output(t, OutputLoadBalancerName, "Load balancer in metrics", cloudformation.GetAtt("LoadBalancer", "LoadBalancerFullName"))
	output(t, OutputLoadBalancerDomain, "Name to point a domain at", cloudformation.GetAtt("LoadBalancer", "DNSName"))
	output(t, OutputURL, "Where the application answers", d.url())
	output(t, OutputProvides, "What the service stack may rely on", strings.Join(append(d.requirements(), d.kept.requirements()...), ","))
	output(t, OutputContract, "Version of these outputs", ContractVersion)
}

func output(t *cloudformation.Template, name, description, value string) {
	t.Outputs[name] = cloudformation.Output{Description: new(description), Value: value}
}

// commaSeparated joins references when the stack is made, and plain identifiers at once.
func commaSeparated(values []string) string {
	for _, value := range values {
		if _, ok := decodeIntrinsic(value); ok {
			return cloudformation.Join(",", values)
		}
	}
	return strings.Join(values, ",")
}
