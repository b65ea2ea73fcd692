package autoscaling

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

// hop is the longest wait for a scheduled action, on the machine's clock: far times are waited for in hops.
const hop = time.Hour

// actionRecord is a scheduled action as it is kept. It runs at the event with its latest generation.
type actionRecord struct {
	scheduledAction
	Gen  int
	Next time.Time // zero: never again
}

type putActionInput struct {
	scaled
	Schedule             string
	Timezone             string
	ScheduledActionName  string
	StartTime            wire.Time
	EndTime              wire.Time
	ScalableTargetAction *scalableTargetAction
}

// checkAction refuses what PutScheduledAction refuses.
func checkAction(name, expression, zone string, start, end wire.Time, action *scalableTargetAction) error {
	if name == "" || strings.ContainsAny(name, "|:/") || len(name) > 256 {
		return invalid("1 validation error detected: Value '%s' at 'scheduledActionName' failed to satisfy constraint: Member must satisfy regular expression pattern: (?!((^[ ]+.*)|(.*([\\u0000-\\u001f]|[\\u007f-\\u009f]|[:/|])+.*)|(.*[ ]+$))).+", name)
	}
	s, err := parseSchedule(expression, zone)
	if err != nil {
		return invalid("%v", err)
	}
	if zone != "" && s.every > 0 {
		return invalid("Time zone can be specified only for at and cron expressions")
	}
	if !start.IsZero() && !end.IsZero() && !start.Before(end.Time) {
		return invalid("Start time must be before end time")
	}
	if action == nil || action.MinCapacity == nil && action.MaxCapacity == nil {
		return invalid("Scalable target action must have at least one of min capacity and max capacity")
	}
	low, high := action.MinCapacity, action.MaxCapacity
	switch {
	case low != nil && *low < 0, high != nil && *high < 0:
		return invalid("Minimum and maximum capacity must not be negative.")
	case low != nil && high != nil && *low > *high:
		return invalid("Maximum capacity cannot be less than minimum capacity")
	}
	return nil
}

// putScheduledAction makes or changes a scheduled action. Of one that is there, a schedule or capacity that is not
// named stays; start, end and time zone go.
// https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScheduledAction.html
func (s *Service) putScheduledAction(_ context.Context, in *putActionInput) (*wire.Empty, error) {
	if !s.state.Targets.Has(in.key()) {
		return nil, notFound("scalable target", in.scaled)
	}
	if old := s.state.Actions.Get(in.key() + "|" + in.ScheduledActionName); old != nil {
		if in.Schedule == "" {
			in.Schedule = old.Schedule
		}
		if in.ScalableTargetAction == nil {
			in.ScalableTargetAction = old.ScalableTargetAction
		}
	}
	if err := checkAction(in.ScheduledActionName, in.Schedule, in.Timezone, in.StartTime, in.EndTime, in.ScalableTargetAction); err != nil {
		return nil, err
	}
	s.keep(in)
	return &wire.Empty{}, nil
}

// keep a scheduled action that has been checked, and wait for its time.
func (s *Service) keep(in *putActionInput) {
	key := in.key() + "|" + in.ScheduledActionName
	a := &actionRecord{scheduledAction: scheduledAction{ScheduledActionName: in.ScheduledActionName, Schedule: in.Schedule, Timezone: in.Timezone,
		ServiceNamespace: in.ServiceNamespace, ResourceId: in.ResourceId, ScalableDimension: in.ScalableDimension, StartTime: in.StartTime,
		EndTime: in.EndTime, ScalableTargetAction: in.ScalableTargetAction, CreationTime: s.now(),
		ScheduledActionARN: s.acct.ARN("autoscaling", "scheduledAction:"+s.w.UUID()+":resource/ecs/"+in.ResourceId+":scheduledActionName/"+in.ScheduledActionName)}}
	if old := s.state.Actions.Get(key); old != nil {
		a.ScheduledActionARN, a.CreationTime, a.Gen = old.ScheduledActionARN, old.CreationTime, old.Gen
	}
	s.state.Actions.Put(key, a)
	s.plan(key, a)
	s.w.Changed()
}

// plan finds the next time that the action runs, and waits for it.
func (s *Service) plan(key string, a *actionRecord) {
	a.Gen++
	a.Next = time.Time{}
	expression, err := parseSchedule(a.Schedule, a.Timezone)
	if err != nil {
		return // a zone that this machine does not know
	}
	after, origin := s.w.Now(), a.CreationTime.Time
	if !a.StartTime.IsZero() {
		origin = a.StartTime.Add(-s.w.Scaled(expression.every)) // a rate runs first at its start
		if after.Before(a.StartTime.Time) {
			after = a.StartTime.Add(-time.Nanosecond)
		}
	}
	at, ok := expression.next(after, origin, s.w.Scaled)
	if !ok || !a.EndTime.IsZero() && at.After(a.EndTime.Time) {
		return
	}
	a.Next = at
	s.await(key, a)
}

// await asks for an event at the action's next time, or an hour from now. The world's own measure is time in AWS,
// a schedule's is the time of day.
func (s *Service) await(key string, a *actionRecord) {
	pace := float64(time.Hour) / float64(max(s.w.Scaled(time.Hour), 1))
	wait := min(a.Next.Sub(s.w.Now()), hop)
	s.w.After(time.Duration(float64(max(wait, time.Millisecond))*pace), "autoscaling:action", key+"|"+strconv.Itoa(a.Gen))
}

func (s *Service) actionDue(event string) {
	at := strings.LastIndexByte(event, '|')
	if at < 0 {
		return
	}
	key := event[:at]
	a := s.state.Actions.Get(key)
	if a == nil || strconv.Itoa(a.Gen) != event[at+1:] {
		return
	}
	if s.w.Now().Before(a.Next) {
		s.await(key, a)
		return
	}
	t := s.state.Targets.Get(scaled{a.ServiceNamespace, a.ResourceId, a.ScalableDimension}.key())
	if t != nil && !t.SuspendedState.ScheduledScalingSuspended {
		s.act(t, a)
	}
	s.plan(key, a)
}

// act gives the scalable target its new limits and brings the service within them.
func (s *Service) act(t *scalableTarget, a *actionRecord) {
	low, high := t.MinCapacity, t.MaxCapacity
	var set []string
	if n := a.ScalableTargetAction.MinCapacity; n != nil {
		low = *n
		set = append(set, fmt.Sprintf("min capacity to %d", low))
	}
	if n := a.ScalableTargetAction.MaxCapacity; n != nil {
		high = *n
		set = append(set, fmt.Sprintf("max capacity to %d", high))
	}
	what := strings.Join(set, " and ")
	activity := scalingActivity{Description: "Setting " + what, Cause: "scheduled action name " + a.ScheduledActionName + " was triggered",
		StatusCode: "Successful", StatusMessage: "Successfully set " + what}
	if low > high {
		activity.StatusCode, activity.StatusMessage = "Failed", "Failed to set "+what+". Reason: Maximum capacity cannot be less than minimum capacity"
		s.record(t, activity)
		return
	}
	t.MinCapacity, t.MaxCapacity = low, high
	s.record(t, activity)
	s.hold(t, true)
}

type deleteActionInput struct {
	scaled
	ScheduledActionName string
}

func (s *Service) deleteScheduledAction(_ context.Context, in *deleteActionInput) (*wire.Empty, error) {
	key := in.key() + "|" + in.ScheduledActionName
	if !s.state.Actions.Has(key) {
		return nil, notFound("scheduled action", in.scaled)
	}
	s.state.Actions.Delete(key)
	s.w.Changed()
	return &wire.Empty{}, nil
}
