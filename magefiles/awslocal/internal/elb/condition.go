package elb

import (
	"slices"
	"strings"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

// What the values of a rule's conditions may be.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RuleCondition.html
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html
const (
	valuesPerRule    = 5 // of all conditions together, as are the wildcards
	wildcardsPerRule = 6
	conditionLength  = 128
)

var (
	hostForm        = lazyregexp.New(`^[A-Za-z0-9.*?-]*$`)
	pathForm        = lazyregexp.New(`^[A-Za-z0-9_.$/~"'@:+&*?-]*$`)
	conditionFields = []string{"path-pattern", "host-header", "http-header", "http-request-method", "query-string", "source-ip"}
)

// checkConditions refuses what CreateRule and ModifyRule refuse.
func checkConditions(list []condition) error {
	if len(list) == 0 {
		return wire.Errorf("ValidationError", "A condition must be specified")
	}
	total, wildcards := 0, 0
	var seen []string
	for _, c := range list {
		if err := c.check(); err != nil {
			return err
		}
		if slices.Contains(seen, c.Field) && c.Field != "http-header" && c.Field != "query-string" {
			return wire.Errorf("ValidationError", "A rule can only have one '%s' condition", c.Field)
		}
		values, patterns := c.values()
		seen, total = append(seen, c.Field), total+len(values)+len(patterns)
		for _, v := range values {
			wildcards += strings.Count(v, "*") + strings.Count(v, "?")
		}
	}
	switch {
	case total > valuesPerRule:
		return wire.Errorf("ValidationError", "A rule can only have '%d' condition values and regex values", valuesPerRule)
	case wildcards > wildcardsPerRule:
		return wire.Errorf("ValidationError", "A rule can only have '%d' condition wildcards", wildcardsPerRule)
	}
	return nil
}

// check refuses a condition that is wrong by itself.
func (c condition) check() error {
	switch {
	case c.Field == "":
		return wire.Errorf("ValidationError", "A condition field must be specified")
	case !slices.Contains(conditionFields, c.Field):
		return wire.Errorf("ValidationError", "Condition field '%s' must be one of '[%s]'", c.Field, strings.Join(conditionFields, ","))
	}
	configs := c.configs()
	for _, field := range conditionFields {
		if configs[field] && field != c.Field {
			return wire.Errorf("ValidationError", "A '%s' condition cannot have the configuration of a '%s' condition", c.Field, field)
		}
	}
	byPattern := c.Field == "path-pattern" || c.Field == "host-header"
	switch {
	case len(c.Values) > 0 && !byPattern:
		return wire.Errorf("ValidationError", "The 'Values' field is not compatible with '%s'", c.Field)
	case len(c.RegexValues) > 0 && !byPattern && c.Field != "http-header":
		return wire.Errorf("ValidationError", "The 'RegexValues' field is not compatible with '%s'", c.Field)
	case len(c.Values) > 0 && configs[c.Field]:
		return wire.Errorf("ValidationError", "A '%s' condition cannot have both values and a configuration", c.Field)
	case len(c.Values) > 1: // more than one needs the configuration
		return wire.Errorf("ValidationError", "The '%s' field contains too many values; the limit is '1'", c.Field)
	}
	values, patterns := c.values()
	all := append(slices.Clone(values), patterns...)
	if len(all) == 0 || slices.Contains(all, "") {
		return wire.Errorf("ValidationError", "A condition value must be specified")
	}
	form := map[string]*lazyregexp.Regexp{"path-pattern": pathForm, "host-header": hostForm}[c.Field]
	for _, v := range all {
		if len(v) > conditionLength {
			return wire.Errorf("ValidationError", "The '%s' value is too long; the limit is '%d'", c.Field, conditionLength)
		}
	}
	for _, v := range values {
		if form != nil && !form.MatchString(v) {
			return wire.Errorf("ValidationError", "Condition value '%s' contains a character that is not valid", v)
		}
	}
	return nil
}

// configs tells of each field whether the condition has its configuration.
func (c condition) configs() map[string]bool {
	return map[string]bool{
		"path-pattern": c.PathPatternConfig != nil, "host-header": c.HostHeaderConfig != nil, "http-header": c.HttpHeaderConfig != nil,
		"http-request-method": c.HttpRequestMethodConfig != nil, "query-string": c.QueryStringConfig != nil, "source-ip": c.SourceIpConfig != nil,
	}
}

// values are a condition's values and its regular expressions, in whichever form it gives them.
func (c condition) values() (values, patterns []string) {
	values, patterns = slices.Clone(c.Values), slices.Clone(c.RegexValues)
	for _, config := range []*conditionValues{c.PathPatternConfig, c.HostHeaderConfig, c.HttpRequestMethodConfig, c.SourceIpConfig} {
		if config != nil {
			values, patterns = append(values, config.Values...), append(patterns, config.RegexValues...)
		}
	}
	if c.HttpHeaderConfig != nil {
		values, patterns = append(values, c.HttpHeaderConfig.Values...), append(patterns, c.HttpHeaderConfig.RegexValues...)
	}
	if c.QueryStringConfig != nil {
		for _, pair := range c.QueryStringConfig.Values {
			values = append(values, pair.Value)
		}
	}
	return values, patterns
}

// toldConditions are conditions as the API tells them: paths and hosts in both forms.
func toldConditions(list []condition) []condition {
	out := slices.Clone(list)
	for i := range out {
		c := &out[i]
		values, patterns := c.values()
		both := &conditionValues{Values: values, RegexValues: patterns}
		switch c.Field {
		case "path-pattern":
			c.Values, c.RegexValues, c.PathPatternConfig = values, patterns, both
		case "host-header":
			c.Values, c.RegexValues, c.HostHeaderConfig = values, patterns, both
		}
	}
	return out
}
