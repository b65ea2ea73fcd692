package rollout

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// Revision is a task definition that the service has run.
type Revision struct {
	TaskDefinition string // ARN
	Image          string // reference of its container's image
	Deployed       time.Time
}

// Name is family:revision.
func (v Revision) Name() string { return last(v.TaskDefinition) }

// NoGoodRevisionError says that there is nothing to roll back to.
type NoGoodRevisionError struct{ Service, Present string }

func (e *NoGoodRevisionError) Error() string {
	return fmt.Sprintf("service %s: no revision before %s was deployed successfully and is still active", e.Service, e.Present)
}

// LastGood is the revision to roll back to: the highest one below the present revision that was deployed
// successfully and is still ACTIVE. So a rollback after a rollback goes one further back, and a revision that
// failed is never a candidate. Where there is none, the error is a [NoGoodRevisionError].
func (r *Rollouts) LastGood(ctx context.Context) (present, good Revision, err error) {
	s, err := r.describe(ctx)
	if err != nil {
		return present, good, err
	}
	if present, _, err = r.revision(ctx, aws.ToString(s.TaskDefinition)); err != nil {
		return present, good, err
	}
	deployed, err := r.successful(ctx)
	if err != nil {
		return present, good, err
	}
	for {
		best := highestBelow(present.TaskDefinition, deployed)
		if best == "" {
			return present, good, &NoGoodRevisionError{Service: r.Service.Name, Present: present.Name()}
		}
		v, active, err := r.revision(ctx, best)
		if err != nil {
			return present, good, err
		}
		if active {
			v.Deployed = deployed[best]
			return present, v, nil
		}
		delete(deployed, best)
	}
}

// highestBelow is the task definition of the same family with the highest revision below the present one's;
// empty where there is none. Pure.
func highestBelow(present string, candidates map[string]time.Time) string {
	family, now := revisionNumber(present)
	best, highest := "", 0
	for arn := range candidates {
		if f, n := revisionNumber(arn); f == family && n < now && n > highest {
			best, highest = arn, n
		}
	}
	return best
}

// revisionNumber splits …/family:7.
func revisionNumber(arn string) (family string, revision int) {
	at := strings.LastIndex(arn, ":")
	if at < 0 {
		return arn, 0
	}
	n, err := strconv.Atoi(arn[at+1:])
	if err != nil {
		return arn, 0
	}
	return arn[:at], n
}

// revision describes a task definition.
func (r *Rollouts) revision(ctx context.Context, arn string) (v Revision, active bool, err error) {
	out, err := r.ECS.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: aws.String(arn)})
	if err != nil {
		return v, false, fmt.Errorf("describe task definition %s: %w", arn, err)
	}
	v.TaskDefinition = aws.ToString(out.TaskDefinition.TaskDefinitionArn)
	for _, c := range out.TaskDefinition.ContainerDefinitions {
		if aws.ToString(c.Name) == r.Service.Container {
			v.Image = aws.ToString(c.Image)
		}
	}
	return v, out.TaskDefinition.Status == types.TaskDefinitionStatusActive, nil
}

// successful are the task definitions of the service's successful deployments, with the time of the latest
// one. ECS remembers service deployments for 90 days.
func (r *Rollouts) successful(ctx context.Context) (map[string]time.Time, error) {
	revisions := map[string]time.Time{} // service revision → finished
	in := &ecs.ListServiceDeploymentsInput{
		Cluster: aws.String(r.Service.Cluster), Service: aws.String(r.Service.Name),
		Status: []types.ServiceDeploymentStatus{types.ServiceDeploymentStatusSuccessful},
	}
	for {
		out, err := r.ECS.ListServiceDeployments(ctx, in)
		if err != nil {
			return nil, fmt.Errorf("list deployments of service %s: %w", r.Service.Name, err)
		}
		for _, d := range out.ServiceDeployments {
			arn := aws.ToString(d.TargetServiceRevisionArn)
			if at := aws.ToTime(d.FinishedAt); at.After(revisions[arn]) {
				revisions[arn] = at
			}
		}
		if aws.ToString(out.NextToken) == "" {
			break
		}
		in.NextToken = out.NextToken
	}
	definitions := map[string]time.Time{}
	arns := make([]string, 0, len(revisions))
	for arn := range revisions {
		arns = append(arns, arn)
	}
	for len(arns) > 0 {
		n := min(len(arns), 20) // the limit of one call
		out, err := r.ECS.DescribeServiceRevisions(ctx, &ecs.DescribeServiceRevisionsInput{ServiceRevisionArns: arns[:n]})
		if err != nil {
			return nil, fmt.Errorf("describe revisions of service %s: %w", r.Service.Name, err)
		}
		for _, v := range out.ServiceRevisions {
			definition, at := aws.ToString(v.TaskDefinition), revisions[aws.ToString(v.ServiceRevisionArn)]
			if at.After(definitions[definition]) {
				definitions[definition] = at
			}
		}
		arns = arns[n:]
	}
	return definitions, nil
}
