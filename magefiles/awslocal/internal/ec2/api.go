package ec2

import (
	"maps"
	"slices"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

// Wire is the API, as far as it reads networks: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/OperationList-query.html.
func (s *Service) Wire() *wire.Service {
	return &wire.Service{
		Name: "ec2", Version: "2016-11-15", Namespace: "http://ec2.amazonaws.com/doc/2016-11-15/",
		Operations: map[string]wire.Operation{
			"DescribeRouteTables":    wire.Op(s.describeRouteTables),
			"DescribeSecurityGroups": wire.Op(s.describeSecurityGroups),
			"DescribeSubnets":        wire.Op(s.describeSubnets),
			"DescribeVpcEndpoints":   wire.Op(s.describeVpcEndpoints),
			"DescribeVpcs":           wire.Op(s.describeVpcs),
		},
	}
}

type filter struct {
	Name  string
	Value []string
}

// kept are the things that every filter lets through. values are what a filter of a name looks at; a name that it
// does not know is nil. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html
func kept[T any](all []T, filters []filter, values func(T, string) []string) ([]T, error) {
	out := []T{}
	for _, f := range filters {
		if len(f.Value) == 0 {
			return nil, wire.Errorf("InvalidParameterValue", "The filter '%s' has no values", f.Name)
		}
		var none T
		if values(none, f.Name) == nil {
			return nil, wire.Errorf("InvalidParameterValue", "The filter '%s' is invalid (the embedded AWS takes only what it models)", f.Name)
		}
	}
	for _, one := range all {
		if !slices.ContainsFunc(filters, func(f filter) bool {
			return !slices.ContainsFunc(values(one, f.Name), func(v string) bool { return slices.Contains(f.Value, v) })
		}) {
			out = append(out, one)
		}
	}
	return out, nil
}

// picked are the things with these ids; no ids pick all. One that is not there is refused.
func picked[T any](all []T, ids []string, id func(T) string, code, text string) ([]T, error) {
	if len(ids) == 0 {
		return all, nil
	}
	for _, wanted := range ids {
		if !slices.ContainsFunc(all, func(one T) bool { return id(one) == wanted }) {
			return nil, wire.Errorf(code, text, wanted)
		}
	}
	return slices.DeleteFunc(all, func(one T) bool { return !slices.Contains(ids, id(one)) }), nil
}

type tag struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

func tagSet(tags map[string]string) []tag {
	var out []tag
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		out = append(out, tag{k, tags[k]})
	}
	return out
}

func (it *item) flag(name string) bool { b, _ := it.Properties[name].(bool); return b }

func (it *item) texts(name string) []string {
	list, _ := it.Properties[name].([]any)
	var out []string
	for _, one := range list {
		if text, ok := one.(string); ok {
			out = append(out, text)
		}
	}
	return out
}

func (it *item) attribute(name string) string { t, _ := it.Attributes[name].(string); return t }

// every item of a kind.
func (s *Service) every(k kind) []*item { return s.live(k, func(*item) bool { return true }) }

// number is a property that is a number; nil where it is not given.
func number(v any) *int {
	f, ok := v.(float64)
	if !ok {
		return nil
	}
	return new(int(f))
}

func text(v any) string { t, _ := v.(string); return t }
