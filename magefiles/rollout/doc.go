// Package rollout follows the deployment of an ECS service and says how it went: it collects evidence while it
// can be seen, comes to one verdict, and finds the revision to roll back to.
//
// Evidence to verdict is a pure function ([Judge]), by a table of signatures; so are whether a deployment that is under
// way can be given up ([Hopeless]), what is different between two revisions ([Differences]), and the choice of a revision
// ([Choose]). Deployments and rollbacks go through the stack: of a service, the package changes its desired count, which
// no stack owns, and ends a hopeless deployment ([Rollouts.Stop]). [Rollouts.Point] is for stacks that cannot be updated.
//
// It knows what ECS, the load balancer and the logs say of a service. It does not know stacks, templates or who began the
// deployment. Imported by targets.
package rollout
