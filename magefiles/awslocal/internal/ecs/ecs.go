package ecs

import (
	"cmp"
	"fmt"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/account"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/program"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sim"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

// Image is what a task needs to know of an image.
type Image struct {
	Digest       string            // of the manifest, sha256:…
	Architecture string            // as in the image's configuration: amd64, arm64; empty where any will do
	Labels       map[string]string // of the image's configuration, as what follows is
	EntryPoint   []string
	Command      []string
	Environment  []string // NAME=value
	Assumed      bool     // it is in another registry, which was not asked
}

// Images is the registry that tasks pull from.
type Images interface {
	// Image finds the image that a task of a platform (linux, amd64 or arm64) gets for a reference:
	// HOST/repository:tag or HOST/repository@sha256:…, where HOST is the account's registry. An index is followed.
	// The error's text is the whole stopped reason ("CannotPullContainerError: …"), or its end ("HOST/app:1: not
	// found"), to which this package adds the words before it.
	Image(ref, os, architecture string) (Image, error)
}

// Targets is the load balancing that services register their tasks with.
type Targets interface {
	// TargetGroup tells of a target group; ok is false where it is absent. attached: a listener forwards to it.
	TargetGroup(arn string) (targetType string, attached bool, deregistrationDelay time.Duration, ok bool)
	RegisterTarget(arn, ip string, port int) error
	DeregisterTarget(arn, ip string, port int)
	// TargetHealth is the state with its reason and description, as DescribeTargetHealth tells them.
	TargetHealth(arn, ip string, port int) (state, reason, description string)
	// Answer says what a program answers health checks with from now on: an HTTP status, 0 where nothing listens, -1
	// where connections are accepted and nothing is said.
	Answer(ip string, port int, status int)
	// Forget says that there is no such address any more.
	Forget(ip string, port int)
	// Probe says that somebody asks the targets at an address, and reports how they do: [Targets.Answer] is not called.
	Probe(ip string)
	// Drained says that a target that is draining has nothing left to answer.
	Drained(arn, ip string, port int)
	// WatchTargets calls f, inside the transaction, when a target's state has changed.
	WatchTargets(f func(arn, ip string, port int))
}

// Logs is where tasks write.
type Logs interface {
	LogGroupExists(name string) bool
	EnsureLogGroup(name string)
	// WriteLog appends a line, at the present time, to a stream that it makes where it is absent.
	WriteLog(group, stream, message string)
}

// Service is the embedded ECS.
type Service struct {
	w       *sim.World
	acct    account.Account
	images  Images
	targets Targets
	logs    Logs
	hasRole func(arn string) bool
	secrets Secrets // nil: whatever is named is there
	// behaviours are what programs can be made to do.
	behaviours program.Table
	state      state
}

// state is everything that is kept.
type state struct {
	machine
	Clusters    sim.Table[*cluster]          // by name
	Families    sim.Table[*family]           // by name
	Definitions sim.Table[*taskDefinition]   // by family and revision: see [definitionKey]
	Services    sim.Table[*serviceRecord]    // by cluster/name
	Tasks       sim.Table[*taskRecord]       // by id
	Placed      sim.Table[*placed]           // tasks by cluster/service|id; the service is empty for those of RunTask
	Addresses   sim.Table[*placed]           // tasks by private address
	Tags        sim.Table[map[string]string] // of task definitions, by ARN
}

// placed is a task that is found by something else than its id.
type placed struct{ Task string }

// machine is what programs are executed on.
type machine struct {
	Addrs int // private addresses given out
	// Supervisor executes the programs of tasks; empty: none does, and they behave as is assumed or rehearsed.
	Supervisor string `json:",omitempty"`
	// Off: the machine on which programs are executed is switched off, and services launch nothing.
	Off bool `json:",omitempty"`
}

// family is the revisions of one task definition.
type family struct {
	Last    int
	Retired map[int]string // the status of those that are not ACTIVE
}

// status of a revision that there is.
func (f *family) status(revision int) string { return cmp.Or(f.Retired[revision], "ACTIVE") }

// definitionKey is the key of a revision.
func definitionKey(family string, revision int) string {
	return fmt.Sprintf("%s:%09d", family, revision)
}

// New adds ECS to the world.
func New(w *sim.World, acct account.Account, images Images, targets Targets, logs Logs) *Service {
	s := &Service{w: w, acct: acct, images: images, targets: targets, logs: logs, behaviours: program.Behaviours, state: state{
		Clusters: sim.NewTable[*cluster](w, "ecs.clusters"), Families: sim.NewTable[*family](w, "ecs.families"),
		Definitions: sim.NewTable[*taskDefinition](w, "ecs.definitions"), Services: sim.NewTable[*serviceRecord](w, "ecs.services"),
		Tasks: sim.NewTable[*taskRecord](w, "ecs.tasks"), Placed: sim.NewTable[*placed](w, "ecs.placed"),
		Addresses: sim.NewTable[*placed](w, "ecs.addresses"), Tags: sim.NewTable[map[string]string](w, "ecs.tags"),
	}}
	sim.Register(w, "ecs", &s.state.machine)
	w.Handle("ecs:schedule", s.scheduleDue)
	w.Handle("ecs:task", s.taskDue)
	w.Handle("ecs:rollback", s.rollbackDue)
	targets.WatchTargets(s.targetChanged)
	return s
}

// CheckRoles makes tasks need their roles: has tells whether there is a role with an ARN. Without it any role that is
// named is assumed to be there.
func (s *Service) CheckRoles(has func(arn string) bool) { s.hasRole = has }

// Wire is the API.
func (s *Service) Wire() *wire.Service {
	return &wire.Service{Name: "ecs", Target: "AmazonEC2ContainerServiceV20141113", Operations: map[string]wire.Operation{
		"CreateCluster":               wire.Op(tagging(s.createCluster, func(in *createClusterInput) []tag { return in.Tags })),
		"DescribeClusters":            wire.Op(s.describeClusters),
		"ListClusters":                wire.Op(s.listClusters),
		"UpdateCluster":               wire.Op(s.updateCluster),
		"UpdateClusterSettings":       wire.Op(s.updateClusterSettings),
		"PutClusterCapacityProviders": wire.Op(s.putClusterCapacityProviders),
		"DeleteCluster":               wire.Op(s.deleteCluster),

		"RegisterTaskDefinition":     wire.Op(tagging(s.registerTaskDefinition, func(in *registerTaskDefinitionInput) []tag { return in.Tags })),
		"DescribeTaskDefinition":     wire.Op(s.describeTaskDefinition),
		"DeregisterTaskDefinition":   wire.Op(s.deregisterTaskDefinition),
		"ListTaskDefinitions":        wire.Op(s.listTaskDefinitions),
		"ListTaskDefinitionFamilies": wire.Op(s.listTaskDefinitionFamilies),

		"CreateService":    wire.Op(tagging(s.createService, func(in *createServiceInput) []tag { return in.Tags })),
		"UpdateService":    wire.Op(s.updateService),
		"DescribeServices": wire.Op(s.describeServices),
		"ListServices":     wire.Op(s.listServices),
		"DeleteService":    wire.Op(s.deleteService),

		"ListServiceDeployments":     wire.Op(s.listServiceDeployments),
		"DescribeServiceDeployments": wire.Op(s.describeServiceDeployments),
		"DescribeServiceRevisions":   wire.Op(s.describeServiceRevisions),
		"StopServiceDeployment":      wire.Op(s.stopServiceDeployment),

		"RunTask":       wire.Op(tagging(s.runTask, func(in *runTaskInput) []tag { return in.Tags })),
		"ListTasks":     wire.Op(s.listTasks),
		"DescribeTasks": wire.Op(s.describeTasks),
		"StopTask":      wire.Op(s.stopTask),

		"ListTagsForResource": wire.Op(s.listTagsForResource),
		"TagResource":         wire.Op(tagging(s.tagResource, func(in *tagResourceInput) []tag { return in.Tags })),
		"UntagResource":       wire.Op(s.untagResource),
	}}
}

// Types are the CloudFormation resource types.
func (s *Service) Types() []resource.Type {
	return []resource.Type{s.clusterType(), s.capacityType(), s.taskDefinitionType(), s.serviceType()}
}

// now is the present time as it travels.
func (s *Service) now() wire.Time { return wire.Time{Time: s.w.Now()} }
