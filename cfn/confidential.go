package cfn

import (
	"regexp"
	"strings"
)

var confidentialName = regexp.MustCompile(`(?i)(passw|secret|token|credential|(private|api|access|signing|encryption)_?key)`)

// Confidential tells whether a variable's name says that its value is not for everybody's eyes: plans do not show
// it. What begins with NEXT_PUBLIC_ is in every visitor's browser anyway.
// https://nextjs.org/docs/app/guides/environment-variables
func Confidential(name string) bool {
	return confidentialName.MatchString(name) && !strings.HasPrefix(name, "NEXT_PUBLIC_")
}

// credentials are shapes of values that cannot be anything else, with what they are.
var credentials = []struct {
	what  string
	shape *regexp.Regexp
}{
	{"an AWS access key", regexp.MustCompile(`\b(AKIA|ASIA)[A-Z2-7]{16}\b`)},
	{"a private key", regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----`)},
	{"a GitHub token", regexp.MustCompile(`\b(gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})`)},
	{"a Stripe key", regexp.MustCompile(`\b[sr]k_live_[A-Za-z0-9]{16,}`)},
	{"a URL with a password", regexp.MustCompile(`\b[a-z][a-z0-9+.-]*://[^/\s:@]+:[^/\s:@]+@`)},
}

// credential says what kind of credential a value is; empty where it is none, as far as its shape tells.
func credential(value string) string {
	for _, c := range credentials {
		if c.shape.MatchString(value) {
			return c.what
		}
	}
	return ""
}
