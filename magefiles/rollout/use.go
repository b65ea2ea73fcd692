package rollout

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// Use is what one service relies on: what it says itself, and what the revisions of its deployments say, which start new
// tasks at any time. Lists are sorted, each text once.
type Use struct {
	Service   string
	Stack     string // that has made it; empty where none has
	Tags      map[string]string
	Revisions []string // family:revision
	Desired   int      // tasks
	Gateways  []Gateway

	Subnets, SecurityGroups   []string // ids
	ExecutionRoles, TaskRoles []string // ARNs
	Images                    []string // references
	Secrets                   []string // references, of variables, log options and registries
	LogGroups                 []string // ARNs that end in :*
	Checks                    []string // commands of the own health checks of containers that requests come to

	// Stays is what it goes on to rely on once the tasks of revisions before have drained; nil where none are leaving.
	Stays *Use
}

// Gateway is where requests come in: tasks register with a target group, with this port.
type Gateway struct {
	TargetGroup string // ARN
	Port        int
}

// mostServices that are described at once, and with which a page of a list is filled.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html
const mostServices = 10

// Uses are what the services of a cluster rely on, by their names. A cluster that is not there has none.
func (r *Rollouts) Uses(ctx context.Context, cluster string) ([]Use, error) {
	var uses []Use
	pages := ecs.NewListServicesPaginator(r.ECS, &ecs.ListServicesInput{Cluster: aws.String(cluster), MaxResults: aws.Int32(mostServices)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if isClusterNotFound(err) {
			return nil, nil
		}
		if err != nil {
			return nil, fmt.Errorf("list services of cluster %s: %w", cluster, err)
		}
		if len(page.ServiceArns) == 0 {
			continue
		}
		out, err := r.ECS.DescribeServices(ctx, &ecs.DescribeServicesInput{
			Cluster: aws.String(cluster), Services: page.ServiceArns, Include: []types.ServiceField{types.ServiceFieldTags},
		})
		if err != nil {
			return nil, fmt.Errorf("describe services of cluster %s: %w", cluster, err)
		}
		for _, s := range out.Services {
			if aws.ToString(s.Status) != "ACTIVE" {
				continue
			}
			u, err := r.use(ctx, s)
			if err != nil {
				return nil, err
			}
			if staying := slices.DeleteFunc(slices.Clone(s.Deployments), leaves); len(staying) < len(s.Deployments) {
				s.Deployments = staying
				stays, err := r.use(ctx, s)
				if err != nil {
					return nil, err
				}
				u.Stays = &stays
			}
			uses = append(uses, u)
		}
	}
	slices.SortFunc(uses, func(a, b Use) int { return strings.Compare(a.Service, b.Service) })
	return uses, nil
}

// leaves tells of a deployment that it is not the present one, and that it has only tasks that drain and stop.
func leaves(d types.Deployment) bool {
	return aws.ToString(d.Status) != "PRIMARY" && d.DesiredCount == 0 && d.RunningCount == 0 && d.PendingCount == 0
}

func (r *Rollouts) use(ctx context.Context, s types.Service) (Use, error) {
	u := Use{Service: aws.ToString(s.ServiceName), Tags: map[string]string{}, Desired: int(s.DesiredCount)}
	for _, t := range s.Tags {
		u.Tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	u.Stack = u.Tags["aws:cloudformation:stack-name"]
	u.network(s.NetworkConfiguration)
	definitions := []string{aws.ToString(s.TaskDefinition)}
	for _, d := range s.Deployments {
		definitions = append(definitions, aws.ToString(d.TaskDefinition))
		u.network(d.NetworkConfiguration)
	}
	for _, arn := range distinct(definitions) {
		d, err := r.taskDefinition(ctx, arn)
		if gone, ok := errors.AsType[*types.ClientException](err); ok {
			r.tell(u.Service, "its revision "+last(arn)+" cannot be read", gone.ErrorMessage())
			continue
		}
		if err != nil {
			return u, err
		}
		u.Revisions = append(u.Revisions, last(arn))
		u.definition(d, s.LoadBalancers)
	}
	for _, b := range s.LoadBalancers {
		u.Gateways = append(u.Gateways, Gateway{aws.ToString(b.TargetGroupArn), int(aws.ToInt32(b.ContainerPort))})
	}
	slices.SortFunc(u.Gateways, func(a, b Gateway) int {
		return strings.Compare(fmt.Sprint(a.TargetGroup, a.Port), fmt.Sprint(b.TargetGroup, b.Port))
	})
	u.Gateways = slices.Compact(u.Gateways)
	for _, list := range []*[]string{
		&u.Subnets, &u.SecurityGroups, &u.ExecutionRoles, &u.TaskRoles, &u.Images, &u.Secrets, &u.LogGroups, &u.Checks,
	} {
		*list = distinct(*list)
	}
	return u, nil
}

func (u *Use) network(n *types.NetworkConfiguration) {
	if n != nil && n.AwsvpcConfiguration != nil {
		u.Subnets = append(u.Subnets, n.AwsvpcConfiguration.Subnets...)
		u.SecurityGroups = append(u.SecurityGroups, n.AwsvpcConfiguration.SecurityGroups...)
	}
}

// definition adds what a revision relies on. While a deployment moves a service to another port, the revision before it is
// still reached at its own.
func (u *Use) definition(d types.TaskDefinition, balancers []types.LoadBalancer) {
	u.ExecutionRoles = append(u.ExecutionRoles, aws.ToString(d.ExecutionRoleArn))
	u.TaskRoles = append(u.TaskRoles, aws.ToString(d.TaskRoleArn))
	for _, c := range d.ContainerDefinitions {
		u.Images = append(u.Images, aws.ToString(c.Image))
		for _, s := range c.Secrets {
			u.Secrets = append(u.Secrets, aws.ToString(s.ValueFrom))
		}
		if c.RepositoryCredentials != nil {
			u.Secrets = append(u.Secrets, aws.ToString(c.RepositoryCredentials.CredentialsParameter))
		}
		if l := c.LogConfiguration; l != nil {
			for _, s := range l.SecretOptions {
				u.Secrets = append(u.Secrets, aws.ToString(s.ValueFrom))
			}
			u.LogGroups = append(u.LogGroups, logGroupOf(l, aws.ToString(d.TaskDefinitionArn)))
		}
		for _, b := range balancers {
			if aws.ToString(b.ContainerName) != aws.ToString(c.Name) {
				continue
			}
			if c.HealthCheck != nil {
				u.Checks = append(u.Checks, strings.Join(c.HealthCheck.Command, " "))
			}
			for _, p := range c.PortMappings {
				u.Gateways = append(u.Gateways, Gateway{aws.ToString(b.TargetGroupArn), int(aws.ToInt32(p.ContainerPort))})
			}
		}
	}
}

// logGroupOf is the ARN of the group that a container's log goes to: of the account of its task definition. Empty for other
// drivers than awslogs.
func logGroupOf(l *types.LogConfiguration, definition string) string {
	group, region := l.Options["awslogs-group"], l.Options["awslogs-region"]
	parts := strings.Split(definition, ":") // arn:aws:ecs:region:account:…
	if l.LogDriver != types.LogDriverAwslogs || group == "" || len(parts) < 5 {
		return ""
	}
	if region == "" {
		region = parts[3]
	}
	return strings.Join([]string{"arn", parts[1], "logs", region, parts[4], "log-group", group, "*"}, ":")
}

// distinct sorts texts, and leaves out those that are empty or there twice.
func distinct(texts []string) []string {
	texts = slices.DeleteFunc(texts, func(s string) bool { return s == "" })
	slices.Sort(texts)
	return slices.Compact(texts)
}
