package preflight

import "time"

// Facts are what a deployment asks for, and what was seen of what it relies on.
type Facts struct {
	Wanted Wanted
	Infra  Infra // both are given, the rest is read

	Caller        Fact[Caller]
	Image         Fact[Image]
	Running       Fact[Running] // Absent where nothing runs
	ExecutionRole Fact[Role]
	TaskRole      Fact[Role]
	Policies      Fact[Policies]          // of the execution role
	Secrets       map[string]Fact[Secret] // by the name of the variable
	LogGroup      Fact[LogGroup]
	TargetGroup   Fact[TargetGroup]
	Balancers     Fact[[]Balancer] // that forward to the target group
	Groups        Fact[[]SecurityGroup]
	Subnets       Fact[[]Subnet]
	RouteTables   Fact[[]RouteTable] // of the VPC
	Endpoints     Fact[[]Endpoint]   // of the VPC
	Cluster       Fact[Cluster]
	Service       Fact[Service]
	Deleted       Fact[[]Deleted]
}

// State is what became of looking for something.
type State int

// The states. What is Unread was not looked for, because something else is missing that names it.
const (
	Unread State = iota
	Known
	Absent
	Unknown
)

// Fact is something that was looked for.
type Fact[T any] struct {
	State State
	Value T // where it is Known
	// Where it is Unknown: the operation that did not tell, whether it is not allowed, and the answer.
	Operation string // as permissions name it, e.g. "iam:GetRole"
	Denied    bool
	Err       error
}

// Wanted is what the deployment will ask for.
type Wanted struct {
	Place       string // the environment, or the service of it, as targets take it
	Environment string
	Account     string // pinned; empty is any
	Region      string

	Architecture string // "amd64" or "arm64"
	CPU, Memory  int
	SizeProblem  string // why Fargate does not offer CPU and Memory; empty where it does

	Port          int    // 0: no request comes
	User          string // empty leaves it to the image
	ReadOnlyRoot  bool
	WritablePaths []string
	EntryPoint    []string // of the task definition; empty leaves it to the image
	Command       []string
	HealthCheck   bool // the task definition has one for the container
	// HealthCheckCommand is what that executes; its first word is "CMD" or "CMD-SHELL".
	HealthCheckCommand []string
	Secrets            map[string]string // variable to reference, as in a task definition
	Variables          map[string]string // plain ones

	ExecutionRole, TaskRole string   // ARNs
	Repository              string   // name
	SidecarRepositories     []string // ARNs of other repositories of ECR that images of the task are in
	LogGroup                string
	TargetGroup             string // ARN
	VPC                     string
	OwnNetwork              string   // where the network that is brought stands in the App; empty where it is made
	Subnets, SecurityGroups []string // ids
	PublicAddress           bool

	Cluster, Service  string   // names
	Stack             string   // of the service; empty where there is none yet, or none that was ever complete
	CapacityProviders []string // that start its tasks

	MinTasks, MaxTasks                    int
	MinimumHealthyPercent, MaximumPercent int
	HealthCheckPath                       string
	IdleTimeout                           time.Duration // that the load balancer keeps idle connections
	StartPeriod                           time.Duration // that the application may take to start
	GracePeriod                           time.Duration // of the service: failing health checks are forgiven
}

// Infra is the infra stack. That it exists is the condition for everything else.
type Infra struct {
	Stack   string
	Status  string
	Changed time.Time // its last change
	Missing []string  // what an older one does not have, in words
}

// Caller is whose credentials are used.
type Caller struct {
	Account, ARN string // "123456789012", of the user or of the role's session
}

// Image as its registry has it.
type Image struct {
	Platforms []string // "linux/amd64"; several where it is an index that lacks the wanted one
	Ports     []int    // exposed
	User      string
	Users     map[string]string // the numbers of its users by name, as far as they were looked for
	Volumes   []string
	// OwnVolumes are those that its builder declared for the sake of WritablePaths.
	OwnVolumes  []string
	HealthCheck []string // of HEALTHCHECK
	StopSignal  string   // of STOPSIGNAL
	// NotStartable is why what is executed cannot be, and StartNext what to do about it; empty where that is not known.
	NotStartable, StartNext string
	// UnknownLayer is the media type of a layer that not every container runtime counts.
	UnknownLayer string
	// NoHealthCheck is why the task's health check cannot run in it, and HealthCheckNext likewise.
	NoHealthCheck, HealthCheckNext string
	// EntryPoint stands before a command, the image's own or that of the task definition.
	EntryPoint, Command []string
	Starts              bool // it has one of them
	Env                 map[string]string
	Program             Program
}

// Running is the revision that runs, to which a deployment that fails returns.
type Running struct {
	Name   string // family:revision
	Active bool   // INACTIVE ones run on, and no update can name them

	// What a start of it takes, and whether that is there; Unread where the deployment takes the same.
	Image                             string // reference of the application's container
	ExecutionRole, TaskRole           string // ARNs
	LogGroup                          string
	Secrets                           map[string]string // variable to reference
	ImageThere                        Fact[struct{}]
	ExecutionRoleThere, TaskRoleThere Fact[Role]
	LogGroupThere                     Fact[LogGroup]
	SecretsThere                      map[string]Fact[Secret] // by variable
}

// Role of IAM.
type Role struct {
	ARN   string
	Trust string // the policy document, JSON
}

// Policies of a role.
type Policies struct {
	Inline  []string // policy documents, JSON
	Managed []string // ARNs; what is in them is not read
}

// Secret of Secrets Manager, or a parameter of SSM.
type Secret struct {
	Deleted  time.Time // when its deletion was asked for
	HasValue bool      // of the version that is referred to
	// Keys of its JSON object; Unread where none is referred to. A value that is no JSON object has none.
	Keys Fact[[]string]
}

// Cluster of ECS.
type Cluster struct {
	CapacityProviders []string // that are associated with it
}

// Service as it runs.
type Service struct {
	TargetGroup             string // ARN; empty where no request comes
	Ports                   []int  // that it registers there
	Subnets, SecurityGroups []string
}

// Deleted is something that the service stack has made and that was taken away outside of it. A deployment can succeed without.
type Deleted struct {
	What, Why string
	Revision  string // of the task definition that it is; family:revision
	Next      string // what makes it again
	Others    bool   // that puts back what somebody else has changed, too
}

// LogGroup of CloudWatch Logs.
type LogGroup struct {
	Name string // /aws/ecs/bellyfed-dev
}

// TargetGroup of the load balancer.
type TargetGroup struct {
	Type, Protocol, VPC string
	Path, Port, Matcher string // of the health check
	Interval            time.Duration
	SickAfter           int
	LoadBalancers       []string // ARNs of those that forward to it
}

// Balancer is a load balancer.
type Balancer struct {
	ARN, Name, State string
	SecurityGroups   []string
	Ports            []int // of its listeners
}

// SecurityGroup with its rules.
type SecurityGroup struct {
	ID              string // sg-0123
	Ingress, Egress []Rule
}

// Rule lets a protocol through, on ports, from or to peers.
type Rule struct {
	Protocol  string // "tcp", "-1" for all
	From, To  int    // all ports where both are 0 and the protocol is -1
	Groups    []string
	Elsewhere bool // addresses or prefix lists, too
}

// Subnet of the tasks.
type Subnet struct {
	ID, VPC, Zone string // subnet-0123, vpc-0123, eu-central-1a
}

// RouteTable of the VPC.
type RouteTable struct {
	ID      string
	Main    bool
	Subnets []string // that it is associated with
	Routes  []Route
}

// Route to everywhere, or to a part.
type Route struct {
	Destination string // CIDR block
	Target      string // id
	Active      bool   // false leads nowhere
}

// Endpoint of a VPC.
type Endpoint struct {
	Service     string // com.amazonaws.eu-west-1.logs
	Type        string // Interface, Gateway
	Available   bool
	PrivateDNS  bool
	RouteTables []string
}
