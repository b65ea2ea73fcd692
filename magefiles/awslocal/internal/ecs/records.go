package ecs

import (
	"cmp"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/program"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

// serviceRecord is a service as it is kept.
type serviceRecord struct {
	Name, ARN, ClusterARN, Cluster string
	Status                         string
	Desired                        int
	CreatedAt                      wire.Time
	Token                          string // clientToken of its creation
	Tags                           []tag
	Settings                       settings
	Deployments                    []*deploymentRecord // the PRIMARY one first
	History                        []*deliveryRecord   // service deployments, the newest first
	Revisions                      map[string]*revisionRecord
	LastGood                       string // revision of the last completed deployment
	Events                         []serviceEvent

	Wake       time.Time // of the next scheduled look at it; zero: none
	Failures   int       // consecutive tasks that did not last; slows down launching
	NextLaunch time.Time // no task is launched before
	Steady     bool      // its steady state has been told
	Stuck      bool      // that its deployment configuration leaves no way on has been told
	Nonce      string    // ForceNewDeploymentNonce of the template
	Followed   string    // service deployment that the running stack operation waits for
	// FollowsRollback: that deployment had been rolled back already when the operation began.
	FollowsRollback bool
}

// deploymentRecord is an element of a service's deployments.
type deploymentRecord struct {
	ID, RolloutState, RolloutStateReason string
	Revision, Delivery                   string // ARNs
	CreatedAt, UpdatedAt                 wire.Time
	FailedTasks                          int  // consecutive failures
	IsRollback                           bool // it brings back an earlier revision
}

// deliveryRecord is a service deployment.
type deliveryRecord struct {
	serviceDeployment
	Source, Target string // revisions
	Superseded     bool   // stopped because another one began
}

// revisionRecord is a service revision with the settings that it stands for.
type revisionRecord struct {
	serviceRevision
	Settings settings
}

// taskRecord is a task as it is kept.
type taskRecord struct {
	Task         task
	Service      string // key; empty for a task of RunTask
	Deployment   string
	IP           string
	Programs     map[string]program.Scenario  // by container
	Executions   map[string]program.Execution // likewise, once the image is pulled
	Token        string                       // clientToken of the request that started it
	Request      string                       // that request, as JSON
	Targets      []target
	Foreign      []string  // programs of another architecture
	Unregistered bool      // a target group did not take it
	Settled      bool      // it has been RUNNING for a while
	WasHealthy   bool      // it has been counted as a success
	Grace        time.Time // until then failed health checks do not count
	Real         *realTask `json:",omitempty"` // nil: its programs are not executed
	Unavailable  string    `json:",omitempty"` // why they cannot be on this machine
}

// target is where a task is registered.
type target struct {
	ARN       string
	Container string
	Port      int
}

// The states of tasks that the model goes through.
const (
	provisioning   = "PROVISIONING"
	pending        = "PENDING"
	running        = "RUNNING"
	deactivating   = "DEACTIVATING"
	stopping       = "STOPPING"
	deprovisioning = "DEPROVISIONING"
	stopped        = "STOPPED"
)

// rank orders the states of a task: it only ever moves up.
func rank(status string) int {
	return slices.Index([]string{provisioning, pending, running, deactivating, stopping, deprovisioning, stopped}, status)
}

// The rollout states of a deployment.
const (
	inProgress = "IN_PROGRESS"
	completed  = "COMPLETED"
	failed     = "FAILED"
)

func (v *serviceRecord) key() string                { return v.Cluster + "/" + v.Name }
func (v *serviceRecord) primary() *deploymentRecord { return v.Deployments[0] }

func (v *serviceRecord) deployment(id string) *deploymentRecord {
	for _, d := range v.Deployments {
		if d.ID == id {
			return d
		}
	}
	return nil
}

func (v *serviceRecord) delivery(arn string) *deliveryRecord {
	for _, d := range v.History {
		if d.ServiceDeploymentARN == arn {
			return d
		}
	}
	return nil
}

func (t *taskRecord) id() string { return lastPart(t.Task.TaskARN) }

// live: it is meant to run.
func (t *taskRecord) live() bool { return t.Task.DesiredStatus == running }

// working: a container of it runs.
func (t *taskRecord) working() bool {
	return slices.ContainsFunc(t.Task.Containers, func(c container) bool { return c.LastStatus == running })
}

func (t *taskRecord) container(name string) *container {
	for i := range t.Task.Containers {
		if t.Task.Containers[i].Name == name {
			return &t.Task.Containers[i]
		}
	}
	return nil
}

// service finds one that is not gone, by name or ARN within a cluster.
func (s *Service) service(clusterRef, ref string) (*serviceRecord, error) {
	c, err := s.cluster(clusterRef)
	if err != nil {
		return nil, err
	}
	v := s.state.Services.Get(c.ClusterName + "/" + lastPart(ref))
	if v == nil || (strings.HasPrefix(ref, "arn:") && ref != v.ARN) {
		return nil, wire.Errorf("ServiceNotFoundException", "Service not found.")
	}
	return v, nil
}

// tasksOf a service, the oldest first.
func (s *Service) tasksOf(v *serviceRecord) []*taskRecord {
	var tasks []*taskRecord
	for _, at := range s.state.Placed.Ascend(v.key()+"|", "") {
		tasks = append(tasks, s.state.Tasks.Get(at.Task))
	}
	byAge(tasks)
	return tasks
}

// tasksIn a cluster, to be looked at.
func (s *Service) tasksIn(clusterARN string) iter.Seq[*taskRecord] {
	return func(yield func(*taskRecord) bool) {
		for _, at := range s.state.Placed.Ascend(lastPart(clusterARN)+"/", "") {
			if !yield(s.state.Tasks.Look(at.Task)) {
				return
			}
		}
	}
}

// place is the task's key among those of its cluster and service.
func (t *taskRecord) place() string {
	return cmp.Or(t.Service, lastPart(t.Task.ClusterARN)+"/") + "|" + t.id()
}

func byAge(tasks []*taskRecord) {
	slices.SortFunc(tasks, func(a, b *taskRecord) int {
		if c := a.Task.CreatedAt.Compare(b.Task.CreatedAt.Time); c != 0 {
			return c
		}
		return strings.Compare(a.Task.TaskARN, b.Task.TaskARN)
	})
}
