package targets_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/targets"
)

// A warning in a log is read by nobody: RefuseSecrets ends the run before anything is sent, and says how it goes on.
func TestSecretsInAnImageAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.write("app/prod.env", "DB_PASS=x")
	w.write("app/data/blob", "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSj\n")
	w.write("app/sub/.git/config", "token")
	w.run(imageBuild)
	w.want(0, "warning: /app/prod.env is in the image and looks like a secret", "warning: /app/data/blob is in the image and looks like a secret")

	w.app.Image.RefuseSecrets = true
	for _, target := range []func(targets.Set, context.Context) error{imageBuild, localUp} {
		w.run(target)
		w.want(5, "files in the image look like secrets, which everybody who may pull it can read: /app/data/blob, /app/prod.env",
			"next: take them out of the source", `App.Image.AllowedSecrets = []string{"/app/data/blob", "/app/prod.env"}`)
	}
	w.app.Image.AllowedSecrets = []string{"/app/data"}
	w.run(imageBuild)
	w.want(5, "read: /app/prod.env\n")
	w.app.Image.AllowedSecrets = []string{"/app/data/*", "/app/prod.env"}
	w.run(imageBuild)
	w.want(0)
	if strings.Contains(w.err.String(), "looks like a secret") {
		t.Errorf("what is allowed is warned of:\n%s", &w.err)
	}

	w.app.Image.AllowedSecrets = nil
	for i := range 30 {
		w.write(fmt.Sprintf("app/%02d.key", i), "x")
	}
	w.run(imageBuild)
	w.want(5, "/app/19.key, and 12 more")
}
