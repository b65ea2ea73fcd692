package cfn_test

import (
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/cfn"
)

func TestConfidential(t *testing.T) {
	for name, want := range map[string]bool{
		"DATABASE_PASSWORD": true, "SESSION_SECRET": true, "apiKey": true, "API_KEY": true, "GITHUB_TOKEN": true, "SIGNING_KEY": true,
		"NODE_ENV": false, "PORT": false, "NEXT_PUBLIC_API_KEY": false, "KEYBOARD": false, "MONKEY": false,
	} {
		if got := cfn.Confidential(name); got != want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// A value that can only be a credential does not get into a template; the message does not repeat it.
func TestCredentialsAreNoVariables(t *testing.T) {
	for value, what := range map[string]string{
		"postgres://app:hunter2@db/app":              "a URL with a password",
		"AKIA" + "IOSFODNN7EXAMPLE":                  "an AWS access key",
		"x -----BEGIN RSA " + "PRIVATE KEY----- MII": "a private key",
		"ghp_" + strings.Repeat("a1", 18):            "a GitHub token",
		"sk_live_" + strings.Repeat("a1", 12):        "a Stripe key",
	} {
		app := cfn.App{Name: "shop", Region: "eu-central-1", Environments: map[string]cfn.Environment{"dev": {Variables: map[string]string{"V": value}}}}
		err := app.Validate()
		if err == nil || !strings.Contains(err.Error(), `Environments["dev"].Variables["V"]: is `+what) || strings.Contains(err.Error(), value) {
			t.Errorf("%s: got %v", what, err)
		}
	}
	for _, value := range []string{"", "https://example.com/a@b", "postgres://db/app", "arn:aws:iam::123456789012:role/x", strings.Repeat("0123456789abcdef", 4)} {
		app := cfn.App{Name: "shop", Region: "eu-central-1", Environments: map[string]cfn.Environment{"dev": {Variables: map[string]string{"V": value}}}}
		if err := app.Validate(); err != nil {
			t.Errorf("%q: %v", value, err)
		}
	}
}
