package image_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"

	"github.com/bellyfed/splitecs/magefiles/image"
)

// onBase builds on a base, whose registry may be silent for a short time.
func onBase(t *testing.T, base string, access image.Access) (*image.Built, error) {
	t.Helper()
	built, err := image.Build(t.Context(), image.Spec{
		Source: image.Source{Kind: image.KindFolder, Path: write(t, files{"run": "#!"})}, Base: base,
	}, image.Options{Base: access}.Answering(time.Second))
	if err == nil {
		t.Cleanup(func() { must(t, built.Close()) })
	}
	return built, err
}

// dialling is a transport for which every host is at an address.
func dialling(address string) *http.Transport {
	t := image.NewTransport(nil)
	t.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "tcp", address)
	}
	return t
}

// listener is an address at which connections are taken and nothing is said.
func listener(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { l.Close() })
	return l.Addr().String()
}

// Why a base cannot be read is told by its cause, soon, with the name of the registry.
func TestABaseThatCannotBeRead(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	closed := l.Addr().String()
	must(t, l.Close())

	answering := func(status int, code, message string) *server {
		s := newServer(t)
		s.reset(func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path == "/v2/" {
				return false
			}
			return registryError(w, status, code, message)
		})
		return s
	}
	foreign := httptest.NewTLSServer(http.NotFoundHandler())
	foreign.Config.ErrorLog = discardLog()
	t.Cleanup(foreign.Close)
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	const elsewhere = "registry.example.com/base:1"

	for name, c := range map[string]struct {
		base      string
		transport http.RoundTripper
		cause     image.BaseCause
		says      string
	}{
		"nobody answers":         {base: listener(t) + "/base:1", cause: image.BaseUnreachable, says: "does not answer within 1s"},
		"nobody answers by TLS":  {elsewhere, dialling(listener(t)), image.BaseUnreachable, "registry.example.com does not answer within 1s"},
		"nobody listens":         {base: closed + "/base:1", cause: image.BaseUnreachable, says: "connection refused"},
		"no such host":           {elsewhere, failing{&net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "registry.example.com", IsNotFound: true}}}, image.BaseHostUnknown, "no such host"},
		"its name server fails":  {elsewhere, failing{&net.DNSError{Err: "server misbehaving", Name: "registry.example.com"}}, image.BaseHostUnknown, "server misbehaving"},
		"the connection ends":    {elsewhere, failing{io.ErrUnexpectedEOF}, image.BaseUnreachable, "unexpected EOF"},
		"another's certificate":  {elsewhere, dialling(foreign.Listener.Addr().String()), image.BaseUntrusted, "certificate"},
		"no TLS at all":          {elsewhere, dialling(plain.Listener.Addr().String()), image.BaseUntrusted, "HTTP response to HTTPS client"},
		"unauthorised":           {base: answering(401, "UNAUTHORIZED", "authentication required").host + "/base:1", cause: image.BaseDenied, says: "authentication required"},
		"forbidden":              {base: answering(403, "DENIED", "not authorized to perform: ecr:BatchGetImage").host + "/base:1", cause: image.BaseDenied, says: "ecr:BatchGetImage"},
		"expired":                {base: answering(403, "DENIED", "Your authorization token has expired. Reauthenticate and try again.").host + "/base:1", cause: image.BaseExpired, says: "has expired"},
		"no such repository":     {base: answering(404, "NAME_UNKNOWN", "repository name not known to registry").host + "/base:1", cause: image.BaseAbsent, says: "not known"},
		"no such tag":            {base: answering(404, "MANIFEST_UNKNOWN", "Requested image not found").host + "/base:1", cause: image.BaseAbsent, says: "image not found"},
		"too many pulls":         {base: answering(429, "TOOMANYREQUESTS", "You have reached your pull rate limit").host + "/base:1", cause: image.BaseLimited, says: "pull rate limit"},
		"the registry is broken": {base: answering(500, "UNKNOWN", "disk on fire").host + "/base:1", says: "disk on fire"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			begun := time.Now()
			_, err := onBase(t, c.base, image.Access{Transport: c.transport})
			e, ok := errors.AsType[*image.BaseError](err)
			if !ok {
				t.Fatalf("got %v", err)
			}
			host, _, _ := strings.Cut(c.base, "/")
			if e.Cause != c.cause || e.Host != host || !strings.Contains(e.Error(), c.says) || !strings.Contains(e.Error(), "read base "+c.base) {
				t.Errorf("cause %q of %s: %v", e.Cause, e.Host, e)
			}
			if took := time.Since(begun); took > 8*time.Second {
				t.Errorf("told after %s", took)
			}
		})
	}
}

// What is no reference of an image is told before anybody is asked.
func TestABaseThatIsNoReference(t *testing.T) {
	t.Parallel()
	for base, says := range map[string]string{
		"https://registry.example.com/base:1":          "must not contain a URL scheme",
		"registry.example.com/base:1:2":                "is no reference of an image",
		"registry.example.com/Base":                    "is no reference of an image",
		"registry.example.com/base@sha256:123":         "is no reference of an image",
		"123456789012.dkr.ecr.eu-west-1.amazonaws.com": "names a registry and no image in it",
		"public.ecr.aws":                               "names a registry and no image in it",
		"docker://registry.example.com/base:1":         "is no reference of an image",
	} {
		_, err := onBase(t, base, image.Access{Transport: failing{errors.New("asked")}})
		if e, ok := errors.AsType[*image.PartError](err); !ok || e.Field != "Base" || !strings.Contains(e.Error(), "App.Image.Base: "+base+" ") || !strings.Contains(e.Error(), says) {
			t.Errorf("%s: %v", base, err)
		}
	}
}

// failing is a way to nowhere.
type failing struct{ err error }

func (f failing) RoundTrip(*http.Request) (*http.Response, error) { return nil, f.err }

// A registry that answered may take its time: for a manifest that it fetches from elsewhere, and for a blob.
func TestASlowBaseIsRead(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	push(t, s.host+"/base:1", baseImage(t, linuxAMD64))
	release := make(chan struct{})
	s.reset(func(w http.ResponseWriter, r *http.Request) bool {
		if strings.Contains(r.URL.Path, "/blobs/") {
			w.WriteHeader(http.StatusOK)
			w.(http.Flusher).Flush()
		}
		if r.URL.Path != "/v2/" {
			<-release
		}
		return false
	})
	time.AfterFunc(2*time.Second, func() { close(release) }) // twice of what an answer may take
	if _, err := onBase(t, s.host+"/base:1", image.Access{}); err != nil {
		t.Errorf("a slow base: %v", err)
	}
}

// The registry of a base is asked for credentials once for all platforms, and only it gets them.
func TestABaseInECR(t *testing.T) {
	s := newServer(t)
	const host = "123456789012.dkr.ecr.eu-west-1.localhost"
	s.reset(func(w http.ResponseWriter, r *http.Request) bool {
		if user, password, _ := r.BasicAuth(); user != "AWS" || password != "secret!" {
			w.Header().Set("WWW-Authenticate", `Basic realm="ecr"`)
			return registryError(w, 401, "UNAUTHORIZED", "Not Authorized")
		}
		return false
	})
	api := &tokens{endpoint: s.URL, expires: time.Now().Add(time.Hour)}
	access := image.NewECR(api, host, nil).Access(nil)
	for _, cf := range []string{"amd64", "arm64"} {
		of := linuxAMD64
		of.Architecture = cf
		built := mustBuild(t, image.Spec{Source: image.Source{Kind: image.KindFolder, Path: write(t, files{"run": "#!"})}, Architecture: cf})
		_, err := image.Push(t.Context(), built, host+"/base:"+cf, image.PushOptions{Registry: access})
		must(t, err)
	}
	access.Keychain = authn.NewMultiKeychain(none{}, access.Keychain)
	built, err := onBase(t, host+"/base:amd64", access)
	must(t, err)
	if layers, err := built.Layers(); err != nil || len(layers) != 2 {
		t.Errorf("%d layers, %v", len(layers), err)
	}
	if api.calls != 1 {
		t.Errorf("%d calls for credentials", api.calls)
	}

	api = &tokens{err: errors.New("AccessDeniedException: not authorized to perform: ecr:GetAuthorizationToken")}
	_, err = onBase(t, host+"/base:amd64", image.NewECR(api, host, nil).Access(nil))
	if e, ok := errors.AsType[*image.BaseError](err); !ok || e.Cause != "" || !strings.Contains(e.Error(), "ask ECR to log in: AccessDeniedException: not authorized to perform: ecr:GetAuthorizationToken") {
		t.Errorf("denied credentials: %v", err)
	}
	api = &tokens{err: &net.OpError{Op: "dial", Err: errors.New("i/o timeout")}}
	_, err = onBase(t, host+"/base:amd64", image.NewECR(api, host, nil).Access(nil))
	if e, ok := errors.AsType[*image.BaseError](err); !ok || e.Cause != image.BaseUnreachable {
		t.Errorf("an API that does not answer: %v", err)
	}
	api = &tokens{err: fmt.Errorf("request send failed: %w", &url.Error{Op: "Post", URL: "https://api.ecr", Err: context.DeadlineExceeded})}
	_, err = onBase(t, host+"/base:amd64", image.NewECR(api, host, nil).Access(nil))
	if e, ok := errors.AsType[*image.BaseError](err); !ok || e.Cause != image.BaseUnreachable {
		t.Errorf("an API that takes the connection and says nothing: %v", err)
	}
}

// none is a keychain without an entry.
type none struct{}

func (none) Resolve(authn.Resource) (authn.Authenticator, error) { return authn.Anonymous, nil }
