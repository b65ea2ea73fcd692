package targets

import (
	"slices"
	"strings"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/preflight"
	"github.com/bellyfed/splitecs/magefiles/rollout"
	"github.com/bellyfed/splitecs/magefiles/stack"
)

// permissions that a role loses and that a service needs: of its execution role those that start its tasks, and what is not
// for that; and of its task role all, because what the program does is not known.
func permissions(c stack.ResourceChange, u rollout.Use) []reason {
	is := func(arn string) bool { return strings.HasSuffix(arn, "/"+c.PhysicalID) }
	starts, runs := slices.ContainsFunc(u.ExecutionRoles, is), slices.ContainsFunc(u.TaskRoles, is)
	before, managed, known := preflight.Documents(c.Was)
	after, stays, knownAfter := preflight.Documents(c.Will)
	if !starts && !runs || !known || !knownAfter {
		return nil
	}
	var what []string
	if starts {
		for _, n := range needsOf(u) {
			had, err := preflight.Allows(before, n.action, n.resource)
			has, errAfter := preflight.Allows(after, n.action, n.resource)
			if err == nil && errAfter == nil && had && !has {
				what = append(what, n.action+" on "+n.resource)
			}
		}
	}
	lost, err := preflight.Lost(before, after)
	if err != nil {
		lost = []string{"what cannot be read: " + err.Error()}
	}
	for _, one := range lost {
		if runs || !isJudged(one) {
			what = append(what, one)
		}
	}
	slices.Sort(what)
	what = slices.Compact(what)
	for _, arn := range managed {
		if !slices.Contains(stays, arn) {
			what = append(what, "what "+arn+" allows")
		}
	}
	if boundary := plain(c.Will["PermissionsBoundary"]); boundary != "" && boundary != plain(c.Was["PermissionsBoundary"]) {
		what = append(what, "what its new boundary "+boundary+" does not allow")
	}
	if len(what) == 0 {
		return nil
	}
	verb := "has this role, and its program may use"
	if starts {
		verb = "starts its tasks with this role, and needs"
	}
	return []reason{{verb + " what it would lose: " + strings.Join(what, ", "), wayAllowed}}
}

// isJudged tells of a permission of an execution role whether needs tell if it is needed. What else the role has is there for a
// reason that is not known, such as a key with which secrets are encrypted. Any key goes with the secrets that are granted.
func isJudged(permission string) bool {
	return strings.HasPrefix(permission, "kms:Decrypt on ") && strings.HasSuffix(permission, ":key/*") ||
		slices.ContainsFunc([]string{"ecr:", "logs:", "secretsmanager:GetSecretValue on ", "ssm:GetParameters on "}, func(action string) bool {
			return strings.HasPrefix(permission, action)
		})
}

type need struct{ action, resource string }

// needsOf are what it takes to start a task of a service.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
func needsOf(u rollout.Use) []need {
	var all []need
	for _, reference := range u.Secrets {
		action := "ssm:GetParameters"
		if strings.Contains(reference, ":secretsmanager:") {
			action = "secretsmanager:GetSecretValue"
			parts := strings.Split(reference, ":")
			reference = strings.Join(parts[:min(len(parts), 7)], ":")
		}
		all = append(all, need{action, reference})
	}
	for _, image := range u.Images {
		if arn := cfn.RepositoryOf(image); arn != "" {
			all = append(all, need{"ecr:BatchGetImage", arn})
		}
	}
	for _, arn := range u.LogGroups {
		all = append(all, need{"logs:PutLogEvents", arn})
	}
	return all
}
