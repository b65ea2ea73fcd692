// Package rollout follows the deployment of an ECS service and says how it went: it collects evidence while it
// can be seen, comes to one verdict, and finds the revision to roll back to.
//
// Evidence to verdict is a pure function ([Judge]). The package changes nothing but the desired count of a
// service that stands at 0 ([Rollouts.Raise]): deployments and rollbacks go through the stack.
package rollout
