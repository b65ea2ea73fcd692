// Package cloudwatch is the embedded AWS's CloudWatch alarms, as resources of a stack: they are kept as the
// template says. There are no metrics, so no alarm ever leaves INSUFFICIENT_DATA, and there is no API.
package cloudwatch
