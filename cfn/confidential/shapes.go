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
	{what: "a cloud service's token", has: []string{"do", "dapi", "shp", "sntry", "NRAK-", "PMAK-", "ATATT3", "pscale_", "sbp_", "sb_secret_", "lin_api_", "tskey-", "vercel_blob_rw_", "re_"}, pattern: `(?:do[por]_v1_[0-9a-f]{64}|dapi[0-9a-f]{32}|shp(?:at|ss|ca|pa)_[0-9a-fA-F]{32}|sntry[su]_[A-Za-z0-9+/=_-]{30,}|NRAK-[A-Z0-9]{20,}|PMAK-[A-Za-z0-9-]{30,}|ATATT3[A-Za-z0-9_=-]{30,}|pscale_(?:pw|tkn|oauth)_[A-Za-z0-9_.-]{20,}|sb(?:p|_secret)_[A-Za-z0-9_]{20,}|lin_api_[A-Za-z0-9]{30,}|tskey-[a-z]+-[A-Za-z0-9-]{16,}|vercel_blob_rw_[A-Za-z0-9_]{20,}|re_[A-Za-z0-9]{8,}_[A-Za-z0-9]{16,})`},
	{what: "a cloud service's token", has: []string{"rubygems_", "figd_", "CFPAT-", ".atlasv1.", "dp.", "phx_", "glc_", "glsa_", "pul-", "ntn_", "HRKU-AA", "nfp_", "CCIPAT_", "bkua_", "ops_eyJ", "fm1", "fm2_", "ATBB", "ATCTT3", "AKCp", "xkeysib-", "pat-", "-us"},
		pattern: `(?:rubygems_[0-9a-f]{48}|figd_[A-Za-z0-9_-]{40,}|CFPAT-[A-Za-z0-9_-]{40,}|[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,}|dp\.(?:pt|st|ct|sa|scim|audit)\.(?:[a-z0-9_-]+\.)?[A-Za-z0-9]{40,}|phx_[A-Za-z0-9_]{40,}|glc_[A-Za-z0-9+/=]{32,}|glsa_[A-Za-z0-9]{32}_[0-9a-f]{8}|pul-[0-9a-f]{40}|ntn_[A-Za-z0-9]{40,}|HRKU-AA[A-Za-z0-9_-]{50,}|nfp_[A-Za-z0-9]{36,}|CCIPAT_[A-Za-z0-9_]{40,}|bkua_[0-9a-f]{40}|ops_eyJ[A-Za-z0-9+/=]{60,}|fm(?:1[ar]|2)_[A-Za-z0-9+/=]{60,}|ATBB[A-Za-z0-9]{32}|ATCTT3[A-Za-z0-9_=-]{50,}|AKCp[A-Za-z0-9]{60,}|xkeysib-[0-9a-f]{64}-[A-Za-z0-9]{16}|pat-(?:na|eu)[0-9]-[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32}-us[0-9]{1,2}\b)`},
	{what: "a cloud service's token", has: []string{"A3-", "p8e-", "LTAI", "cmVmd", "CLOJARS_", "v1.0-", "duffel_", "dt0c01.", "fo1_", "GR1348941", "eyJrIjoi", "sat.", "pat.", "ico-", "rdme_", "sgp_", "sm_", "tfp_", "pnu_", "lin_oauth_", "dnkey-", "API-", "sha256~", "NRII-", "api_org_", "pat"},
		pattern: `(?:A3-[A-Z0-9]{6}-(?:[A-Z0-9]{6}-[A-Z0-9]{5}|[A-Z0-9]{11})-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}|p8e-[a-z0-9]{32}\b|LTAI[A-Za-z0-9]{17,20}\b|cmVmd[A-Za-z0-9]{59}\b|CLOJARS_[a-z0-9]{60}|v1\.0-[0-9a-f]{24}-[0-9a-f]{146}|duffel_(?:test|live)_[A-Za-z0-9_=-]{40,}|dt0c01\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{64}|fo1_[A-Za-z0-9_-]{40,}|GR1348941[A-Za-z0-9_-]{20,}|eyJrIjoi[A-Za-z0-9]{70,}=*|[ps]at\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{20}|ico-[A-Za-z0-9]{32}\b|rdme_[a-z0-9]{70}|sgp_(?:[0-9a-fA-F]{16}_|local_)?[0-9a-fA-F]{40}|sm_[aps]at_[A-Za-z0-9]{16}|tfp_[A-Za-z0-9_.=-]{59}|pnu_[A-Za-z0-9]{36}|lin_oauth_[A-Za-z0-9]{30,}|dnkey-[a-z0-9=_-]{26}-[a-z0-9=_-]{52}|API-[A-Z0-9]{26}\b|sha256~[A-Za-z0-9_-]{43}|NRII-[A-Za-z0-9-]{32}|api_org_[A-Za-z]{34}|pat[A-Za-z0-9]{14}\.[0-9a-f]{64})`},
	{what: "a payment service's key", has: []string{"EZAK", "EZTK", "FLWSECK", "shippo_"}, pattern: `(?:EZ[AT]K[A-Za-z0-9]{54}|FLWSECK(?:_TEST)?-[0-9a-h]{12,}|shippo_(?:live|test)_[0-9a-fA-F]{40})`},
	{what: "a payment service's key", has: []string{"sq0", "EAAA", "access_token$production$"}, pattern: `(?:sq0(?:atp|csp)-[A-Za-z0-9_-]{22,}|EAAA[A-Za-z0-9_-]{60}\b|access_token\$production\$[0-9a-z]{16}\$[0-9a-f]{32})`},
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

// compiled are the shapes, by their place in the table; what stands before one is the group.
var compiled = func() (all []*regexp.Regexp) {
	for _, s := range shapes {
		all = append(all, regexp.MustCompile(before+`(?:`+s.pattern+`)`))
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
	if m := header.FindStringSubmatch(value); m != nil && !Plain(m[1]) {
		return "an Authorization header", false
	}
	return "", false
}

// header is all that an Authorization header says.
var header = regexp.MustCompile(`(?i)^\s*(?:basic|bearer|token|apikey|negotiate|ntlm)\s+([^\s"'\\,;\]]{4,})\s*$`)

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
