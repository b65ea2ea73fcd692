// Package cloudwatch is the embedded AWS's CloudWatch alarms, as resources of a stack: they are kept as the
// template says. There are no metrics, so no alarm ever leaves INSUFFICIENT_DATA, and there is no API.
//
// It knows the properties of alarms, and does not know what they watch. Imported by awslocal.
package cloudwatch
