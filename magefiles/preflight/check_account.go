package preflight

import (
	"fmt"
	"strings"
	"time"
)

var accountChecks = []check{
	{Description{
		Name:        "account",
		Finds:       "credentials of another account than the pinned one, or than the infra stack's; an infra stack of another region",
		Permissions: []string{"sts:GetCallerIdentity"},
	}, checkAccount},
	{Description{
		Name:        "infra stack",
		Finds:       "an infra stack that is older than the configuration, with everything that it lacks; one whose last change failed or goes on",
		Permissions: []string{"cloudformation:DescribeStacks"},
	}, checkInfra},
}

func checkAccount(f Facts) []Finding {
	if f.Caller.State != Known {
		return f.Caller.unknown("account")
	}
	var all []Finding
	present := f.Caller.Value.Account
	if f.Wanted.Account != "" && f.Wanted.Account != present {
		all = append(all, Finding{
			Level: Error, What: "account", Why: fmt.Sprintf("environment %s belongs to account %s, and these credentials to %s", f.Wanted.Environment, f.Wanted.Account, present),
			Next: "set AWS_PROFILE or the role to the account of " + f.Wanted.Environment,
		})
	}
	if theirs := parseARN(f.Wanted.ExecutionRole).account; theirs != "" && theirs != present {
		all = append(all, Finding{
			Level: Error, What: "account", Why: fmt.Sprintf("the roles of the infra stack are of account %s, and these credentials of %s", theirs, present),
			Next: f.Wanted.infraDeploy(),
		})
	}
	if theirs := parseARN(f.Wanted.TargetGroup).region; theirs != "" && theirs != f.Wanted.Region {
		all = append(all, Finding{
			Level: Error, What: "region", Why: fmt.Sprintf("the target group is in %s, and environment %s in %s", theirs, f.Wanted.Environment, f.Wanted.Region),
			Next: f.Wanted.infraDeploy(),
		})
	}
	return all
}

func checkInfra(f Facts) []Finding {
	if f.Infra.Stack == "" {
		return nil
	}
	what := "infra stack " + f.Infra.Stack
	var all []Finding
	for _, missing := range f.Infra.Missing {
		all = append(all, Finding{
			Level: Error, What: what,
			Why:  fmt.Sprintf("%s; it was last changed %s", missing, f.Infra.Changed.UTC().Format(time.DateOnly)),
			Next: f.Wanted.infraDeploy(),
		})
	}
	if status := f.Infra.Status; strings.Contains(status, "FAILED") || strings.Contains(status, "ROLLBACK") || strings.HasSuffix(status, "IN_PROGRESS") {
		all = append(all, Finding{
			Level: Warning, What: what, Why: "is " + status + ": what it holds may not be what its template says",
			Next: "go tool mage infra:status " + f.Wanted.Environment,
		})
	}
	return all
}

// arn is an Amazon Resource Name in its parts.
type arn struct{ partition, service, region, account, resource string }

// parseARN returns the zero arn for what is none.
func parseARN(s string) arn {
	parts := strings.SplitN(s, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" {
		return arn{}
	}
	return arn{parts[1], parts[2], parts[3], parts[4], parts[5]}
}
