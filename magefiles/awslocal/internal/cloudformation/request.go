package cloudformation

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/cloudformation/template"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

type (
	ctx   = context.Context
	empty = wire.Empty
)

type parameter struct {
	ParameterKey     string  `json:"ParameterKey"`
	ParameterValue   *string `json:"ParameterValue,omitempty"`
	UsePreviousValue bool    `json:"UsePreviousValue,omitempty"`
	ResolvedValue    string  `json:"ResolvedValue,omitempty"`
}

type rollbackConfiguration struct {
	RollbackTriggers        []rollbackTrigger `json:"RollbackTriggers,omitempty"`
	MonitoringTimeInMinutes int               `json:"MonitoringTimeInMinutes,omitempty"`
}

type rollbackTrigger struct {
	Arn  string `json:"Arn"`
	Type string `json:"Type"`
}

// deploymentInput is what CreateChangeSet, CreateStack and UpdateStack say about the deployment.
type deploymentInput struct {
	TemplateBody          string
	TemplateURL           string
	UsePreviousTemplate   bool
	Parameters            []parameter
	Capabilities          []string
	ResourceTypes         []string
	RoleARN               string
	RollbackConfiguration *rollbackConfiguration
	NotificationARNs      []string
	Tags                  []tag
}

// deployment is what a request asks a stack to be. Where the request is an update, what it leaves out and may
// leave out comes from the stack.
func (s *Service) deployment(st *stack, in deploymentInput, update bool) (Deployment, error) {
	d := Deployment{Capabilities: in.Capabilities, Notifications: in.NotificationARNs, RoleARN: in.RoleARN, Tags: in.Tags}
	switch {
	case in.TemplateURL != "":
		return d, invalid("TemplateURL must be a supported URL.")
	case in.UsePreviousTemplate && in.TemplateBody != "":
		return d, invalid("You cannot specify both usePreviousTemplate and Template Body/Template URL.")
	case in.UsePreviousTemplate && (!update || st.Deployment.Template == ""):
		return d, invalid("UsePreviousTemplate cannot be specified for a stack that does not exist.")
	case in.UsePreviousTemplate:
		d.Template = st.Deployment.Template
	case in.TemplateBody == "":
		return d, invalid("Either Template URL or Template Body must be specified.")
	default:
		d.Template = in.TemplateBody
	}
	if err := checkSize(d.Template); err != nil {
		return d, err
	}
	if in.RollbackConfiguration != nil && (len(in.RollbackConfiguration.RollbackTriggers) > 0 || in.RollbackConfiguration.MonitoringTimeInMinutes > 0) {
		return d, invalid("the embedded AWS does not model rollback triggers")
	}
	for _, c := range in.Capabilities {
		if !slices.Contains([]string{"CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"}, c) {
			return d, invalid("1 validation error detected: Value '[%s]' at 'capabilities' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [CAPABILITY_NAMED_IAM, CAPABILITY_IAM, CAPABILITY_AUTO_EXPAND]]", c)
		}
	}
	var err error
	if update && in.Tags == nil { // https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_UpdateStack.html
		d.Tags = st.Tags
	}
	if update && in.NotificationARNs == nil {
		d.Notifications = st.Notifications
	}
	if update && d.RoleARN == "" {
		d.RoleARN = st.RoleARN
	}
	if err = checkTags(d.Tags); err != nil {
		return d, err
	}
	if d.Parameters, err = arguments(st, in.Parameters); err != nil {
		return d, err
	}
	t, err := s.examine(st, &d)
	if err != nil {
		return d, err
	}
	return d, allowedTypes(t, in.ResourceTypes)
}

func checkSize(body string) error {
	if len(body) > template.MaxSize {
		return invalid("1 validation error detected: Value '%s' at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to %d", body[:100]+"...", template.MaxSize)
	}
	return nil
}

// arguments are the values of the parameters that a request gives, previous ones filled in.
func arguments(st *stack, given []parameter) (map[string]string, error) {
	values := map[string]string{}
	for _, p := range given {
		if _, twice := values[p.ParameterKey]; twice {
			return nil, invalid("Duplicate input parameters: [%s]", p.ParameterKey)
		}
		if p.UsePreviousValue {
			if p.ParameterValue != nil {
				return nil, invalid("Invalid input for parameter key %s. Cannot specify usePreviousValue as true and non empty value for a parameter", p.ParameterKey)
			}
			previous, ok := st.Deployment.Parameters[p.ParameterKey]
			if !ok {
				return nil, invalid("Invalid input for parameter key %s. Cannot specify usePreviousValue as true for a parameter key not in the previous template", p.ParameterKey)
			}
			values[p.ParameterKey] = previous
			continue
		}
		if p.ParameterValue == nil {
			return nil, invalid("Invalid input for parameter key %s. Parameter value must be specified", p.ParameterKey)
		}
		values[p.ParameterKey] = *p.ParameterValue
	}
	return values, nil
}

func checkTags(tags []tag) error {
	seen := map[string]bool{}
	for _, t := range tags {
		switch {
		case strings.HasPrefix(strings.ToLower(t.Key), "aws:"):
			return invalid("aws: prefixed tag key names are not allowed for external use.")
		case seen[t.Key]:
			return invalid("Duplicate tag keys found. Please ensure that tag keys are unique.")
		case t.Key == "" || len(t.Key) > 128 || len(t.Value) > 256:
			return invalid("1 validation error detected: Value '%s' at 'tags' failed to satisfy constraint", t.Key)
		case len(tags) > 50:
			return invalid("1 validation error detected: Value at 'tags' failed to satisfy constraint: Member must have length less than or equal to 50")
		}
		seen[t.Key] = true
	}
	return nil
}

// allowedTypes holds a template against the request's ResourceTypes, e.g. "AWS::EC2::*".
func allowedTypes(t *template.Template, allowed []string) error {
	if len(allowed) == 0 {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(t.Resources)) {
		typ := t.Resources[name].Type
		if !slices.ContainsFunc(allowed, func(a string) bool {
			prefix, wild := strings.CutSuffix(a, "*")
			return a == typ || wild && strings.HasPrefix(typ, prefix) && (prefix == "" || strings.HasSuffix(prefix, "::"))
		}) {
			return invalid("Resource type %s is not allowed by parameter ResourceTypes [%s]", typ, strings.Join(allowed, ", "))
		}
	}
	return nil
}

// shown are a deployment's parameters as they are described: secret ones masked.
func shown(t *template.Template, d Deployment) []parameter {
	var out []parameter
	for _, name := range slices.Sorted(maps.Keys(d.Parameters)) {
		value := d.Parameters[name]
		if t.Parameters[name].NoEcho {
			value = "****"
		}
		out = append(out, parameter{ParameterKey: name, ParameterValue: &value, ResolvedValue: d.Resolved[name]})
	}
	return out
}

// page is one page of items, by a token that is the number of items before it.
func page[T any](items []T, token string, size int) (part []T, next string, err error) {
	start := 0
	if token != "" {
		if start, err = position(token, len(items)); err != nil {
			return nil, "", err
		}
	}
	end := min(start+size, len(items))
	if end < len(items) {
		next = fmt.Sprintf("page-%d", end)
	}
	return items[start:end], next, nil
}

// position is what a page token says; without one it is the end.
func position(token string, length int) (int, error) {
	if token == "" {
		return length, nil
	}
	n := 0
	if _, err := fmt.Sscanf(token, "page-%d", &n); err != nil || n < 0 || n > length {
		return 0, invalid("Invalid nextToken: %s", token)
	}
	return n, nil
}
