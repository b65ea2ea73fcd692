// Package logs is the embedded AWS's CloudWatch Logs, as far as tasks write to it and people read from it: log
// groups with their retention, streams, and the reading of events by stream or by filter.
//
// Filter patterns are those of terms (word, "a phrase", ?optional, -excluded); patterns for JSON, for columns and
// regular expressions are refused. Streams whose newest event is older than the group's retention go when
// something is written to the group; of each stream the newest 2,000 events are kept, of each group the newest
// 500 streams. Live tail, metric filters, subscriptions and queries are not modelled.
package logs
