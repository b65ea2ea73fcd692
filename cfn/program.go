package cfn

import (
	"encoding/json"
	"maps"
	"strconv"
	"strings"
	"time"

	elb "github.com/awslabs/goformation/v7/cloudformation/elasticloadbalancingv2"
)

// Program is what an image says of the program in it, as far as its task follows from that.
type Program struct {
	// NextJS tells that it is the server of a standalone build of Next.js.
	NextJS bool
	// Writes are the folders that it writes to while it runs, absolute.
	Writes []string
	// Sample tells that it is the sample application, in the place of the one that the configuration is about.
	Sample bool
	// Check is the health check of the sample application.
	Check []string
}

// IdleTimeout is how long the load balancer of the environment keeps idle connections to its tasks, as the infra template has it when
// [App.ExtendInfra] has had its word.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html#connection-idle-timeout
func (p Place) IdleTimeout() (time.Duration, error) {
	if p.idle == nil {
		return p.idleTimeout()
	}
	return p.idle()
}

func (p Place) idleTimeout() (time.Duration, error) {
	t, err := p.InfraTemplate(Kept{})
	if err != nil {
		return 0, err
	}
	balancer, is := t.Resources["LoadBalancer"].(*elb.LoadBalancer)
	if !is {
		return idleConnections, nil
	}
	for _, attribute := range balancer.LoadBalancerAttributes {
		if attribute.Key == nil || attribute.Value == nil || *attribute.Key != idleTimeoutAttribute {
			continue
		}
		if n, err := strconv.Atoi(*attribute.Value); err == nil {
			return time.Duration(n) * time.Second, nil
		}
	}
	return awsIdleTimeout, nil
}

// awsIdleTimeout is what holds where a load balancer has no such attribute.
const awsIdleTimeout = 60 * time.Second

// KeepAlive is how long a server of the environment has to keep idle connections open: 5 s longer than the load balancer, which would
// otherwise send a request on a connection that the server has just closed, and answer it with 502.
func (p Place) KeepAlive() (time.Duration, error) {
	idle, err := p.IdleTimeout()
	return idle + 5*time.Second, err
}

// For returns the place of the application with what follows from the program in its image, wherever the configuration does
// not say otherwise. It is the same for a program of which nothing needs to be known. For a Next.js server:
//
//   - WritablePaths are the folders that it writes to, where they are nil and the root filesystem is read-only;
//   - and where the container runs that server and no other command: HOSTNAME is 0.0.0.0, so that it listens on all
//     addresses and not on the container's name alone, which Fargate's runtime puts there; PORT is Container.Port;
//     KEEP_ALIVE_TIMEOUT is [Place.KeepAlive] in milliseconds; HealthCheckCommand asks HealthCheckPath, where it is nil.
//
// An empty list that is not nil says that there is to be nothing.
//
// The sample application is not the one that the configuration is about: its container has no Command and no User of another
// image, its own HealthCheckCommand, PORT, and HEALTH_PATH, which is HealthCheckPath.
func (p Place) For(program Program) (Place, error) {
	switch {
	case program.Sample:
		return p.with(func(c Container, _ bool) Container { return c.forSample(program) })
	case !program.NextJS:
		return p, nil
	}
	keepAlive, err := p.KeepAlive()
	if err != nil {
		return p, err
	}
	return p.with(func(c Container, worker bool) Container {
		if worker {
			return c.forNextJS(program, p.Environment, 0)
		}
		return c.forNextJS(program, p.Environment, keepAlive)
	})
}

// with is the place with another container. worker: no request comes to it.
func (p Place) with(other func(c Container, worker bool) Container) (Place, error) {
	a := p.App
	if p.Service == "" {
		a.Container = other(a.Container, false)
		return p.Of(a)
	}
	s := p.own
	s.Container = other(s.Container, s.worker())
	// The maps are somebody else's, too.
	declared := p.declared
	declared.Services = maps.Clone(declared.Services)
	declared.Services[p.Service] = s
	a.Environments = maps.Clone(a.Environments)
	a.Environments[p.Env] = declared
	return p.Of(a)
}

// forSample is the container of the sample application.
func (c Container) forSample(p Program) Container {
	c.Command, c.User, c.HealthCheckCommand = nil, "", p.Check
	c.Variables = maps.Clone(c.Variables)
	if c.Variables == nil {
		c.Variables = map[string]string{}
	}
	c.Variables["PORT"], c.Variables["HEALTH_PATH"] = strconv.Itoa(c.WithDefaults().Port), c.WithDefaults().HealthCheckPath
	return c
}

// forNextJS is the container with what a Next.js server needs. keepAlive is 0 where no request comes to it.
func (c Container) forNextJS(p Program, e Environment, keepAlive time.Duration) Container {
	if c.WritablePaths == nil && !c.WritableRootFilesystem {
		c.WritablePaths = p.Writes
	}
	if len(c.Command) > 0 || keepAlive == 0 {
		return c
	}
	port := strconv.Itoa(c.WithDefaults().Port)
	c.Variables = maps.Clone(c.Variables)
	if c.Variables == nil {
		c.Variables = map[string]string{}
	}
	for name, value := range map[string]string{
		"HOSTNAME": "0.0.0.0", "PORT": port, "KEEP_ALIVE_TIMEOUT": strconv.FormatInt(keepAlive.Milliseconds(), 10),
	} {
		_, variable := e.Variables[name]
		_, secret := e.Secrets[name]
		if !variable && !secret {
			c.Variables[name] = value
		}
	}
	if c.HealthCheckCommand == nil {
		c.HealthCheckCommand = nodeHealthCheck("http://127.0.0.1:" + port + c.WithDefaults().HealthCheckPath)
	}
	return c
}

// nodeHealthCheck asks an address and wants 200, as the load balancer does. It takes half of the time of fetch, or less,
// and follows no redirect.
func nodeHealthCheck(address string) []string {
	var text strings.Builder
	quote := json.NewEncoder(&text)
	quote.SetEscapeHTML(false)
	_ = quote.Encode(address) // a string
	return []string{"CMD", "node", "-e", "require('http').get(" + strings.TrimSpace(text.String()) +
		", r => process.exit(r.statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))"}
}
