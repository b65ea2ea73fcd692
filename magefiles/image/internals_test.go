package image

import (
	"archive/tar"
	"errors"
	"io"
	"io/fs"
	"net/url"
	"strings"
	"testing"
)

func TestFileThatChangesWhileItIsRead(t *testing.T) {
	for name, c := range map[string]struct {
		size    int64
		content string
		bad     bool
	}{
		"as announced": {5, "12345", false},
		"shorter":      {5, "1234", true},
		"longer":       {5, "123456", true},
		"emptied":      {5, "", true},
		"was empty":    {0, "1", true},
	} {
		w := &tarWriter{Writer: tar.NewWriter(io.Discard), buffer: make([]byte, 512)}
		err := w.file(&tar.Header{Name: "name", Size: c.size}, strings.NewReader(c.content))
		if (err != nil) != c.bad || c.bad && err.Error() != "changed while it was read" {
			t.Errorf("%s: %v", name, err)
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

func TestPublicURL(t *testing.T) {
	for in, want := range map[string]string{
		"https://github.com/bellyfed/web.git":       "https://github.com/bellyfed/web.git",
		"https://user:secret@github.com/web.git":    "https://github.com/web.git",
		"https://x-access-token@github.com/web.git": "https://github.com/web.git",
		"ssh://git@github.com:22/web.git":           "ssh://github.com:22/web.git",
		"git@github.com:bellyfed/web.git":           "git@github.com:bellyfed/web.git",
		"/srv/git/web.git":                          "",
		"../web":                                    "",
		"file:///srv/git/web.git":                   "",
		`C:\git\web`:                                "",
		"https://us%er@x":                           "",
		"":                                          "",
	} {
		if got := publicURL(in); got != want {
			t.Errorf("publicURL(%q) = %q, want %q", in, got, want)
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
