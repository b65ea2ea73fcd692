package rollout

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// Revision is a task definition that the service has run.
type Revision struct {
	TaskDefinition string // ARN
	Image          string // reference of its container's image
	Deployed       time.Time
	// Container and Port are where requests came in when it was deployed; empty where none came, and in the present revision.
	Container string
	Port      int
}

// Name is family:revision.
func (v Revision) Name() string { return last(v.TaskDefinition) }

func (v Revision) number() int {
	_, n := revisionNumber(v.TaskDefinition)
	return n
}

// NoGoodRevisionError says that there is nothing to roll back to.
type NoGoodRevisionError struct {
	Service, Present string
	Wanted           string   // what was asked for; empty is the last good one
	Good             []string // the candidates that there are
}

// Forward is the number of the highest good revision above the present one; empty where there is none.
func (e *NoGoodRevisionError) Forward() string {
	_, present := revisionNumber(e.Present)
	for _, name := range e.Good { // the highest first
		if _, n := revisionNumber(name); n > present {
			return strconv.Itoa(n)
		}
	}
	return ""
}

func (e *NoGoodRevisionError) Error() string {
	if e.Wanted == "" {
		return fmt.Sprintf("service %s: no revision before %s was deployed successfully and is still active", e.Service, e.Present)
	}
	text := fmt.Sprintf("service %s: %s is no revision that was deployed successfully and is still active", e.Service, e.Wanted)
	if len(e.Good) > 0 {
		text += "; these are: " + strings.Join(e.Good, ", ")
	}
	return text
}

var (
	stepsBack    = lazyregexp.New(`^-([1-9][0-9]{0,5})$`)
	revisionName = lazyregexp.New(`^(?:([A-Za-z0-9_-]+):)?([1-9][0-9]{0,9})$`)
)

// IsRevision tells whether a text names a revision by itself (7, family:7, -2), so that no image has to be looked for.
func IsRevision(text string) bool {
	return stepsBack.MatchString(text) || revisionName.MatchString(text)
}

// Choose finds a revision to roll back to among the good ones, which are in order, highest first. Empty is the highest
// below the present one, so that a rollback after a rollback goes one further back; -n is the nth of these. 7 and
// family:7 name a revision; anything else the digest of an image, whose highest revision it is. One that failed
// is never found. Pure.
func Choose(service string, present Revision, good []Revision, wanted string) (Revision, error) {
	family, number := revisionNumber(present.Name())
	back, fits := 1, func(v Revision) bool {
		f, n := revisionNumber(v.Name())
		return f == family && n < number
	}
	if m := stepsBack.FindStringSubmatch(wanted); m != nil {
		back, _ = strconv.Atoi(m[1]) // digits, few enough
	} else if m := revisionName.FindStringSubmatch(wanted); m != nil {
		name := cmp.Or(m[1], family) + ":" + m[2]
		fits = func(v Revision) bool { return v.Name() == name }
	} else if wanted != "" {
		fits = func(v Revision) bool { return strings.HasSuffix(v.Image, "@"+wanted) }
	}
	missing := &NoGoodRevisionError{Service: service, Present: present.Name(), Wanted: wanted}
	for _, v := range good {
		missing.Good = append(missing.Good, v.Name())
		if fits(v) {
			if back--; back == 0 {
				return v, nil
			}
		}
	}
	return Revision{}, missing
}

// revisionNumber splits …/family:7.
func revisionNumber(arn string) (family string, revision int) {
	at := strings.LastIndex(arn, ":")
	if at < 0 {
		return arn, 0
	}
	n, err := strconv.Atoi(arn[at+1:])
	if err != nil {
		return arn, 0
	}
	return arn[:at], n
}

// revision describes a task definition.
func (r *Rollouts) revision(ctx context.Context, arn string) (Revision, error) {
	d, err := r.taskDefinition(ctx, arn)
	return Revision{TaskDefinition: aws.ToString(d.TaskDefinitionArn), Image: aws.ToString(r.container(d).Image)}, err
}
