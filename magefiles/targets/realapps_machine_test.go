//go:build linux

package targets_test

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bellyfed/splitecs/magefiles/targets"
)

// embedded lets environment local run the application of the folder, and compares what it shows with the program that runs
// already: in a browser, where there is one.
func embedded(t *testing.T, v *visit) {
	w := *v.w
	w.t = t
	w.env = maps.Clone(v.w.env)
	delete(w.env, "AWS_ENDPOINT_URL")
	maps.Copy(w.env, map[string]string{
		"SPLITECS_ENV": "local", "SPLITECS_LOCAL_DIR": filepath.Join(t.TempDir(), "state"), "SPLITECS_LOCAL_PROGRAMS": "on", "SPLITECS_LOCAL_SPEED": "100",
	})
	t.Cleanup(func() { w.run(localReset) })
	w.run(localUp)
	w.want(0)
	lines := strings.Split(strings.TrimSpace(w.out.String()), "\n")
	url := lines[len(lines)-1]
	if strings.Contains(w.err.String(), "nothing runs") || !strings.HasPrefix(url, "http://127.0.0.1:") {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s", w.err.String())
		}
		t.Skipf("%s", w.err.String())
	}
	if r := fetch(t, url+v.app.basePath+"/health"); r.status != http.StatusOK {
		t.Errorf("%s/health: %d %s", url, r.status, r.body)
	}
	here, there := url+v.app.basePath+"/", v.url(ownAddress, "/")
	if got, want := fetch(t, here), fetch(t, there); got.status != want.status || got.header.Get("Content-Type") != want.header.Get("Content-Type") {
		t.Errorf("page: %d %q, want %d %q", got.status, got.header, want.status, want.header)
	}
	if got, want := screenshot(t, here), screenshot(t, there); !bytes.Equal(got, want) {
		t.Errorf("a browser shows another picture of %s than of %s", here, there)
	}
	w.run(in("local", targets.Set.ServiceStatus))
	w.want(0)
	w.prints("of memory")
	w.run(targets.Set.LocalDown)
	w.want(0, "nothing runs any more")
	if _, err := http.Get(url); err == nil {
		t.Errorf("%s answers after local:down", url)
	}
	if left, err := os.ReadDir(filepath.Join(w.env["SPLITECS_LOCAL_DIR"], "run", "tasks")); err != nil || len(left) > 0 {
		t.Errorf("after local:down: %v, %v", left, err)
	}
}

func fetch(t *testing.T, url string) response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	must(t, err)
	return answered(t, req)
}

// screenshot is the picture of a page, as a browser without a screen paints it.
func screenshot(t *testing.T, url string) []byte {
	t.Helper()
	var browser string
	for _, name := range []string{"chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			browser = path
			break
		}
	}
	if browser == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("judge missing: chromium")
		}
		t.Log("judge missing: chromium")
		return nil
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "page.png")
	cmd := exec.CommandContext(t.Context(), browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--no-first-run",
		"--disable-background-networking", "--window-size=1024,768", "--virtual-time-budget=5000", "--user-data-dir="+filepath.Join(dir, "profile"), "--screenshot="+file, url)
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = io.Discard, io.Discard, time.Minute
	must(t, cmd.Run())
	picture, err := os.ReadFile(file)
	must(t, err)
	return picture
}
