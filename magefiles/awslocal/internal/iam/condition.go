package iam

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// operator of a condition.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
type operator struct {
	set      string // "ForAllValues", "ForAnyValue", or empty
	ifExists bool
	null     bool
	negated  bool
	match    func(wanted, actual string) bool
}

// comparisons are the operators that are evaluated, without Not.
var comparisons = map[string]func(wanted, actual string) bool{
	"StringEquals":             func(wanted, actual string) bool { return wanted == actual },
	"StringEqualsIgnoreCase":   strings.EqualFold,
	"StringLike":               matches,
	"ArnEquals":                matchesARN, // the two are the same
	"ArnLike":                  matchesARN,
	"Bool":                     strings.EqualFold,
	"NumericEquals":            numeric(func(wanted, actual float64) bool { return actual == wanted }),
	"NumericLessThan":          numeric(func(wanted, actual float64) bool { return actual < wanted }),
	"NumericLessThanEquals":    numeric(func(wanted, actual float64) bool { return actual <= wanted }),
	"NumericGreaterThan":       numeric(func(wanted, actual float64) bool { return actual > wanted }),
	"NumericGreaterThanEquals": numeric(func(wanted, actual float64) bool { return actual >= wanted }),
}

func numeric(compare func(wanted, actual float64) bool) func(string, string) bool {
	return func(wanted, actual string) bool {
		w, errWanted := strconv.ParseFloat(wanted, 64)
		a, errActual := strconv.ParseFloat(actual, 64)
		return errWanted == nil && errActual == nil && compare(w, a)
	}
}

// operatorOf reads the name of an operator.
func operatorOf(name string) (operator, error) {
	var o operator
	text := name
	if set, rest, ok := strings.Cut(text, ":"); ok {
		o.set, text = set, rest
	}
	if o.set != "" && o.set != "ForAllValues" && o.set != "ForAnyValue" {
		return o, fmt.Errorf("syntax errors in policy: %s is no condition operator", name)
	}
	if text == "Null" {
		o.null = true
		return o, nil
	}
	text, o.ifExists = strings.CutSuffix(text, "IfExists")
	for _, kind := range []string{"String", "Arn", "Numeric"} {
		if rest, ok := strings.CutPrefix(text, kind+"Not"); ok {
			text, o.negated = kind+rest, true
		}
	}
	o.match = comparisons[text]
	if o.match == nil {
		return o, fmt.Errorf("the embedded AWS does not evaluate the condition operator %s", name)
	}
	return o, nil
}

// holds tells whether a condition holds for the values of its key in the context, of which there are none where the key is
// absent. A positive operator wants one of the values, a negated one none of them.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html
func (o operator) holds(wanted, actual []string) bool {
	one := func(value string) bool {
		is := slices.ContainsFunc(wanted, func(w string) bool { return o.match(w, value) })
		return is != o.negated
	}
	switch {
	case o.null:
		absent := strconv.FormatBool(len(actual) == 0)
		return slices.ContainsFunc(wanted, func(w string) bool { return strings.EqualFold(w, absent) })
	case o.set == "ForAllValues":
		return !slices.ContainsFunc(actual, func(v string) bool { return !one(v) })
	case len(actual) == 0:
		return o.ifExists || o.negated && o.set == ""
	case o.negated && o.set == "":
		return !slices.ContainsFunc(actual, func(v string) bool { return !one(v) })
	}
	return slices.ContainsFunc(actual, one)
}
