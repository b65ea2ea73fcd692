// Package ecs is the embedded AWS's Elastic Container Service, as far as services on Fargate use it: clusters,
// task definitions, services with rolling deployments, tasks, service deployments and revisions.
//
// It knows the life of a task from PROVISIONING to STOPPED, how a deployment replaces tasks within its minimum
// and maximum healthy percent, when the deployment circuit breaker trips and what it rolls back to, and tells
// all of it in ECS's own words. Durations are those of AWS, roughly; the world scales them.
//
// It does not run containers. A task whose image exists runs a program that is assumed to start, listen on its
// ports, answer health checks with 200 and end soon after SIGTERM with exit code 0; a container health check becomes
// HEALTHY without its command being executed. What else a program does is rehearsed by a scenario, which stands in the
// container's environment variable SPLITECS_LOCAL_SCENARIO or in the image's label splitecs.local.scenario. Package
// program has the behaviours; this one knows none of them, only its interface.
// The program of a task that RunTask starts ends by itself, with exit code 0. Launching slows down for any tasks that
// end within ten minutes of their start, not only for those that never start, so that a service that crashes for days
// costs little.
//
// A secret that is named in the right form is assumed to be there, unless it is told where secrets are kept
// ([Service.CheckSecrets]); one in the wrong form keeps its task from starting. Permissions are not modelled: a role is
// assumed to be there and to allow everything, unless it is told which roles there are ([Service.CheckRoles]).
//
// Kept and told, but without effect: the order and conditions of dependsOn, restart policies, volumes, ulimits and
// their like, and deployment alarms, which never fire. All containers of a task start at once. The steady-state event
// is written when a service reaches its steady state, not again every six hours.
//
// Not modelled, and refused: container instances (a service with the launch type EC2 never places a task),
// task sets, deployment strategies other than ROLLING, CODE_DEPLOY and EXTERNAL controllers, DAEMON scheduling,
// Service Connect, service discovery, VPC Lattice, managed EBS volumes, lifecycle hooks, ECS Exec.
//
// Imported by awslocal and supervisor.
package ecs
