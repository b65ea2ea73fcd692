package iam

import (
	"encoding/json"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
)

// Limits of policy documents, in bytes without white space.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const (
	maxTrust   = 2048 // the default quota
	maxManaged = 6144
	maxInline  = 10240 // all inline policies of a role together
)

// checkDocument holds a policy document against the grammar of the policy language.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
func checkDocument(v any, trust bool) error {
	malformed := func(text string) error { return resource.Failed("InvalidRequest", "%s", text) }
	doc, ok := v.(map[string]any)
	if !ok {
		return malformed("Syntax errors in policy.")
	}
	for key := range doc {
		if key != "Version" && key != "Id" && key != "Statement" {
			return malformed("Syntax errors in policy.")
		}
	}
	if version, given := doc["Version"]; given && version != "2012-10-17" && version != "2008-10-17" {
		return malformed("Syntax errors in policy.")
	}
	statements, ok := doc["Statement"].([]any)
	if one, single := doc["Statement"].(map[string]any); single {
		statements, ok = []any{one}, true
	}
	if !ok || len(statements) == 0 {
		return malformed("Syntax errors in policy.")
	}
	for _, item := range statements {
		st, ok := item.(map[string]any)
		if !ok {
			return malformed("Syntax errors in policy.")
		}
		if text := statementProblem(st, trust); text != "" {
			return malformed(text)
		}
	}
	return nil
}

func statementProblem(st map[string]any, trust bool) string {
	if st["Effect"] != "Allow" && st["Effect"] != "Deny" {
		return "Syntax errors in policy."
	}
	for key := range st {
		switch key {
		case "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition":
		default:
			return "Syntax errors in policy."
		}
	}
	action := st["Action"] != nil || st["NotAction"] != nil
	target := st["Resource"] != nil || st["NotResource"] != nil
	principal := st["Principal"] != nil || st["NotPrincipal"] != nil
	switch {
	case !action:
		return "Policy statement must contain actions."
	case trust && target:
		return "Has prohibited field Resource"
	case trust && !principal:
		return "Missing required field Principal"
	case !trust && principal:
		return "Policy document should not specify a principal."
	case !trust && !target:
		return "Policy statement must contain resources."
	}
	return ""
}

func size(v any) int {
	data, err := json.Marshal(v)
	if err != nil {
		return 0
	}
	return len(data)
}
