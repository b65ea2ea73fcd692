package logs

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

// The limits of a live tail, in AWS time; and how often it looks at the world, in the machine's.
const (
	tailUpdates = time.Second
	tailEnds    = 3 * time.Hour
	tailMost    = 500
	tailPause   = 50 * time.Millisecond
)

type startLiveTailInput struct {
	LogGroupIdentifiers   []string `json:"logGroupIdentifiers"`
	LogStreamNames        []string `json:"logStreamNames"`
	LogStreamNamePrefixes []string `json:"logStreamNamePrefixes"`
	LogEventFilterPattern string   `json:"logEventFilterPattern"`
}

type tailStart struct {
	RequestID             string   `json:"requestId"`
	SessionID             string   `json:"sessionId"`
	LogGroupIdentifiers   []string `json:"logGroupIdentifiers"`
	LogStreamNames        []string `json:"logStreamNames"`
	LogStreamNamePrefixes []string `json:"logStreamNamePrefixes"`
	LogEventFilterPattern string   `json:"logEventFilterPattern"`
}

type tailMetadata struct {
	Sampled bool `json:"sampled"`
}

type tailEvent struct {
	LogStreamName      string `json:"logStreamName"`
	LogGroupIdentifier string `json:"logGroupIdentifier"`
	Message            string `json:"message"`
	Timestamp          int64  `json:"timestamp"`
	IngestionTime      int64  `json:"ingestionTime"`
}

type tailUpdate struct {
	SessionMetadata tailMetadata `json:"sessionMetadata"`
	SessionResults  []tailEvent  `json:"sessionResults"`
}

// tail is a session of a live tail. It lives as long as its request.
type tail struct {
	s      *Service
	in     *startLiveTailInput
	match  func(string) bool
	start  *wire.Event // until it has been sent
	began  time.Time
	told   time.Time      // of the last update
	passed map[string]int // positions in streams, by group and stream, up to which events have been seen
}

// startLiveTail streams the events that are written from now on: first a sessionStart, then each second a
// sessionUpdate, for at most three hours.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartLiveTail.html
func (s *Service) startLiveTail(_ context.Context, in *startLiveTailInput) (*wire.Stream, error) {
	if n := len(in.LogGroupIdentifiers); n < 1 || n > 10 {
		return nil, invalid("1 validation error detected: Value at 'logGroupIdentifiers' failed to satisfy constraint: Member must have length between 1 and 10, inclusive")
	}
	for _, arn := range in.LogGroupIdentifiers {
		if !strings.HasPrefix(arn, "arn:") || strings.HasSuffix(arn, "*") {
			return nil, invalid("The log group identifier %s must be an ARN that does not end with an asterisk.", arn)
		}
		g, err := s.find("", arn)
		if err != nil {
			return nil, err
		}
		if g.Class != "STANDARD" {
			return nil, wire.Errorf("InvalidOperationException", "Live Tail is not supported for log groups of the class %s.", g.Class)
		}
	}
	if len(in.LogStreamNames) > 0 && len(in.LogStreamNamePrefixes) > 0 {
		return nil, invalid("logStreamNames and logStreamNamePrefixes cannot both be given.")
	}
	if len(in.LogStreamNames)+len(in.LogStreamNamePrefixes) > 0 && len(in.LogGroupIdentifiers) > 1 {
		return nil, invalid("logStreamNames and logStreamNamePrefixes can be given with one log group only.")
	}
	match, err := pattern(in.LogEventFilterPattern)
	if err != nil {
		return nil, err
	}
	t := &tail{s: s, in: in, match: match, began: s.w.Now(), told: s.w.Now(), passed: map[string]int{}}
	t.new(func(tailEvent) {}) // what is there already is not told
	t.start = &wire.Event{Type: "sessionStart", Payload: tailStart{RequestID: s.w.UUID(), SessionID: s.w.UUID(),
		LogGroupIdentifiers: in.LogGroupIdentifiers, LogStreamNames: list(in.LogStreamNames),
		LogStreamNamePrefixes: list(in.LogStreamNamePrefixes), LogEventFilterPattern: in.LogEventFilterPattern}}
	return &wire.Stream{Every: tailPause, Next: t.next}, nil
}

func list(l []string) []string {
	if l == nil {
		return []string{}
	}
	return l
}

func (t *tail) next() ([]wire.Event, error) {
	if first := t.start; first != nil {
		t.start = nil
		return []wire.Event{*first}, nil
	}
	now := t.s.w.Now()
	over := now.Sub(t.began) >= t.s.w.Scaled(tailEnds)
	if !over && now.Sub(t.told) < t.s.w.Scaled(tailUpdates) {
		return nil, nil
	}
	t.told = now
	update := tailUpdate{SessionResults: []tailEvent{}}
	t.new(func(e tailEvent) { update.SessionResults = append(update.SessionResults, e) })
	if over && len(update.SessionResults) == 0 {
		return nil, wire.Errorf("SessionTimeoutException", "The Live Tail session has timed out after three hours.")
	}
	slices.SortStableFunc(update.SessionResults, func(a, b tailEvent) int { return cmp.Compare(a.IngestionTime, b.IngestionTime) })
	if extra := len(update.SessionResults) - tailMost; extra > 0 {
		update.SessionMetadata.Sampled, update.SessionResults = true, update.SessionResults[extra:]
	}
	return []wire.Event{{Type: "sessionUpdate", Payload: update}}, nil
}

// new calls f with each event that was written since the last call and is asked for.
func (t *tail) new(f func(tailEvent)) {
	for _, arn := range t.in.LogGroupIdentifiers {
		g, err := t.s.find("", arn)
		if err != nil {
			continue // it has been deleted
		}
		for _, st := range t.s.state.Streams.Ascend(g.Name+"|", "") {
			name := st.Name
			prefixed := func(p string) bool { return strings.HasPrefix(name, p) }
			if len(t.in.LogStreamNames) > 0 && !slices.Contains(t.in.LogStreamNames, name) ||
				len(t.in.LogStreamNamePrefixes) > 0 && !slices.ContainsFunc(t.in.LogStreamNamePrefixes, prefixed) {
				continue
			}
			key := g.Name + " " + name
			at := t.passed[key]
			if at < st.First || at > st.Next { // dropped in the meantime, or another stream of this name
				at = st.First
			}
			t.passed[key] = st.Next
			for _, e := range t.s.lines(st, at) {
				if t.match(e.Message) {
					f(tailEvent{LogStreamName: name, LogGroupIdentifier: t.s.acct.ID + ":" + g.Name, Message: e.Message, Timestamp: e.Timestamp, IngestionTime: e.Ingested})
				}
			}
		}
	}
}
