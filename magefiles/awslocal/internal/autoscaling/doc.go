// Package autoscaling is the embedded AWS's Application Auto Scaling, as far as the desired count of ECS services
// needs it: scalable targets with their limits and scheduled actions, scaling policies, and the activities that
// follow from limits.
//
// There are no metrics here, so a policy never scales. What does: a scalable target whose minimum or maximum the
// present count violates. A service that stands at 0 is left alone. Scheduled actions are kept and told; their
// time never comes.
package autoscaling
