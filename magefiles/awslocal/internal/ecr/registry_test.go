package ecr_test

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsecr "github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/static"
	ggcr "github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecr/oci"
)

func randomImage(t *testing.T) v1.Image {
	t.Helper()
	image, err := random.Image(2000, 3)
	if err != nil {
		t.Fatal(err)
	}
	return image
}

func digestOf(t *testing.T, d interface{ Digest() (v1.Hash, error) }) string {
	t.Helper()
	h, err := d.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return h.String()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantDiagnostic(t *testing.T, err error, status int, code transport.ErrorCode, message string) {
	t.Helper()
	var e *transport.Error
	if !errors.As(err, &e) || e.StatusCode != status || len(e.Errors) != 1 || e.Errors[0].Code != code || e.Errors[0].Message != message {
		t.Fatalf("got %v\nwant %d %s: %s", err, status, code, message)
	}
}

func TestImagesAreWrittenAndRead(t *testing.T) {
	p := serve(t, t.TempDir())
	p.create("team/app")
	auth := p.auth()
	image := randomImage(t)
	must(t, remote.Write(p.ref("team/app:v1"), image, auth))
	must(t, remote.Write(p.ref("team/app:v1"), image, auth)) // again: mutable
	back, err := remote.Image(p.ref("team/app:v1"), auth)
	must(t, err)
	must(t, validate.Image(back))
	if digestOf(t, back) != digestOf(t, image) {
		t.Error("another image came back")
	}

	index, err := random.Index(1000, 2, 3)
	must(t, err)
	must(t, remote.WriteIndex(p.ref("team/app:many"), index, auth))
	backIndex, err := remote.Index(p.ref("team/app:many"), auth)
	must(t, err)
	must(t, validate.Index(backIndex))

	docker := mutate.MediaType(randomImage(t), ggcr.DockerManifestSchema2)
	must(t, remote.Write(p.ref("team/app:docker"), docker, auth))
	zstd := mutate.MediaType(mutate.ConfigMediaType(empty.Image, ggcr.OCIConfigJSON), ggcr.OCIManifestSchema1)
	zstd, err = mutate.Append(zstd, mutate.Addendum{Layer: static.NewLayer([]byte("zstd"), ggcr.OCILayerZStd)})
	must(t, err)
	must(t, remote.Write(p.ref("team/app:zstd"), zstd, auth))

	repo := p.ref("team/app:v1").Context()
	tags, err := remote.List(repo, auth, remote.WithPageSize(2))
	must(t, err)
	if !slices.Equal(tags, []string{"docker", "many", "v1", "zstd"}) {
		t.Errorf("tags %v", tags)
	}
	all, err := remote.Catalog(ctx, repo.Registry, auth)
	must(t, err)
	if !slices.Equal(all, []string{"team/app"}) {
		t.Errorf("repositories %v", all)
	}

	must(t, remote.Delete(p.ref("team/app@"+digestOf(t, image)), auth))
	_, err = remote.Image(p.ref("team/app:v1"), auth)
	wantDiagnostic(t, err, 404, "MANIFEST_UNKNOWN", "Requested image not found")
}

func TestRepositoryHasToExist(t *testing.T) {
	p := serve(t, t.TempDir())
	err := remote.Write(p.ref("nowhere:v1"), randomImage(t), p.auth())
	wantDiagnostic(t, err, 404, "NAME_UNKNOWN", "The repository with name 'nowhere' does not exist in the registry with id '000000000000'")
	for _, path := range []string{"/v2/nowhere/tags/list", "/v2/nowhere/manifests/x", "/v2/nowhere/blobs/" + string(oci.DigestOf(nil)), "/v2/a/../../etc/tags/list", "/v2/tags/list", "/v2/../manifests/x"} {
		wantStatus(t, p.request("GET", path, nil), 404)
	}
}

func TestTagsMayBeImmutable(t *testing.T) {
	p := serve(t, t.TempDir())
	_, err := p.client.CreateRepository(ctx, &awsecr.CreateRepositoryInput{
		RepositoryName: aws.String("app"), ImageTagMutability: types.ImageTagMutabilityImmutableWithExclusion,
		ImageTagMutabilityExclusionFilters: []types.ImageTagMutabilityExclusionFilter{{FilterType: "WILDCARD", Filter: aws.String("dev-*")}},
	})
	must(t, err)
	auth, one, two := p.auth(), randomImage(t), randomImage(t)
	must(t, remote.Write(p.ref("app:v1"), one, auth))
	const text = "The image tag 'v1' already exists in the 'app' repository and cannot be overwritten because the tag is immutable."
	wantDiagnostic(t, remote.Write(p.ref("app:v1"), two, auth), 400, "TAG_INVALID", text)
	raw, err := one.RawManifest() // equal content is refused too; the client itself would not send it
	must(t, err)
	res := p.request("PUT", "/v2/app/manifests/v1", strings.NewReader(string(raw)), "Content-Type", string(ggcr.DockerManifestSchema2))
	wantStatus(t, res, 400)
	if body, _ := io.ReadAll(res.Body); !strings.Contains(string(body), text) {
		t.Errorf("again: %s", body)
	}
	must(t, remote.Write(p.ref("app:dev-x"), one, auth))
	must(t, remote.Write(p.ref("app:dev-x"), two, auth))
	must(t, remote.Write(p.ref("app@"+digestOf(t, one)), one, auth)) // a digest is no tag
}

func TestCredentials(t *testing.T) {
	p := serve(t, t.TempDir())
	p.create("app")
	ask := func(user, password string) *http.Response {
		req, _ := http.NewRequest("GET", p.url+"/v2/", nil)
		if user != "" {
			req.SetBasicAuth(user, password)
		}
		res, err := http.DefaultClient.Do(req)
		must(t, err)
		res.Body.Close()
		return res
	}
	user, password := p.login()
	wantStatus(t, ask(user, password), 200)
	for _, wrong := range [][2]string{{"", ""}, {user, "x"}, {"me", password}, {user, password + "x"}, {user, "e30." + strings.SplitN(password, ".", 2)[1]}} {
		res := ask(wrong[0], wrong[1])
		wantStatus(t, res, 401)
		if got := res.Header.Get("Www-Authenticate"); got != `Basic realm="https://000000000000.dkr.ecr.ap-southeast-1.localhost/",service="ecr.amazonaws.com"` {
			t.Errorf("Www-Authenticate: %s", got)
		}
	}
	p.clock.Advance(12*time.Hour - time.Second)
	wantStatus(t, ask(user, password), 200)
	p.clock.Advance(time.Second)
	_, err := remote.Head(p.ref("app:v1"), remote.WithAuth(&authn.Basic{Username: user, Password: password}))
	if err == nil || !strings.Contains(err.Error(), "403") {
		t.Errorf("an expired token: %v", err)
	}
	_, err = remote.Get(p.ref("app:v1"), remote.WithAuth(&authn.Basic{Username: user, Password: password}))
	wantDiagnostic(t, err, 403, "DENIED", "Your authorization token has expired. Reauthenticate and try again.")
}

func TestBlobsMountAcrossRepositories(t *testing.T) {
	p := serve(t, t.TempDir())
	p.create("from")
	p.create("to")
	p.create("other")
	content := "a layer"
	d := string(oci.DigestOf([]byte(content)))
	wantStatus(t, p.request("POST", "/v2/from/blobs/uploads/?digest="+d, strings.NewReader(content)), 201)
	wantStatus(t, p.request("HEAD", "/v2/to/blobs/"+d, nil), 404) // blobs belong to repositories
	wantStatus(t, p.request("POST", "/v2/to/blobs/uploads/?mount="+d+"&from=from", nil), 201)
	wantStatus(t, p.request("HEAD", "/v2/to/blobs/"+d, nil), 200)
	wantStatus(t, p.request("POST", "/v2/other/blobs/uploads/?mount="+d+"&from=nowhere", nil), 202)
	wantStatus(t, p.request("DELETE", "/v2/to/blobs/"+d, nil), 405)

	res := p.request("GET", "/v2/to/blobs/"+d, nil, "Range", "bytes=2-6")
	wantStatus(t, res, 206)
	if part, _ := io.ReadAll(res.Body); string(part) != "layer" {
		t.Errorf("range 2-6 of %q is %q", content, part)
	}
	wantStatus(t, p.request("GET", "/v2/to/blobs/"+d, nil, "Range", "bytes=99-"), 416)

	auth, image := p.auth(), randomImage(t) // the same by the client
	must(t, remote.Write(p.ref("from:v1"), image, auth))
	source, err := remote.Image(p.ref("from:v1"), auth)
	must(t, err)
	must(t, remote.Write(p.ref("to:v1"), source, auth))
}

func TestUploadsInChunks(t *testing.T) {
	dir := t.TempDir()
	p := serve(t, dir)
	p.create("app")
	p.create("other")
	res := p.request("POST", "/v2/app/blobs/uploads/", nil)
	wantStatus(t, res, 202)
	at := res.Header.Get("Location")
	chunk := func(from *place, content, r string) *http.Response {
		return from.request("PATCH", at, strings.NewReader(content), "Content-Range", r)
	}
	wantStatus(t, chunk(p, "hello", "0-4"), 202)
	for _, wrong := range []string{"0-4", "6-10", "4-8", "9-5", "x", "bytes 5-9", "5-", "-5-9"} {
		wantStatus(t, chunk(p, "world", wrong), 416)
	}
	wantStatus(t, chunk(p, "world", "5-10"), 400) // more than there is
	wantStatus(t, p.request("PATCH", strings.Replace(at, "/app/", "/other/", 1), nil), 404)
	wantStatus(t, p.request("PATCH", "/v2/app/blobs/uploads/..%2f..%2fstate", nil), 404)

	again := serve(t, dir) // another process goes on
	res = again.request("GET", at, nil)
	wantStatus(t, res, 204)
	if got := res.Header.Get("Range"); got != "0-4" {
		t.Errorf("Range: %s", got)
	}
	wantStatus(t, chunk(again, " worl", "5-9"), 202)
	d := string(oci.DigestOf([]byte("hello world")))
	wantStatus(t, again.request("PUT", at+"?digest="+d, strings.NewReader("d"), "Content-Range", "10-10"), 201)
	wantStatus(t, p.request("HEAD", "/v2/app/blobs/"+d, nil), 200)
	wantStatus(t, p.request("PATCH", at, nil), 404) // it has ended

	res = p.request("POST", "/v2/app/blobs/uploads/", nil)
	at = res.Header.Get("Location")
	wantStatus(t, p.request("PUT", at+"?digest="+d, strings.NewReader("something else")), 400)
	wantStatus(t, p.request("GET", at, nil), 404)
	res = p.request("POST", "/v2/app/blobs/uploads/", nil)
	at = res.Header.Get("Location")
	wantStatus(t, p.request("PUT", at, nil), 400)
	wantStatus(t, p.request("DELETE", at, nil), 204)
	wantStatus(t, p.request("DELETE", at, nil), 404)
	wantStatus(t, p.request("POST", "/v2/app/blobs/uploads/?digest=sha256:nonsense", nil), 400)
}

func TestManifestsNeedWhatTheyName(t *testing.T) {
	p := serve(t, t.TempDir())
	p.create("app")
	image := randomImage(t)
	raw, err := image.RawManifest()
	must(t, err)
	kind, err := image.MediaType()
	must(t, err)
	put := func(ref, content, mediaType string) *http.Response {
		return p.request("PUT", "/v2/app/manifests/"+ref, strings.NewReader(content), "Content-Type", mediaType)
	}
	wantStatus(t, put("v1", string(raw), string(kind)), 400)
	must(t, remote.Write(p.ref("app:v0"), image, p.auth()))
	wantStatus(t, put("v1", string(raw), string(kind)), 201)
	for _, wrong := range [][3]string{
		{"v2", string(raw), "text/plain"},
		{"v2", string(raw), oci.OCIIndex},
		{"v2", "no json", string(kind)},
		{"v2", `{"schemaVersion":2}`, string(kind)},
		{"-v2", string(raw), string(kind)},
		{"sha256:zz", string(raw), string(kind)},
		{string(oci.DigestOf(nil)), string(raw), string(kind)},
		{"v2", `{"schemaVersion":2,"manifests":[{"mediaType":"` + oci.OCIManifest + `","size":3,"digest":"` + string(oci.DigestOf(nil)) + `"}]}`, oci.OCIIndex},
		{"v2", strings.Replace(string(raw), `"size":`, `"size":1`, 1), string(kind)},
	} {
		res := put(wrong[0], wrong[1], wrong[2])
		body, _ := io.ReadAll(res.Body)
		if res.StatusCode != 400 || !strings.HasPrefix(string(body), `{"errors":[{"code":"`) {
			t.Errorf("PUT of %.80q as %s: %s %s", wrong[1], wrong[0], res.Status, body)
		}
	}
	wantStatus(t, put("v2", strings.Repeat(" ", oci.MaxManifest+1), string(kind)), 413)
}

func TestReferrers(t *testing.T) {
	p := serve(t, t.TempDir())
	p.create("app")
	auth, image := p.auth(), randomImage(t)
	must(t, remote.Write(p.ref("app:v1"), image, auth))
	subject, err := remote.Head(p.ref("app:v1"), auth)
	must(t, err)
	signature := mutate.MediaType(mutate.ConfigMediaType(empty.Image, "application/vnd.example.signature"), ggcr.OCIManifestSchema1)
	signature = mutate.Annotations(signature, map[string]string{"who": "me"}).(v1.Image)
	signature = mutate.Subject(signature, *subject).(v1.Image) // last: the others drop it
	must(t, remote.Write(p.ref("app@"+digestOf(t, signature)), signature, auth))
	at := p.ref("app@" + subject.Digest.String()).(name.Digest)
	found, err := remote.Referrers(at, auth)
	must(t, err)
	m, err := found.IndexManifest()
	must(t, err)
	if len(m.Manifests) != 1 || m.Manifests[0].ArtifactType != "application/vnd.example.signature" || m.Manifests[0].Annotations["who"] != "me" {
		t.Errorf("referrers %+v", m.Manifests)
	}
	res := p.request("GET", "/v2/app/referrers/"+subject.Digest.String()+"?artifactType=other", nil)
	wantStatus(t, res, 200)
	body, _ := io.ReadAll(res.Body)
	if res.Header.Get("OCI-Filters-Applied") != "artifactType" || !strings.Contains(string(body), `"manifests":[]`) {
		t.Errorf("filtered: %v %s", res.Header, body)
	}
}

// A layer that is larger than ECR takes is refused when it is announced, before a byte of it is read.
func TestALayerIsBounded(t *testing.T) {
	p := serve(t, t.TempDir())
	p.create("app")
	at := p.request(http.MethodPost, "/v2/app/blobs/uploads/", nil).Header.Get("Location")
	body, end := io.Pipe() // nothing ever comes
	defer end.Close()
	req, err := http.NewRequest(http.MethodPatch, p.url+at, body)
	if err != nil {
		t.Fatal(err)
	}
	req.ContentLength = 60_000 << 20
	req.SetBasicAuth(p.login())
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	wantStatus(t, res, http.StatusRequestEntityTooLarge)
}
