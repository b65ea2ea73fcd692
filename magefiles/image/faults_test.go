package image_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/bellyfed/splitecs/magefiles/image"
	"github.com/bellyfed/splitecs/magefiles/internal/spread"
)

// proxy stands between a push and a registry, and answers some requests in its own way.
type proxy struct {
	*httptest.Server
	host  string
	inner http.Handler

	mu    sync.Mutex
	n     int
	fault func(n int, w http.ResponseWriter, r *http.Request) (done bool)
}

func newProxy(t *testing.T, to string, fault func(int, http.ResponseWriter, *http.Request) bool) *proxy {
	t.Helper()
	target := mustURL(t, to)
	inner := &httputil.ReverseProxy{
		ErrorLog: discardLog(),
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host // so that locations lead back here
		},
	}
	p := &proxy{inner: inner, fault: fault}
	p.Server = httptest.NewUnstartedServer(p)
	p.Config.ErrorLog = discardLog()
	p.Start()
	p.host = strings.TrimPrefix(p.URL, "http://")
	t.Cleanup(p.Close)
	return p
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.n++
	n, fault := p.n, p.fault
	p.mu.Unlock()
	if fault != nil && fault(n, w, r) {
		return
	}
	p.inner.ServeHTTP(w, r)
}

// heal ends the faults.
func (p *proxy) heal() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault = nil
}

func (p *proxy) requests() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.n
}

// stall is what the pushes of these tests take for standing still.
const stall = 250 * time.Millisecond

// troubles are the ways in which a request goes wrong.
var troubles = map[string]func(w http.ResponseWriter, r *http.Request, inner http.Handler){
	"429": func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Retry-After", "0")
		registryError(w, http.StatusTooManyRequests, "TOOMANYREQUESTS", "Rate exceeded")
	},
	"500": func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		http.Error(w, "<html>Internal Server Error</html>", http.StatusInternalServerError)
	},
	"416": func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		registryError(w, http.StatusRequestedRangeNotSatisfiable, "BLOB_UPLOAD_INVALID", "Layer part starts at byte 0, expected another")
	},
	"reset": func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		_, _ = io.CopyN(io.Discard, r.Body, r.ContentLength/2) // in the middle of what is sent
		cut(w, "")
	},
	"truncated": func(w http.ResponseWriter, r *http.Request, inner http.Handler) {
		answer := httptest.NewRecorder()
		inner.ServeHTTP(answer, r)
		said, err := httputil.DumpResponse(answer.Result(), true)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		cut(w, string(said[:len(said)*2/3])) // the request was carried out
	},
	"slow": func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		_, _ = io.Copy(io.Discard, r.Body)
		select {
		case <-r.Context().Done(): // given up
		case <-time.After(60 * stall):
		}
		cut(w, "")
	},
}

func mustURL(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	must(t, err)
	return u
}

// cut says something and closes the connection.
func cut(w http.ResponseWriter, said string) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	_, _ = io.WriteString(conn, said)
	conn.Close()
}

// several is an image of four layers with a referrer.
func several(t *testing.T) (*image.Built, image.PushOptions) {
	t.Helper()
	spec := image.Spec{Entrypoint: []string{"/l0/f"}}
	for i := range 4 {
		content := strings.Repeat(fmt.Sprintf("layer %d ", i), 30_000)
		spec.Folders = append(spec.Folders, image.Folder{From: write(t, files{"f": content}), To: fmt.Sprintf("/l%d", i)})
	}
	built := mustBuild(t, spec)
	return built, image.PushOptions{RetryAfter: time.Millisecond, Stall: stall, Jobs: 2, Referrers: []v1.Image{mustSBOM(t, built)}}
}

// complete fails the test unless the registry has the whole image, with the digest that was pushed.
func complete(t *testing.T, reference string, want v1.Image) {
	t.Helper()
	ref, err := name.ParseReference(reference)
	must(t, err)
	got, err := remote.Image(ref)
	must(t, err)
	if digest(t, got) != digest(t, want) {
		t.Errorf("the registry has %s, want %s", digest(t, got), digest(t, want))
	}
	validated(t, got)
}

// Whatever goes wrong with any one request of a push, the image is complete in the end.
func TestTroubleAtAnyRequest(t *testing.T) {
	img, opts := several(t)
	clean := newProxy(t, newServer(t).URL, nil)
	_, err := image.Push(t.Context(), img, clean.host+"/app:1", opts)
	must(t, err)
	for name, trouble := range troubles {
		requests := make([]int, clean.requests())
		for i := range requests {
			requests[i] = i + 1
		}
		for _, i := range spread.List(t, len(requests)/3, requests) {
			t.Run(fmt.Sprintf("%s at request %d", name, i), func(t *testing.T) {
				t.Parallel()
				backend := newServer(t)
				var p *proxy
				p = newProxy(t, backend.URL, func(n int, w http.ResponseWriter, r *http.Request) bool {
					if n == i {
						trouble(w, r, p.inner)
					}
					return n == i
				})
				pushed, err := image.Push(t.Context(), img, p.host+"/app:1", opts)
				if err != nil {
					t.Fatal(err)
				}
				if pushed.Digest != digest(t, img) {
					t.Errorf("pushed %s", pushed.Digest)
				}
				complete(t, backend.host+"/app:1", img)
			})
		}
	}
}

// What goes wrong for good fails the push after a bounded number of requests, and the next push completes it.
func TestTroubleThatLasts(t *testing.T) {
	img, opts := several(t)
	kinds := map[string]func(*http.Request) bool{
		"ask for the tag": func(r *http.Request) bool {
			return strings.Contains(r.URL.Path, "/manifests/") && r.Method == http.MethodHead
		},
		"ask for a blob": func(r *http.Request) bool {
			return strings.Contains(r.URL.Path, "/blobs/") && r.Method == http.MethodHead
		},
		"start": func(r *http.Request) bool { return r.Method == http.MethodPost },
		"send":  func(r *http.Request) bool { return r.Method == http.MethodPatch },
		"finish": func(r *http.Request) bool {
			return r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/blobs/")
		},
		"put": func(r *http.Request) bool {
			return r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/manifests/")
		},
	}
	for what, kind := range kinds {
		for name, trouble := range troubles {
			t.Run(what+" "+name, func(t *testing.T) {
				t.Parallel()
				backend := newServer(t)
				var p *proxy
				p = newProxy(t, backend.URL, func(_ int, w http.ResponseWriter, r *http.Request) bool {
					if !kind(r) {
						return false
					}
					trouble(w, r, p.inner)
					return true
				})
				// A request that is carried out and whose answer is lost has done its work.
				if _, err := image.Push(t.Context(), img, p.host+"/app:1", opts); err == nil && name != "truncated" {
					t.Error("the push succeeded")
				}
				if n := p.requests(); n > 120 {
					t.Errorf("%d requests were made", n)
				}
				p.heal()
				if _, err := image.Push(t.Context(), img, p.host+"/app:1", opts); err != nil {
					t.Fatal(err)
				}
				complete(t, backend.host+"/app:1", img)
			})
		}
	}
}

// A registry that asks for quiet gets it.
func TestRetryAfterIsHeeded(t *testing.T) {
	img, opts := several(t)
	var mu sync.Mutex
	var quiet time.Time
	backend := newServer(t)
	p := newProxy(t, backend.URL, func(n int, w http.ResponseWriter, r *http.Request) bool {
		mu.Lock()
		defer mu.Unlock()
		if time.Now().Before(quiet) {
			t.Errorf("%s %s came %s too early", r.Method, r.URL.Path, time.Until(quiet))
		}
		if n != 3 {
			return false
		}
		quiet = time.Now().Add(900 * time.Millisecond)
		w.Header().Set("Retry-After", "1")
		return registryError(w, http.StatusTooManyRequests, "TOOMANYREQUESTS", "Rate exceeded")
	})
	opts.Jobs = 1
	_, err := image.Push(t.Context(), img, p.host+"/app:1", opts)
	must(t, err)
	complete(t, backend.host+"/app:1", img)
}

// What an interrupted push has sent is not sent again.
func TestInterruptedPushGoesOn(t *testing.T) {
	img, opts := several(t)
	opts.Jobs, opts.Referrers = 1, nil
	backend := newServer(t)
	finished := 0
	p := newProxy(t, backend.URL, func(_ int, w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPut {
			return false
		}
		finished++
		if finished <= 3 {
			return false
		}
		return registryError(w, http.StatusForbidden, "DENIED", "no more")
	})
	if _, err := image.Push(t.Context(), img, p.host+"/app:1", opts); err == nil {
		t.Fatal("the push succeeded")
	}
	p.heal()
	backend.reset(nil)
	_, err := image.Push(t.Context(), img, p.host+"/app:1", opts)
	must(t, err)
	if n := backend.seen("PATCH "); n != 2 {
		t.Errorf("%d blobs were sent the second time, want the 2 of 5 that were missing", n)
	}
	complete(t, backend.host+"/app:1", img)
}

// Layers that the other environments have are mounted, not sent.
func TestLayersAreMountedFromOtherRepositories(t *testing.T) {
	img, opts := several(t)
	backend := newServer(t)
	_, err := image.Push(t.Context(), img, backend.host+"/dev:1", opts)
	must(t, err)
	backend.reset(func(w http.ResponseWriter, r *http.Request) bool {
		// go-containerregistry's registry keeps one set of blobs for all repositories: here they are apart.
		if r.Method == http.MethodHead && strings.HasPrefix(r.URL.Path, "/v2/test/blobs/") {
			w.WriteHeader(http.StatusNotFound)
			return true
		}
		if r.Method == http.MethodHead && strings.HasPrefix(r.URL.Path, "/v2/absent/") {
			return registryError(w, http.StatusNotFound, "NAME_UNKNOWN", "no such repository")
		}
		if r.Method == http.MethodPost && r.URL.Query().Get("from") == "dev" {
			w.WriteHeader(http.StatusCreated)
			return true
		}
		return false
	})
	opts.Referrers = nil
	opts.MountFrom = []string{backend.host + "/absent", backend.host + "/test", "elsewhere.example/dev", backend.host + "/dev"}
	pushed, err := image.Push(t.Context(), img, backend.host+"/test:1", opts)
	must(t, err)
	if n := backend.seen("PATCH "); n != 0 {
		t.Errorf("%d blobs were sent", n)
	}
	raw, err := img.RawManifest()
	must(t, err)
	if pushed.Bytes != int64(len(raw)) {
		t.Errorf("%d bytes were sent, the manifest has %d", pushed.Bytes, len(raw))
	}
}

func TestExpiredTokenIsRenewed(t *testing.T) {
	img, opts := several(t)
	backend := newServer(t)
	p := newProxy(t, backend.URL, func(_ int, w http.ResponseWriter, r *http.Request) bool {
		switch _, password, _ := r.BasicAuth(); {
		case password == "":
			w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
			return registryError(w, http.StatusUnauthorized, "UNAUTHORIZED", "Not Authorized")
		case password == "secret!" && r.Method == http.MethodPost:
			return registryError(w, http.StatusForbidden, "DENIED", "Your authorization token has expired. Reauthenticate and try again.")
		}
		return false
	})
	api := &tokens{endpoint: p.URL, expires: time.Now().Add(12 * time.Hour)}
	opts.Registry = image.NewECR(api, localURI, nil).Access(nil)
	_, err := image.Push(t.Context(), img, localURI+":1", opts)
	must(t, err)
	complete(t, backend.host+"/bellyfed-local:1", img)
	if api.calls < 2 {
		t.Errorf("%d tokens were asked for", api.calls)
	}
}
