package logs

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

// What a batch may be at most.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
const (
	batchEvents = 10_000
	batchBytes  = 1_048_576
	eventBytes  = 26 // that each event costs beside its text
	batchSpan   = 24 * time.Hour
	tooOld      = 14 * 24 * time.Hour
	tooNew      = 2 * time.Hour
)

type inputEvent struct {
	Timestamp int64  `json:"timestamp"`
	Message   string `json:"message"`
}

type putLogEventsInput struct {
	LogGroupName  string       `json:"logGroupName"`
	LogStreamName string       `json:"logStreamName"`
	LogEvents     []inputEvent `json:"logEvents"`
	SequenceToken string       `json:"sequenceToken"`
}

type rejected struct {
	TooNewLogEventStartIndex *int `json:"tooNewLogEventStartIndex,omitempty"`
	TooOldLogEventEndIndex   *int `json:"tooOldLogEventEndIndex,omitempty"`
	ExpiredLogEventEndIndex  *int `json:"expiredLogEventEndIndex,omitempty"`
}

type putLogEventsOutput struct {
	NextSequenceToken     string    `json:"nextSequenceToken"`
	RejectedLogEventsInfo *rejected `json:"rejectedLogEventsInfo,omitempty"`
}

func (s *Service) putLogEvents(_ context.Context, in *putLogEventsInput) (*putLogEventsOutput, error) {
	g, st, err := s.findStream(in.LogGroupName, "", in.LogStreamName)
	if err != nil {
		return nil, err
	}
	if err := checkBatch(in.LogEvents); err != nil {
		return nil, err
	}
	from, to, info := s.accepted(g, in.LogEvents)
	for _, e := range in.LogEvents[from:to] {
		s.append(g, st, line{e.Timestamp, s.now(), e.Message})
	}
	return &putLogEventsOutput{fmt.Sprintf("%056d", st.Next), info}, nil
}

func checkBatch(events []inputEvent) error {
	if len(events) < 1 || len(events) > batchEvents {
		return invalid("1 validation error detected: Value at 'logEvents' failed to satisfy constraint: Member must have length between 1 and %d, inclusive", batchEvents)
	}
	if !slices.IsSortedFunc(events, func(a, b inputEvent) int { return cmp.Compare(a.Timestamp, b.Timestamp) }) {
		return invalid("Log events in a single PutLogEvents request must be in chronological order.")
	}
	if events[len(events)-1].Timestamp-events[0].Timestamp > batchSpan.Milliseconds() {
		return invalid("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.")
	}
	size := 0
	for _, e := range events {
		if e.Message == "" {
			return invalid("1 validation error detected: Value '' at 'logEvents.member.message' failed to satisfy constraint: Member must have length greater than or equal to 1")
		}
		size += len(e.Message) + eventBytes
	}
	if size > batchBytes {
		return wire.Errorf("InvalidParameterException", "Upload too large: %d bytes exceeds limit of %d", size, batchBytes)
	}
	return nil
}

// accepted is the part of a batch that is neither expired nor too old nor too new.
func (s *Service) accepted(g *group, events []inputEvent) (from, to int, info *rejected) {
	now := s.w.Now()
	before := func(t time.Time) int {
		n, _ := slices.BinarySearchFunc(events, t.UnixMilli(), func(e inputEvent, at int64) int { return cmp.Compare(e.Timestamp, at) })
		return n
	}
	var r rejected
	expired := 0
	if g.Retention > 0 {
		if expired = before(now.AddDate(0, 0, -g.Retention)); expired > 0 {
			r.ExpiredLogEventEndIndex = &expired
		}
	}
	old := before(now.Add(-tooOld))
	if old > 0 {
		r.TooOldLogEventEndIndex = &old
	}
	future := before(now.Add(tooNew + time.Millisecond))
	if future < len(events) {
		r.TooNewLogEventStartIndex = &future
	}
	if r == (rejected{}) {
		return 0, len(events), nil
	}
	from = max(expired, old)
	return from, max(from, future), &r
}
