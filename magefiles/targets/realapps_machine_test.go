//go:build linux

package targets_test

import (
	"bytes"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bellyfed/splitecs/magefiles/internal/browser"
	"github.com/bellyfed/splitecs/magefiles/internal/crowd"
	"github.com/bellyfed/splitecs/magefiles/targets"
)

// machine lets environment local run the application of the folder. url is where it is.
func machine(t *testing.T, v *visit) (w *world, url string) {
	t.Helper()
	own := *v.w
	w, own.t = &own, t
	w.env = maps.Clone(v.w.env)
	delete(w.env, "AWS_ENDPOINT_URL")
	maps.Copy(w.env, map[string]string{
		"SPLITECS_ENV": "local", "SPLITECS_LOCAL_DIR": filepath.Join(t.TempDir(), "state"), "SPLITECS_LOCAL_PROGRAMS": "on", "SPLITECS_LOCAL_SPEED": "100",
	})
	t.Cleanup(func() { w.run(localReset) })
	w.run(localUp)
	w.want(0)
	lines := strings.Split(strings.TrimSpace(w.out.String()), "\n")
	url = lines[len(lines)-1]
	if strings.Contains(w.err.String(), "nothing runs") || !strings.HasPrefix(url, "http://127.0.0.1:") {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s", w.err.String())
		}
		t.Skipf("%s", w.err.String())
	}
	return w, url
}

// rolledOut releases the application again and again while many read its page.
func rolledOut(t *testing.T, v *visit) {
	times, requests := 2, int64(2000)
	if *realApps == "all" {
		times, requests = 10, 16000
	}
	w, url := machine(t, v)
	w.app.Environments = maps.Clone(w.app.Environments)
	local := w.app.Environments["local"]
	local.MinTasks, local.MaxTasks = 2, 2
	w.app.Environments["local"] = local
	release := func(n int) {
		withVariable("RELEASE", strconv.Itoa(n))(&w.app)
		w.run(in("local", targets.Set.ServiceDeploy))
		w.want(0)
	}
	release(0)
	c := crowd.Gather(t, crowd.Options{GET: true, URL: url + v.app.basePath + "/", Wanted: func(page string) bool { return strings.Contains(page, "</html>") }})
	for n := 1; n <= times || c.Asked() < requests; n++ {
		release(n)
		c.Await(min(int64(n)*requests/int64(times), requests))
	}
	asked, failed, why := c.End()
	t.Logf("%d of %d pages failed in at least %d releases", failed, asked, times)
	if failed > 0 || asked < requests {
		t.Errorf("%d of %d pages failed: %v", failed, asked, why)
	}
}

// paints is how long a browser may take for a page.
const paints = time.Minute

// embedded compares what environment local shows with the program that runs already: in a browser, where there is one.
func embedded(t *testing.T, v *visit) {
	w, url := machine(t, v)
	if r := fetch(t, url+v.app.basePath+"/health"); r.status != http.StatusOK {
		t.Errorf("%s/health: %d %s", url, r.status, r.body)
	}
	here, there := url+v.app.basePath+"/", v.url(ownAddress, "/")
	if got, want := fetch(t, here), fetch(t, there); got.status != want.status || got.header.Get("Content-Type") != want.header.Get("Content-Type") {
		t.Errorf("page: %d %q, want %d %q", got.status, got.header, want.status, want.header)
	}
	t.Run("a browser shows the same", func(t *testing.T) {
		chromium := browser.Find(t)
		if got, want := browser.Screenshot(t, chromium, here, paints), browser.Screenshot(t, chromium, there, paints); !bytes.Equal(got, want) {
			t.Errorf("a browser shows another picture of %s than of %s", here, there)
		}
	})
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
