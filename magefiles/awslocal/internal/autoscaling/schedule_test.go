package autoscaling

import (
	"testing"
	"time"
)

func TestSchedules(t *testing.T) {
	now := time.Date(2026, 1, 1, 12, 0, 30, 0, time.UTC) // a Thursday
	for _, c := range []struct{ text, zone, want string }{
		{"at(2026-01-02T03:04:05)", "", "2026-01-02T03:04:05Z"},
		{"at(2026-01-02T03:04:05)", "Asia/Singapore", "2026-01-01T19:04:05Z"},
		{"at(2026-01-01T12:00:00)", "", "never"},
		{"rate(1 minute)", "", "2026-01-01T12:01:00Z"},
		{"rate(5 minutes)", "", "2026-01-01T12:05:00Z"},
		{"rate(2 hours)", "", "2026-01-01T14:00:00Z"},
		{"cron(0 22 ? * MON-FRI *)", "Asia/Singapore", "2026-01-01T14:00:00Z"},
		{"cron(*/15 * * * ? *)", "", "2026-01-01T12:15:00Z"},
		{"cron(0/20 9-17/4 ? * 2,4 2026-2027)", "", "2026-01-05T09:00:00Z"},
		{"cron(0 0 L * ? *)", "", "2026-01-31T00:00:00Z"},
		{"cron(0 0 LW * ? *)", "", "2026-01-30T00:00:00Z"},
		{"cron(0 0 1W * ? *)", "", "2026-01-01T00:00:00Z|2026-02-02T00:00:00Z"},
		{"cron(0 0 ? * 6#2 *)", "", "2026-01-09T00:00:00Z"},
		{"cron(0 0 ? * 6L *)", "", "2026-01-30T00:00:00Z"},
		{"cron(0 0 ? * L *)", "", "2026-01-03T00:00:00Z"},
		{"cron(0 0 29 FEB ? *)", "", "2028-02-29T00:00:00Z"},
		{"cron(0 0 1 1 ? 2025)", "", "never"},
		{"cron(30 2 29 3 ? 2026)", "Europe/Berlin", "never"}, // left out: the clocks go from 2 to 3
	} {
		s, err := parseSchedule(c.text, c.zone)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		got := "never"
		if at, ok := s.next(now, now.Truncate(time.Minute), func(d time.Duration) time.Duration { return d }); ok {
			got = at.Format(time.RFC3339)
		}
		if got != c.want && "2026-01-01T00:00:00Z|"+got != c.want {
			t.Errorf("%s in %q: %s, want %s", c.text, c.zone, got, c.want)
		}
	}
	for _, text := range []string{"", "daily", "at(tomorrow)", "rate(0 minutes)", "rate(1 minutes)", "rate(2 hour)", "rate(5 seconds)",
		"cron(0 0 * * *)", "cron(0 0 * * * *)", "cron(0 0 ? * ? *)", "cron(60 0 * * ? *)", "cron(0 24 * * ? *)", "cron(0 0 32 * ? *)",
		"cron(0 0 ? * MON#6 *)", "cron(0 0 ? * MON-XXX *)", "cron(0 0 5-1 * ? *)", "cron(0 0 *//2 * ? *)", "cron(0 0 W * ? *)"} {
		if _, err := parseSchedule(text, ""); err == nil {
			t.Errorf("%q was accepted", text)
		}
	}
	if _, err := parseSchedule("rate(1 day)", "Mars/Olympus"); err == nil {
		t.Error("Mars was accepted")
	}
}
