// Package supervisor executes what the embedded ECS wants to be executed, and reports how it does: it has the tasks, asks the
// targets of load balancers how they are, and answers at the load balancers' addresses on loopback.
//
// It is a loop: whenever the state has changed, something is due or something has happened to a program, one transaction passes
// on what has happened and asks what is wanted. What differs from what there is, is begun, each on its own; nothing that takes
// time happens inside a transaction. So it can be killed at any moment, and the next one begins with what is wanted.
//
// It knows the embedded ECS, ECR and Elastic Load Balancing, sandboxes, layers and the balancer. It does not know how it is
// started, or what is deployed by whom. Imported by awslocal.
package supervisor
