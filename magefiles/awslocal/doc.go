// Package awslocal is an embedded AWS: one listener on loopback that speaks the protocols of CloudFormation,
// ECS, ECR with its registry, Elastic Load Balancing v2, CloudWatch Logs, Application Auto Scaling and STS, so
// that the real SDK, the aws CLI and registry clients work against it. The package is for tests of programs that
// deploy, and for rehearsals of what can go wrong.
//
// # In tests
//
// [Start] serves an empty one until the test ends, with a clock that moves only as the test waits: a rollout of
// 30 minutes takes milliseconds and always takes the same course. [Server.Config] reaches it with the SDK.
//
// # In programs
//
// [Open] serves a state folder, 100 times as fast as AWS unless told otherwise. Several processes may use one
// folder at once. Each call is a transaction that first lets happen what is due by then, so nothing runs in the
// background, time goes on while no process looks, and a process may be killed at any moment. A folder that
// another version of this package has written, and that this one does not read, is refused with the reason;
// [Reset] removes it.
//
// # What it is
//
// It is a model, and strict: asynchronous states, ordered events, failures, rollbacks, AWS's error codes and
// texts. An operation that it lacks is answered with HTTP status 501 and its name, a member of an input that it
// lacks with an error that names the member; it never invents a success. It does not check signatures or
// permissions. It stores images and serves them back, but it does not run them: how a program behaves is assumed
// (it starts and answers), or chosen.
//
// # What can be rehearsed
//
// The behaviour of a program, such as exit:3 or slow:90s, is chosen by its container's variable
// SPLITECS_LOCAL_SCENARIO, by its image's label splitecs.local.scenario, or by [Server.Rehearse]; see
// [CheckScenario]. What goes wrong with single calls is a [Fault], given to Start, to Open or to
// [Server.Inject].
//
// It knows the embedded services and gives each what it needs of another. It does not know the configuration or the
// templates of package cfn: what it is given is judged as AWS judges it. Imported by targets, ledger and tests.
package awslocal
