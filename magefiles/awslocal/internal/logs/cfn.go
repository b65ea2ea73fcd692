package logs

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
)

type groupProperties struct {
	DeletionProtectionEnabled bool
	KmsKeyId                  string
	LogGroupClass             string
	LogGroupName              string
	RetentionInDays           int
	Tags                      []struct{ Key, Value string }
}

// groupType is https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-logs-loggroup.html
func (s *Service) groupType() resource.Type {
	return resource.Type{
		Name: "AWS::Logs::LogGroup",
		Properties: resource.Properties{
			"BearerTokenAuthenticationEnabled": resource.Bool,
			"DataProtectionPolicy":             resource.Any,
			"DeletionProtectionEnabled":        resource.Bool,
			"FieldIndexPolicies":               resource.ListOf(resource.Any),
			"KmsKeyId":                         resource.Str,
			"LogGroupClass":                    resource.Str.OneOf("STANDARD", "INFREQUENT_ACCESS", "DELIVERY"),
			"LogGroupName":                     resource.Str.Fixed(),
			"ResourcePolicyDocument":           resource.Any,
			"RetentionInDays":                  resource.Int,
			"Tags":                             resource.Tags,
		},
		Named:      "LogGroupName",
		Attributes: []string{"Arn"},
		Takes:      3 * time.Second,
		Deletes:    3 * time.Second,
		Create: func(r resource.Request) (string, error) {
			p, err := resource.Decode[groupProperties](r.Properties)
			if err != nil {
				return "", err
			}
			name := cmp.Or(p.LogGroupName, r.Stack+"-"+r.LogicalID+"-"+strings.ToUpper(s.w.Hex(12)))
			if !groupForm.MatchString(name) {
				return "", resource.Failed("InvalidRequest", "Properties validation failed for resource %s with message: #/LogGroupName: failed validation constraint for keyword [pattern]", r.LogicalID)
			}
			if s.LogGroupExists(name) {
				return "", resource.Failed("AlreadyExists", "Resource of type 'AWS::Logs::LogGroup' with identifier '{\"/properties/LogGroupName\":\"%s\"}' already exists.", name)
			}
			g := s.newGroup(name)
			if err := g.set(p, r); err != nil {
				return "", err
			}
			s.state.Groups.Put(name, g)
			return name, nil
		},
		Update: func(r resource.Request) error {
			p, err := resource.Decode[groupProperties](r.Properties)
			if err != nil {
				return err
			}
			g := s.state.Groups.Get(r.PhysicalID)
			if g == nil {
				return groupNotFound(r.PhysicalID)
			}
			s.w.Changed()
			return g.set(p, r)
		},
		Delete: func(r resource.Request) error {
			g := s.state.Groups.Get(r.PhysicalID)
			if g == nil {
				return nil
			}
			if g.Protected {
				return resource.Failed("InvalidRequest", "The log group cannot be deleted because deletion protection is enabled.")
			}
			s.removeGroup(g)
			return nil
		},
		Attribute: func(id, _ string) (any, error) {
			return s.acct.ARN("logs", "log-group:"+id) + ":*", nil
		},
		Read:        s.readGroup,
		Identifiers: []string{"LogGroupName"},
		Retag: func(id string, set map[string]string, remove []string) error {
			g := s.state.Groups.Get(id)
			if g == nil {
				return groupNotFound(id)
			}
			g.Tags = resource.Retagged(g.Tags, set, remove)
			s.w.Changed()
			return nil
		},
	}
}

func groupNotFound(name string) error {
	return resource.Failed("NotFound", "Resource of type 'AWS::Logs::LogGroup' with identifier '{\"/properties/LogGroupName\":\"%s\"}' was not found.", name)
}

// readGroup is a log group as it is now; policies on it are not modelled, and so are what they are expected to be.
func (s *Service) readGroup(r resource.Request) (map[string]any, bool, error) {
	g := s.state.Groups.Get(r.PhysicalID)
	if g == nil {
		return nil, false, nil
	}
	actual := maps.Clone(r.Properties)
	if actual == nil {
		actual = map[string]any{}
	}
	for _, name := range []string{"KmsKeyId", "RetentionInDays"} {
		delete(actual, name)
	}
	if g.KMSKey != "" {
		actual["KmsKeyId"] = g.KMSKey
	}
	if g.Retention != 0 {
		actual["RetentionInDays"] = g.Retention
	}
	actual["LogGroupName"], actual["LogGroupClass"], actual["DeletionProtectionEnabled"] = g.Name, g.Class, g.Protected
	actual["Tags"] = resource.OwnTags(r, g.Tags)
	return actual, true, nil
}

// unmodelled properties are refused by name where a template uses them.
var unmodelled = []string{"BearerTokenAuthenticationEnabled", "DataProtectionPolicy", "FieldIndexPolicies", "ResourcePolicyDocument"}

// set what can be changed.
func (g *group) set(p groupProperties, r resource.Request) error {
	for _, name := range unmodelled {
		if r.Properties[name] != nil {
			return resource.Failed("InvalidRequest", "The embedded AWS does not model the property %s.", name)
		}
	}
	if p.RetentionInDays != 0 && !slices.Contains(retentions, p.RetentionInDays) {
		return resource.Failed("InvalidRequest", "Properties validation failed for resource %s with message: #/RetentionInDays: %d is not a valid enum value", r.LogicalID, p.RetentionInDays)
	}
	g.Retention, g.KMSKey, g.Class, g.Protected = p.RetentionInDays, p.KmsKeyId, cmp.Or(p.LogGroupClass, "STANDARD"), p.DeletionProtectionEnabled
	g.Tags = map[string]string{}
	maps.Copy(g.Tags, r.Tags)
	for _, t := range p.Tags {
		g.Tags[t.Key] = t.Value
	}
	return nil
}
