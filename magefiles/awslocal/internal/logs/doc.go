// Package logs is the embedded AWS's CloudWatch Logs, as far as tasks write to it and people read from it: log
// groups with their retention, streams, and the reading of events by stream or by filter.
//
// Filter patterns are those of terms (word, "a phrase", ?optional, -excluded); patterns for JSON, for columns and
// regular expressions are refused. Streams whose newest event is older than the group's retention go when
// something is written to the group; of each stream the newest 1,000,000 events are kept, of each group the newest
// 10,000 streams.
//
// StartLiveTail is served as an event stream. Clients send it to a host with the prefix "stream-", which loopback
// does not have: the aws CLI is told to leave the host alone by AWS_DISABLE_HOST_PREFIX_INJECTION=true, the Go SDK by
// smithyhttp.DisableEndpointHostPrefix.
//
// Metric filters, subscriptions, data protection, field indexes and queries are not modelled.
//
// It knows groups, streams and lines. It does not know tasks. Imported by awslocal.
package logs
