// Package elb is the embedded AWS's Elastic Load Balancing (version 2), as far as an Application Load Balancer in
// front of a service needs it: load balancers, listeners and their rules, target groups, and the health of
// targets.
//
// A target's health follows the target group's interval and thresholds and what the program behind it is said to
// answer ([Service.Answer]); no request is sent anywhere. A target becomes healthy with its first successful
// check, and unhealthy after as many failures as the threshold says. Only the moments at which a state changes
// are events, so a quiet load balancer costs nothing.
//
// It balances no traffic. Network and Gateway Load Balancers, authentication, mutual TLS and IP address pools are
// not modelled. Load balancers and target groups are made by CloudFormation, not by the API.
//
// It knows targets by address and what they are said to answer. It does not know tasks. Imported by awslocal and supervisor.
package elb
