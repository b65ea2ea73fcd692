package targets_test

import (
	"strings"
	"testing"
	"time"

	"github.com/awslabs/goformation/v7/cloudformation"
	"github.com/awslabs/goformation/v7/cloudformation/ec2"
	"github.com/awslabs/goformation/v7/cloudformation/iam"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/internal/spread"
	"github.com/bellyfed/splitecs/magefiles/targets"
)

// change changes the environment.
func (w *world) change(f func(*cfn.Environment)) {
	e := w.app.Environments["dev"]
	f(&e)
	w.app.Environments["dev"] = e
}

// A port that changes is open at both ends until the service has moved.
func TestThePortChangesWithoutAnOutage(t *testing.T) {
	t.Parallel()
	w := newWorld(t).timed().up()
	w.app.Container.Port = 8000
	stays := "port 3000 stays open until service shop-local-service (shop-local-service:1) has moved; go tool mage infra:deploy local then removes it"
	w.run(infraDiff)
	w.want(0)
	w.prints("ServiceSecurityGroup (AWS::EC2::SecurityGroup)", stays)
	w.run(infraDeploy)
	w.want(0, stays)
	w.prints("Provides=port=8000,port=3000")
	w.run(infraDeploy)
	w.want(0, "nothing to change", stays)
	w.run(serviceDeploy, "SPLITECS_IMAGE=v1")
	w.want(0, "port 3000 stays open until the tasks of service shop-local-service that are leaving have stopped; go tool mage infra:deploy local then removes it")
	w.passes(2 * time.Minute)
	w.run(infraDeploy)
	w.want(0)
	if w.prints("Provides=port=8000\n"); strings.Contains(w.err.String(), "stays open") {
		t.Errorf("it is kept still:\n%s", &w.err)
	}
	w.run(serviceDeploy, "SPLITECS_IMAGE=v2")
	if w.want(0); strings.Contains(w.err.String(), "does not need any more") {
		t.Errorf("something is left:\n%s", &w.err)
	}
	w.run(infraStatus)
	w.prints("config      as configured", "drift       none")
}

// So it is with a port that moves from one service to another.
func TestPortsThatMoveBetweenServices(t *testing.T) {
	t.Parallel()
	w := up(t)
	w.app.Container.Port = 8080
	w.change(func(e *cfn.Environment) {
		e.Services = map[string]cfn.AdditionalService{"api": {Container: cfn.Container{Port: 3000}, Paths: []string{"/api/*"}, Priority: 1}}
	})
	w.run(infraDeploy)
	w.want(0)
	w.app.Container.Port = 3000
	w.change(func(e *cfn.Environment) {
		e.Services = map[string]cfn.AdditionalService{"api": {Container: cfn.Container{Port: 8080}, Paths: []string{"/api/*"}, Priority: 1}}
	})
	w.run(infraDeploy)
	w.want(0)
	w.run(infraStatus)
	w.prints("config      as configured", "drift       none")
}

// A secret that the configuration has no more is readable as long as a revision runs that reads it; likewise the log
// group and the repository under their former names.
func TestGrantsStayForTheRevisionThatRuns(t *testing.T) {
	t.Parallel()
	w := newWorld(t).timed()
	w.change(func(e *cfn.Environment) { e.BlockingCleanup = true })
	const secret = "arn:aws:secretsmanager:ap-southeast-1:000000000000:secret:shop/db-AbCdEf"
	w.change(func(e *cfn.Environment) { e.Secrets = map[string]string{"DB": secret} })
	w.run(localUp)
	w.want(0)
	w.change(func(e *cfn.Environment) { e.Secrets = nil })
	stays := "the execution role may go on to read " + secret + " until service shop-local-service (shop-local-service:1) has moved"
	w.run(infraDeploy)
	w.want(0, stays)
	w.run(serviceDeploy)
	w.want(0, "(a secret's grant)")
	w.run(infraDeploy)
	w.want(0)
	if strings.Contains(w.err.String(), stays) {
		t.Errorf("it is kept still:\n%s", &w.err)
	}
}

func TestZonesStayUntilTheTasksHaveLeft(t *testing.T) {
	t.Parallel()
	w := newWorld(t).timed()
	w.change(func(e *cfn.Environment) { e.Network.Zones, e.Network.NATGateways = 3, 1 })
	w.run(localUp)
	w.want(0)
	w.change(func(e *cfn.Environment) { e.Network.Zones = 2 })
	for range 2 {
		w.run(infraDeploy)
		w.want(0, "the subnets of 3 zones stay until service shop-local-service (shop-local-service:1) has moved")
	}
	w.run(serviceDeploy)
	w.want(0, "the subnets of 3 zones stay until the tasks of service shop-local-service that are leaving have stopped")
	w.passes(2 * time.Minute)
	w.run(infraDeploy, "SPLITECS_APPROVE=1")
	w.want(0)
	w.run(infraStatus)
	w.prints("config      as configured")
}

// What two steps do not mend is asked, with the reason and the way without.
func TestWhatCutsOffWhatRunsIsAsked(t *testing.T) {
	t.Parallel()
	role := func(id string, f func(*iam.Role)) func(*world) {
		return func(w *world) {
			w.app.ExtendInfra = func(_ string, t *cloudformation.Template) error {
				f(t.Resources[id].(*iam.Role))
				return nil
			}
		}
	}
	for name, c := range spread.Table(t, 2, map[string]struct {
		before, after func(*world)
		said          []string
	}{
		"the health check's path": {
			nil, func(w *world) { w.app.Container.HealthCheckPath = "/ready" },
			[]string{"TargetGroup (AWS::ElasticLoadBalancingV2::TargetGroup): service shop-local-service (shop-local-service:1) was found healthy at /health and would be asked for /ready",
				"deploy a program that answers both health checks first"},
		},
		"a statement of the task role": {
			func(w *world) {
				w.change(func(e *cfn.Environment) {
					e.TaskStatements = []cfn.Statement{{Actions: []string{"s3:GetObject", "s3:PutObject"}, Resources: []string{"arn:aws:s3:::shop/*"}}}
				})
			},
			func(w *world) {
				w.change(func(e *cfn.Environment) {
					e.TaskStatements = []cfn.Statement{{Actions: []string{"s3:GetObject"}, Resources: []string{"arn:aws:s3:::shop/*"}}}
				})
			},
			[]string{"TaskRole (AWS::IAM::Role)", "may use what it would lose: s3:PutObject on arn:aws:s3:::shop/*"},
		},
		"a statement of the execution role": {
			func(w *world) {
				w.change(func(e *cfn.Environment) {
					e.ExecutionStatements = []cfn.Statement{{Actions: []string{"kms:Decrypt"}, Resources: []string{"arn:aws:kms:ap-southeast-1:000000000000:key/shop"}}}
				})
			},
			func(w *world) { w.change(func(e *cfn.Environment) { e.ExecutionStatements = nil }) },
			[]string{"ExecutionRole (AWS::IAM::Role)", "starts its tasks with this role, and needs what it would lose: kms:Decrypt on arn:aws:kms:ap-southeast-1:000000000000:key/shop"},
		},
		"the task role under another name": {
			nil, role("TaskRole", func(r *iam.Role) { r.RoleName = new("other") }),
			[]string{"TaskRole (AWS::IAM::Role)", "has this role: its tasks may do nothing in AWS any more"},
		},
		"the execution role under another name": {
			nil, role("ExecutionRole", func(r *iam.Role) { r.Path = new("/ours/") }),
			[]string{"starts its tasks with this role: none starts any more"},
		},
		"what the execution role needs": {
			nil, role("ExecutionRole", func(r *iam.Role) { r.Policies = nil }),
			[]string{"logs:PutLogEvents on arn:aws:logs:ap-southeast-1:000000000000:log-group:/aws/ecs/shop-local:*"},
		},
	}) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t).timed()
			if c.before != nil {
				c.before(w)
			}
			w.run(localUp)
			w.want(0)
			c.after(w)
			w.run(infraDiff)
			w.want(0)
			w.prints("! cuts off what runs: ")
			w.run(infraDeploy)
			w.want(4, append(c.said, "the plan cuts off what runs, and nobody approved it", "next: SPLITECS_APPROVE=1 go tool mage infra:deploy local")...)
			w.run(infraDeploy, "SPLITECS_APPROVE=1")
			w.want(0, "approved by SPLITECS_APPROVE=1")
		})
	}
}

// A program that passes its own check at the new path already needs no question.
func TestAHealthCheckThatTheProgramAnswersAlready(t *testing.T) {
	t.Parallel()
	w := newWorld(t).timed()
	w.app.Container.HealthCheckCommand = []string{"CMD", "/app/server", "get", "http://127.0.0.1:3000/ready"}
	w.run(localUp)
	w.want(0)
	w.app.Container.HealthCheckPath = "/ready"
	w.run(infraDeploy)
	w.want(0)
}

// Where the stacks disagree already, service:verify says so, and service:deploy mends it.
func TestARevisionThatIsCutOffIsFound(t *testing.T) {
	t.Parallel()
	w := up(t)
	w.app.Container.Port = 8000
	w.app.ExtendInfra = func(_ string, t *cloudformation.Template) error {
		group := t.Resources["ServiceSecurityGroup"].(*ec2.SecurityGroup)
		group.SecurityGroupIngress = group.SecurityGroupIngress[:1]
		return nil
	}
	w.run(infraDeploy)
	w.want(4, "is reached through this rule (tcp 3000 to 3000), and would not be any more", "add the new rule first")
	w.run(infraDeploy, "SPLITECS_APPROVE=1")
	w.want(0)
	w.run(serviceVerify, "SPLITECS_IMAGE=v1")
	w.want(0)
	w.prints("warning  service shop-local-service: listens on port 3000, where load balancer ", " is not let in: no request reaches it; next: go tool mage service:deploy local")
	w.run(serviceDeploy, "SPLITECS_IMAGE=v1")
	w.want(0)
	w.run(serviceVerify, "SPLITECS_IMAGE=v1")
	w.want(0)
	if strings.Contains(w.out.String(), "listens on port 3000") {
		t.Errorf("it is told still:\n%s", &w.out)
	}
}

// Services beside the application's own are looked at like that one. Where releases wait for the tasks before, what is left is
// told at their end.
func TestServicesBesideAreNotCutOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t).timed()
	w.change(func(e *cfn.Environment) { e.BlockingCleanup = true })
	w.up()
	beside := cfn.AdditionalService{Container: cfn.Container{Port: 8080, HealthCheckPath: "/api/health"}, Paths: []string{"/api/*"}, Priority: 10}
	const secret = "arn:aws:secretsmanager:ap-southeast-1:000000000000:secret:shop/api-AbCdEf"
	beside.Secrets = map[string]string{"KEY": secret}
	w.beside("api", beside)
	w.run(infraDeploy)
	w.want(0)
	w.run(in("local/api", targets.Set.ServiceDeploy), "SPLITECS_IMAGE=v1")
	w.want(0)
	beside.Container.Port, beside.Secrets = 9090, nil
	w.beside("api", beside)
	w.run(infraDeploy)
	w.want(0, "port 8080 stays open until service shop-local-api (shop-local-api:1) has moved", "may go on to read "+secret+" until service shop-local-api (shop-local-api:1) has moved")
	w.run(in("local/api", targets.Set.ServiceDeploy), "SPLITECS_IMAGE=v1")
	w.want(0, "the infra stack still has what the service does not need any more (port 8080, a secret's grant)")
	w.run(infraDeploy)
	w.want(0)
	beside.Container.HealthCheckPath = "/api/ready"
	w.beside("api", beside)
	w.run(infraDeploy)
	w.want(4, "ApiTargetGroup (AWS::ElasticLoadBalancingV2::TargetGroup): service shop-local-api (shop-local-api:2) was found healthy at /api/health")
	w.run(infraStatus)
	w.prints("config      differs: 1 to change")
}

// A service that is taken out of the configuration, or that requests come to no more, is asked about once: what it relied on
// stays until it has gone, and the next deployment has nothing to ask.
func TestAServiceThatIsTakenOutIsAskedAboutOnce(t *testing.T) {
	t.Parallel()
	for name, away := range map[string]func(*cfn.Environment){
		"gone":     func(e *cfn.Environment) { e.Services = nil },
		"a worker": func(e *cfn.Environment) { e.Services = map[string]cfn.AdditionalService{"api": {}} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t).timed()
			w.beside("api", cfn.AdditionalService{Container: cfn.Container{Port: 8080}, Paths: []string{"/api/*"}, Priority: 10})
			w.up()
			w.run(in("local/api", targets.Set.ServiceDeploy), "SPLITECS_IMAGE=v1")
			w.want(0)
			w.change(away)
			w.run(infraDeploy)
			w.want(4, "service shop-local-api (shop-local-api:1) is reached through this target group")
			w.run(infraDeploy, "SPLITECS_APPROVE=1")
			w.want(0)
			w.run(infraDeploy)
			w.want(0, "port 8080 stays open until service shop-local-api (shop-local-api:1) has moved")
		})
	}
}
