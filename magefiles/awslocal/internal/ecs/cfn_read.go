package ecs

import (
	"maps"
	"reflect"
	"strings"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
)

// propertiesOf is the reverse of what [schemaOf] does: a shape of the API as the properties of a resource. Members
// that the API would leave out are left out.
func propertiesOf(v reflect.Value) map[string]any {
	out := map[string]any{}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || strings.Contains(options, "omit") && v.Field(i).IsZero() {
			continue
		}
		name = strings.ToUpper(name[:1]) + name[1:]
		if other := f.Tag.Get("cfn"); other != "" {
			name = other
		}
		out[name] = valueOf(v.Field(i))
	}
	return out
}

func valueOf(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return valueOf(v.Elem())
	case reflect.Struct:
		return propertiesOf(v)
	case reflect.Slice:
		out := make([]any, v.Len())
		for i := range v.Len() {
			out[i] = valueOf(v.Index(i))
		}
		return out
	case reflect.Map:
		out := make(map[string]any, v.Len())
		for _, k := range v.MapKeys() {
			out[k.String()] = valueOf(v.MapIndex(k))
		}
		return out
	}
	return v.Interface()
}

// readService is a service as DescribeServices tells it. What names a cluster or a task definition in another way
// than the template, but is the same, is given in the template's words.
func (s *Service) readService(r resource.Request) (map[string]any, bool, error) {
	v := s.byARN(r.PhysicalID)
	if v == nil || v.Status != "ACTIVE" {
		return nil, false, nil
	}
	actual := propertiesOf(reflect.ValueOf(v.Settings))
	actual["PlacementStrategies"] = actual["PlacementStrategy"]
	actual["DesiredCount"], actual["ServiceName"], actual["Cluster"] = v.Desired, v.Name, v.Cluster
	actual["SchedulingStrategy"] = "REPLICA"
	actual["DeploymentController"] = map[string]any{"Type": "ECS"}
	actual["Tags"] = resource.OwnTags(r, toMap(v.Tags))
	if text, _ := r.Properties["Cluster"].(string); text != "" {
		if c, err := s.cluster(text); err == nil && c.ClusterARN == v.ClusterARN {
			actual["Cluster"] = text
		}
	}
	if text, _ := r.Properties["TaskDefinition"].(string); text != "" {
		if d, err := s.taskDefinition(text); err == nil && d.TaskDefinitionARN == v.Settings.TaskDefinition {
			actual["TaskDefinition"] = text
		}
	}
	for _, name := range []string{"ForceNewDeployment", "Role"} { // cannot be read
		if expected, ok := r.Properties[name]; ok {
			actual[name] = expected
		}
	}
	return actual, true, nil
}

// identifyService is the physical id of the service with these identifiers.
func identifyService(identifiers map[string]string) string { return identifiers["ServiceArn"] }

func (s *Service) retagService(arn string, set map[string]string, remove []string) error {
	if v := s.byARN(arn); v != nil {
		v.Tags = fromMap(resource.Retagged(toMap(v.Tags), set, remove))
		s.w.Changed()
	}
	return nil
}

// readCluster is a cluster as DescribeClusters tells it.
func (s *Service) readCluster(r resource.Request) (map[string]any, bool, error) {
	c := s.state.Clusters.Look(r.PhysicalID)
	if c == nil || c.Status != "ACTIVE" {
		return nil, false, nil
	}
	actual := propertiesOf(reflect.ValueOf(*c))
	settings := map[string]string{}
	for _, one := range c.Settings {
		settings[one.Name] = one.Value
	}
	actual["ClusterSettings"] = resource.Select(r.Properties["ClusterSettings"], settings, "Name", "Value")
	actual["Tags"] = resource.OwnTags(r, toMap(c.Tags))
	return only(actual, "ClusterName", "ClusterSettings", "Configuration", "CapacityProviders", "DefaultCapacityProviderStrategy",
		"ServiceConnectDefaults", "Tags"), true, nil
}

// only the named ones of a resource's properties.
func only(properties map[string]any, names ...string) map[string]any {
	out := make(map[string]any, len(names))
	for _, name := range names {
		if v, ok := properties[name]; ok {
			out[name] = v
		}
	}
	return out
}

func (s *Service) retagCluster(name string, set map[string]string, remove []string) error {
	if c := s.state.Clusters.Get(name); c != nil {
		c.Tags = fromMap(resource.Retagged(toMap(c.Tags), set, remove))
		s.w.Changed()
	}
	return nil
}

func (s *Service) readCapacity(r resource.Request) (map[string]any, bool, error) {
	c, err := s.cluster(r.PhysicalID)
	if err != nil {
		return nil, false, nil
	}
	actual := only(propertiesOf(reflect.ValueOf(*c)), "CapacityProviders", "DefaultCapacityProviderStrategy")
	actual["Cluster"] = r.Properties["Cluster"]
	return actual, true, nil
}

// readTaskDefinition is a revision: it cannot change, apart from its tags, but it can be deregistered.
func (s *Service) readTaskDefinition(r resource.Request) (map[string]any, bool, error) {
	d, err := s.taskDefinition(r.PhysicalID)
	if err != nil || d.Status != "ACTIVE" {
		return nil, false, nil
	}
	actual := maps.Clone(r.Properties)
	if actual == nil {
		actual = map[string]any{}
	}
	actual["Tags"] = resource.OwnTags(r, s.state.Tags.Look(r.PhysicalID))
	return actual, true, nil
}

func (s *Service) retagTaskDefinition(arn string, set map[string]string, remove []string) error {
	s.state.Tags.Put(arn, resource.Retagged(s.state.Tags.Look(arn), set, remove))
	return nil
}
