package catalog

import (
	"encoding/json"
	"fmt"
	"slices"
)

// lifecyclePolicy: https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html.
type lifecyclePolicy struct {
	Rules []struct {
		RulePriority int
		Selection    struct {
			TagStatus      string
			TagPatternList []string
			TagPrefixList  []string
			CountType      string
			CountUnit      string
			CountNumber    int
		}
		Action struct{ Type string }
	}
}

// Bounds of the policy text (API_PutLifecyclePolicy).
const minLifecycle, maxLifecycle = 100, 30720

func checkLifecycle(text string) error {
	const at = "LifecyclePolicyText"
	if len(text) < minLifecycle || len(text) > maxLifecycle {
		return InvalidParameter(at, "Member must have length between %d and %d", minLifecycle, maxLifecycle)
	}
	if problem := lifecycleProblem(text); problem != "" {
		return InvalidParameter(at, "Lifecycle policy validation failure: %s", problem)
	}
	return nil
}

func lifecycleProblem(text string) string {
	var p lifecyclePolicy
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return err.Error()
	}
	if len(p.Rules) == 0 {
		return "object has missing required properties ([\"rules\"])"
	}
	seen := map[int]bool{}
	for _, r := range p.Rules {
		s := r.Selection
		tagged := len(s.TagPatternList)+len(s.TagPrefixList) > 0
		since := s.CountType == "sinceImagePushed" || s.CountType == "sinceImagePulled" || s.CountType == "sinceImageTransitioned"
		switch {
		case r.RulePriority < 1:
			return "rulePriority must be at least 1"
		case seen[r.RulePriority]:
			return fmt.Sprintf("rulePriority %d is used more than once", r.RulePriority)
		case !slices.Contains([]string{"tagged", "untagged", "any"}, s.TagStatus):
			return fmt.Sprintf("tagStatus %q is not one of [tagged, untagged, any]", s.TagStatus)
		case s.TagStatus == "tagged" && !tagged:
			return "tagPrefixList or tagPatternList is required when tagStatus is tagged"
		case s.TagStatus != "tagged" && tagged:
			return "tagPrefixList and tagPatternList are allowed only when tagStatus is tagged"
		case s.CountType != "imageCountMoreThan" && !since:
			return fmt.Sprintf("countType %q is not supported", s.CountType)
		case since && s.CountUnit != "days":
			return "countUnit must be days"
		case !since && s.CountUnit != "":
			return "countUnit is not allowed with imageCountMoreThan"
		case s.CountNumber < 1:
			return "countNumber must be at least 1"
		case r.Action.Type != "expire" && r.Action.Type != "transition":
			return fmt.Sprintf("action type %q is not one of [expire, transition]", r.Action.Type)
		}
		seen[r.RulePriority] = true
	}
	return ""
}

// checkPolicy checks the form of a repository policy; who may do what is not modelled.
func checkPolicy(text string) error {
	invalid := InvalidParameter("PolicyText", "Invalid repository policy provided")
	var p struct{ Statement json.RawMessage }
	if json.Unmarshal([]byte(text), &p) != nil {
		return invalid
	}
	type statement struct {
		Effect                                     string
		Principal, NotPrincipal, Action, NotAction any
	}
	var all []statement
	if json.Unmarshal(p.Statement, &all) != nil {
		var one statement
		if json.Unmarshal(p.Statement, &one) != nil {
			return invalid
		}
		all = []statement{one}
	}
	if len(all) == 0 {
		return invalid
	}
	for _, s := range all {
		if (s.Effect != "Allow" && s.Effect != "Deny") ||
			(s.Principal == nil) == (s.NotPrincipal == nil) || (s.Action == nil) == (s.NotAction == nil) {
			return invalid
		}
	}
	return nil
}
