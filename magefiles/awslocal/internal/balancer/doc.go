// Package balancer is an Application Load Balancer for real requests: listeners, rules, target groups and health checks,
// as AWS documents them, in front of programs that answer HTTP.
//
// A [Table] says what there is; [Balancer.Set] makes another one hold at once, and a target that it does not name, or names as
// draining, gets no new request from the moment Set returns. [Balancer.Open] tells what is still open to a target, so that
// whoever stops it can wait. A [Prober] asks targets for their health and reports changes.
//
// What a client sees differs from an Application Load Balancer in this: the reason phrase of a status line is Go's; a request that
// is no HTTP at all is answered by net/http in its own words; cookies of stickiness are not encrypted; HTTP/2, mutual TLS,
// authentication, web ACLs, transforms, slow start and anomaly mitigation are not there.
//
// It knows HTTP and addresses. It does not know the services of AWS, tasks, or where connections lead: it is given a function
// that dials. Imported by elb and supervisor.
package balancer
