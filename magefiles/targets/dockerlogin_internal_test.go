package targets

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
)

// A password of ECR that is over is as if there were none; one of another form is taken as it is.
func TestALoginOfECRThatIsOver(t *testing.T) {
	const host = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
	now := time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)
	token := func(end time.Time) string {
		return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, `{"payload":"x","datakey":"y","version":"2","type":"DATA_KEY","expiration":%d}`, end.Unix()))
	}
	for name, c := range map[string]struct {
		user, password string
		taken          bool
	}{
		"over":                        {"AWS", token(now.Add(-time.Hour)), false},
		"good":                        {"AWS", token(now.Add(time.Hour)), true},
		"over, of somebody else":      {"ci", token(now.Add(-time.Hour)), true},
		"in another form":             {"AWS", "of another form", true},
		"in another form of JSON":     {"AWS", base64.StdEncoding.EncodeToString([]byte(`{"payload":"x"}`)), true},
		"with an end that is no time": {"AWS", base64.StdEncoding.EncodeToString([]byte(`{"expiration":"soon"}`)), true},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			t.Setenv("DOCKER_CONFIG", dir)
			auth := base64.StdEncoding.EncodeToString([]byte(c.user + ":" + c.password))
			text, err := json.Marshal(map[string]any{"auths": map[string]any{host: map[string]string{"auth": auth}}})
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "config.json"), text, 0o600); err != nil {
				t.Fatal(err)
			}
			found, err := dockerLogins{now: func() time.Time { return now }}.Resolve(registryHost(host))
			if err != nil || (found != authn.Anonymous) != c.taken {
				t.Errorf("got %v %v", found, err)
			}
		})
	}
}
