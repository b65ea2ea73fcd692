package confidential

import (
	"regexp"
	"strings"
)

// shape is how a kind of credential is written.
type shape struct {
	what      string   // with its article
	pattern   string   // of the credential alone
	has       []string // parts of which each has one
	published bool     // there are some of the kind that browsers are given
}

// shapes are those that cannot be anything else. Where a maker says how they are written, that is
// what stands here; the lengths are the least that were seen.
var shapes = []shape{
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
	{what: "an AWS access key", has: []string{"AKIA", "ASIA"}, pattern: `\b(?:AKIA|ASIA)[A-Z2-7]{16}\b`},
	// https://github.blog/changelog/2021-03-31-authentication-token-format-updates-are-generally-available/
	{what: "a GitHub token", has: []string{"ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"}, pattern: `\b(?:gh[pousr]_[A-Za-z0-9_-]{20,}(?:\.[A-Za-z0-9_-]+)*|github_pat_[A-Za-z0-9_]{20,})`},
	// https://docs.gitlab.com/security/tokens/#token-prefixes
	{what: "a GitLab token", has: []string{"gl"}, pattern: `\b(?:glpat|gldt|glrt|glptt|glcbt|glft|glimt|glagent|gloas|glsoat)-[A-Za-z0-9_-]{20,}(?:\.[A-Za-z0-9_-]+)*`},
	// https://docs.stripe.com/keys
	{what: "a Stripe key", has: []string{"sk_", "rk_", "whsec_"}, pattern: `\b(?:[sr]k_(?:live|test)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9+/=]{20,})`},
	// https://docs.slack.dev/authentication/tokens
	{what: "a Slack token", has: []string{"xox", "xapp-"}, pattern: `\bx(?:ox[abceprs]|app)-[A-Za-z0-9.-]{10,}`},
	{what: "a webhook's URL", has: []string{"hooks.slack.com", "api/webhooks"}, pattern: `\bhooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9/_-]{16,}|\bdiscord(?:app)?\.com/api/webhooks/[0-9]+/[A-Za-z0-9_-]{16,}`},
	// https://docs.cloud.google.com/docs/authentication/api-keys; browsers are given those of Firebase and Maps.
	{what: "a Google API key", has: []string{"AIza"}, pattern: `\bAIza[A-Za-z0-9_-]{30,}`, published: true},
	{what: "a Google token", has: []string{"ya29.", "GOCSPX-"}, pattern: `\b(?:ya29\.[A-Za-z0-9_-]{20,}|GOCSPX-[A-Za-z0-9_-]{20,})`},
	// https://github.blog/security/announcing-npms-new-access-token-format/
	{what: "an npm token", has: []string{"npm_"}, pattern: `\bnpm_[A-Za-z0-9]{30,}`},
	{what: "a PyPI token", has: []string{"pypi-"}, pattern: `\bpypi-[A-Za-z0-9_-]{50,}`},
	{what: "a key of an AI service", has: []string{"sk-", "hf_", "gsk_", "r8_"}, pattern: `\b(?:sk-(?:ant|proj|svcacct|admin|or)-[A-Za-z0-9_-]{16,}|sk-[A-Za-z0-9]{40,}|hf_[A-Za-z0-9]{30,}|gsk_[A-Za-z0-9]{40,}|r8_[A-Za-z0-9]{30,})`},
	{what: "a SendGrid key", has: []string{"SG."}, pattern: `\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}`},
	{what: "a HashiCorp Vault token", has: []string{"hv"}, pattern: `\bhv[sbr]\.[A-Za-z0-9_-]{20,}`},
	{what: "a Docker token", has: []string{"dckr_"}, pattern: `\bdckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}`},
	{what: "a cloud service's token", has: []string{"do", "dapi", "shp", "sntry", "NRAK-", "PMAK-", "ATATT3", "pscale_", "sbp_", "sb_secret_", "lin_api_", "tskey-", "vercel_blob_rw_", "re_"}, pattern: `\b(?:do[por]_v1_[0-9a-f]{64}|dapi[0-9a-f]{32}|shp(?:at|ss|ca|pa)_[0-9a-fA-F]{32}|sntry[su]_[A-Za-z0-9+/=_-]{30,}|NRAK-[A-Z0-9]{20,}|PMAK-[A-Za-z0-9-]{30,}|ATATT3[A-Za-z0-9_=-]{30,}|pscale_(?:pw|tkn|oauth)_[A-Za-z0-9_.-]{20,}|sb(?:p|_secret)_[A-Za-z0-9_]{20,}|lin_api_[A-Za-z0-9]{30,}|tskey-[a-z]+-[A-Za-z0-9-]{16,}|vercel_blob_rw_[A-Za-z0-9_]{20,}|re_[A-Za-z0-9]{8,}_[A-Za-z0-9]{16,})`},
	{what: "a Telegram bot's token", has: []string{":AA"}, pattern: `\b[0-9]{8,10}:AA[A-Za-z0-9_-]{32,}`},
	{what: "a private key", has: []string{"AGE-SECRET-KEY"}, pattern: `\bAGE-SECRET-KEY-1[A-Z0-9]{50,}`},
	// https://www.rfc-editor.org/rfc/rfc7519; a header begins with {" in base64. Browsers are given some.
	{what: "a JSON web token", has: []string{"eyJ", "eyK"}, pattern: `\bey[JK][A-Za-z0-9_-]{8,}\.(?:ey[JK])?[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)*`, published: true},
}

// compiled are the shapes, by their place in the table.
var compiled = func() (all []*regexp.Regexp) {
	for _, s := range shapes {
		all = append(all, regexp.MustCompile(s.pattern))
	}
	return all
}()

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
	for i, re := range compiled {
		if re.MatchString(value) {
			return shapes[i].what, shapes[i].published
		}
	}
	if authorization.MatchString("authorization: " + value) {
		return "an Authorization header", false
	}
	return "", false
}

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
