package autoscaling

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/account"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sim"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

// Services is what is scaled.
type Services interface {
	// DesiredCount of a service; ok is false where there is no such service.
	DesiredCount(cluster, service string) (n int, ok bool)
	SetDesiredCount(cluster, service string, n int) error
}

// Service is the embedded Application Auto Scaling.
type Service struct {
	w        *sim.World
	acct     account.Account
	services Services
	state    state
}

// progress is how many activities there have been.
type progress struct{ Activity int }

type state struct {
	progress
	Targets    sim.Table[*scalableTarget]   // by resource|dimension
	Policies   sim.Table[*scalingPolicy]    // by ARN
	Actions    sim.Table[*actionRecord]     // by resource|dimension|name
	Activities sim.Table[*scalingActivity]  // by number
	Tags       sim.Table[map[string]string] // by ARN
}

// New adds Application Auto Scaling to the world.
func New(w *sim.World, acct account.Account, services Services) *Service {
	s := &Service{w: w, acct: acct, services: services, state: state{
		Targets: sim.NewTable[*scalableTarget](w, "autoscaling.targets"), Policies: sim.NewTable[*scalingPolicy](w, "autoscaling.policies"),
		Actions: sim.NewTable[*actionRecord](w, "autoscaling.actions"), Activities: sim.NewTable[*scalingActivity](w, "autoscaling.activities"),
		Tags: sim.NewTable[map[string]string](w, "autoscaling.tags"),
	}}
	sim.Register(w, "autoscaling", &s.state.progress)
	w.Handle("autoscaling:action", s.actionDue)
	return s
}

// Wire is the API.
func (s *Service) Wire() *wire.Service {
	return &wire.Service{Name: "application-autoscaling", Target: "AnyScaleFrontendService", Operations: map[string]wire.Operation{
		"RegisterScalableTarget":    wire.Op(s.registerScalableTarget),
		"DescribeScalableTargets":   wire.Op(s.describeScalableTargets),
		"DeregisterScalableTarget":  wire.Op(s.deregisterScalableTarget),
		"PutScalingPolicy":          wire.Op(s.putScalingPolicy),
		"DescribeScalingPolicies":   wire.Op(s.describeScalingPolicies),
		"DeleteScalingPolicy":       wire.Op(s.deleteScalingPolicy),
		"DescribeScalingActivities": wire.Op(s.describeScalingActivities),
		"PutScheduledAction":        wire.Op(s.putScheduledAction),
		"DescribeScheduledActions":  wire.Op(s.describeScheduledActions),
		"DeleteScheduledAction":     wire.Op(s.deleteScheduledAction),
		"ListTagsForResource":       wire.Op(s.listTagsForResource),
		"TagResource":               wire.Op(s.tagResource),
		"UntagResource":             wire.Op(s.untagResource),
	}}
}

// Types are the CloudFormation resource types.
func (s *Service) Types() []resource.Type { return []resource.Type{s.targetType(), s.policyType()} }

func (s *Service) now() wire.Time { return wire.Time{Time: s.w.Now()} }

func invalid(format string, args ...any) error {
	return wire.Errorf("ValidationException", format, args...)
}

// scaled names what a scalable target, a policy or an action is about.
type scaled struct {
	ServiceNamespace  string
	ResourceId        string
	ScalableDimension string
}

func (t scaled) key() string { return t.ResourceId + "|" + t.ScalableDimension }

// check that the embedded AWS can scale it.
func (t scaled) check() error {
	if t.ServiceNamespace != "ecs" || t.ScalableDimension != "ecs:service:DesiredCount" {
		return invalid("The embedded AWS scales the desired count of ECS services only (ecs:service:DesiredCount), not %s of %s.", t.ScalableDimension, t.ServiceNamespace)
	}
	if p := strings.Split(t.ResourceId, "/"); len(p) != 3 || p[0] != "service" {
		return invalid("Unsupported service namespace, resource type or scalable dimension: %s", t.ResourceId)
	}
	return nil
}

// service is the cluster and the name in service/CLUSTER/NAME.
func (t scaled) service() (cluster, name string) {
	p := strings.Split(t.ResourceId, "/")
	return p[1], p[2]
}

// page cuts one page out of items; the token is the position to go on from.
func page[T any](items []T, token string, size *int) ([]T, string, error) {
	n := 50
	if size != nil {
		n = *size
	}
	if n < 1 || n > 50 {
		return nil, "", invalid("1 validation error detected: Value '%d' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 50", n)
	}
	from := 0
	if token != "" {
		raw, err := base64.RawURLEncoding.DecodeString(token)
		if err == nil {
			from, err = strconv.Atoi(string(raw))
		}
		if err != nil || from < 0 || from > len(items) {
			return nil, "", wire.Errorf("InvalidNextTokenException", "The next token is invalid.")
		}
	}
	if from+n >= len(items) {
		return items[from:], "", nil
	}
	return items[from : from+n], base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(from + n))), nil
}

// roleARN of the service-linked role, which a registration without a role uses.
func (s *Service) roleARN() string {
	return s.acct.GlobalARN("iam", "role/aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService")
}

// hold keeps the service within the limits. A count of 0 stays, because somebody has switched the service off,
// unless a schedule says that it is to run.
func (s *Service) hold(t *scalableTarget, scheduled bool) {
	cluster, name := scaled{t.ServiceNamespace, t.ResourceId, t.ScalableDimension}.service()
	n, ok := s.services.DesiredCount(cluster, name)
	want := min(max(n, t.MinCapacity), t.MaxCapacity)
	if !ok || n == want || n == 0 && !scheduled {
		return
	}
	limit := "minimum"
	if want < n {
		limit = "maximum"
	}
	a := scalingActivity{Description: fmt.Sprintf("Setting desired count to %d.", want), Cause: fmt.Sprintf("%s capacity was set to %d", limit, want),
		StatusCode: "Successful", StatusMessage: fmt.Sprintf("Successfully set desired count to %d. Change successfully fulfilled by ecs.", want)}
	if err := s.services.SetDesiredCount(cluster, name, want); err != nil {
		a.StatusCode, a.StatusMessage = "Failed", fmt.Sprintf("Failed to set desired count to %d. Reason: %v", want, err)
	}
	s.record(t, a)
}

// mostActivities are kept, the newest ones.
const mostActivities = 100

func activityKey(n int) string { return fmt.Sprintf("%012d", n) }

// record adds an activity.
func (s *Service) record(t *scalableTarget, a scalingActivity) {
	a.ActivityId, a.ServiceNamespace, a.ResourceId, a.ScalableDimension = s.w.UUID(), t.ServiceNamespace, t.ResourceId, t.ScalableDimension
	a.StartTime, a.EndTime = s.now(), s.now()
	s.state.Activities.Put(activityKey(s.state.Activity), &a)
	s.state.Activity++
	s.state.Activities.Delete(activityKey(s.state.Activity - mostActivities - 1))
}

// drop removes the policies and scheduled actions of a scalable target.
func (s *Service) drop(key string) {
	for arn, p := range s.state.Policies.All() {
		if (scaled{p.ServiceNamespace, p.ResourceId, p.ScalableDimension}).key() == key {
			s.state.Policies.Delete(arn)
		}
	}
	for action, a := range s.state.Actions.All() {
		if (scaled{a.ServiceNamespace, a.ResourceId, a.ScalableDimension}).key() == key {
			s.state.Actions.Delete(action)
		}
	}
}
