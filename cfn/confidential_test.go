package cfn_test

import (
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/cfn"
)

func TestConfidential(t *testing.T) {
	for name, want := range map[string]bool{"DATABASE_PASSWORD": true, "NODE_ENV": false} {
		if got := cfn.Confidential(name); got != want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// What can only be a credential does not get into a template or an image; the message does not repeat it.
func TestCredentialsAreRefused(t *testing.T) {
	jwt := "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
	for _, c := range []struct {
		where, what string
		app         cfn.App
	}{
		{`Environments["dev"].Variables["V"]`, "a URL with a password", variable("V", "postgres://app:hunter2@db/app")},
		{`Environments["dev"].Variables["V"]`, "a JSON web token", variable("V", jwt)},
		{`Environments["dev"].Variables["AWS_SECRET_ACCESS_KEY"]`, "an AWS secret key", variable("AWS_SECRET_ACCESS_KEY", "hunter2")},
		{`Environments["dev"].Variables["AWS_SESSION_TOKEN"]`, "an AWS session token", variable("AWS_SESSION_TOKEN", "hunter2")},
		{`Environments["dev"].Variables["ECS_ENGINE_AUTH_DATA"]`, "the login of a registry", variable("ECS_ENGINE_AUTH_DATA", "hunter2")},
		{`Container.Command[1]`, "a URL with a password", cfn.App{Container: cfn.Container{Command: []string{"migrate", "postgres://app:hunter2@db/app"}}}},
		{`Container.HealthCheckCommand[1]`, "a JSON web token", cfn.App{Container: cfn.Container{HealthCheckCommand: []string{"CMD-SHELL", "curl -H " + jwt + " localhost"}}}},
		{`Image.Env["V"]`, "a JSON web token", cfn.App{Image: cfn.Image{Env: map[string]string{"V": jwt}}}},
		{`Image.Command[0]`, "a URL with a password", cfn.App{Image: cfn.Image{Command: []string{"amqp://a:hunter2@mq"}}}},
		{`Image.Labels["v"]`, "a URL with a credential in its query", cfn.App{Image: cfn.Image{Labels: map[string]string{"v": "https://x/?token=hunter2"}}}},
		{`Tags["v"]`, "a URL with a password", cfn.App{Tags: map[string]string{"v": "https://a:hunter2@x"}}},
	} {
		app := c.app
		app.Name, app.Region = "shop", "eu-central-1"
		if app.Environments == nil {
			app.Environments = map[string]cfn.Environment{"dev": {}}
		}
		err := app.Validate()
		if err == nil || !strings.Contains(err.Error(), c.where+": is "+c.what+",") || strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), jwt) {
			t.Errorf("%s: got %v", c.where, err)
		}
	}
	for _, value := range []string{"", "https://example.com/a@b", "postgres://db/app", "arn:aws:iam::123456789012:role/x", strings.Repeat("0123456789abcdef", 4)} {
		app := variable("V", value)
		app.Name, app.Region = "shop", "eu-central-1"
		if err := app.Validate(); err != nil {
			t.Errorf("%q: %v", value, err)
		}
	}
}

func variable(name, value string) cfn.App {
	return cfn.App{Environments: map[string]cfn.Environment{"dev": {Variables: map[string]string{name: value}}}}
}

// Who writes the secret where its ARN belongs does not read it in the message.
func TestASecretInPlaceOfItsARNIsNotRepeated(t *testing.T) {
	app := cfn.App{Name: "shop", Region: "eu-central-1", Environments: map[string]cfn.Environment{"dev": {Secrets: map[string]string{"PASSWORD": "hunter2"}}}}
	if err := app.Validate(); err == nil || strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), "is not the full ARN") {
		t.Errorf("got %v", err)
	}
}
