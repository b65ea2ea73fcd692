package console

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// hidden takes the place of a credential.
const hidden = "***"

// credentials are the variables whose values are.
var credentials = []string{"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "GITHUB_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"}

const (
	// leastSecret is the length from which a value is taken for a secret: "local" and "test" are words, too.
	leastSecret = 8
	// telling is the length from which the beginning of a value gives it away: plans cut long values.
	telling = 24
)

// shapes are texts that are credentials wherever they stand. What says so is kept, as the groups.
var shapes = []*regexp.Regexp{
	// Also one that is cut off. https://www.rfc-editor.org/rfc/rfc7468
	regexp.MustCompile(`(?s:-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\z))`),
	// As variables, in JSON, XML, credential files and printed structures.
	regexp.MustCompile(`(?i)((?:secret_?access_?key|session_?token)[\s:=>"'\\]{1,8})[a-z0-9/+=%]{30,}`),
	regexp.MustCompile(`(?i)(authorization["'\\]*\s*[:=]\s*["'\\\[]*(?:basic|bearer)\s+)[^\s"'\\,;\]]+`),
	// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
	regexp.MustCompile(`(?i)(x-amz-(?:security-token|signature)["'\\]*\s*[:=]\s*["'\\\[]*)[^\s"'\\,;&<>\]]+`),
	regexp.MustCompile(`(?i)([a-z][a-z0-9+.-]*://[^\s/:@?#"'<>]*:)[^\s/@?#"'<>]+(@)`),
	// What ECR gives to log in with is base64 of several hundred characters.
	// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_AuthorizationData.html
	regexp.MustCompile(`(?i)((?:password|authorization_?token)["'\\]*\s*[:=>]?\s*["'\\]*)[a-z0-9+/=_-]{64,}`),
	// https://github.blog/changelog/2021-03-31-authentication-token-format-updates-are-generally-available/
	regexp.MustCompile(`(^|[^A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9_-]{20,}(?:\.[A-Za-z0-9_-]+)*|github_pat_[A-Za-z0-9_]{20,})`),
}

// Redactor takes credentials out of texts: those of this process, and whatever has the shape of one. A text without
// any stays as it is.
type Redactor struct {
	values *regexp.Regexp // nil where there are none
}

// NewRedactor knows the credentials that getenv tells.
func NewRedactor(getenv func(string) string) *Redactor {
	var values []string
	for _, name := range credentials {
		if v := getenv(name); len(v) >= leastSecret {
			values = append(values, v, url.QueryEscape(v))
		}
	}
	if len(values) == 0 {
		return &Redactor{}
	}
	slices.SortFunc(values, func(a, b string) int { return len(b) - len(a) }) // one may begin with another
	var patterns, beginnings []string
	for _, v := range values {
		patterns = append(patterns, regexp.QuoteMeta(v))
		if len(v) > telling {
			beginnings = append(beginnings, regexp.QuoteMeta(v[:telling])+`[A-Za-z0-9+/=_.%-]*`)
		}
	}
	return &Redactor{regexp.MustCompile(strings.Join(append(patterns, beginnings...), "|"))}
}

// Text is s without credentials.
func (r *Redactor) Text(s string) string {
	if r.values != nil {
		s = r.values.ReplaceAllLiteralString(s, hidden)
	}
	for _, shape := range shapes {
		s = shape.ReplaceAllString(s, "${1}"+hidden+"${2}")
	}
	return s
}

// Failure is f without credentials; f stays as it is.
func (r *Redactor) Failure(f *Failure) *Failure {
	if f == nil {
		return nil
	}
	clean := *f
	clean.What, clean.Why = r.Text(f.What), r.Text(f.Why)
	clean.Evidence, clean.Next = r.texts(f.Evidence), r.texts(f.Next)
	return &clean
}

func (r *Redactor) texts(list []string) []string {
	clean := slices.Clone(list)
	for i, s := range clean {
		clean[i] = r.Text(s)
	}
	return clean
}

// event is e without credentials.
func (r *Redactor) event(e Event) Event {
	e.Subject, e.Parent, e.State, e.Text = r.Text(e.Subject), r.Text(e.Parent), r.Text(e.State), r.Text(e.Text)
	e.Failure = r.Failure(e.Failure)
	return e
}
