package targets_test

import (
	"encoding/base64"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/awslocal"
)

// onBase lets the image of the application have a base.
func (w *world) onBase(base string) {
	w.app.Image = cfn.Image{Entrypoint: []string{"/app/server"}, Base: base}
}

// refusing is a registry that gives one answer to everything but the first question.
func refusing(t *testing.T, status int, code, message string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v2/" {
			return
		}
		w.WriteHeader(status)
		io.WriteString(w, `{"errors":[{"code":"`+code+`","message":"`+message+`"}]}`)
	}))
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://")
}

// A base that cannot be read is told with another next step than the command that failed, and with the code of its cause.
func TestABaseThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		host string
		code int
		said []string
	}{
		"nobody listens": {host: net.JoinHostPort("127.0.0.1", port(t)), code: 5, said: []string{"connection refused", "next: open the way to 127.0.0.1:", "HTTPS_PROXY", "name another base as App.Image.Base"}},
		"no such host":   {host: "registry.invalid", code: 5, said: []string{"registry.invalid", "next: look at the name of the registry in App.Image.Base", "skopeo copy docker://registry.invalid/base:1"}},
		"absent":         {host: refusing(t, 404, "MANIFEST_UNKNOWN", "manifest unknown"), code: 5, said: []string{"manifest unknown", "next: look at name, tag or digest in App.Image.Base", "next: skopeo list-tags docker://127.0.0.1:"}},
		"unauthorised":   {host: refusing(t, 401, "UNAUTHORIZED", "authentication required"), code: 3, said: []string{"authentication required", "next: docker login 127.0.0.1:", "registries answer so for what does not exist"}},
		"forbidden":      {host: refusing(t, 403, "DENIED", "requested access to the resource is denied"), code: 3, said: []string{"is denied", "next: docker login 127.0.0.1:"}},
		"limited":        {host: refusing(t, 429, "TOOMANYREQUESTS", "pull rate limit"), code: 5, said: []string{"pull rate limit", "next: docker login 127.0.0.1:"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.onBase(c.host + "/base:1")
			w.run(imageBuild)
			w.want(c.code, append(c.said, "read base "+c.host+"/base:1 for linux/amd64")...)
			if strings.Contains(w.err.String(), "next: go tool mage image:build") {
				t.Errorf("the same command is the next one:\n%s", &w.err)
			}
		})
	}
}

// port is one that nobody listens on.
func port(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	_, p, err := net.SplitHostPort(l.Addr().String())
	must(t, err)
	return p
}

// A base in a private repository of ECR is read with the AWS credentials at hand, by every target that makes an image,
// in any account and region of the embedded AWS; where these are refused, the action is told.
func TestABaseInPrivateECR(t *testing.T) {
	w := twoEnvironments(t)
	w.run(imagePush)
	w.want(0)
	base := strings.TrimSpace(w.out.String())
	w.onBase(base)
	w.write("app/more.txt", "on the base")
	w.run(imagePush, "SPLITECS_TAG=v2")
	w.want(0, "pushed")
	w.run(imageBuild)
	w.want(0)
	for _, host := range []string{"111111111111.dkr.ecr.eu-west-1.localhost", "000000000000.dkr.ecr-fips.us-east-1.localhost"} {
		_, rest, _ := strings.Cut(base, "/")
		w.onBase(host + "/" + rest)
		w.run(imageBuild)
		w.want(0)
	}
	w.onBase(base)
	elsewhere := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(elsewhere.Close)
	w.run(imagePush, "SPLITECS_REPOSITORY="+strings.TrimPrefix(elsewhere.URL, "http://")+"/app")
	w.want(0, "pushed")
	w.onBase(strings.Replace(base, "shop-dev", "not-there", 1))
	w.run(imageBuild)
	w.want(5, "next: look at name, tag or digest in App.Image.Base")
}

// So it is in environment local, where nothing listens on a port of its own.
func TestABaseInTheECROfLocal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.env["SPLITECS_TAG"] = "v1"
	w.infra()
	w.run(imagePush)
	w.want(0)
	w.onBase(strings.TrimSpace(w.out.String()))
	w.run(imageBuild)
	w.want(0)
	w.run(imagePush, "SPLITECS_TAG=v2")
	w.want(0, "pushed")
}

// ECR's refusal names the action, and comes with the policy that has it.
func TestDeniedCredentialsForABase(t *testing.T) {
	fault, err := awslocal.ParseFault("fault:ecr:GetAuthorizationToken:denied")
	if err != nil {
		t.Fatal(err)
	}
	w := twoEnvironments(t, fault)
	w.onBase("000000000000.dkr.ecr.ap-southeast-1.localhost/shop-dev:1")
	w.run(imageBuild)
	w.want(3, "GetAuthorizationToken", "AccessDenied", "next: let the role do what the message names", "go tool mage infra:policy dev")
}

// What docker login left goes first. Where that is refused, it is what has to go.
func TestALoginGoesBeforeTheAWSCredentials(t *testing.T) {
	w := twoEnvironments(t)
	w.run(imagePush)
	w.want(0)
	base := strings.TrimSpace(w.out.String())
	w.onBase(base)
	host, _, _ := strings.Cut(base, "/")
	config := t.TempDir()
	login := base64.StdEncoding.EncodeToString([]byte("AWS:of yesterday"))
	must(t, os.WriteFile(filepath.Join(config, "config.json"), []byte(`{"auths":{"`+host+`":{"auth":"`+login+`"}}}`), 0o600))
	t.Setenv("DOCKER_CONFIG", config)
	w.run(imageBuild)
	w.want(3, "next: docker logout "+host)
	// A password of ECR's says itself that it is over.
	over := base64.StdEncoding.EncodeToString([]byte(`{"payload":"x","datakey":"y","version":"2","type":"DATA_KEY","expiration":1762000000}`))
	login = base64.StdEncoding.EncodeToString([]byte("AWS:" + over))
	must(t, os.WriteFile(filepath.Join(config, "config.json"), []byte(`{"auths":{"`+host+`":{"auth":"`+login+`"}}}`), 0o600))
	w.run(imageBuild)
	w.want(0)
	must(t, os.Remove(filepath.Join(config, "config.json")))
	w.run(imageBuild)
	w.want(0)
}

// What keeps the logins of Docker from being read keeps no image in ECR from being read; elsewhere it is told as what it is.
func TestLoginsOfDockerThatCannotBeRead(t *testing.T) {
	w := twoEnvironments(t)
	w.run(imagePush)
	w.want(0)
	private := strings.TrimSpace(w.out.String())
	config := t.TempDir()
	t.Setenv("DOCKER_CONFIG", config)
	for text, says := range map[string]string{
		`{"credsStore":"of-another-machine"}`: "docker-credential-of-another-machine, which Docker's configuration names, is not on PATH",
		`{"auths":`:                           "unexpected EOF",
	} {
		must(t, os.WriteFile(filepath.Join(config, "config.json"), []byte(text), 0o600))
		w.onBase(private)
		w.run(imageBuild)
		w.want(0)
		w.onBase(refusing(t, 401, "UNAUTHORIZED", "authentication required") + "/base:1")
		w.run(imageBuild)
		w.want(3, "look for what docker login left: ", says, "next: mend Docker's configuration", "credsStore")
	}
}

// A reference that names no image is a mistake of the configuration.
func TestABaseThatIsNoReference(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.onBase("https://registry.example.com/base:1")
	w.run(imageBuild)
	w.want(2, "App.Image.Base: https://registry.example.com/base:1 is no reference of an image", "next: mend App.Image.Base")
}
