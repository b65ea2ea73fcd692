package logs

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

type streamInput struct {
	LogGroupName  string `json:"logGroupName"`
	LogStreamName string `json:"logStreamName"`
}

func (s *Service) createLogStream(_ context.Context, in *streamInput) (*wire.Empty, error) {
	g, err := s.find(in.LogGroupName, "")
	if err != nil {
		return nil, err
	}
	if !streamForm.MatchString(in.LogStreamName) {
		return nil, invalid("1 validation error detected: Value '%s' at 'logStreamName' failed to satisfy constraint: Member must satisfy regular expression pattern: [^:*]*", in.LogStreamName)
	}
	if s.state.Streams.Has(streamKey(g.Name, in.LogStreamName)) {
		return nil, wire.Errorf("ResourceAlreadyExistsException", "The specified log stream already exists")
	}
	s.stream(g, in.LogStreamName)
	s.w.Changed()
	return &wire.Empty{}, nil
}

type describeLogStreamsInput struct {
	LogGroupName        string `json:"logGroupName"`
	LogGroupIdentifier  string `json:"logGroupIdentifier"`
	LogStreamNamePrefix string `json:"logStreamNamePrefix"`
	OrderBy             string `json:"orderBy"`
	Descending          bool   `json:"descending"`
	NextToken           string `json:"nextToken"`
	Limit               int    `json:"limit"`
}

type logStream struct {
	LogStreamName       string `json:"logStreamName"`
	CreationTime        int64  `json:"creationTime"`
	FirstEventTimestamp int64  `json:"firstEventTimestamp,omitempty"`
	LastEventTimestamp  int64  `json:"lastEventTimestamp,omitempty"`
	LastIngestionTime   int64  `json:"lastIngestionTime,omitempty"`
	ARN                 string `json:"arn"`
	StoredBytes         int64  `json:"storedBytes"`
}

type describeLogStreamsOutput struct {
	LogStreams []logStream `json:"logStreams"`
	NextToken  string      `json:"nextToken,omitempty"`
}

func (s *Service) describeLogStreams(_ context.Context, in *describeLogStreamsInput) (*describeLogStreamsOutput, error) {
	g, err := s.find(in.LogGroupName, in.LogGroupIdentifier)
	if err != nil {
		return nil, err
	}
	if in.OrderBy == "LastEventTime" && in.LogStreamNamePrefix != "" {
		return nil, invalid("Cannot order by LastEventTime with a logStreamNamePrefix.")
	}
	out := []logStream{}
	for _, st := range s.state.Streams.Ascend(streamKey(g.Name, in.LogStreamNamePrefix), "") {
		d := logStream{LogStreamName: st.Name, CreationTime: st.Created, ARN: s.arn(g) + ":log-stream:" + st.Name}
		if st.Next > 0 {
			d.FirstEventTimestamp, d.LastEventTimestamp, d.LastIngestionTime = st.FirstAt, st.LastAt, st.LastIn
		}
		out = append(out, d)
	}
	if in.OrderBy == "LastEventTime" {
		slices.SortStableFunc(out, func(a, b logStream) int { return cmp.Compare(a.LastEventTimestamp, b.LastEventTimestamp) })
	}
	if in.Descending {
		slices.Reverse(out)
	}
	out, next, err := page(out, in.NextToken, in.Limit, 50, 50)
	return &describeLogStreamsOutput{out, next}, err
}

func (s *Service) deleteLogStream(_ context.Context, in *streamInput) (*wire.Empty, error) {
	g, st, err := s.findStream(in.LogGroupName, "", in.LogStreamName)
	if err != nil {
		return nil, err
	}
	if g.Protected {
		return nil, wire.Errorf("ValidationException", "The log stream cannot be deleted because deletion protection of its log group is enabled.")
	}
	s.remove(g, st)
	return &wire.Empty{}, nil
}

func (s *Service) findStream(name, identifier, streamName string) (*group, *stream, error) {
	g, err := s.find(name, identifier)
	if err != nil {
		return nil, nil, err
	}
	st := s.state.Streams.Get(streamKey(g.Name, streamName))
	if st == nil {
		return nil, nil, wire.Errorf("ResourceNotFoundException", "The specified log stream does not exist.")
	}
	return g, st, nil
}

type getLogEventsInput struct {
	LogGroupName       string `json:"logGroupName"`
	LogGroupIdentifier string `json:"logGroupIdentifier"`
	LogStreamName      string `json:"logStreamName"`
	StartTime          *int64 `json:"startTime"`
	EndTime            *int64 `json:"endTime"`
	NextToken          string `json:"nextToken"`
	Limit              int    `json:"limit"`
	StartFromHead      bool   `json:"startFromHead"`
	Unmask             bool   `json:"unmask"`
}

type outputEvent struct {
	Timestamp     int64  `json:"timestamp"`
	Message       string `json:"message"`
	IngestionTime int64  `json:"ingestionTime"`
}

type getLogEventsOutput struct {
	Events            []outputEvent `json:"events"`
	NextForwardToken  string        `json:"nextForwardToken"`
	NextBackwardToken string        `json:"nextBackwardToken"`
}

// getLogEvents reads a stream from its end or its head. Tokens name positions in the stream; at an end the same
// token comes back, which is how readers know. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html
func (s *Service) getLogEvents(_ context.Context, in *getLogEventsInput) (*getLogEventsOutput, error) {
	_, st, err := s.findStream(in.LogGroupName, in.LogGroupIdentifier, in.LogStreamName)
	if err != nil {
		return nil, err
	}
	if in.Limit < 0 || in.Limit > 10000 {
		return nil, invalid("1 validation error detected: Value '%d' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 10000", in.Limit)
	}
	limit := cmp.Or(in.Limit, 10000)
	forward, at := in.StartFromHead, st.Next
	if in.StartFromHead {
		at = 0
	}
	if in.NextToken != "" {
		direction, number, _ := strings.Cut(in.NextToken, "/")
		n, err := strconv.Atoi(number)
		if err != nil || direction != "f" && direction != "b" {
			return nil, invalid("The specified nextToken is invalid.")
		}
		forward, at = direction == "f", n
	}
	out := &getLogEventsOutput{Events: []outputEvent{}, NextForwardToken: token("f", at), NextBackwardToken: token("b", at)}
	lines := s.linesBefore(st, at)
	if forward {
		lines = s.lines(st, at)
	}
	first, last := 0, 0
	for i, e := range lines {
		if in.StartTime != nil && e.Timestamp < *in.StartTime || in.EndTime != nil && e.Timestamp >= *in.EndTime {
			continue
		}
		if len(out.Events) == limit {
			break
		}
		if len(out.Events) == 0 {
			first, last = i, i
		}
		first, last = min(first, i), max(last, i)
		out.Events = append(out.Events, outputEvent{e.Timestamp, e.Message, e.Ingested})
	}
	if len(out.Events) > 0 {
		out.NextForwardToken, out.NextBackwardToken = token("f", last+1), token("b", first)
	}
	if !forward {
		slices.Reverse(out.Events)
	}
	return out, nil
}

func token(direction string, at int) string { return fmt.Sprintf("%s/%056d", direction, at) }
