package targets_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/targets"
)

func TestBadInputIsRefusedBeforeAnythingIsSent(t *testing.T) {
	t.Parallel()
	deploy := func(env string) func(targets.Set, context.Context) error {
		return in(env, targets.Set.InfraDeploy)
	}
	cases := []struct {
		name string
		f    func(targets.Set, context.Context) error
		set  string
		said string
	}{
		{"flag", deploy("-x"), "", `"-x" is not the name of an environment`},
		{"upper case", deploy("Prod"), "", `"Prod" is not the name`},
		{"path", deploy("../dev"), "", `"../dev" is not the name`},
		{"empty", deploy(""), "", `"" is not the name`},
		{"unknown", deploy("staging"), "", `unknown environment "staging"; known are dev, local`},
		{"approve", deploy("local"), "SPLITECS_APPROVE=yes", `SPLITECS_APPROVE="yes"`},
		{"timeout", deploy("local"), "SPLITECS_TIMEOUT=soon", `SPLITECS_TIMEOUT="soon"`},
		{"negative timeout", deploy("local"), "SPLITECS_TIMEOUT=-1m", `SPLITECS_TIMEOUT="-1m"`},
		{"output", deploy("local"), "SPLITECS_OUTPUT=xml", `SPLITECS_OUTPUT="xml"`},
		{"cache", deploy("local"), "SPLITECS_CACHE=on", `SPLITECS_CACHE="on": use off, or the path of a folder`},
		{"cache that is a file", deploy("local"), "SPLITECS_CACHE=/dev/null", `SPLITECS_CACHE="/dev/null"`},
		{"speed", deploy("local"), "SPLITECS_LOCAL_SPEED=0", `SPLITECS_LOCAL_SPEED="0"`},
		{"speed that is no number", deploy("local"), "SPLITECS_LOCAL_SPEED=NaN", `SPLITECS_LOCAL_SPEED="NaN"`},
		{"port", deploy("local"), "SPLITECS_LOCAL_PORT=http", `SPLITECS_LOCAL_PORT="http": not a port`},
		{"port that is none", deploy("local"), "SPLITECS_LOCAL_PORT=65536", `SPLITECS_LOCAL_PORT="65536"`},
		{"scenario", deploy("local"), "SPLITECS_LOCAL_SCENARIO=sulk", `SPLITECS_LOCAL_SCENARIO="sulk"`},
		{"environment of an image", imagePush, "SPLITECS_ENV=Prod", `"Prod" is not the name`},
		{"image", serviceDeploy, "SPLITECS_IMAGE=a b", "a b"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			if c.name == "image" {
				w.run(infraDeploy)
				w.want(0)
			}
			w.run(c.f, c.set)
			w.want(2, c.said)
			if w.out.Len() > 0 {
				t.Errorf("stdout: %q", &w.out)
			}
			if _, err := os.Stat(w.env["SPLITECS_LOCAL_DIR"]); err == nil && c.name != "image" {
				t.Error("the embedded AWS was started")
			}
		})
	}
}

func TestInvalidConfigurationIsToldInFull(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dev := w.app.Environments["dev"]
	dev.CPU, dev.MaxTasks = 300, -1
	w.app.Environments["dev"] = dev
	w.run(infraDeploy)
	w.want(2, `Environments["dev"].CPU: 300`, `Environments["dev"].MaxTasks`)
}

func TestServiceWithoutInfra(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run(serviceDeploy, "SPLITECS_IMAGE=v1")
	w.want(4, "ShopEcsInfraStack-local does not exist", "next: go tool mage infra:deploy local")
	w.run(imagePush, "SPLITECS_TAG=v1")
	w.want(4, "ShopEcsInfraStack-local does not exist", "next: go tool mage infra:deploy local")
	w.run(serviceStatus)
	w.want(4, "does not exist", "next: go tool mage service:deploy local")
	w.run(serviceRollback)
	w.want(4, "does not exist")
}

// An AWS that only says who is calling, and counts every other call.
func stsOnly(t *testing.T, account string) (url string, others *int) {
	t.Helper()
	others = new(int)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		if r.Form.Get("Action") != "GetCallerIdentity" {
			*others++
			w.WriteHeader(http.StatusForbidden)
			return
		}
		w.Header().Set("Content-Type", "text/xml")
		_, _ = w.Write([]byte(`<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>` +
			`<Arn>arn:aws:iam::` + account + `:user/x</Arn><UserId>x</UserId><Account>` + account + `</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`))
	}))
	t.Cleanup(server.Close)
	return server.URL, others
}

// awsEnvironment sets what the SDK reads, which is the process's own environment.
func awsEnvironment(t *testing.T, set ...string) {
	t.Helper()
	for _, kv := range os.Environ() {
		if k, _, _ := strings.Cut(kv, "="); strings.HasPrefix(k, "AWS_") && k != "AWS_CA_BUNDLE" {
			t.Setenv(k, "")
			_ = os.Unsetenv(k)
		}
	}
	t.Setenv("HOME", t.TempDir())
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	for _, kv := range set {
		k, v, _ := strings.Cut(kv, "=")
		t.Setenv(k, v)
	}
}

func TestAnotherAccountIsRefused(t *testing.T) {
	w := newWorld(t)
	dev := w.app.Environments["dev"]
	dev.AccountID = "111111111111"
	w.app.Environments["dev"] = dev
	url, others := stsOnly(t, "222222222222")
	awsEnvironment(t, "AWS_ENDPOINT_URL="+url, "AWS_ACCESS_KEY_ID=x", "AWS_SECRET_ACCESS_KEY=y")
	w.run(in("dev", targets.Set.InfraDeploy), "AWS_ENDPOINT_URL="+url)
	w.want(3, "belongs to account 111111111111, and these credentials to 222222222222")
	if *others > 0 {
		t.Errorf("%d calls were made to the wrong account", *others)
	}
}

func TestMissingCredentials(t *testing.T) {
	w := newWorld(t)
	url, others := stsOnly(t, "222222222222")
	awsEnvironment(t, "AWS_ENDPOINT_URL="+url)
	w.run(in("dev", targets.Set.InfraDeploy), "AWS_ENDPOINT_URL="+url)
	w.want(3, "AWS_PROFILE")
	if *others > 0 {
		t.Errorf("%d calls were made without credentials", *others)
	}
}

func TestDeniedCallsEndWithTheirCode(t *testing.T) {
	w := newWorld(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/xml")
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte(`<ErrorResponse><Error><Type>Sender</Type><Code>ExpiredToken</Code><Message>The security token included in the request is expired</Message></Error></ErrorResponse>`))
	}))
	defer server.Close()
	awsEnvironment(t, "AWS_ENDPOINT_URL="+server.URL, "AWS_ACCESS_KEY_ID=x", "AWS_SECRET_ACCESS_KEY=y")
	w.run(in("dev", targets.Set.InfraDeploy), "AWS_ENDPOINT_URL="+server.URL)
	w.want(3, "is expired", "sign in again")
}
