// Package rollout follows the deployment of an ECS service and says how it went: it collects evidence while it
// can be seen, comes to one verdict, and finds the revision to roll back to.
//
// Evidence to verdict is a pure function ([Judge]), by a table of signatures; so is whether a deployment that is under
// way can be given up ([Hopeless]), and what is different between two revisions ([Differences]). The package changes nothing but the desired count of a
// service that stands at 0 ([Rollouts.Raise]): deployments and rollbacks go through the stack.
package rollout
