package rollout

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logstypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
)

// Line is a line that a container wrote.
type Line struct {
	ID        string // unique among all lines
	Time      time.Time
	Container string
	Task      string // id
	Text      string
}

// Lines are what the containers of these tasks wrote since a time, oldest first; no tasks means all of them, also
// those that are gone. Where there is no log group there are no lines.
func (r *Rollouts) Lines(ctx context.Context, tasks []string, since time.Time) ([]Line, error) {
	var lines []Line
	pages := cloudwatchlogs.NewFilterLogEventsPaginator(r.Logs, &cloudwatchlogs.FilterLogEventsInput{
		LogGroupName: aws.String(r.Service.LogGroup), LogStreamNamePrefix: aws.String(r.Service.StreamPrefix + "/"),
		StartTime: aws.Int64(max(since.UnixMilli(), 0)),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if _, absent := errors.AsType[*logstypes.ResourceNotFoundException](err); absent {
			return nil, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read log group %s: %w", r.Service.LogGroup, err)
		}
		for _, e := range page.Events {
			l := r.line(e)
			if len(tasks) == 0 || slices.Contains(tasks, l.Task) {
				lines = append(lines, l)
			}
		}
	}
	slices.SortStableFunc(lines, func(a, b Line) int { return a.Time.Compare(b.Time) })
	return lines, nil
}

// line of an event; a stream is called PREFIX/CONTAINER/TASK.
func (r *Rollouts) line(e logstypes.FilteredLogEvent) Line {
	l := Line{
		ID: aws.ToString(e.EventId), Time: time.UnixMilli(aws.ToInt64(e.Timestamp)).UTC(),
		Text: strings.TrimRight(aws.ToString(e.Message), "\n"),
	}
	l.Container, l.Task, _ = strings.Cut(strings.TrimPrefix(aws.ToString(e.LogStreamName), r.Service.StreamPrefix+"/"), "/")
	return l
}

// TaskIDs are the ids of the service's tasks that run or are to run, or else those of the ones that stopped, which ECS
// remembers for about an hour.
func (r *Rollouts) TaskIDs(ctx context.Context, stopped bool) ([]string, error) {
	if stopped {
		arns, err := r.stoppedTasks(ctx)
		return ids(arns), err
	}
	tasks, err := r.tasks(ctx)
	if err != nil {
		return nil, err
	}
	var found []string
	for _, t := range tasks {
		found = append(found, t.ID)
	}
	return found, nil
}

func ids(arns []string) []string {
	var out []string
	for _, arn := range arns {
		out = append(out, last(arn))
	}
	return out
}
