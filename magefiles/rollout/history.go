package rollout

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// HistoryEntry is one deployment of the service. ECS remembers them for 90 days.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-deployment.html
type HistoryEntry struct {
	ARN            string
	TaskDefinition string // ARN of the one that it was to run
	Image          string // of the container
	Status         types.ServiceDeploymentStatus
	Reason         string
	Created        time.Time
	Finished       time.Time // zero while it is under way
}

// Revision is family:revision.
func (d HistoryEntry) Revision() string { return last(d.TaskDefinition) }

// History are the service's deployments, newest first, at most so many; 0 is all.
func (r *Rollouts) History(ctx context.Context, most int) ([]HistoryEntry, error) {
	briefs, err := r.briefs(ctx, nil)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(briefs, func(a, b types.ServiceDeploymentBrief) int {
		return aws.ToTime(b.CreatedAt).Compare(aws.ToTime(a.CreatedAt))
	})
	if most > 0 {
		briefs = briefs[:min(len(briefs), most)]
	}
	targets, err := r.serviceRevisions(ctx, briefs)
	if err != nil {
		return nil, err
	}
	deployments := make([]HistoryEntry, 0, len(briefs))
	for _, b := range briefs {
		v := targets[aws.ToString(b.TargetServiceRevisionArn)]
		deployments = append(deployments, HistoryEntry{
			ARN: aws.ToString(b.ServiceDeploymentArn), TaskDefinition: aws.ToString(v.TaskDefinition), Image: r.imageOf(v),
			Status: b.Status, Reason: aws.ToString(b.StatusReason), Created: aws.ToTime(b.CreatedAt), Finished: aws.ToTime(b.FinishedAt),
		})
	}
	return deployments, nil
}

// Known are the revision that the service has now, and those that were deployed successfully and are still ACTIVE,
// the highest first. One that is INACTIVE cannot be deployed again.
func (r *Rollouts) Known(ctx context.Context) (present Revision, good []Revision, err error) {
	s, err := r.describe(ctx)
	if err != nil {
		return present, nil, err
	}
	if present, err = r.revision(ctx, aws.ToString(s.TaskDefinition)); err != nil {
		return present, nil, err
	}
	briefs, err := r.briefs(ctx, []types.ServiceDeploymentStatus{types.ServiceDeploymentStatusSuccessful})
	if err != nil {
		return present, nil, err
	}
	targets, err := r.serviceRevisions(ctx, briefs)
	if err != nil {
		return present, nil, err
	}
	active, err := r.activeOf(ctx, families(targets))
	if err != nil {
		return present, nil, err
	}
	found := map[string]Revision{}
	for _, b := range briefs {
		v := targets[aws.ToString(b.TargetServiceRevisionArn)]
		arn, at := aws.ToString(v.TaskDefinition), aws.ToTime(b.FinishedAt)
		if active[arn] && !found[arn].Deployed.After(at) {
			found[arn] = Revision{TaskDefinition: arn, Image: r.imageOf(v), Deployed: at}.reached(v)
		}
	}
	good = slices.SortedFunc(maps.Values(found), func(a, b Revision) int { return b.number() - a.number() })
	return present, good, nil
}

// briefs lists the service's deployments with these statuses; nil is all.
func (r *Rollouts) briefs(ctx context.Context, statuses []types.ServiceDeploymentStatus) ([]types.ServiceDeploymentBrief, error) {
	var briefs []types.ServiceDeploymentBrief
	in := &ecs.ListServiceDeploymentsInput{Cluster: aws.String(r.Service.Cluster), Service: aws.String(r.Service.Name), Status: statuses}
	for {
		out, err := r.ECS.ListServiceDeployments(ctx, in)
		if err != nil {
			return nil, fmt.Errorf("list deployments of service %s: %w", r.Service.Name, r.absent(err))
		}
		briefs = append(briefs, out.ServiceDeployments...)
		if aws.ToString(out.NextToken) == "" {
			return briefs, nil
		}
		in.NextToken = out.NextToken
	}
}

// describeAtOnce is how many service revisions one call describes at most.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServiceRevisions.html
const describeAtOnce = 20

// serviceRevisions are the targets of deployments, by ARN.
func (r *Rollouts) serviceRevisions(ctx context.Context, briefs []types.ServiceDeploymentBrief) (map[string]types.ServiceRevision, error) {
	wanted := map[string]bool{}
	for _, b := range briefs {
		if arn := aws.ToString(b.TargetServiceRevisionArn); arn != "" {
			wanted[arn] = true
		}
	}
	found := map[string]types.ServiceRevision{}
	for arns := range slices.Chunk(slices.Sorted(maps.Keys(wanted)), describeAtOnce) {
		out, err := r.ECS.DescribeServiceRevisions(ctx, &ecs.DescribeServiceRevisionsInput{ServiceRevisionArns: arns})
		if err != nil {
			return nil, fmt.Errorf("describe revisions of service %s: %w", r.Service.Name, err)
		}
		for _, v := range out.ServiceRevisions {
			found[aws.ToString(v.ServiceRevisionArn)] = v
		}
	}
	return found, nil
}

// imageOf the service's container in a service revision: the one with its name, or where requests came in then, or the first.
func (r *Rollouts) imageOf(v types.ServiceRevision) string {
	names := []string{r.Service.Container}
	for _, b := range v.LoadBalancers {
		names = append(names, aws.ToString(b.ContainerName))
	}
	for _, name := range names {
		for _, c := range v.ContainerImages {
			if aws.ToString(c.ContainerName) == name {
				return aws.ToString(c.Image)
			}
		}
	}
	if len(v.ContainerImages) > 0 {
		return aws.ToString(v.ContainerImages[0].Image)
	}
	return ""
}

// reached adds where requests came in: a service of ours has one load balancer at most.
func (v Revision) reached(in types.ServiceRevision) Revision {
	for _, b := range in.LoadBalancers {
		v.Container, v.Port = aws.ToString(b.ContainerName), int(aws.ToInt32(b.ContainerPort))
	}
	return v
}

// families of the revisions that were deployed: the service's, and what that was called before.
func families(of map[string]types.ServiceRevision) []string {
	var names []string
	for _, v := range of {
		family, _ := revisionNumber(last(aws.ToString(v.TaskDefinition)))
		names = append(names, family)
	}
	return distinct(names)
}

// activeOf are the ARNs of the ACTIVE revisions of families.
func (r *Rollouts) activeOf(ctx context.Context, families []string) (map[string]bool, error) {
	arns := map[string]bool{}
	for _, family := range families {
		pages := ecs.NewListTaskDefinitionsPaginator(r.ECS, &ecs.ListTaskDefinitionsInput{
			FamilyPrefix: aws.String(family), Status: types.TaskDefinitionStatusActive,
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, fmt.Errorf("list task definitions of %s: %w", family, err)
			}
			for _, arn := range page.TaskDefinitionArns {
				arns[arn] = true
			}
		}
	}
	return arns, nil
}
