package image_test

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/bellyfed/splitecs/magefiles/image"
)

const localURI = "000000000000.dkr.ecr.ap-southeast-1.localhost/bellyfed-local"

// tokens is the ECR that hands out credentials.
type tokens struct {
	mu       sync.Mutex
	calls    int
	endpoint string
	expires  time.Time
	err      error
}

func (f *tokens) GetAuthorizationToken(context.Context, *ecr.GetAuthorizationTokenInput, ...func(*ecr.Options)) (*ecr.GetAuthorizationTokenOutput, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls++
	if f.err != nil {
		return nil, f.err
	}
	token := base64.StdEncoding.EncodeToString([]byte("AWS:secret" + strings.Repeat("!", f.calls)))
	return &ecr.GetAuthorizationTokenOutput{AuthorizationData: []types.AuthorizationData{{
		AuthorizationToken: &token, ProxyEndpoint: &f.endpoint, ExpiresAt: &f.expires,
	}}}, nil
}

func TestCredentialsAreKeptUntilTheyExpire(t *testing.T) {
	now := time.Date(2026, 11, 3, 0, 0, 0, 0, time.UTC)
	api := &tokens{endpoint: "https://1.dkr.ecr.eu-west-1.amazonaws.com", expires: now.Add(12 * time.Hour)}
	registry := image.NewECR(api, "1.dkr.ecr.eu-west-1.amazonaws.com/app", func() time.Time { return now })
	repo, err := name.NewRepository("1.dkr.ecr.eu-west-1.amazonaws.com/app")
	must(t, err)

	ask := func() authn.AuthConfig {
		t.Helper()
		a, err := authn.Resolve(t.Context(), registry, repo)
		must(t, err)
		c, err := authn.Authorization(t.Context(), a)
		must(t, err)
		return *c
	}
	diff(t, authn.AuthConfig{Username: "AWS", Password: "secret!"}, ask())
	now = now.Add(12*time.Hour - 15*time.Minute - time.Second)
	ask()
	if api.calls != 1 {
		t.Errorf("%d calls before the end", api.calls)
	}
	now = now.Add(time.Second)
	api.expires = now.Add(12 * time.Hour)
	diff(t, "secret!!", ask().Password)

	other, err := name.NewRepository("ghcr.io/app")
	must(t, err)
	if a, err := registry.Resolve(other); err != nil || a != authn.Anonymous {
		t.Errorf("another host is offered %v, %v", a, err)
	}
}

func TestBadCredentials(t *testing.T) {
	bad := errors.New("AccessDenied")
	repo, err := name.NewRepository(localURI)
	must(t, err)
	for want, api := range map[string]*tokens{
		"ask ECR to log in: AccessDenied":                        {err: bad},
		`ask ECR to log in: "ftp://x" is no registry endpoint`:   {endpoint: "ftp://x"},
		`ask ECR to log in: "" is no registry endpoint`:          {},
		`ask ECR to log in: "127.0.0.1" is no registry endpoint`: {endpoint: "127.0.0.1"},
	} {
		a, err := image.NewECR(api, localURI, nil).Resolve(repo)
		must(t, err)
		if _, err := authn.Authorization(t.Context(), a); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// The embedded AWS: a stable host that nobody can dial, served at another address, with credentials.
func TestPushToTheEmbeddedAWS(t *testing.T) {
	for name, location := range map[string]func(s *server, path string) string{
		"relative locations": func(_ *server, path string) string { return path },
		"locations at the host": func(_ *server, path string) string {
			return "http://" + strings.TrimSuffix(localURI, "/bellyfed-local") + path
		},
		"locations at the endpoint": func(s *server, path string) string { return s.URL + path },
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			s.reset(func(w http.ResponseWriter, r *http.Request) bool {
				if user, password, _ := r.BasicAuth(); user != "AWS" || password != "secret!" {
					w.Header().Set("WWW-Authenticate", `Basic realm="ecr"`)
					return registryError(w, 401, "UNAUTHORIZED", "Not Authorized")
				}
				return false
			})
			relocate(s, location)
			api := &tokens{endpoint: s.URL, expires: time.Now().Add(time.Hour)}
			access := image.NewECR(api, localURI, nil).Access(nil)
			img := small(t, "one")

			pushed, err := image.Push(t.Context(), img, localURI+":1", image.PushOptions{Registry: access})
			must(t, err)
			diff(t, localURI+"@"+digest(t, img), pushed.Reference)
			if api.calls != 1 {
				t.Errorf("%d tokens were asked for", api.calls)
			}

			// What was pushed can be a base, by the same way.
			built := mustBuild(t, image.Spec{
				Base: pushed.Reference, Folders: []image.Folder{{From: write(t, files{"a": "1"}), To: "/a"}},
			}, image.Options{Base: access})
			_, entries := contents(t, built)
			if entries["data/hello"].content != "world" || entries["a/a"].content != "1" {
				t.Errorf("layers hold %d entries", len(entries))
			}
		})
	}
}

// relocate rewrites the relative Location headers of a registry.
func relocate(s *server, location func(*server, string) string) {
	inner := s.Config.Handler
	s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		inner.ServeHTTP(&relocating{ResponseWriter: w, to: func(path string) string { return location(s, path) }}, r)
	})
}

type relocating struct {
	http.ResponseWriter
	to func(string) string
}

func (w *relocating) WriteHeader(status int) {
	if l := w.Header().Get("Location"); strings.HasPrefix(l, "/") {
		w.Header().Set("Location", w.to(l))
	}
	w.ResponseWriter.WriteHeader(status)
}

// roundTrip is a transport of one function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestOnlyTheEmbeddedHostIsRewritten(t *testing.T) {
	const amazon = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
	for _, c := range []struct{ host, endpoint, asked, want string }{
		{"0.dkr.ecr.x.localhost", "http://127.0.0.1:4566", "http://0.dkr.ecr.x.localhost/v2/", "http://127.0.0.1:4566/v2/"},
		{"0.dkr.ecr.x.localhost", "http://127.0.0.1:4566", "https://0.dkr.ecr.x.localhost/v2/?a=b", "http://127.0.0.1:4566/v2/?a=b"},
		{"0.dkr.ecr.x.localhost", "http://127.0.0.1:4566", "https://elsewhere.example/blob", "https://elsewhere.example/blob"},
		{amazon, "https://" + amazon, "https://" + amazon + "/v2/", "https://" + amazon + "/v2/"},
		{amazon, "https://999999999999.dkr.ecr.eu-west-1.amazonaws.com", "https://" + amazon + "/v2/", "https://" + amazon + "/v2/"},
		{"emulator:4566", "http://emulator:4566", "http://emulator:4566/v2/", "http://emulator:4566/v2/"},
	} {
		api := &tokens{endpoint: c.endpoint, expires: time.Now().Add(time.Hour)}
		var sent *http.Request
		access := image.NewECR(api, c.host+"/app", nil).Access(roundTrip(func(r *http.Request) (*http.Response, error) {
			sent = r
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
		}))
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.asked, nil)
		must(t, err)
		resp, err := access.Transport.RoundTrip(req)
		must(t, err)
		if got := sent.URL.String(); got != c.want {
			t.Errorf("%s went to %s, want %s", c.asked, got, c.want)
		}
		if resp.Request.URL.String() != c.asked || req.URL.String() != c.asked {
			t.Errorf("the caller's request for %s became %s", c.asked, resp.Request.URL)
		}
	}
}

func TestNoCredentialsNoRequest(t *testing.T) {
	api := &tokens{err: errors.New("AccessDenied")}
	access := image.NewECR(api, localURI, nil).Access(roundTrip(func(r *http.Request) (*http.Response, error) {
		t.Errorf("%s was sent", r.URL)
		return nil, errors.New("no")
	}))
	_, err := image.Push(t.Context(), small(t, "one"), localURI+":1", image.PushOptions{Registry: access})
	if err == nil || !strings.Contains(err.Error(), "ask ECR to log in: AccessDenied") {
		t.Errorf("got %v", err)
	}
}

func TestLoopbackNeedsNoProxy(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://proxy.example:3128")
	for _, url := range []string{"http://127.0.0.1:5000/", "http://[::1]:5000/", "http://localhost/", "http://0.dkr.ecr.x.localhost/", "http://LOCALHOST./"} {
		req, err := http.NewRequest(http.MethodGet, url, nil)
		must(t, err)
		if p, err := image.NewTransport(nil).Proxy(req); p != nil || err != nil {
			t.Errorf("%s goes through %v, %v", url, p, err)
		}
	}
	if tr, ok := remote.DefaultTransport.(*http.Transport); !ok || tr == image.NewTransport(nil) {
		t.Error("the default transport itself is used")
	}
}
