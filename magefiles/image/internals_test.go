package image

import (
	"archive/tar"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// The buffer of these tests holds 8 bytes, so that "large" is what has more.
func TestFileThatChangesWhileItIsRead(t *testing.T) {
	for name, c := range map[string]struct {
		size    int64
		content []string // at the first and, of a large file, at the second reading
		bad     bool
	}{
		"as announced":               {5, []string{"12345"}, false},
		"empty":                      {0, []string{""}, false},
		"shorter":                    {5, []string{"1234"}, true},
		"longer":                     {5, []string{"123456"}, true},
		"emptied":                    {5, []string{""}, true},
		"was empty":                  {0, []string{"1"}, true},
		"just fits":                  {7, []string{"1234567"}, false},
		"does not quite fit":         {8, []string{"12345678"}, false},
		"large":                      {20, []string{"12345678901234567890"}, false},
		"large, shorter":             {20, []string{"1234567890123456789"}, true},
		"large, longer":              {20, []string{"123456789012345678901"}, true},
		"large, shorter at last":     {20, []string{"12345678901234567890", "1234567890123456789"}, true},
		"large, longer at last":      {20, []string{"12345678901234567890", "123456789012345678901"}, true},
		"large, another of its size": {20, []string{"12345678901234567890", "1234567890123456789x"}, true},
	} {
		w := &tarWriter{Writer: tar.NewWriter(io.Discard), buffer: make([]byte, 8)}
		err := w.file(&tar.Header{Name: "name", Size: c.size}, &readings{contents: c.content})
		if (err != nil) != c.bad || c.bad && err.Error() != "changed while it was read" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// readings is a file that holds something else each time that it is read; the last content stays.
type readings struct {
	contents []string
	reader   *strings.Reader
}

func (r *readings) Read(p []byte) (int, error) {
	if r.reader == nil {
		r.reader = strings.NewReader(r.contents[0])
	}
	return r.reader.Read(p)
}

func (r *readings) Seek(offset int64, whence int) (int64, error) {
	r.contents = r.contents[min(1, len(r.contents)-1):]
	r.reader = strings.NewReader(r.contents[0])
	return r.reader.Seek(offset, whence)
}

// The times are part of every digest: they must never be others.
func TestContentTimes(t *testing.T) {
	for content, want := range map[string]string{
		"":          "1980-01-02T00:00:00Z",
		"123456789": "1998-08-16T07:28:03Z", // its CRC-32C is e3069283, the check value of RFC 3720's polynomial
		"v1":        "1999-12-09T04:30:13Z",
		"v2":        "2008-10-23T00:17:37Z",
	} {
		if got := contentTime(crc32.Checksum([]byte(content), contents)).Format(time.RFC3339); got != want {
			t.Errorf("%q is of %s, want %s", content, got, want)
		}
	}
	for _, c := range []struct {
		checksum uint32
		want     string
	}{{0, "1980-01-02T00:00:00Z"}, {1, "1980-01-02T00:00:01Z"}, {span - 1, "2014-01-10T13:37:03Z"}, {span, "1980-01-02T00:00:00Z"}, {1<<32 - 1, "2014-01-10T13:37:03Z"}} {
		if got := contentTime(c.checksum).Format(time.RFC3339); got != c.want {
			t.Errorf("checksum %d: %s, want %s", c.checksum, got, c.want)
		}
	}
}

// Layers that were made when files had other times are in the user's cache, and must not come out of it.
func TestCacheOfAnotherFormatIsNotUsed(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), []byte("content"), 0o644); err != nil {
		t.Fatal(err)
	}
	later := func() time.Time { return time.Now().Add(time.Hour) }
	spec := Spec{Source: Source{Kind: KindFolder, Path: dir}, Entrypoint: []string{"x"}}
	plan := layerPlan{trees: []tree{{from: dir, to: DefaultWorkingDir}}}
	items, err := plan.scan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	today := recipe(Zstd)
	format, rest, _ := strings.Cut(today, " ")
	n, err := strconv.Atoi(format)
	if err != nil {
		t.Fatal(err)
	}
	for recipe, used := range map[string]bool{fmt.Sprint(n-1, " ", rest): false, today: true} {
		cache, err := OpenCache(t.TempDir(), DefaultCacheLimit)
		if err != nil {
			t.Fatal(err)
		}
		planted := v1.Hash{Algorithm: "sha256", Hex: strings.Repeat("a", 64)}
		shape, still := fingerprints(recipe, items, later())
		for _, key := range []string{shape, still} {
			cache.put(key, remembered{DiffID: planted, Digest: planted, Size: 1})
		}
		built, err := Build(t.Context(), spec, Options{Cache: cache, now: later})
		if err != nil {
			t.Fatal(err)
		}
		defer built.Close()
		layers, err := built.Layers()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := layers[0].Digest(); err != nil || (got == planted) != used {
			t.Errorf("recipe %q: layer %s, %v; planted was %s", recipe, got, err, planted)
		}
	}
}

func TestModes(t *testing.T) {
	for _, c := range []struct {
		mode fs.FileMode
		want int64
	}{{0o600, 0o644}, {0o444, 0o644}, {0o700, 0o755}, {0o655, 0o755}, {fs.ModeSetuid | 0o755, 0o755}} {
		if got := fileMode(c.mode); got != c.want {
			t.Errorf("file %v becomes %o, want %o", c.mode, got, c.want)
		}
	}
	for _, c := range []struct {
		mode fs.FileMode
		want int64
	}{{fs.ModeDir | 0o700, 0o755}, {fs.ModeDir | 0o777, 0o755}, {fs.ModeDir | fs.ModeSticky | 0o777, 0o1777}} {
		if got := folderMode(c.mode); got != c.want {
			t.Errorf("folder %v becomes %o, want %o", c.mode, got, c.want)
		}
	}
}

func TestTail(t *testing.T) {
	for _, c := range []struct {
		in, want string
		n        int
	}{
		{"short", "short", 10},
		{"one\ntwo\nthree", "…\nthree", 7},
		{"one long line", "…\nine", 3},
	} {
		if got := tail(c.in, c.n); got != c.want {
			t.Errorf("tail(%q, %d) = %q, want %q", c.in, c.n, got, c.want)
		}
	}
}

func TestBackToHost(t *testing.T) {
	asked := &url.URL{Scheme: "http", Host: "registry.localhost"}
	endpoint := &url.URL{Scheme: "http", Host: "127.0.0.1:4566"}
	for in, want := range map[string]string{
		"/v2/x?_state=1%2F2":                 "/v2/x?_state=1%2F2",
		"http://127.0.0.1:4566/v2/x?a=1%2F2": "http://registry.localhost/v2/x?a=1%2F2",
		"http://registry.localhost/v2/x":     "http://registry.localhost/v2/x",
		"https://bucket.example/blob":        "https://bucket.example/blob",
		"http://%zz":                         "http://%zz",
	} {
		if got := backToHost(in, asked, endpoint); got != want {
			t.Errorf("%s became %s, want %s", in, got, want)
		}
	}
}

func TestOnlyRegistryAnswersAreRefusals(t *testing.T) {
	if isImmutableTag(errors.New("immutable")) || hasStatus(io.EOF, 404) || hasCode(nil, "DENIED") || !isDisconnect(io.ErrUnexpectedEOF) {
		t.Error("an error that no registry gave was taken for an answer")
	}
}
