package stack

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// reductions are what a change in place throws away: log lines by a shorter retention, images by a lifecycle policy that
// expires more, tags that could be moved, metrics. Pure.
func reductions(c ResourceChange) []Loss {
	if c.Was == nil || c.Will == nil {
		return nil // CloudFormation told no values
	}
	var losses []Loss
	lose := func(how, what string) { losses = append(losses, Loss{c, how, what}) }
	switch c.Type {
	case "AWS::Logs::LogGroup":
		was, will := days(c.Was["RetentionInDays"]), days(c.Will["RetentionInDays"])
		if will < was {
			lose(fmt.Sprintf("RetentionInDays %s → %s", daysText(was), daysText(will)), fmt.Sprintf("every log line older than %s days", daysText(will)))
		}
	case "AWS::ECR::Repository":
		if rules := newRules(c.Was["LifecyclePolicy"], c.Will["LifecyclePolicy"]); len(rules) > 0 {
			lose("gets a LifecyclePolicy that expires more", "the images that it expires: "+strings.Join(rules, "; "))
		}
		was, will := scalar(c.Was["ImageTagMutability"], "MUTABLE"), scalar(c.Will["ImageTagMutability"], "MUTABLE")
		if strings.HasPrefix(was, "MUTABLE") && strings.HasPrefix(will, "IMMUTABLE") {
			lose("ImageTagMutability "+was+" → "+will, "tags that move: a push to one that exists, such as latest, is refused from then on")
		}
	case "AWS::ECS::Cluster":
		if was, will := insights(c.Was), insights(c.Will); slices.Index(insightLevels, will) < slices.Index(insightLevels, was) {
			lose("containerInsights "+was+" → "+will, "metrics of Container Insights from then on")
		}
	}
	return losses
}

// days of retention. A group without one keeps its lines forever.
func days(v any) float64 {
	n, err := strconv.ParseFloat(scalar(v, "0"), 64)
	if err != nil || n == 0 {
		return math.Inf(1)
	}
	return n
}

func daysText(n float64) string {
	if math.IsInf(n, 1) {
		return "(never)"
	}
	return strconv.FormatFloat(n, 'f', -1, 64)
}

// newRules are the descriptions of rules that expire images and that the policy before did not have.
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
func newRules(was, will any) []string {
	var out []string
	before := rules(was)
	for _, r := range rules(will) {
		if slices.ContainsFunc(before, func(b rule) bool { return reflect.DeepEqual(b.Selection, r.Selection) }) {
			continue
		}
		selection, _ := json.Marshal(r.Selection) // it has been JSON before
		text := r.Description
		if text == "" {
			text = string(selection)
		}
		out = append(out, text)
	}
	return out
}

type rule struct {
	Description string         `json:"description"`
	Selection   map[string]any `json:"selection"`
	Action      struct {
		Type string `json:"type"`
	} `json:"action"`
}

// rules of a lifecycle policy that remove or archive images; a text that is no policy has none.
func rules(policy any) []rule {
	m, _ := policy.(map[string]any)
	text, _ := m["LifecyclePolicyText"].(string)
	var p struct {
		Rules []rule `json:"rules"`
	}
	if json.Unmarshal([]byte(text), &p) != nil {
		return nil
	}
	return p.Rules
}

// insightLevels of a cluster, from least to most.
var insightLevels = []string{"disabled", "enabled", "enhanced"}

func insights(properties map[string]any) string {
	settings, _ := properties["ClusterSettings"].([]any)
	for _, s := range settings {
		if m, ok := s.(map[string]any); ok && m["Name"] == "containerInsights" {
			return scalar(m["Value"], "disabled")
		}
	}
	return "disabled"
}

// scalar is a scalar as text: change sets have numbers as such or as strings.
func scalar(v any, absent string) string {
	switch v := v.(type) {
	case nil:
		return absent
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	}
	data, err := json.Marshal(v)
	if err != nil {
		return absent
	}
	return string(data)
}
