package ecr_test

import (
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsecr "github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/validate"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecr/blobs"
)

// files counts the files below a folder.
func files(t *testing.T, dir string) int {
	t.Helper()
	n := 0
	err := filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			n++
		}
		return err
	})
	must(t, err)
	return n
}

func TestARestartSeesEverything(t *testing.T) {
	dir := t.TempDir()
	p := serve(t, dir)
	p.create("app")
	user, password := p.login()
	image := randomImage(t)
	must(t, remote.Write(p.ref("app:v1"), image, p.auth()))

	next := serve(t, dir)
	back, err := remote.Image(next.ref("app:v1"), next.auth())
	must(t, err)
	must(t, validate.Image(back))
	req, _ := http.NewRequest("GET", next.url+"/v2/", nil)
	req.SetBasicAuth(user, password) // a token of the process before
	res, err := http.DefaultClient.Do(req)
	must(t, err)
	res.Body.Close()
	wantStatus(t, res, 200)
}

func TestTwoProcessesOnOneFolder(t *testing.T) {
	dir := t.TempDir()
	two := []*place{serve(t, dir), serve(t, dir)}
	two[0].create("app")
	var all sync.WaitGroup
	for n, p := range two {
		auth := p.auth()
		for i := range 4 {
			image, ref := randomImage(t), p.ref(fmt.Sprintf("app:p%d-%d", n, i))
			all.Go(func() {
				if err := remote.Write(ref, image, auth); err != nil {
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
	for _, p := range two {
		tags, err := remote.List(p.ref("app:x").Context(), p.auth())
		must(t, err)
		if len(tags) != 8 {
			t.Errorf("tags %v", tags)
		}
	}
	index, err := random.Index(100, 1, 4)
	must(t, err)
	must(t, remote.WriteIndex(two[0].ref("app:many"), index, two[0].auth()))
	back, err := remote.Index(two[1].ref("app:many"), two[1].auth())
	must(t, err)
	must(t, validate.Index(back))
}

func TestDeletingReleasesFiles(t *testing.T) {
	dir := t.TempDir()
	p := serve(t, dir)
	p.create("app")
	p.create("copy")
	auth, image := p.auth(), randomImage(t)
	must(t, remote.Write(p.ref("app:v1"), image, auth))
	must(t, remote.Write(p.ref("copy:v1"), image, auth))
	must(t, remote.Write(p.ref("app:v2"), randomImage(t), auth))
	content := filepath.Join(dir, "blobs")
	const of = 5 // three layers, config, manifest
	if n := files(t, content); n != 2*of {
		t.Errorf("%d files", n)
	}
	drop := func(tag string) {
		_, err := p.client.BatchDeleteImage(ctx, &awsecr.BatchDeleteImageInput{RepositoryName: aws.String("app"), ImageIds: []types.ImageIdentifier{{ImageTag: &tag}}})
		must(t, err)
		p.do(func() error { return nil })
	}
	drop("v2")
	drop("v1") // copy has it still
	if n := files(t, content); n != of {
		t.Errorf("%d files after deleting images", n)
	}
	back, err := remote.Image(p.ref("copy:v1"), auth)
	must(t, err)
	must(t, validate.Image(back))
	_, err = p.client.DeleteRepository(ctx, &awsecr.DeleteRepositoryInput{RepositoryName: aws.String("copy"), Force: true})
	must(t, err)
	p.do(func() error { return nil })
	if n := files(t, content); n != 0 {
		t.Errorf("%d files after deleting the repository", n)
	}
}

func TestAnUploadSurvivesACrash(t *testing.T) {
	dir := t.TempDir()
	store := blobs.New(dir)
	id, err := store.Start("app")
	must(t, err)
	data := filepath.Join(dir, "uploads", id, "data")
	must(t, os.WriteFile(data, []byte("written, and then the process died"), 0o644))
	u, err := store.Resume("app", id)
	must(t, err)
	if _, err := store.Resume("app", id); err != blobs.ErrBusy {
		t.Errorf("a second request gets %v", err)
	}
	if got := u.Digest(); got != "sha256:252ecaa514a2446454b4f664e8077379ffdee95dcd0ade71445567a6cd8c37da" || u.Size != 34 {
		t.Errorf("%d bytes, %s", u.Size, got)
	}
	must(t, u.Close())
	long := time.Now().Add(-25 * time.Hour)
	must(t, os.Chtimes(data, long, long))
	store.Sweep(nil)
	if _, err := store.Resume("app", id); err != blobs.ErrUnknown {
		t.Errorf("an abandoned upload gives %v", err)
	}
}

// zeros is a stream of n zero bytes.
type zeros struct{ n int64 }

func (z *zeros) Read(p []byte) (int, error) {
	if z.n == 0 {
		return 0, io.EOF
	}
	n := int(min(z.n, int64(len(p))))
	clear(p[:n])
	z.n -= int64(n)
	return n, nil
}

func TestABigLayerStaysOutOfMemory(t *testing.T) {
	size, digest := int64(256<<20), "sha256:a6d72ac7690f53be6ae46ba88506bd97302a093f7108472bd9efc3cefda06484"
	if !testing.Short() {
		size, digest = 1<<30, "sha256:49bc20df15e412a64472421e13fe86ff1c5165e18b2afccf160d4dc19fe68a14"
	}
	p := serve(t, t.TempDir())
	p.create("app")
	user, password := p.login()
	const most = 64 << 20
	var peak atomic.Uint64
	done := make(chan struct{})
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak.Store(max(peak.Load(), m.HeapInuse+m.StackInuse))
			select {
			case <-done:
				return
			case <-tick.C:
			}
		}
	}()
	send := func(method, path string, body io.Reader) *http.Response {
		req, err := http.NewRequest(method, p.url+path, body)
		must(t, err)
		req.SetBasicAuth(user, password)
		res, err := http.DefaultClient.Do(req)
		must(t, err)
		t.Cleanup(func() { res.Body.Close() })
		return res
	}
	at := send("POST", "/v2/app/blobs/uploads/", nil).Header.Get("Location")
	wantStatus(t, send("PATCH", at, &zeros{size}), 202)
	wantStatus(t, send("PUT", at+"?digest="+digest, nil), 201)
	res := send("GET", "/v2/app/blobs/"+digest, nil)
	wantStatus(t, res, 200)
	n, err := io.Copy(io.Discard, res.Body)
	must(t, err)
	close(done)
	<-watched
	if n != size || peak.Load() > most {
		t.Errorf("%d bytes of %d came back; %d MiB of memory, at most %d are allowed", n, size, peak.Load()>>20, most>>20)
	}
	t.Logf("%d MiB up and down with %d MiB of memory", size>>20, peak.Load()>>20)
}
