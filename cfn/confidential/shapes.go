package confidential

import (
	"slices"
	"strings"
	"sync"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// shape is how a kind of credential is written.
type shape struct {
	what      string   // with its article
	pattern   string   // of the credential alone
	has       []string // parts of which each has one
	of        []token  // in the place of pattern and has: any of these
	published bool     // there are some of the kind that browsers are given

	form *lazyregexp.Regexp // what stands before the pattern is its group
}

// known are the shapes that cannot be anything else. Where a maker says how they are written, that is
// what stands here; the lengths are the least that were seen.
var known = []shape{
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
	{what: "an AWS access key", has: []string{"AKIA", "ASIA", "ABIA"}, pattern: `(?:AKIA|ASIA|ABIA)[A-Z2-7]{16}\b`},
	// https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html
	{what: "an AWS access key", has: []string{"ABSK", "bedrock-api-key-"}, pattern: `(?:ABSK[A-Za-z0-9+/]{100,}=*|bedrock-api-key-[A-Za-z0-9+/=_-]{40,})`},
	// https://github.blog/changelog/2021-03-31-authentication-token-format-updates-are-generally-available/
	{what: "a GitHub token", has: []string{"ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"}, pattern: `(?:gh[pousr]_[A-Za-z0-9_-]{20,}(?:\.[A-Za-z0-9_-]+)*|github_pat_[A-Za-z0-9_]{20,})`},
	// https://docs.gitlab.com/security/tokens/#token-prefixes
	{what: "a GitLab token", has: []string{"gl"}, pattern: `(?:glpat|gldt|glrt|glptt|glcbt|glft|glimt|glagent|gloas|glsoat|glffct|glwt)-[A-Za-z0-9_-]{20,}(?:\.[A-Za-z0-9_-]+)*`},
	// https://docs.stripe.com/keys
	{what: "a Stripe key", has: []string{"sk_", "rk_", "whsec_"}, pattern: `(?:[sr]k_(?:live|test)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9+/=]{20,})`},
	// https://docs.slack.dev/authentication/tokens
	{what: "a Slack token", has: []string{"xox", "xapp-"}, pattern: `x(?:ox[abceprs]|app)-[A-Za-z0-9.-]{10,}`},
	{what: "a webhook's URL", has: []string{"hooks.slack.com", "api/webhooks", "webhook.office.com", "hooks.zapier.com"}, pattern: `hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9/_-]{16,}|discord(?:app)?\.com/api/webhooks/[0-9]+/[A-Za-z0-9_-]{16,}|[a-z0-9-]+\.webhook\.office\.com/webhookb2/[A-Za-z0-9@/-]{36,}|hooks\.zapier\.com/hooks/catch/[0-9]+/[A-Za-z0-9]+`},
	// https://docs.cloud.google.com/docs/authentication/api-keys; browsers are given those of Firebase and Maps.
	{what: "a Google API key", has: []string{"AIza"}, pattern: `AIza[A-Za-z0-9_-]{30,}`, published: true},
	{what: "a Google token", has: []string{"ya29.", "GOCSPX-", "1//0", "c2VydmljZV9hY2NvdW50", "InNlcnZpY2VfYWNjb3VudCI"}, pattern: `(?:1//0[A-Za-z0-9_-]{40,}|eyJ0eXBlIjoic2VydmljZV9hY2NvdW50[A-Za-z0-9+/=]+|ewogICJ0eXBlIjogInNlcnZpY2VfYWNjb3VudCI[A-Za-z0-9+/=]+|ya29\.[A-Za-z0-9_-]{20,}|GOCSPX-[A-Za-z0-9_-]{20,})`},
	// https://github.blog/security/announcing-npms-new-access-token-format/
	{what: "an npm token", has: []string{"npm_"}, pattern: `npm_[A-Za-z0-9]{30,}`},
	{what: "a PyPI token", has: []string{"pypi-"}, pattern: `pypi-[A-Za-z0-9_-]{50,}`},
	{what: "a key of an AI service", has: []string{"sk-", "hf_", "gsk_", "r8_", "xai-", "pplx-"}, pattern: `(?:sk-(?:ant|proj|svcacct|admin|or)-[A-Za-z0-9_-]{16,}|sk-[A-Za-z0-9]{40,}|hf_[A-Za-z0-9]{30,}|gsk_[A-Za-z0-9]{40,}|r8_[A-Za-z0-9]{30,}|xai-[A-Za-z0-9]{60,}|pplx-[A-Za-z0-9]{40,})`},
	{what: "a SendGrid key", has: []string{"SG."}, pattern: `SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}`},
	{what: "a HashiCorp Vault token", has: []string{"hv"}, pattern: `hv[sbr]\.[A-Za-z0-9_-]{20,}`},
	{what: "a Docker token", has: []string{"dckr_"}, pattern: `dckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}`},
	{what: "a cloud service's token", of: services},
	{what: "a payment service's key", of: payments},
	// https://learn.microsoft.com/purview/sit-defn-client-secret-api-key
	{what: "an Azure client secret", has: []string{"Q~"}, pattern: `[A-Za-z0-9_~.-]{3}[78]Q~[A-Za-z0-9_~.-]{31,34}`},
	// -----BEGIN of one that is encoded once more: RSA, none, EC, OPENSSH, ENCRYPTED, DSA.
	{what: "a private key", has: []string{"LS0tLS1CRUdJTi"}, pattern: `LS0tLS1CRUdJTi(?:BSU0Eg|BQUklW|BFQyBQ|BPUEVO|BFTkNS|BEU0Eg)[A-Za-z0-9+/=_-]{40,}`},
	{what: "a Telegram bot's token", has: []string{":AA"}, pattern: `[0-9]{8,10}:AA[A-Za-z0-9_-]{32,}`},
	{what: "a private key", has: []string{"AGE-SECRET-KEY"}, pattern: `AGE-SECRET-KEY-1[A-Z0-9]{50,}`},
	// https://www.rfc-editor.org/rfc/rfc7519; a header begins with {" in base64. Browsers are given some.
	{what: "a JSON web token", has: []string{"eyJ", "eyK"}, pattern: `ey[JK][A-Za-z0-9_-]{8,}\.(?:ey[JK])?[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)*`, published: true},
}

// before is what stands before a credential: the beginning, what is neither letter nor digit, or an escaped character.
const before = `(^|[^A-Za-z0-9]|\\[nrt]|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2}|%[0-9A-Fa-f]{2})`

// shapes are the known ones, with their forms.
var shapes = sync.OnceValue(func() []shape {
	all := slices.Clone(known)
	for i := range all {
		s := &all[i]
		if s.of != nil {
			s.has, s.pattern = anyOf(s.of)
		}
		s.form = lazyregexp.New(before + `(?:` + s.pattern + `)`)
	}
	return all
})

// Value says what kind of credential a value certainly is, such as "a private key"; empty where it is none, as far as its
// shape tells. The value itself is not in the answer.
func Value(value string) string {
	what, _ := kind(value)
	return what
}

// kind is that, and whether there are some of the kind that browsers are given.
func kind(value string) (what string, published bool) {
	if pemBegin.MatchString(value) {
		return "a private key", false
	}
	if what := urlCredential(value); what != "" {
		return what, false
	}
	for _, s := range shapes() {
		if s.form.MatchString(value) {
			return s.what, s.published
		}
	}
	if m := header.FindStringSubmatch(value); m != nil && !Plain(m[1]) {
		return "an Authorization header", false
	}
	return "", false
}

// header is all that an Authorization header says.
var header = lazyregexp.New(`(?i)^\s*(?:basic|bearer|token|apikey|negotiate|ntlm)\s+([^\s"'\\,;\]]{4,})\s*$`)

// forbidden are variables that hold credentials whatever their values are: the agent and the SDK take them from there, in the
// place of the task's role.
// https://docs.aws.amazon.com/securityhub/latest/userguide/ecs-controls.html#ecs-8
var forbidden = map[string]string{
	"AWS_ACCESS_KEY_ID":     "an AWS access key",
	"AWS_SECRET_ACCESS_KEY": "an AWS secret key",
	"AWS_SESSION_TOKEN":     "an AWS session token",
	"ECS_ENGINE_AUTH_DATA":  "the login of a registry",
}

// Variable says what kind of credential a plain variable certainly holds, by its name or its value; empty where it holds
// none. A value of which there are some that browsers are given may stand under NEXT_PUBLIC_.
func Variable(name, value string) string {
	if what := forbidden[name]; what != "" {
		return what
	}
	what, published := kind(value)
	if published && strings.HasPrefix(name, publicPrefix) {
		return ""
	}
	return what
}
