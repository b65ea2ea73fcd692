package image_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/layout"

	"github.com/bellyfed/splitecs/magefiles/image"
)

func TestPushAndPushAgain(t *testing.T) {
	s := newServer(t)
	img := small(t, "one")
	ref := s.host + "/app:main-20261103-1a2b3c4"

	var last image.Progress
	first, err := image.Push(t.Context(), img, ref, image.PushOptions{Progress: func(p image.Progress) { last = p }})
	must(t, err)
	want := image.Pushed{
		Reference: s.host + "/app@" + digest(t, img), Digest: digest(t, img), Tag: "main-20261103-1a2b3c4", Uploaded: true, Bytes: sizeOf(t, img),
	}
	diff(t, want, first)
	diff(t, image.Progress{Step: "push", Complete: want.Bytes, Total: want.Bytes}, last)

	s.reset(nil)
	second, err := image.Push(t.Context(), img, ref, image.PushOptions{})
	must(t, err)
	want.Uploaded, want.Bytes = false, 0
	diff(t, want, second)
	if n := s.seen(""); n > 2 || s.seen("HEAD /v2/app/manifests/") != 1 {
		t.Errorf("a push of what is there made %d requests: %v", n, s.requests)
	}
}

// Another tag, or one layer changed: only what is missing is sent.
// A commit that has another name by now: its image gets one more tag.
func TestPushUnderAnotherTagSendsTheManifestAlone(t *testing.T) {
	s := newServer(t)
	img := small(t, "a")
	_, err := image.Push(t.Context(), img, s.host+"/app:main-20261103-1a2b3c4", image.PushOptions{})
	must(t, err)
	s.reset(nil)
	pushed, err := image.Push(t.Context(), img, s.host+"/app:v1.0.0-20261103-1a2b3c4", image.PushOptions{})
	must(t, err)
	manifest, err := img.Size()
	must(t, err)
	if !pushed.Uploaded || pushed.Bytes != manifest || pushed.Digest != digest(t, img) {
		t.Errorf("%+v; the manifest has %d bytes", pushed, manifest)
	}
	if uploads, puts := s.seen("POST ")+s.seen("PATCH "), s.seen("PUT "); uploads != 0 || puts != 1 {
		t.Errorf("%d uploads and %d puts, want one of the manifest: %q", uploads, puts, s.requests)
	}
}

func TestPushSendsWhatIsMissing(t *testing.T) {
	s := newServer(t)
	one, two := small(t, "one"), small(t, "two")
	_, err := image.Push(t.Context(), one, s.host+"/app:1", image.PushOptions{})
	must(t, err)
	s.reset(nil)
	pushed, err := image.Push(t.Context(), two, s.host+"/app:2", image.PushOptions{Jobs: 2})
	must(t, err)
	if n := s.seen("PATCH "); n != 1 {
		t.Errorf("%d blobs were sent, want the configuration alone", n)
	}
	if layer := sizeOfLayers(t, two); pushed.Bytes != sizeOf(t, two)-layer {
		t.Errorf("%d bytes were sent; all of it is %d, the layer %d", pushed.Bytes, sizeOf(t, two), layer)
	}
}

func TestTagsDoNotMove(t *testing.T) {
	s := newServer(t)
	one, two := small(t, "one"), small(t, "two")
	ref := s.host + "/app:1"
	_, err := image.Push(t.Context(), one, ref, image.PushOptions{})
	must(t, err)

	s.reset(nil)
	_, err = image.Push(t.Context(), two, ref, image.PushOptions{})
	var taken *image.ImmutableTagError
	if !errors.As(err, &taken) {
		t.Fatalf("got %v", err)
	}
	diff(t, image.ImmutableTagError{Tag: ref, Existing: digest(t, one), New: digest(t, two)}, *taken)
	for _, part := range []string{digest(t, one), digest(t, two), "tags are immutable"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q does not say %s", err, part)
		}
	}
	if n := s.seen("POST ") + s.seen("PUT ") + s.seen("PATCH "); n != 0 {
		t.Errorf("%d requests sent something", n)
	}

	pushed, err := image.Push(t.Context(), two, ref, image.PushOptions{Overwrite: true})
	must(t, err)
	diff(t, digest(t, two), pushed.Digest)
}

// immutable answers as ECR does when a tag is put that exists.
func immutable(w http.ResponseWriter, r *http.Request) bool {
	return r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/manifests/") &&
		registryError(w, http.StatusBadRequest, "TAG_INVALID", "The image tag '1' already exists in the 'app' repository "+
			"and cannot be overwritten because the repository is immutable.")
}

// Two pushes at once: both see no tag, one is refused.
func TestRefusedImmutableTag(t *testing.T) {
	one, two := small(t, "one"), small(t, "two")
	for name, c := range map[string]struct {
		there *image.Built // what the tag names once this push is refused
		check func(image.Pushed, error) bool
	}{
		"the same digest": {one, func(p image.Pushed, err error) bool { return err == nil && p.Digest == digest(t, one) }},
		"another digest": {two, func(_ image.Pushed, err error) bool {
			var taken *image.ImmutableTagError
			return errors.As(err, &taken) && taken.Existing == digest(t, two) && taken.New == digest(t, one)
		}},
		"no tag at all": {nil, func(_ image.Pushed, err error) bool {
			return err != nil && strings.Contains(err.Error(), "TAG_INVALID")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			if c.there != nil {
				push(t, s.host+"/app:1", c.there)
			}
			refused := false
			s.reset(func(w http.ResponseWriter, r *http.Request) bool {
				s.mu.Lock()
				defer s.mu.Unlock()
				if r.Method == http.MethodHead && strings.HasSuffix(r.URL.Path, "/manifests/1") && !refused {
					w.WriteHeader(http.StatusNotFound)
					return true
				}
				if immutable(w, r) {
					refused = true
					return true
				}
				return false
			})
			if p, err := image.Push(t.Context(), one, s.host+"/app:1", image.PushOptions{}); !c.check(p, err) {
				t.Errorf("got %+v, %v", p, err)
			}
		})
	}
}

func TestPushRefusals(t *testing.T) {
	img := small(t, "one")
	uploads := func(r *http.Request) bool { return r.Method == http.MethodPost }
	for name, c := range map[string]struct {
		instead func(http.ResponseWriter, *http.Request) bool
		missing bool // else access is denied
	}{
		"missing repository": {func(w http.ResponseWriter, r *http.Request) bool {
			return uploads(r) && registryError(w, 404, "NAME_UNKNOWN", "The repository with name 'app' does not exist")
		}, true},
		"missing repository, the connection closed": {func(w http.ResponseWriter, r *http.Request) bool {
			if uploads(r) || r.Method == http.MethodHead && strings.Contains(r.URL.Path, "/blobs/") {
				hangUp(t, w)
				return true
			}
			return r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/manifests/") &&
				registryError(w, 404, "NAME_UNKNOWN", "The repository with name 'app' does not exist")
		}, true},
		"no permission to push": {func(w http.ResponseWriter, r *http.Request) bool {
			return uploads(r) && registryError(w, 403, "DENIED", "User: x is not authorized to perform: ecr:InitiateLayerUpload")
		}, false},
		"not even to look": {func(w http.ResponseWriter, r *http.Request) bool {
			return r.URL.Path != "/v2/" && registryError(w, 403, "DENIED", "no")
		}, false},
		"no credentials": {func(w http.ResponseWriter, r *http.Request) bool {
			w.Header().Set("WWW-Authenticate", `Basic realm="app"`)
			return registryError(w, 401, "UNAUTHORIZED", "Not Authorized")
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			s.reset(c.instead)
			_, err := image.Push(t.Context(), img, s.host+"/app:1", image.PushOptions{RetryAfter: time.Millisecond})
			var missing *image.RepositoryNotFoundError
			var denied *image.AccessDeniedError
			switch {
			case c.missing && (!errors.As(err, &missing) || missing.Repository != s.host+"/app"):
				t.Errorf("got %v, want a missing repository", err)
			case !c.missing && (!errors.As(err, &denied) || denied.Repository != s.host+"/app"):
				t.Errorf("got %v, want denied access", err)
			}
		})
	}
}

func TestPushIsCancelled(t *testing.T) {
	s := newServer(t)
	if _, err := image.Push(cancelled(), small(t, "one"), s.host+"/app:1", image.PushOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	s.reset(func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPatch {
			cancel()
		}
		return false
	})
	if _, err := image.Push(ctx, small(t, "one"), s.host+"/app:1", image.PushOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestPushNeedsATag(t *testing.T) {
	for _, ref := range []string{"", "host/app", "app:1", "host/app@sha256:" + strings.Repeat("0", 64), "host/App:1"} {
		if _, err := image.Push(t.Context(), nil, ref, image.PushOptions{}); err == nil {
			t.Errorf("%q was taken", ref)
		}
	}
}

// skopeo reads the pushed image as any other client would.
func TestSkopeoAgrees(t *testing.T) {
	skopeo, err := exec.LookPath("skopeo")
	if err != nil {
		const missing = "judge missing: skopeo"
		if os.Getenv("CI") == "true" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	s := newServer(t)
	img := small(t, "one")
	pushed, err := image.Push(t.Context(), img, s.host+"/app:1", image.PushOptions{})
	must(t, err)
	dir := filepath.Join(t.TempDir(), "copy")
	cmd := exec.CommandContext(t.Context(), skopeo, "--insecure-policy", "copy", "--src-tls-verify=false", "--preserve-digests",
		"docker://"+pushed.Reference, "oci:"+dir+":1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	idx, err := layout.ImageIndexFromPath(dir)
	must(t, err)
	m, err := idx.IndexManifest()
	must(t, err)
	diff(t, pushed.Digest, m.Manifests[0].Digest.String())
	copied, err := idx.Image(m.Manifests[0].Digest)
	must(t, err)
	want, _ := contents(t, img)
	got, _ := contents(t, copied)
	diff(t, want, got)
}

func hangUp(t *testing.T, w http.ResponseWriter) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		t.Error(err)
		return
	}
	conn.Close()
}

func sizeOfLayers(t *testing.T, img *image.Built) (n int64) {
	t.Helper()
	m, err := img.Manifest()
	must(t, err)
	for _, l := range m.Layers {
		n += l.Size
	}
	return n
}

// sizeOf is everything that a first push sends.
func sizeOf(t *testing.T, img *image.Built) int64 {
	t.Helper()
	m, err := img.Manifest()
	must(t, err)
	raw, err := img.RawManifest()
	must(t, err)
	return sizeOfLayers(t, img) + m.Config.Size + int64(len(raw))
}

var _ io.Closer = (*image.Built)(nil)
