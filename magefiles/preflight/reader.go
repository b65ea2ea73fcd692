package preflight

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
	"golang.org/x/sync/errgroup"
)

// CallerAPI says whose credentials are used; [*sts.Client] has it.
type CallerAPI interface {
	GetCallerIdentity(context.Context, *sts.GetCallerIdentityInput, ...func(*sts.Options)) (*sts.GetCallerIdentityOutput, error)
}

// RolesAPI reads a role by its name; [IAM] has it.
type RolesAPI interface {
	GetRole(ctx context.Context, name string) (Role, error)
	ListRolePolicies(ctx context.Context, role string) (names []string, err error)
	GetRolePolicy(ctx context.Context, role, policy string) (document string, err error)
	ListAttachedRolePolicies(ctx context.Context, role string) (arns []string, err error)
}

// SecretsAPI reads a secret; [*secretsmanager.Client] has it.
type SecretsAPI interface {
	DescribeSecret(context.Context, *secretsmanager.DescribeSecretInput, ...func(*secretsmanager.Options)) (*secretsmanager.DescribeSecretOutput, error)
	GetSecretValue(context.Context, *secretsmanager.GetSecretValueInput, ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error)
}

// ParametersAPI tells which parameters of a region are not there; [SSM] has it.
type ParametersAPI interface {
	InvalidParameters(ctx context.Context, region string, names []string) ([]string, error)
}

// LogsAPI reads log groups; [*cloudwatchlogs.Client] has it.
type LogsAPI interface {
	DescribeLogGroups(context.Context, *cloudwatchlogs.DescribeLogGroupsInput, ...func(*cloudwatchlogs.Options)) (*cloudwatchlogs.DescribeLogGroupsOutput, error)
}

// BalancingAPI reads load balancers; [*elb.Client] has it.
type BalancingAPI interface {
	DescribeTargetGroups(context.Context, *elb.DescribeTargetGroupsInput, ...func(*elb.Options)) (*elb.DescribeTargetGroupsOutput, error)
	DescribeLoadBalancers(context.Context, *elb.DescribeLoadBalancersInput, ...func(*elb.Options)) (*elb.DescribeLoadBalancersOutput, error)
	DescribeListeners(context.Context, *elb.DescribeListenersInput, ...func(*elb.Options)) (*elb.DescribeListenersOutput, error)
}

// NetworkAPI reads networks; [EC2] has it.
type NetworkAPI interface {
	DescribeVpcs(ctx context.Context, ids []string) ([]string, error)
	DescribeSubnets(ctx context.Context, ids []string) ([]Subnet, error)
	DescribeRouteTables(ctx context.Context, vpc string) ([]RouteTable, error)
	DescribeVpcEndpoints(ctx context.Context, vpc string) ([]Endpoint, error)
	DescribeSecurityGroups(ctx context.Context, ids []string) ([]SecurityGroup, error)
}

// Reader reads facts.
type Reader struct {
	Caller     CallerAPI
	Roles      RolesAPI
	Secrets    SecretsAPI
	Parameters ParametersAPI
	Logs       LogsAPI
	Balancing  BalancingAPI
	Network    NetworkAPI
	Containers ContainersAPI
	// Certificates are read by ReadOwn alone.
	Certificates CertificatesAPI
	// Image looks at the image that is to be deployed, and of an index at that for the architecture. Nil leaves the
	// image out.
	Image func(ctx context.Context, architecture string) (Image, error)
	// Running is the revision that runs, with what a start of it takes. Nil leaves it out.
	Running func(ctx context.Context) (Running, error)
	// Deleted is what the service stack has made and is not there any more. Nil leaves it out.
	Deleted func(ctx context.Context) ([]Deleted, error)
	// ImageThere is nil where the image of a reference is in its repository.
	ImageThere func(ctx context.Context, reference string) error
}

// atOnce is how many reads are under way at a time: few enough for the quotas of the APIs.
const atOnce = 8

// Read adds to f what is seen of what f.Wanted names; what it does not name stays Unread. It changes nothing. Where
// ctx ends, what was not read by then is Unknown.
func (r Reader) Read(ctx context.Context, f Facts) Facts {
	var reads errgroup.Group // no read fails: what it cannot tell is a fact, too
	reads.SetLimit(atOnce)
	add := func(read func()) { reads.Go(func() error { read(); return nil }) }
	w := f.Wanted
	add(func() { f.Caller = look("sts:GetCallerIdentity", func() (Caller, error) { return r.caller(ctx) }) })
	if r.Image != nil {
		add(func() {
			f.Image = look("ecr:DescribeImages", func() (Image, error) { return r.Image(ctx, w.Architecture) })
		})
	}
	if r.Running != nil {
		add(func() { f.Running = r.running(ctx, w) })
	}
	if r.Deleted != nil && w.Stack != "" {
		add(func() {
			f.Deleted = look("application-autoscaling:DescribeScalableTargets", func() ([]Deleted, error) { return r.Deleted(ctx) })
		})
	}
	if w.ExecutionRole != "" {
		add(func() { f.ExecutionRole = r.role(ctx, w.ExecutionRole) })
		add(func() { f.Policies = r.policies(ctx, w.ExecutionRole) })
	}
	if w.TaskRole != "" {
		add(func() { f.TaskRole = r.role(ctx, w.TaskRole) })
	}
	if w.LogGroup != "" {
		add(func() {
			f.LogGroup = look("logs:DescribeLogGroups", func() (LogGroup, error) { return r.logGroup(ctx, w.LogGroup) })
		})
	}
	if len(w.Subnets) > 0 {
		add(func() {
			f.Subnets = look("ec2:DescribeSubnets", func() ([]Subnet, error) { return r.Network.DescribeSubnets(ctx, w.Subnets) })
		})
	}
	if w.VPC != "" {
		add(func() {
			f.RouteTables = look("ec2:DescribeRouteTables", func() ([]RouteTable, error) { return r.Network.DescribeRouteTables(ctx, w.VPC) })
		})
		add(func() {
			f.Endpoints = look("ec2:DescribeVpcEndpoints", func() ([]Endpoint, error) { return r.Network.DescribeVpcEndpoints(ctx, w.VPC) })
		})
	}
	if w.Cluster != "" {
		add(func() {
			f.Cluster = look("ecs:DescribeClusters", func() (Cluster, error) { return r.cluster(ctx, w.Cluster) })
		})
	}
	add(func() { r.balancing(ctx, &f) })
	secrets := r.secrets(ctx, w.Secrets, add)
	_ = reads.Wait() // see above
	f.Secrets = secrets()
	return f
}

// ReadError says more of a read that failed than its cause can.
type ReadError struct {
	Operation string // that failed, where the cause does not tell
	Absent    bool   // it answered that there is no such thing
	Denied    bool   // it may not be called
	Infra     bool   // what is absent is something that the infra stack makes
	Err       error
}

func (e *ReadError) Error() string { return e.Err.Error() }
func (e *ReadError) Unwrap() error { return e.Err }

// absent are the codes with which services say that something is not there.
var absent = map[string]bool{
	"NoSuchEntity": true, "ResourceNotFoundException": true, "TargetGroupNotFound": true, "LoadBalancerNotFound": true,
	"ClusterNotFoundException": true,
}

// denied are the codes with which services refuse who may not ask.
var denied = map[string]bool{
	"AccessDenied": true, "AccessDeniedException": true, "UnauthorizedOperation": true, "AuthorizationError": true, "NotAuthorized": true,
}

// look reads a fact by an operation, or by several of its service.
func look[T any](operation string, read func() (T, error)) Fact[T] {
	v, err := read()
	if err == nil {
		return Fact[T]{State: Known, Value: v}
	}
	fact := Fact[T]{State: Unknown, Operation: operation, Err: err}
	if failed, ok := errors.AsType[*smithy.OperationError](err); ok {
		service, _, _ := strings.Cut(operation, ":")
		fact.Operation = service + ":" + failed.OperationName
	}
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		fact.Denied = denied[api.ErrorCode()]
		if absent[api.ErrorCode()] {
			fact.State = Absent
		}
	}
	if failed, ok := errors.AsType[*ReadError](err); ok {
		fact.Operation = cmp.Or(failed.Operation, fact.Operation)
		fact.Denied = fact.Denied || failed.Denied
		if failed.Absent {
			fact.State = Absent
		}
	}
	return fact
}

func (r Reader) caller(ctx context.Context) (Caller, error) {
	me, err := r.Caller.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return Caller{}, err
	}
	return Caller{Account: aws.ToString(me.Account), ARN: aws.ToString(me.Arn)}, nil
}

// roleName is the last part of a role's ARN; the path before it is no part of the name.
func roleName(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }

func (r Reader) role(ctx context.Context, arn string) Fact[Role] {
	return look("iam:GetRole", func() (Role, error) { return r.Roles.GetRole(ctx, roleName(arn)) })
}

func (r Reader) policies(ctx context.Context, arn string) Fact[Policies] {
	return look("iam:ListRolePolicies", func() (p Policies, err error) {
		names, err := r.Roles.ListRolePolicies(ctx, roleName(arn))
		if err != nil {
			return p, err
		}
		for _, name := range names {
			document, err := r.Roles.GetRolePolicy(ctx, roleName(arn), name)
			if err != nil {
				return p, err
			}
			p.Inline = append(p.Inline, document)
		}
		p.Managed, err = r.Roles.ListAttachedRolePolicies(ctx, roleName(arn))
		return p, err
	})
}

// logGroup finds the group among those whose names begin alike.
func (r Reader) logGroup(ctx context.Context, name string) (LogGroup, error) {
	pages := cloudwatchlogs.NewDescribeLogGroupsPaginator(r.Logs, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: &name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return LogGroup{}, err
		}
		for _, g := range page.LogGroups {
			if aws.ToString(g.LogGroupName) == name {
				return LogGroup{name}, nil
			}
		}
	}
	return LogGroup{}, &ReadError{Absent: true, Err: errors.New("log group " + name + " is not there")}
}
