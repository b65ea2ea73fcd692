package rollout

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
)

// pollInterval is the pause between two looks at a service.
const pollInterval = 3 * time.Second

// Rollouts are the deployments of one service.
type Rollouts struct {
	ECS     *ecs.Client
	Targets *elb.Client
	Logs    *cloudwatchlogs.Client
	// Service says where to look.
	Service Service
	// Pause waits between two looks. Default: waits in real time. It returns early, with the context's
	// error, when the context ends.
	Pause func(context.Context, time.Duration) error
	// Speed is how many times faster than AWS the other side lets time pass. Default 1.
	Speed float64
	// RealPrograms says that programs are executed on the other side, and run for as long as it says, whatever the speed.
	RealPrograms bool
	// Remote says that a network is between: answers lag behind as long as AWS's do, whatever the speed.
	Remote bool
	// Now is the time on the other side, by which it is told how long an answer may lag behind what was written. Default
	// time.Now.
	Now func() time.Time
	// WithoutLines keeps the lines of containers out of the evidence, and so out of verdicts, which then rest on exit codes
	// and on what AWS says.
	WithoutLines bool
	// Event is told of what the service says and of tasks that stop, as it is seen. Default: nobody.
	Event func(subject, state, reason string)
}

// Service says where a service and what belongs to it is found.
type Service struct {
	Cluster      string
	Name         string
	Family       string // of its task definitions
	Container    string
	LogGroup     string
	StreamPrefix string
}

// NotFoundError says that there is no such service, or that it was deleted.
type NotFoundError struct {
	Service, Cluster string // names
}

func (e *NotFoundError) Error() string {
	return fmt.Sprintf("service %s does not exist in cluster %s", e.Service, e.Cluster)
}

// absent is err, or, where ECS says by it that there is no such cluster or service, a [NotFoundError].
func (r *Rollouts) absent(err error) error {
	_, noService := errors.AsType[*types.ServiceNotFoundException](err)
	_, deleted := errors.AsType[*types.ServiceNotActiveException](err) // ECS remembers it for a while
	if noService || deleted || isClusterNotFound(err) {
		return &NotFoundError{Service: r.Service.Name, Cluster: r.Service.Cluster}
	}
	return err
}

// describe finds the service. One that is not there, or is not ACTIVE, is a [NotFoundError].
func (r *Rollouts) describe(ctx context.Context) (types.Service, error) {
	out, err := r.ECS.DescribeServices(ctx, &ecs.DescribeServicesInput{
		Cluster: aws.String(r.Service.Cluster), Services: []string{r.Service.Name},
	})
	if err != nil {
		return types.Service{}, fmt.Errorf("describe service %s: %w", r.Service.Name, r.absent(err))
	}
	if len(out.Services) == 0 || aws.ToString(out.Services[0].Status) != "ACTIVE" {
		return types.Service{}, &NotFoundError{Service: r.Service.Name, Cluster: r.Service.Cluster}
	}
	return out.Services[0], nil
}

// primary is the deployment that the service is going to, or has reached.
func primary(s types.Service) types.Deployment {
	for _, d := range s.Deployments {
		if aws.ToString(d.Status) == "PRIMARY" {
			return d
		}
	}
	return types.Deployment{}
}

func (r *Rollouts) pause(ctx context.Context) error {
	if r.Pause != nil {
		return r.Pause(ctx, pollInterval)
	}
	t := time.NewTimer(pollInterval)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

func (r *Rollouts) now() time.Time {
	if r.Now != nil {
		return r.Now()
	}
	return time.Now()
}

func (r *Rollouts) tell(subject, state, reason string) {
	if r.Event != nil {
		r.Event(subject, state, reason)
	}
}

// last part of an ARN, behind its last slash.
func last(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }

func isNotFound(err error) bool {
	_, ok := errors.AsType[*NotFoundError](err)
	return ok
}

func isClusterNotFound(err error) bool {
	_, ok := errors.AsType[*types.ClusterNotFoundException](err)
	return ok
}
