package elb_test

import (
	"context"
	"strings"
	"testing"
	"time"

	awselb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/awstest"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/elb"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sim"
)

var ctx = context.Background()

const (
	lbType       = "AWS::ElasticLoadBalancingV2::LoadBalancer"
	groupType    = "AWS::ElasticLoadBalancingV2::TargetGroup"
	listenerType = "AWS::ElasticLoadBalancingV2::Listener"
	ruleType     = "AWS::ElasticLoadBalancingV2::ListenerRule"
)

type region struct {
	t      *testing.T
	world  *sim.World
	clock  *sim.Manual
	svc    *elb.Service
	record *awstest.Record
	client *awselb.Client
	url    string
	types  map[string]resource.Type
}

func newRegion(t *testing.T) *region {
	t.Helper()
	r := &region{t: t, types: map[string]resource.Type{}}
	r.world, r.clock = awstest.World(t)
	r.svc = elb.New(r.world, awstest.Account)
	for _, v := range r.svc.Types() {
		r.types[v.Name] = v
	}
	r.record = awstest.NewRecord(r.svc.Wire())
	r.url = awstest.Serve(t, r.world, r.record.Wire())
	r.client = awselb.NewFromConfig(awstest.Config(r.url))
	return r
}

func (r *region) try(kind, verb, id string, properties map[string]any) (physical string, err error) {
	q := resource.Request{Stack: "BellyfedEcsInfraStack-dev", LogicalID: "LoadBalancer", PhysicalID: id, Properties: properties, Tags: map[string]string{"stack": "s"}}
	err = r.world.Do(ctx, func() (err error) {
		switch verb {
		case "create":
			physical, err = r.types[kind].Create(q)
		case "update":
			err = r.types[kind].Update(q)
		default:
			err = r.types[kind].Delete(q)
		}
		return err
	})
	return physical, err
}

func (r *region) make(kind string, properties map[string]any) string {
	r.t.Helper()
	id, err := r.try(kind, "create", "", properties)
	if err != nil {
		r.t.Fatalf("create %s: %v", kind, err)
	}
	return id
}

func (r *region) do(f func()) {
	r.t.Helper()
	awstest.Do(r.t, r.world, f)
}

func forward(arn string) []any {
	return []any{map[string]any{"Type": "forward", "TargetGroupArn": arn}}
}

// ground is a load balancer with a listener and a target group.
func (r *region) ground() (lb, group, listener string) {
	lb = r.make(lbType, map[string]any{"Subnets": []any{"subnet-a", "subnet-b"}, "SecurityGroups": []any{"sg-1"},
		"LoadBalancerAttributes": []any{map[string]any{"Key": "idle_timeout.timeout_seconds", "Value": "90"}}})
	group = r.make(groupType, map[string]any{"Name": "tasks", "Port": 80, "Protocol": "HTTP", "VpcId": "vpc-1", "TargetType": "ip",
		"HealthCheckIntervalSeconds": 10, "HealthyThresholdCount": 2, "UnhealthyThresholdCount": 3, "HealthCheckPath": "/health",
		"Matcher":               map[string]any{"HttpCode": "200,204"},
		"TargetGroupAttributes": []any{map[string]any{"Key": "deregistration_delay.timeout_seconds", "Value": "30"}}})
	listener = r.make(listenerType, map[string]any{"LoadBalancerArn": lb, "Port": 80, "Protocol": "HTTP", "DefaultActions": forward(group),
		"ListenerAttributes": []any{map[string]any{"Key": "routing.http.response.server.enabled", "Value": "false"}}})
	return lb, group, listener
}

// history is the state of the only target, second by second, without repetitions.
func (r *region) history(group string, d time.Duration) []string {
	r.t.Helper()
	var states []string
	for range int(d / time.Second) {
		out, err := r.client.DescribeTargetHealth(ctx, &awselb.DescribeTargetHealthInput{TargetGroupArn: &group})
		if err != nil {
			r.t.Fatal(err)
		}
		now := "none"
		if len(out.TargetHealthDescriptions) > 0 {
			h := out.TargetHealthDescriptions[0].TargetHealth
			now = strings.TrimSpace(string(h.State) + " " + string(h.Reason))
		}
		if len(states) == 0 || states[len(states)-1] != now {
			states = append(states, now)
		}
		r.clock.Advance(time.Second)
	}
	return states
}
