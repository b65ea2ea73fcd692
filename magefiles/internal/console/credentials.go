package console

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/bellyfed/splitecs/cfn/confidential"
	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// credentialNames are the variables of this process whose values are credentials.
var credentialNames = []string{
	"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN", "GITHUB_TOKEN", "GH_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_RUNTIME_TOKEN",
	"NEXT_SERVER_ACTIONS_ENCRYPTION_KEY",
}

const (
	// leastSecret is the length from which a value is taken for a secret: "local" and "test" are words, too.
	leastSecret = 8
	// telling is the length from which the beginning of a value gives it away: plans cut long values.
	telling = 24
)

// credentials are those of this process, as they may stand in a text.
type credentials struct {
	values *lazyregexp.Regexp // nil where there are none
}

func credentialsOf(getenv func(string) string) credentials {
	var values []string
	for _, name := range credentialNames {
		if v := getenv(name); len(v) >= leastSecret {
			values = append(values, v, url.QueryEscape(v))
		}
	}
	if len(values) == 0 {
		return credentials{}
	}
	slices.SortFunc(values, func(a, b string) int { return len(b) - len(a) }) // one may begin with another
	var patterns, beginnings []string
	for _, v := range values {
		patterns = append(patterns, regexp.QuoteMeta(v))
		if len(v) > telling {
			beginnings = append(beginnings, regexp.QuoteMeta(v[:telling])+`[A-Za-z0-9+/=_.%-]*`)
		}
	}
	return credentials{lazyregexp.New(strings.Join(append(patterns, beginnings...), "|"))}
}

// redact is a text without them.
func (c credentials) redact(s string) string {
	if c.values == nil {
		return s
	}
	return c.values.ReplaceAllLiteralString(s, confidential.Hidden)
}
