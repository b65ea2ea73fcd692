package confidential

import (
	"slices"
	"strings"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// ownPrefix begins the names of this library's own variables.
const ownPrefix = "SPLITECS_"

// harmless are names of variables whose values everybody may see.
var harmless = []string{
	"NODE_ENV", "APP_ENV", "RAILS_ENV", "ENVIRONMENT", "STAGE", "PORT", "HOST", "HOSTNAME", "LOG_LEVEL", "LOG_FORMAT", "TZ", "LANG", "LC_ALL",
	"AWS_REGION", "AWS_DEFAULT_REGION", "NEXT_TELEMETRY_DISABLED",
}

// Shown tells whether a plain variable may be shown by its value: its name is known to be harmless, or neither name nor
// value says anything else and the value is [Plain].
func Shown(name, value string) bool {
	switch {
	case Value(value) != "":
		return false
	case slices.Contains(harmless, name), strings.HasPrefix(name, publicPrefix), strings.HasPrefix(name, ownPrefix):
		return true
	}
	return !Name(name) && Plain(value)
}

const (
	// longestWord is how long a short word is at most.
	longestWord = 20
	// mostDigits is how many digits a plain number has at most: that of a card has more.
	mostDigits = 10
)

var (
	number = lazyregexp.New(`^[+-]?[0-9]+(?:\.[0-9]+)?$`)
	// part is a word, a number, or one behind the other: v2, db01, 30s, 512MiB. A word may be written in CamelCase, with
	// three letters or more between capitals.
	part = lazyregexp.New(`^(?:[0-9]{0,4}[A-Z]{0,3}(?:[A-Z]?[a-z]{3,})*[a-z]{0,3}|[0-9]{0,4}[A-Z]{1,10}|[0-9]{1,4}[A-Za-z]{0,3})[0-9]{0,3}$`)
	// unspeakable is what words do not have: many consonants in a row, or no vowel.
	unspeakable = lazyregexp.New(`(?i)[bcdfghjklmnpqrstvwxz]{6}`)
	vowel       = lazyregexp.New(`(?i)[aeiouy]`)
	letters     = lazyregexp.New(`[A-Za-z]{6,}`)
)

// Plain tells whether a value is a number of at most ten digits, a boolean or a short word, which says nothing to those
// who should not know it. A short word has at most twenty letters, digits, dashes, underscores and dots, and does not look
// random: between these marks stand words that can be spoken and short numbers.
func Plain(value string) bool {
	if value == "" || len(value) > longestWord {
		return value == ""
	}
	if number.MatchString(value) {
		return len(strings.Trim(value, "+-")) <= mostDigits
	}
	digits := 0
	for _, p := range strings.FieldsFunc(value, func(r rune) bool { return strings.ContainsRune("-_.", r) }) {
		if !part.MatchString(p) || unspeakable.MatchString(p) {
			return false
		}
		for _, word := range letters.FindAllString(p, -1) {
			if !vowel.MatchString(word) {
				return false
			}
		}
		digits += len(p) - len(strings.TrimRight(p, "0123456789"))
	}
	return digits <= mostDigits && strings.Trim(value, "-_.") != ""
}
