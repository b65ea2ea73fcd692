// Package awslocal is an embedded AWS: one listener on loopback that speaks the protocols of CloudFormation,
// ECS, ECR with its registry, Elastic Load Balancing v2, CloudWatch Logs, Application Auto Scaling and STS, so
// that the real SDK, the aws CLI and registry clients work against it.
//
// It is a model, and strict: asynchronous states, ordered events, failures, rollbacks, AWS's error codes and
// texts. What it does not model it refuses by name; it never invents a success. It stores images and serves
// them back, but it does not run them: how a program behaves is assumed (it starts and answers), or chosen by
// a scenario, see [CheckScenario]. It does not check signatures or permissions.
//
// Its state is a folder, which several processes may use at once and which survives kills. [Open] serves a
// folder at an accelerated clock; [Start] is for tests, with a clock that moves as the test waits.
package awslocal
