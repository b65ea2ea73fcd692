// Package autoscaling is the embedded AWS's Application Auto Scaling, as far as the desired count of ECS services
// needs it: scalable targets with their limits, scheduled actions, scaling policies, and scaling activities.
//
// What scales: a scalable target whose minimum or maximum the present count violates, and a scheduled action at its
// time, which gives its target new limits. A service that stands at 0 is left alone, unless a scheduled action says
// otherwise. Schedules of the forms at and cron follow the time of day on the machine's clock, in the action's time
// zone, however fast the world runs; the interval of a rate is AWS time, and shorter in a fast world.
//
// There are no metrics here, so a scaling policy never scales. Target tracking policies tell the two alarms that they
// would have; predictive policies are refused.
//
// It knows scalable targets and the time. It does not know services: their desired count is asked and set through an
// interface. Imported by awslocal.
package autoscaling
