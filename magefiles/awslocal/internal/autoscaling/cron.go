package autoscaling

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// cron is a cron expression of six fields, with the letters L, W and # for days.
type cron struct {
	minutes, hours, months, years set
	day                           func(time.Time) bool
	zone                          *time.Location
}

// set is the values that a field takes; nil is all.
type set map[int]bool

func (s set) has(n int) bool { return s == nil || s[n] }

var (
	monthNames = []string{"", "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}
	dayNames   = []string{"", "SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}
)

func parseCron(text string, zone *time.Location) (*cron, bool) {
	f := strings.Fields(strings.ToUpper(text))
	if len(f) != 6 || (f[2] == "?") == (f[4] == "?") { // one of the two days is not given
		return nil, false
	}
	c := &cron{zone: zone}
	var ok [5]bool
	c.minutes, ok[0] = field(f[0], 0, 59, nil)
	c.hours, ok[1] = field(f[1], 0, 23, nil)
	c.months, ok[2] = field(f[3], 1, 12, monthNames)
	c.years, ok[3] = field(f[5], 1970, 2199, nil)
	if f[4] == "?" {
		c.day, ok[4] = dayOfMonth(f[2])
	} else {
		c.day, ok[4] = dayOfWeek(f[4])
	}
	return c, !slices.Contains(ok[:], false)
}

// field reads lists, ranges and steps of numbers, or of the names that stand for them.
func field(text string, low, high int, names []string) (set, bool) {
	if text == "*" {
		return nil, true
	}
	number := func(s string) int {
		if n := slices.Index(names, s); n > 0 {
			return n
		}
		n, err := strconv.Atoi(s)
		if err != nil || n < low || n > high {
			return -1
		}
		return n
	}
	s := set{}
	for part := range strings.SplitSeq(text, ",") {
		part, step, stepped := strings.Cut(part, "/")
		by := 1
		if stepped {
			n, err := strconv.Atoi(step)
			if err != nil || n < 1 {
				return nil, false
			}
			by = n
		}
		from, to, ranged := strings.Cut(part, "-")
		first, last := number(from), high
		switch {
		case part == "*" && stepped:
			first = low
		case ranged:
			last = number(to)
		case !stepped:
			last = first
		}
		if first < 0 || last < first {
			return nil, false
		}
		for n := first; n <= last; n += by {
			s[n] = true
		}
	}
	return s, true
}

func lastDay(t time.Time) int {
	return time.Date(t.Year(), t.Month()+1, 0, 0, 0, 0, 0, t.Location()).Day()
}

// dayOfMonth also knows L, the last day; LW, the last weekday; and 15W, the weekday of the month that is nearest to
// the 15th.
func dayOfMonth(text string) (func(time.Time) bool, bool) {
	if text == "L" {
		return func(t time.Time) bool { return t.Day() == lastDay(t) }, true
	}
	if near, ok := strings.CutSuffix(text, "W"); ok {
		n, err := strconv.Atoi(near)
		if near != "L" && (err != nil || n < 1 || n > 31) {
			return nil, false
		}
		return func(t time.Time) bool {
			if near == "L" {
				return t.Day() == weekdayNear(t, lastDay(t))
			}
			return n <= lastDay(t) && t.Day() == weekdayNear(t, n)
		}, true
	}
	s, ok := field(text, 1, 31, nil)
	return func(t time.Time) bool { return s.has(t.Day()) }, ok
}

// weekdayNear is the day of t's month that is a weekday and nearest to day n of it.
func weekdayNear(t time.Time, n int) int {
	switch time.Date(t.Year(), t.Month(), n, 0, 0, 0, 0, t.Location()).Weekday() {
	case time.Saturday:
		if n == 1 {
			return 3
		}
		return n - 1
	case time.Sunday:
		if n == lastDay(t) {
			return n - 2
		}
		return n + 1
	}
	return n
}

// dayOfWeek counts from 1, Sunday. It also knows L, Saturday; 6L, the last Friday of the month; and 6#2, the second
// Friday.
func dayOfWeek(text string) (func(time.Time) bool, bool) {
	one := func(s string) int {
		d, ok := field(s, 1, 7, dayNames)
		for n := range d {
			if ok && len(d) == 1 {
				return n
			}
		}
		return 0
	}
	if text == "L" {
		text = "7"
	}
	if day, ok := strings.CutSuffix(text, "L"); ok {
		d := one(day)
		return func(t time.Time) bool { return int(t.Weekday())+1 == d && t.Day() > lastDay(t)-7 }, d > 0
	}
	if day, which, ok := strings.Cut(text, "#"); ok {
		d, n := one(day), 0
		if len(which) == 1 {
			n = int(which[0] - '0')
		}
		return func(t time.Time) bool { return int(t.Weekday())+1 == d && (t.Day()+6)/7 == n }, d > 0 && n >= 1 && n <= 5
	}
	s, ok := field(text, 1, 7, dayNames)
	return func(t time.Time) bool { return s.has(int(t.Weekday()) + 1) }, ok
}

// farthest is how many days ahead a time is looked for: enough for every 29 February on a given weekday.
const farthest = 366 * 41

// next is the first time after t. A time that a zone leaves out when its clocks go forward does not come that day;
// one that it has twice comes once.
func (c *cron) next(t time.Time) (time.Time, bool) {
	from := t.In(c.zone)
	year, month, day := from.Date()
	for d := range farthest {
		noon := time.Date(year, month, day+d, 12, 0, 0, 0, c.zone)
		if !c.years.has(noon.Year()) || !c.months.has(int(noon.Month())) || !c.day(noon) {
			continue
		}
		for hour := range 24 {
			if !c.hours.has(hour) {
				continue
			}
			for minute := range 60 {
				at := time.Date(noon.Year(), noon.Month(), noon.Day(), hour, minute, 0, 0, c.zone)
				if c.minutes.has(minute) && at.After(t) && at.Hour() == hour && at.Minute() == minute {
					return at.UTC(), true
				}
			}
		}
	}
	return time.Time{}, false
}
