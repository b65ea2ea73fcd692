package autoscaling

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// schedule says when a scheduled action runs.
// https://docs.aws.amazon.com/autoscaling/application/userguide/scheduled-scaling-using-cron-expressions.html
type schedule struct {
	at    time.Time     // of an at expression
	every time.Duration // of a rate expression
	cron  *cron         // of a cron expression
}

var (
	scheduleForm = lazyregexp.New(`^(at|rate|cron)\((.+)\)$`)
	rateForm     = lazyregexp.New(`^([1-9][0-9]{0,5}) (minute|minutes|hour|hours|day|days)$`)
)

// parseSchedule reads at(yyyy-mm-ddThh:mm:ss), rate(value unit) or cron(minutes hours day-of-month month day-of-week
// year). zone is an IANA name; empty means UTC. Rates know no zones.
func parseSchedule(text, zone string) (schedule, error) {
	where, err := time.LoadLocation(zone) // "" is UTC
	if err != nil || zone == "Local" {
		return schedule{}, fmt.Errorf("%s is not a supported time zone", zone)
	}
	bad := fmt.Errorf("%s is not a supported schedule expression", text)
	m := scheduleForm.FindStringSubmatch(text)
	if m == nil {
		return schedule{}, bad
	}
	switch m[1] {
	case "at":
		at, err := time.ParseInLocation("2006-01-02T15:04:05", m[2], where)
		if err != nil {
			return schedule{}, bad
		}
		return schedule{at: at.UTC()}, nil
	case "rate":
		r := rateForm.FindStringSubmatch(m[2])
		if r == nil || (r[1] == "1") == strings.HasSuffix(r[2], "s") {
			return schedule{}, bad
		}
		n, _ := strconv.Atoi(r[1]) // digits by the form
		unit := map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}[strings.TrimSuffix(r[2], "s")]
		return schedule{every: time.Duration(n) * unit}, nil
	}
	c, ok := parseCron(m[2], where)
	if !ok {
		return schedule{}, bad
	}
	return schedule{cron: c}, nil
}

// next is the first time after t; ok is false where there is none. A rate counts from its origin, with each
// interval as long as scaled says.
func (s schedule) next(t, origin time.Time, scaled func(time.Duration) time.Duration) (at time.Time, ok bool) {
	switch {
	case s.cron != nil:
		return s.cron.next(t)
	case s.every > 0:
		every := scaled(s.every)
		if t.Before(origin) || every <= 0 {
			return origin.Add(max(every, 1)), true
		}
		return origin.Add((t.Sub(origin)/every + 1) * every), true
	}
	return s.at, s.at.After(t)
}
