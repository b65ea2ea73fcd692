package elb

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

// The schemas that the resource types share.
var (
	attributes  = resource.ListOf(resource.Obj(resource.Properties{"Key": resource.Str, "Value": resource.Str}))
	valueList   = resource.Obj(resource.Properties{"Values": resource.Strs})
	valueOrForm = resource.Obj(resource.Properties{"Values": resource.Strs, "RegexValues": resource.Strs})
	actionTypes = []string{"forward", "redirect", "fixed-response", "authenticate-oidc", "authenticate-cognito", "jwt-validation"}
	actions     = resource.ListOf(resource.Obj(resource.Properties{
		"Type": resource.Str.Must().OneOf(actionTypes...), "TargetGroupArn": resource.Str, "Order": resource.Int,
		"RedirectConfig": resource.Obj(resource.Properties{"Protocol": resource.Str, "Port": resource.Str, "Host": resource.Str,
			"Path": resource.Str, "Query": resource.Str, "StatusCode": resource.Str.Must().OneOf("HTTP_301", "HTTP_302")}),
		"FixedResponseConfig": resource.Obj(resource.Properties{"MessageBody": resource.Str, "StatusCode": resource.Str.Must(), "ContentType": resource.Str}),
		"ForwardConfig": resource.Obj(resource.Properties{
			"TargetGroups":                resource.ListOf(resource.Obj(resource.Properties{"TargetGroupArn": resource.Str, "Weight": resource.Int})),
			"TargetGroupStickinessConfig": resource.Obj(resource.Properties{"Enabled": resource.Bool, "DurationSeconds": resource.Int}),
		}),
		"AuthenticateCognitoConfig": resource.Any, "AuthenticateOidcConfig": resource.Any, "JwtValidationConfig": resource.Any, // their types are refused
	}))
)

// handlerError turns an answer of the API into the failure of a resource.
func (s *Service) handlerError(err error) error {
	var e *wire.Error
	if !errors.As(err, &e) {
		return err
	}
	code := "InvalidRequest"
	switch {
	case strings.HasPrefix(e.Code, "Duplicate"):
		code = "AlreadyExists"
	case strings.HasSuffix(e.Code, "NotFound"):
		code = "NotFound"
	case e.Code == "ResourceInUse":
		code = "ResourceConflict"
	}
	return resource.Failed(code, "%s (Service: ElasticLoadBalancingV2, Status Code: %d, Request ID: %s)", e.Message, e.Status, s.w.UUID())
}

// refuse says which of the properties that the embedded AWS does not model a template uses.
func refuse(r resource.Request, unmodelled ...string) error {
	for _, name := range unmodelled {
		if r.Properties[name] != nil {
			return resource.Failed("InvalidRequest", "The embedded AWS does not model the property %s.", name)
		}
	}
	return nil
}

func notFound(kind, id string) error {
	return resource.Failed("NotFound", "Resource of type '%s' with identifier '%s' was not found.", kind, id)
}

// physicalName is a name of at most 32 characters that CloudFormation makes up.
func (s *Service) physicalName(r resource.Request) string {
	cut := func(text string, n int) string { return strings.Trim(text[:min(len(text), n)], "-") }
	return cut(r.Stack, 6) + "-" + cut(r.LogicalID, 5) + "-" + strings.ToUpper(s.w.Hex(12))
}

// tagsOfRequest are the resource's own tags and those of the stack.
func tagsOfRequest(own []tag, stack map[string]string) []tag {
	all := maps.Clone(stack)
	if all == nil {
		all = map[string]string{}
	}
	for _, t := range own {
		all[t.Key] = t.Value
	}
	tags := []tag{}
	for _, k := range slices.Sorted(maps.Keys(all)) {
		tags = append(tags, tag{k, all[k]})
	}
	return tags
}

// withAttributes puts attributes over the defaults, and refuses unknown ones.
func withAttributes(defaults map[string]string, with []attribute, of string) (map[string]string, error) {
	m := maps.Clone(defaults)
	for _, a := range with {
		if _, ok := defaults[a.Key]; !ok {
			return nil, wire.Errorf("ValidationError", "%s attribute key '%s' is not recognized", of, a.Key)
		}
		m[a.Key] = a.Value
	}
	return m, nil
}

// checkActions refuses actions that lack what they need.
func (s *Service) checkActions(list []action) error {
	if len(list) == 0 {
		return wire.Errorf("ValidationError", "You must specify at least one action")
	}
	for _, a := range list {
		switch {
		case a.Type == "forward" && len(forwards([]action{a})) == 0:
			return wire.Errorf("ValidationError", "You must specify a target group for a forward action")
		case a.Type == "redirect" && a.RedirectConfig == nil:
			return wire.Errorf("ValidationError", "You must specify a redirect configuration for a redirect action")
		case a.Type == "fixed-response" && a.FixedResponseConfig == nil:
			return wire.Errorf("ValidationError", "You must specify a fixed response configuration for a fixed-response action")
		case !slices.Contains(actionTypes[:3], a.Type):
			return wire.Errorf("ValidationError", "The embedded AWS does not model the action type %s", a.Type)
		}
		for _, arn := range forwards([]action{a}) {
			if !s.state.TargetGroups.Has(arn) {
				return wire.Errorf("TargetGroupNotFound", "Target groups '%s' not found", arn)
			}
		}
	}
	if len(list) > 1 { // only an action that authenticates, refused above, can come before another
		return wire.Errorf("ValidationError", "You must specify exactly one action of the types forward, redirect and fixed-response")
	}
	return nil
}

// checkAssociation refuses a target group that another load balancer uses already.
func (s *Service) checkAssociation(loadBalancer string, list []action) error {
	for _, arn := range forwards(list) {
		for _, user := range s.usedBy(arn) {
			if user != loadBalancer {
				return wire.Errorf("TargetGroupAssociationLimit", "The following target groups cannot be associated with more than one load balancer: %s", arn)
			}
		}
	}
	return nil
}

// filled adds to a forward action what the API tells of it: its target groups in both forms.
func filled(list []action) []action {
	one := 1
	out := slices.Clone(list)
	for i := range out {
		if a := &out[i]; a.Type == "forward" {
			switch {
			case a.ForwardConfig == nil:
				a.ForwardConfig = &forwardConfig{TargetGroups: []targetGroupTuple{{a.TargetGroupArn, &one}}, TargetGroupStickinessConfig: &stickinessConfig{}}
			case len(a.ForwardConfig.TargetGroups) == 1 && a.TargetGroupArn == "":
				a.TargetGroupArn = a.ForwardConfig.TargetGroups[0].TargetGroupArn
			}
		}
	}
	return out
}
