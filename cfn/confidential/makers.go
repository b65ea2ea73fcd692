package confidential

import (
	"regexp"
	"strings"
)

// token is how the tokens of one maker are written.
type token struct {
	maker   string // who gives them out
	pattern string
	has     string // a part of each; default: the letters with which the pattern begins
}

// services are cloud services whose tokens say by themselves what they are.
var services = []token{
	{maker: "1Password", pattern: `A3-[A-Z0-9]{6}-(?:[A-Z0-9]{6}-[A-Z0-9]{5}|[A-Z0-9]{11})-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}`},
	{maker: "1Password", pattern: `ops_eyJ[A-Za-z0-9+/=]{60,}`},
	{maker: "Adobe", pattern: `p8e-[a-z0-9]{32}\b`},
	{maker: "Airtable", pattern: `pat[A-Za-z0-9]{14}\.[0-9a-f]{64}`},
	{maker: "Alibaba Cloud", pattern: `LTAI[A-Za-z0-9]{17,20}\b`},
	{maker: "Artifactory", pattern: `AKCp[A-Za-z0-9]{60,}`},
	{maker: "Artifactory", pattern: `cmVmd[A-Za-z0-9]{59}\b`},
	{maker: "Atlassian", pattern: `ATATT3[A-Za-z0-9_=-]{30,}`},
	{maker: "Atlassian", pattern: `ATCTT3[A-Za-z0-9_=-]{50,}`},
	{maker: "Bitbucket", pattern: `ATBB[A-Za-z0-9]{32}`},
	{maker: "Brevo", pattern: `xkeysib-[0-9a-f]{64}-[A-Za-z0-9]{16}`},
	{maker: "Buildkite", pattern: `bkua_[0-9a-f]{40}`},
	{maker: "CircleCI", pattern: `CCIPAT_[A-Za-z0-9_]{40,}`},
	{maker: "Clojars", pattern: `CLOJARS_[a-z0-9]{60}`},
	{maker: "Cloudflare", pattern: `v1\.0-[0-9a-f]{24}-[0-9a-f]{146}`},
	{maker: "Contentful", pattern: `CFPAT-[A-Za-z0-9_-]{40,}`},
	{maker: "Databricks", pattern: `dapi[0-9a-f]{32}`},
	{maker: "Defined Networking", pattern: `dnkey-[a-z0-9=_-]{26}-[a-z0-9=_-]{52}`},
	{maker: "DigitalOcean", pattern: `do[por]_v1_[0-9a-f]{64}`},
	{maker: "Doppler", pattern: `dp\.(?:pt|st|ct|sa|scim|audit)\.(?:[a-z0-9_-]+\.)?[A-Za-z0-9]{40,}`},
	{maker: "Duffel", pattern: `duffel_(?:test|live)_[A-Za-z0-9_=-]{40,}`},
	{maker: "Dynatrace", pattern: `dt0c01\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{64}`},
	{maker: "Figma", pattern: `figd_[A-Za-z0-9_-]{40,}`},
	{maker: "Fly.io", pattern: `fm(?:1[ar]|2)_[A-Za-z0-9+/=]{60,}`},
	{maker: "Fly.io", pattern: `fo1_[A-Za-z0-9_-]{40,}`},
	{maker: "GitLab", pattern: `GR1348941[A-Za-z0-9_-]{20,}`},
	{maker: "Grafana", pattern: `eyJrIjoi[A-Za-z0-9]{70,}=*`},
	{maker: "Grafana", pattern: `glc_[A-Za-z0-9+/=]{32,}`},
	{maker: "Grafana", pattern: `glsa_[A-Za-z0-9]{32}_[0-9a-f]{8}`},
	{maker: "Harness", pattern: `[ps]at\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9]{24}\.[A-Za-z0-9]{20}`, has: "at."},
	{maker: "Heroku", pattern: `HRKU-AA[A-Za-z0-9_-]{50,}`},
	{maker: "HubSpot", pattern: `pat-(?:na|eu)[0-9]-[0-9a-f]{8}-[0-9a-f-]{27}`},
	{maker: "Hugging Face", pattern: `api_org_[A-Za-z]{34}`},
	{maker: "Infracost", pattern: `ico-[A-Za-z0-9]{32}\b`},
	{maker: "Linear", pattern: `lin_api_[A-Za-z0-9]{30,}`},
	{maker: "Linear", pattern: `lin_oauth_[A-Za-z0-9]{30,}`},
	{maker: "Mailchimp", pattern: `[0-9a-f]{32}-us[0-9]{1,2}\b`, has: "-us"},
	{maker: "Netlify", pattern: `nfp_[A-Za-z0-9]{36,}`},
	{maker: "New Relic", pattern: `NRAK-[A-Z0-9]{20,}`},
	{maker: "New Relic", pattern: `NRII-[A-Za-z0-9-]{32}`},
	{maker: "Notion", pattern: `ntn_[A-Za-z0-9]{40,}`},
	{maker: "Octopus Deploy", pattern: `API-[A-Z0-9]{26}\b`},
	{maker: "OpenShift", pattern: `sha256~[A-Za-z0-9_-]{43}`},
	{maker: "PlanetScale", pattern: `pscale_(?:pw|tkn|oauth)_[A-Za-z0-9_.-]{20,}`},
	{maker: "PostHog", pattern: `phx_[A-Za-z0-9_]{40,}`},
	{maker: "Postman", pattern: `PMAK-[A-Za-z0-9-]{30,}`},
	{maker: "Prefect", pattern: `pnu_[A-Za-z0-9]{36}`},
	{maker: "Pulumi", pattern: `pul-[0-9a-f]{40}`},
	{maker: "ReadMe", pattern: `rdme_[a-z0-9]{70}`},
	{maker: "Resend", pattern: `re_[A-Za-z0-9]{8,}_[A-Za-z0-9]{16,}`},
	{maker: "RubyGems", pattern: `rubygems_[0-9a-f]{48}`},
	{maker: "Sentry", pattern: `sntry[su]_[A-Za-z0-9+/=_-]{30,}`},
	{maker: "SettleMint", pattern: `sm_[aps]at_[A-Za-z0-9]{16}`},
	{maker: "Shopify", pattern: `shp(?:at|ss|ca|pa)_[0-9a-fA-F]{32}`},
	{maker: "Sourcegraph", pattern: `sgp_(?:[0-9a-fA-F]{16}_|local_)?[0-9a-fA-F]{40}`},
	{maker: "Supabase", pattern: `sb(?:p|_secret)_[A-Za-z0-9_]{20,}`},
	{maker: "Tailscale", pattern: `tskey-[a-z]+-[A-Za-z0-9-]{16,}`},
	{maker: "Terraform Cloud", pattern: `[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,}`, has: ".atlasv1."},
	{maker: "Typeform", pattern: `tfp_[A-Za-z0-9_.=-]{59}`},
	{maker: "Vercel", pattern: `vercel_blob_rw_[A-Za-z0-9_]{20,}`},
}

// payments are payment services whose keys do.
var payments = []token{
	{maker: "Braintree", pattern: `access_token\$production\$[0-9a-z]{16}\$[0-9a-f]{32}`},
	{maker: "Square", pattern: `EAAA[A-Za-z0-9_-]{60}\b`},
	{maker: "EasyPost", pattern: `EZ[AT]K[A-Za-z0-9]{54}`},
	{maker: "Flutterwave", pattern: `FLWSECK(?:_TEST)?-[0-9a-h]{12,}`},
	{maker: "Shippo", pattern: `shippo_(?:live|test)_[0-9a-fA-F]{40}`},
	{maker: "Square", pattern: `sq0(?:atp|csp)-[A-Za-z0-9_-]{22,}`},
}

// anyOf is the pattern of any of the tokens, and the parts of which each has one.
func anyOf(tokens []token) (has []string, pattern string) {
	var patterns []string
	for _, t := range tokens {
		if t.has == "" {
			t.has, _ = regexp.MustCompile(t.pattern).LiteralPrefix()
		}
		has, patterns = append(has, t.has), append(patterns, t.pattern)
	}
	return has, strings.Join(patterns, "|")
}
