package logs

import (
	"cmp"
	"context"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
)

type filterLogEventsInput struct {
	LogGroupName        string   `json:"logGroupName"`
	LogGroupIdentifier  string   `json:"logGroupIdentifier"`
	LogStreamNames      []string `json:"logStreamNames"`
	LogStreamNamePrefix string   `json:"logStreamNamePrefix"`
	StartTime           *int64   `json:"startTime"`
	EndTime             *int64   `json:"endTime"`
	FilterPattern       string   `json:"filterPattern"`
	NextToken           string   `json:"nextToken"`
	Limit               int      `json:"limit"`
	Interleaved         bool     `json:"interleaved"`
	Unmask              bool     `json:"unmask"`
}

type filteredEvent struct {
	LogStreamName string `json:"logStreamName"`
	Timestamp     int64  `json:"timestamp"`
	Message       string `json:"message"`
	IngestionTime int64  `json:"ingestionTime"`
	EventID       string `json:"eventId"`
}

type filterLogEventsOutput struct {
	Events             []filteredEvent `json:"events"`
	SearchedLogStreams []struct{}      `json:"searchedLogStreams"`
	NextToken          string          `json:"nextToken,omitempty"`
}

// filterLogEvents finds events in many streams, in the order of their time.
func (s *Service) filterLogEvents(_ context.Context, in *filterLogEventsInput) (*filterLogEventsOutput, error) {
	g, err := s.find(in.LogGroupName, in.LogGroupIdentifier)
	if err != nil {
		return nil, err
	}
	if len(in.LogStreamNames) > 0 && in.LogStreamNamePrefix != "" {
		return nil, invalid("logStreamNamePrefix and logStreamNames cannot both be given.")
	}
	match, err := pattern(in.FilterPattern)
	if err != nil {
		return nil, err
	}
	events := []filteredEvent{}
	for _, st := range s.state.Streams.Ascend(streamKey(g.Name, in.LogStreamNamePrefix), "") {
		name, at := st.Name, st.First
		if len(in.LogStreamNames) > 0 && !slices.Contains(in.LogStreamNames, name) {
			continue
		}
		if in.StartTime != nil {
			at = s.since(st, *in.StartTime)
		}
		h := fnv.New32a()
		_, _ = h.Write([]byte(name)) // it takes everything
		for i, e := range s.lines(st, at) {
			if in.StartTime != nil && e.Timestamp < *in.StartTime || in.EndTime != nil && e.Timestamp > *in.EndTime || !match(e.Message) {
				continue
			}
			events = append(events, filteredEvent{name, e.Timestamp, e.Message, e.Ingested, fmt.Sprintf("%024d%012d%020d", e.Timestamp, h.Sum32(), i)})
		}
	}
	slices.SortStableFunc(events, func(a, b filteredEvent) int { return cmp.Compare(a.Timestamp, b.Timestamp) })
	events, next, err := page(events, in.NextToken, in.Limit, 10000, 10000)
	return &filterLogEventsOutput{events, []struct{}{}, next}, err
}

// pattern reads a filter pattern of terms: all of them must occur, none of the excluded ones may, and one of the
// optional ones must where there are any.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
func pattern(text string) (func(string) bool, error) {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[") || strings.HasPrefix(text, "%") {
		return nil, invalid("Invalid filter pattern: the embedded AWS takes patterns of terms only.")
	}
	var all, none, some []string
	for text != "" {
		into := &all
		switch text[0] {
		case '-':
			into, text = &none, text[1:]
		case '?':
			into, text = &some, text[1:]
		}
		term := text
		if rest, quoted := strings.CutPrefix(text, `"`); quoted {
			end := strings.IndexByte(rest, '"')
			if end < 0 {
				return nil, invalid("Invalid filter pattern")
			}
			term, text = rest[:end], rest[end+1:]
		} else {
			term, text, _ = strings.Cut(text, " ")
		}
		if term == "" {
			return nil, invalid("Invalid filter pattern")
		}
		*into = append(*into, term)
		text = strings.TrimSpace(text)
	}
	return func(message string) bool {
		has := func(term string) bool { return strings.Contains(message, term) }
		return !slices.ContainsFunc(all, func(t string) bool { return !has(t) }) && !slices.ContainsFunc(none, has) &&
			(len(some) == 0 || slices.ContainsFunc(some, has))
	}, nil
}
