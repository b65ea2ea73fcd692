package cfn

import (
	"fmt"
	"strings"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// Limits of scaling. A target tracks at most this many schedules here, so that the template stays small.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html
// https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScheduledAction.html
const (
	mostTasks        = 5_000
	mostSchedules    = 30
	longestScheduled = 256
)

var (
	schedulePattern = lazyregexp.New(`^[A-Za-z0-9-]+$`)
	timeZonePattern = lazyregexp.New(`^[A-Za-z]+([/_+-][A-Za-z0-9]+)*$`)
	ratePattern     = lazyregexp.New(`^(1 (minute|hour|day)|([2-9]|[1-9][0-9]+) (minutes|hours|days))$`)
	atPattern       = lazyregexp.New(`^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$`)
	cronPattern     = lazyregexp.New(`^[0-9A-Z*?/,#-]+$`)
)

func (v *validator) scaling(e Environment) {
	v.bounds(e.MinTasks, e.MaxTasks)
	v.policies(e)
}

func (v *validator) policies(e Environment) {
	v.within("Scaling.", func() {
		v.percent("CPUPercent", e.Scaling.CPUPercent)
		v.percent("MemoryPercent", e.Scaling.MemoryPercent)
		if e.Scaling.RequestsPerTask < 0 {
			v.add("RequestsPerTask", "%d is less than none", e.Scaling.RequestsPerTask)
		}
		v.schedules(e.Scaling.Schedules)
	})
}

func (v *validator) bounds(fewest, most int) {
	if fewest < 0 || fewest > mostTasks {
		v.add("MinTasks", "%d is out of range: 0 to %d", fewest, mostTasks)
	}
	if most < fewest || most > mostTasks {
		v.add("MaxTasks", "%d is out of range: from MinTasks, %d, to %d", most, fewest, mostTasks)
	}
}

// percent may be negative, which turns a policy off.
func (v *validator) percent(field string, percent int) {
	if percent > 100 {
		v.add(field, "%d is more than 100", percent)
	}
}

func (v *validator) schedules(schedules []Schedule) {
	if len(schedules) > mostSchedules {
		v.add("Schedules", "%d are too many: use at most %d", len(schedules), mostSchedules)
	}
	names := map[string]bool{}
	for i, schedule := range schedules {
		v.within(fmt.Sprintf("Schedules[%d].", i), func() {
			if !schedulePattern.MatchString(schedule.Name) || len(schedule.Name) > longestScheduled {
				v.add("Name", "%q is not a name: letters, digits and hyphens", schedule.Name)
			} else if names[schedule.Name] {
				v.add("Name", "%q is there twice", schedule.Name)
			}
			names[schedule.Name] = true
			if problem := checkExpression(schedule.Expression); problem != "" {
				v.add("Expression", "%q %s", schedule.Expression, problem)
			}
			v.matches("TimeZone", schedule.TimeZone, timeZonePattern, "a time zone in IANA form such as Asia/Singapore")
			v.bounds(schedule.MinTasks, schedule.MaxTasks)
		})
	}
}

// checkExpression says what is wrong with a schedule's expression, or nothing.
// https://docs.aws.amazon.com/autoscaling/application/userguide/scheduled-scaling-using-cron-expressions.html
func checkExpression(expression string) string {
	kind, inner, ok := strings.Cut(strings.TrimSuffix(expression, ")"), "(")
	if !ok || !strings.HasSuffix(expression, ")") || len(expression) > longestScheduled {
		return "is not cron(…), rate(…) or at(…)"
	}
	switch kind {
	case "cron":
		return checkCron(inner)
	case "rate":
		if !ratePattern.MatchString(inner) {
			return "is not a rate such as rate(1 hour) or rate(30 minutes)"
		}
	case "at":
		if !atPattern.MatchString(inner) {
			return "is not a time such as at(2026-12-24T18:00:00)"
		}
	default:
		return "is not cron(…), rate(…) or at(…)"
	}
	return ""
}

func checkCron(inner string) string {
	fields := strings.Split(inner, " ")
	if len(fields) != 6 {
		return "needs six fields: minutes, hours, day of month, month, day of week, year"
	}
	for _, field := range fields {
		if !cronPattern.MatchString(field) {
			return fmt.Sprintf("has a field that cron does not know: %q", field)
		}
	}
	if (fields[2] == "?") == (fields[4] == "?") {
		return "needs ? as either the day of month or the day of week"
	}
	return ""
}
