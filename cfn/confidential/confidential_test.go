package confidential_test

import (
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/cfn/confidential"
)

func TestName(t *testing.T) {
	for _, name := range strings.Fields(`DATABASE_PASSWORD SESSION_SECRET apiKey API_KEY GITHUB_TOKEN SIGNING_KEY DB_PASS SMTP_PASS MYSQL_PWD
		STRIPE_KEY LICENSE_KEY DATABASE_DSN BASIC_AUTH COOKIE_SALT DBPASS dbpassword PGPASSWORD dbPass userPassword x-api-key X-Amz-Security-Token
		AWS_SECRET_ACCESS_KEY SecretAccessKey AccessKeyId AWS_ACCESS_KEY_ID ECS_ENGINE_AUTH_DATA connection_string CONN_STR SQLCONNSTR sessionToken Set-Cookie Cookie
		private_key privateKey JWT_SIGNING_KEY jwtSecret REDIS_AUTH requirepass PASSPHRASE TOTP_SEED PASSWORD_HASH Authorization Proxy-Authorization SSHKey apikey
		ENCRYPTION_KEYS DBPassword APIKEYS JSESSIONID PHPSESSID session_id WEBHOOK_SIGNATURE config.db.password --db-password credentials ACTIONS_ID_TOKEN_REQUEST_TOKEN
		OPENAI_KEY_1 STRIPE_KEY_LIVE TLS_KEY_PEM PRIVATE_KEY_BASE64 DB_PASSWORD_2 STRIPEKEY SEED_PHRASE BASICAUTH JWT_PRIVATE connect.sid mot_de_passe`) {
		if !confidential.Name(name) {
			t.Errorf("%s is not taken for confidential", name)
		}
	}
	for _, name := range strings.Fields(`NODE_ENV PORT NEXT_PUBLIC_API_KEY KEYBOARD MONKEY TURKEY COMPASS BYPASS PASSENGERS AUTHOR AUTH_URL NEXTAUTH_URL KEY key Key
		KMS_KEY_ID PUBLIC_KEY PARTITION_KEY MAX_TOKENS prompt_tokens TOKENIZERS_PARALLELISM SECRETARY PASSWORD_FILE SECRET_NAME TOKEN_URL JsonWebTokenError
		CredentialsProviderError SALTED PIN_CODE OPINION SPIN HOTEL DATABASE_URL password-stdin KeyType object_key COMMIT_AUTHOR RequestToken ClientRequestToken nextToken NO_SECRETS
		PRIVATE_SUBNETS PRIVATE_DNS PrivateSubnetIds JWT_PUBLIC_KEY COOKIE_SAMESITE BCRYPT_SALT_ROUNDS JWT_EXPIRES_IN TOKEN_REFRESH_INTERVAL API_KEY_HEADER MONKEY_ISLAND PRIMARY_KEY_COLUMN token.js PARTITION_KEY_2`) {
		if confidential.Name(name) {
			t.Errorf("%s is taken for confidential", name)
		}
	}
}

// credentials are values of each kind. None of them is one: they are put together here, so that nobody takes this file for a leak.
func credentials() map[string]string {
	a := func(n int) string { return strings.Repeat("aB3", n/3+1)[:n] }
	return map[string]string{
		"postgres://app:hunter2@db/app":                        "a URL with a password",
		"postgres://app:hun@ter2@db/app":                       "a URL with a password",
		"redis://:hunter2@cache:6379":                          "a URL with a password",
		"https://api.example/v1?api_key=hunter2":               "a URL with a credential in its query",
		"mysql://db/app?user=a&password=hunter2":               "a URL with a credential in its query",
		"app:hunter2@tcp(db:3306)/shop":                        "a connection with a password",
		"host=db user=app password=hunter2":                    "a connection with a password",
		"Server=db;Database=shop;User Id=app;Password=hunter2": "a connection with a password",
		"AKIA" + "IOSFODNN7EXAMPLE":                            "an AWS access key",
		"x -----BEGIN RSA " + "PRIVATE KEY----- MII":           "a private key",
		"ghp_" + a(36):                                  "a GitHub token",
		"glpat-" + a(20):                                "a GitLab token",
		"sk_" + "live_" + a(24):                         "a Stripe key",
		"sk_" + "test_" + a(24):                         "a Stripe key",
		"xo" + "xb-123456789012-" + a(24):               "a Slack token",
		"AIza" + a(35):                                  "a Google API key",
		"npm_" + a(36):                                  "an npm token",
		"sk-ant-" + a(40):                               "a key of an AI service",
		"SG." + a(22) + "." + a(43):                     "a SendGrid key",
		"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0." + a(43): "a JSON web token",
		"glsa_" + a(32) + "_0a1b2c3d":                   "a cloud service's token",
		"ab18Q~" + a(34):                                "an Azure client secret",
		"LS0tLS1CRUdJTi" + "BSU0Eg" + a(60):             "a private key",
		"jdbc:sqlserver://db:1433;databaseName=x;user=sa;password=hunter2":                            "a connection with a password",
		"user=app password=hunter2 dbname=x":                                                          "a connection with a password",
		"root:hunter2@/app?parseTime=true":                                                            "a connection with a password",
		"app:hunter2@db.internal:3306/app":                                                            "a connection with a password",
		"https://shop.webhook.office" + ".com/webhookb2/" + a(36) + "@" + a(36) + "/IncomingWebhook/": "a webhook's URL",
		"duffel_" + "live_" + a(43):                                                                   "a cloud service's token",
		"dt0c01." + a(24) + "." + a(64):                                                               "a cloud service's token",
		"pat" + a(14) + "." + strings.Repeat("0a", 32):                                                "a cloud service's token",
		"A3-" + "AB12CD-EF34GH-AB12C-DE34F-GH56J-KL78M":                                               "a cloud service's token",
		"sha256~" + a(43):   "a cloud service's token",
		"EZ" + "AK" + a(54): "a payment service's key",
		"Bearer " + a(20):   "an Authorization header",
		"https://hooks.slack" + ".com/services/T00000000/B00000000/" + a(24): "a webhook's URL",
	}
}

func TestValue(t *testing.T) {
	for value, want := range credentials() {
		if got := confidential.Value(value); got != want {
			t.Errorf("%s: got %q, want %q", value, got, want)
		}
		if got := confidential.Redact("seen " + value + " there"); strings.Contains(got, value) || !strings.Contains(got, confidential.Hidden) {
			t.Errorf("%s: redacted to %q", value, got)
		}
		if confidential.Shown("GREETING", value) {
			t.Errorf("%s: would be shown", value)
		}
	}
}

// Values that people have in plain variables are no credentials.
func TestOrdinaryValues(t *testing.T) {
	for _, value := range []string{
		"", "https://example.com/a@b", "postgres://db/app", "postgres://app@db/app", "arn:aws:iam::123456789012:role/x", strings.Repeat("0123456789abcdef", 4),
		"https://example.com/?page=2&sort=name", "https://example.com/login?token_type=bearer", "postgres://app:${DB_PASSWORD}@db/app",
		"--max-old-space-size=512 --enable-source-maps", "/shop/dev/password", "*.example.com", "a,b,c", "key", "v1.2.3", "bearer", "Basic", "en_GB.UTF-8",
		"redis://cache:6379/0", "sk-learn", "npm_config_cache", "eyJ", "Server=db;Database=shop", "2026-11-30T12:00:00Z", "sha256:" + strings.Repeat("0a", 32),
		"user@example.com", "https://xoxo-gossip.example", "http://[::1]:3000/x@y", "jdbc:postgresql://db:5432/shop", "mailto:jane@example.com", `{"a":{"b":1}}`,
		"bearer token missing", "token count: 12", "Basic realm", "npm run start:prod -u app", "shop:v1@sha256:" + strings.Repeat("0a", 32), "user=app dbname=shop",
	} {
		if what := confidential.Value(value); what != "" {
			t.Errorf("%q is taken for %s", value, what)
		}
	}
}

func TestVariable(t *testing.T) {
	jwt := "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
	for _, c := range []struct{ name, value, want string }{
		{"AWS_ACCESS_KEY_ID", "x", "an AWS access key"}, {"AWS_SECRET_ACCESS_KEY", "x", "an AWS secret key"}, {"AWS_SESSION_TOKEN", "", "an AWS session token"},
		{"ECS_ENGINE_AUTH_DATA", "{}", "the login of a registry"}, {"DB_PASS", "hunter2", ""}, {"V", jwt, "a JSON web token"}, {"NEXT_PUBLIC_ANON", jwt, ""},
		{"NEXT_PUBLIC_DB", "postgres://a:b@c/d", "a URL with a password"},
	} {
		if got := confidential.Variable(c.name, c.value); got != c.want {
			t.Errorf("%s=%s: got %q, want %q", c.name, c.value, got, c.want)
		}
	}
}

func TestPlain(t *testing.T) {
	for _, v := range strings.Fields("1 -3 3.25 3000 1234567890 true false production debug eu-central-1 v2 db01 30s 512MiB node22 en_GB.UTF-8 1.2.3 api.internal info us-east-1a HelloWorld READY m5.large 0") {
		if !confidential.Plain(v) {
			t.Errorf("%q is not plain", v)
		}
	}
	for _, v := range append(strings.Fields("12345678901 hJ7kPq2xZ a1b2c3d4e5 5eaf00d15eaf00d2 Tr0ub4dor&3 xkqzvwpl dGhpcyBpcw a-very-long-value-indeed GSAGSKAPAUUMJCLH https://x p@ss CANARY9f3a1b7c 0a1b2c"), "two words", "a/b", "---") {
		if confidential.Plain(v) {
			t.Errorf("%q is plain", v)
		}
	}
}

func TestShown(t *testing.T) {
	for _, c := range []struct {
		name, value string
		want        bool
	}{
		{"NODE_ENV", "something/else?", true}, {"NEXT_PUBLIC_API", "https://api.example", true}, {"SPLITECS_LOCAL_SCENARIO", "exit:3", true}, {"WORKERS", "4", true}, {"FEATURE", "on", true},
		{"PIN", "1234", false}, {"DB_PASS", "hunter", false}, {"API_URL", "https://api.example", false}, {"GREETING", "good morning", false},
		{"LOG_LEVEL", "postgres://a:b@c/d", false},
	} {
		if got := confidential.Shown(c.name, c.value); got != c.want {
			t.Errorf("%s=%s: got %t", c.name, c.value, got)
		}
	}
}

// What each has is asked for first, and by it lines are passed over.
func TestEachShapeSaysWhatItHas(t *testing.T) {
	if shapes := confidential.WithoutPart(); len(shapes) > 0 {
		t.Errorf("these say nothing that they have: %q", shapes)
	}
}
