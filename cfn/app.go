package cfn

import "time"

// App is one containerised application and every environment it is deployed to.
// It is plain data, with few functions that a magefile may add: the templates, names and tags are functions of it.
type App struct {
	// Name of the application: at most 24 lower-case letters, digits and inner hyphens, beginning with a
	// letter. Every AWS name derives from it and from the environment's name; see [App.Names].
	Name string
	// Region is the AWS region of every environment that names none, e.g. "ap-southeast-1".
	Region string
	// DefaultEnvironment is used by targets that take no environment when SPLITECS_ENV is unset.
	DefaultEnvironment string
	// Image says what the container image is made of. Nothing in the templates depends on it.
	Image Image
	// Container is the container of the task, the same in every environment.
	Container Container
	// Environments by name: lower-case letters, digits and inner hyphens, beginning with a letter. The name
	// "local" is the embedded AWS; where it is absent, it is the default environment without its account,
	// certificate, own network and own names.
	Environments map[string]Environment
	// RefuseWhenBusy makes a deployment of a stack that is in the middle of something end at once (exit code 11).
	// Default: it follows that to its end first.
	RefuseWhenBusy bool
	// Tags are put on both stacks, and by CloudFormation on every resource of theirs. At most 40 together
	// with an environment's own.
	Tags map[string]string
	// ExtendInfra and ExtendService change the templates of a stack after everything else, as the last way out: see
	// [Extension]. The error of a function, and what it broke, ends the target with exit code 2.
	ExtendInfra   Extension `json:"-"`
	ExtendService Extension `json:"-"`
	// BeforeDeploy is called by service:deploy (and local:up) where the service stack is about to change: when the
	// preflight has found no errors and the plan is approved, before anything changes. Its error ends the deployment with
	// exit code 4. AfterDeploy is called when the deployment is complete and healthy, also where there was nothing to
	// change, so that it can be made up for. Its error is exit code 1 and takes nothing back. Rollbacks and restarts call
	// neither; see [Hook].
	BeforeDeploy Hook `json:"-"`
	AfterDeploy  Hook `json:"-"`
}

// Image describes how the container image is made. Docker is not involved.
type Image struct {
	// Source is a project of Next.js or Node.js, any folder, a Go main package, an archive (docker save, OCI) or an OCI layout.
	// SPLITECS_SOURCE takes its place. Default: the project's folder, where that is a Next.js build, a Node.js service or a Go
	// main package.
	Source string
	// Files of the project that the program reads where it runs, such as templates: "ui", "db/migrations". Files, and folders
	// with what they hold, each by its name in the project's folder and with the same name at WorkingDir. They are a layer of
	// their own; what .dockerignore leaves out of a folder is left out.
	Files []string
	// Go is how a Go program is compiled.
	Go GoBuild
	// Base image reference, by digest where builds must repeat. "scratch" is nothing. Empty means a Node.js image for a Next.js
	// build and a Node.js service, for a Go program a layer with CA certificates, time zones and a user database, and scratch for
	// everything else. Ignored where the source is an archive or a layout.
	Base string
	// Entrypoint and Command of the image. Empty: what the kind of source implies, which is a Command, else the base's.
	// A program is best given as Command: what a task is told to run in its place (Container.Command, service:run)
	// replaces the Command, and stands behind an Entrypoint.
	Entrypoint []string
	Command    []string
	// WorkingDir inside the image; also where folders are placed. Default "/app".
	WorkingDir string
	// Env of the image, in addition to the base's.
	Env map[string]string
	// Labels in addition to the OCI ones (revision, created).
	Labels map[string]string
	// Platforms, where the image is to run on more than the environment's architecture: an index with an image
	// for each of them. The environment's has to be among them.
	Platforms []Architecture
	// Compression of the layers: "zstd" (default), or "gzip" for what is older than Fargate.
	Compression string
	// KeepAssets is of how many builds before it a Next.js image keeps the assets (.next/static) beside its own, so that
	// pages which browsers have of earlier releases find their scripts. They are those of the images in the repository
	// that it is pushed to, by the times of their commits. The image then depends on these as well. Default 0; at most 20.
	KeepAssets int
	// WithoutSBOM leaves out the bill of materials that is attached to the image.
	WithoutSBOM bool
	// RefuseSecrets makes it an error that a file of the image looks like a secret, by its name (.env, keys, credentials) or
	// because a private key is in it. Else a warning names such files. The base is not looked at.
	RefuseSecrets bool
	// AllowedSecrets are files that only look so, or are meant to be in the image, by the names that the warning has:
	// "/app/certs/test.pem". A pattern, as path.Match of Go has it, is that of a file, or of a folder with all below it.
	AllowedSecrets []string
}

// GoBuild is how a Go program is compiled, beside what GOFLAGS says. It concerns no other source.
type GoBuild struct {
	// Programs are further main packages of the project, as folders or import paths. Each lies beside the source's own program,
	// which is the one that is started.
	Programs []string
	// Values are given to string variables of the programs (the linker's -X), by import path and name: "main.version". In a value
	// {commit} is the commit, with -dirty where the tree is another, {time} its time, and {version} the end of its tag,
	// 20261103-1a2b3c4. The image's digest depends on the commit then.
	Values map[string]string
	// Tags are build tags, in addition to those of GOFLAGS.
	Tags []string
}

// Container is the application's container.
type Container struct {
	// Port that the application listens on. Default 3000.
	Port int
	// HealthCheckPath is what the load balancer asks for; the success code is 200. Default "/health".
	HealthCheckPath string
	// HealthCheckCommand runs inside the container, in the form that ECS takes: its first element is
	// "CMD" or "CMD-SHELL". Default: for a Next.js server a check that Node.js makes, for others none; the load
	// balancer's remains. An empty list that is not nil is none.
	HealthCheckCommand []string
	// StartPeriod is how long failing health checks are forgiven after the start: the container's
	// start period (at most 5 minutes) and the service's grace period. Default 120 s.
	StartPeriod time.Duration
	// StopTimeout is the time between SIGTERM and SIGKILL, at most 120 s on Fargate. Default 30 s.
	StopTimeout time.Duration
	// DeregistrationDelay is how long the requests that a task still answers may take once it gets no new ones, at most an
	// hour: the load balancer waits so long, and ECS sends SIGTERM after that. It is the longest answer that clients wait for,
	// whatever the program itself takes to end. Default 30 s.
	// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/load-balancer-connection-draining.html
	DeregistrationDelay time.Duration
	// User that the program runs as, "uid", "uid:gid" or a name known to the image. Default "1000:1000".
	// "image" leaves it to the image.
	User string
	// WritableRootFilesystem turns off the read-only root filesystem.
	WritableRootFilesystem bool
	// WritablePaths are folders that stay writable on a read-only root filesystem, each an ephemeral
	// volume of the task, e.g. "/tmp". Absolute, without repetition. Fargate makes such a volume for root
	// alone, unless the image declares the folder a volume (VOLUME): then with the folder's content, owner
	// and permissions in the image. So an image for another user than root has to declare it; those that are made here
	// do. Default: for a Next.js server those that it writes to (/tmp, .next/cache and, where this Next.js has it,
	// .next/server/route-cache, below the folder that the server stands in), for others none. An empty list that is not
	// nil is none.
	// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bind-mounts.html
	WritablePaths []string
	// Command replaces the image's command; an entry point of the image stays before it.
	Command []string
	// Variables are plain environment variables of every environment. They stand in the template: what can
	// only be a credential is refused, by its value or its name, see [Environment.Secrets].
	Variables map[string]string
}

// Architecture of the task's processor, in the words of ECS.
type Architecture string

// The architectures that Fargate runs.
const (
	X8664 Architecture = "X86_64"
	ARM64 Architecture = "ARM64"
)

// Environment is one deployment of the application, with its own pair of stacks.
type Environment struct {
	// AccountID pins the AWS account (12 digits): a deployment into another one is refused.
	// Empty means any.
	AccountID string
	// Region overrides App.Region.
	Region string
	// Names that are given take the place of those that derive from App.Name; empty ones do not. They are for what is
	// called otherwise already, and for names that something else has: a stack that was not made by this library is not
	// touched. What exists in no stack has to be taken over first (infra:adopt), because the infra stack makes what it names.
	// A name that changes later replaces what bears it.
	Names Names
	// Network is the VPC that is made, or the one that is brought.
	Network Network
	// CertificateARN of ACM. With it the load balancer listens on 443 and redirects 80.
	CertificateARN string
	// TLSPolicy is the security policy of the listener on 443: which versions and ciphers clients may have. Default
	// "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09", which AWS recommended in November 2026: TLS 1.2 and 1.3, forward secrecy,
	// authenticated ciphers only, hybrid post-quantum key exchange for clients that know it.
	// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
	TLSPolicy string
	// StrictTransportSecurity is the value of that header (HSTS), which the load balancer puts into the answers on 443, in place of
	// the application's: "max-age=SECONDS", then "; includeSubDomains" and "; preload" where they are meant. Browsers keep to it
	// for so long, whatever happens to the certificate: begin with a short time. Default: the header is the application's.
	StrictTransportSecurity string
	// WithoutServerHeader leaves out the header with which the load balancer names itself (server: awselb/2.0).
	WithoutServerHeader bool
	// AccessLogBucket is the name of an S3 bucket of the environment's region, which lets the load balancer write; it logs every
	// request there, under APP-ENVIRONMENT. Default: no such log.
	// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
	AccessLogBucket string
	// CPU in units (1024 is one vCPU) and Memory in MiB; a pair that Fargate offers. Default 256 and, in
	// MiB, twice the units of CPU.
	CPU    int
	Memory int
	// Architecture of the task. Default X86_64.
	Architecture Architecture
	// MinTasks and MaxTasks bound auto-scaling. Default 1 and MinTasks.
	MinTasks int
	MaxTasks int
	// Scaling policies between these bounds.
	Scaling Scaling
	// LogRetentionDays is one of the retentions that CloudWatch Logs offers. Default 7.
	LogRetentionDays int
	// ContainerInsights turns the cluster's metrics on, with enhanced observability.
	ContainerInsights bool
	// Protected turns on termination protection of both stacks and deletion protection of the load balancer,
	// and keeps repository and log group where the infra stack is deleted after all. Elsewhere they are
	// deleted with it, images included.
	Protected bool
	// Spot runs tasks on Fargate Spot beside the guaranteed MinTasks.
	Spot bool
	// BlockingCleanup lets a deployment end only when the tasks of the revision before have drained and stopped. Without it,
	// it ends when all tasks of the new revision are healthy, and the old ones go meanwhile; what of them fails to go then
	// fails no deployment.
	// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/early-success-criteria.html
	BlockingCleanup bool
	// Variables of the container, over Container.Variables.
	Variables map[string]string
	// Secrets maps a variable of the container to the ARN of a Secrets Manager secret (optionally with
	// ":json-key:version-stage:version-id") or of an SSM parameter. The infra stack grants access to them: a
	// new secret needs a deployment of it before one of the service.
	Secrets map[string]string
	// Sidecars are containers beside the application's, in each of its tasks.
	Sidecars []Sidecar
	// AlarmTopicARN is an SNS topic that the alarms notify. Empty: alarms without actions.
	AlarmTopicARN string
	// TaskPolicies are managed policies (ARNs) of the task role, what the application itself may do.
	TaskPolicies []string
	// PermissionsBoundary is a managed policy (ARN) that bounds both roles, whatever else their policies allow: a role may do
	// what both allow. The policy of infra:policy then makes and changes no role without it.
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
	PermissionsBoundary string
	// TaskStatements are statements of the task role, beside TaskPolicies, and ExecutionStatements of the execution role,
	// with which ECS starts a task, beside what it needs anyway.
	TaskStatements      []Statement
	ExecutionStatements []Statement
	// Tags over App.Tags.
	Tags map[string]string
	// Services beside the application's own one, by name: lower-case letters, digits and inner hyphens, beginning with
	// a letter. Targets of a service take ENV/NAME for one of them. At most 10.
	Services map[string]AdditionalService
}

// Network of an environment: made by the infra stack, or brought along.
type Network struct {
	// CIDR of the VPC that is made, /16 to /24. Default "10.0.0.0/16".
	CIDR string
	// Zones is the number of availability zones, from 2 to 6; to 4 in a /24. Default 2.
	Zones int
	// NATGateways, from 1 to Zones. Default 1.
	NATGateways int
	// VPCID brings an existing VPC; then both lists of subnets are required (two zones or more each)
	// and the fields above must be empty.
	VPCID            string
	PublicSubnetIDs  []string
	PrivateSubnetIDs []string
}

// Scaling is what auto-scaling follows. Zero values turn a policy off, except where a default is named.
type Scaling struct {
	// CPUPercent is the average CPU utilisation to hold. Default 70; negative turns it off.
	CPUPercent int
	// MemoryPercent is the average memory utilisation to hold. Default 80; negative turns it off.
	MemoryPercent int
	// RequestsPerTask per minute to hold. Zero is off.
	RequestsPerTask int
	// Schedules change the bounds at set times.
	Schedules []Schedule
}

// Schedule sets the bounds of auto-scaling at a time.
type Schedule struct {
	// Name, unique in the environment (^[A-Za-z0-9-]+$).
	Name string
	// Expression: "cron(…)", "rate(…)" or "at(…)".
	Expression string
	// TimeZone in IANA form. Default "UTC".
	TimeZone string
	// MinTasks and MaxTasks from then on. There is no default: two zeros stop all tasks.
	MinTasks int
	MaxTasks int
}
