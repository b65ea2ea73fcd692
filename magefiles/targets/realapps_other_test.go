//go:build linux

package targets_test

import (
	"encoding/json"
	"encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/cfn"
)

// The applications of testdata that need no Node.js.
var otherApplications = []application{
	{ // What is committed has a name for the linker's values; release.txt is not, and does not change it.
		name: "go", sources: "go", image: cfn.Image{
			Source: "./cmd/shop", Files: []string{"ui", "public"},
			Go: cfn.GoBuild{Programs: []string{"./cmd/migrate"}, Values: map[string]string{"main.version": "{version}", "main.commit": "{commit}"}},
		},
		build: [][]string{
			{"git", "init", "--quiet"}, {"git", "add", "."},
			{"git", "-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "--quiet", "--message=shop"},
		},
		walls: []string{"/app/shop", "confined"}, oneOff: "/app/migrate",
		asks: [][]question{nodeQuestions, {
			{"the linker's values are those of the commit", stamped}, {"files lie beside the program", released}, {"the image's roots judge a server", judged},
		}, lastQuestions}, mistakes: goMistakes,
	},
	{
		name: "fastapi", sources: "fastapi", image: cfn.Image{Source: archived}, pack: byBuildah,
		build: [][]string{{"python3", "-m", "pip", "install", "--quiet", "--no-compile", "--target=packages", "--requirement=requirements.txt"}},
		walls: []string{"python3", "walls.py"}, oneOff: "python3 migrate.py",
		asks: [][]question{nodeQuestions, {{"a native module answers", typed}, {"archives and layouts of other tools run", formsRun}}, lastQuestions}, mistakes: archiveMistakes,
	},
}

// released is a file that was not there when the program was committed.
func released(t *testing.T, v *visit) {
	if body := v.get(t, "/release.txt").body; body != releases[0] {
		t.Errorf("/release.txt is %q", body)
	}
}

// stamped compares with what git says.
func stamped(t *testing.T, v *visit) {
	var got map[string]string
	must(t, json.Unmarshal([]byte(v.get(t, "/version").body), &got))
	described := strings.TrimSpace(command(t, v.w.dir, "git", "log", "-1", "--date=format:%Y%m%d", "--abbrev=7", "--format=%H %cd-%h"))
	if said := got["commit"] + " " + got["version"]; said != described {
		t.Errorf("%s, git says %s", said, described)
	}
}

// judged has the program call a server over TLS: first one whose authority nobody knows, then the same with that authority
// among the image's.
func judged(t *testing.T, v *visit) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of the refusal
	server.StartTLS()
	defer server.Close()
	type answer struct {
		Roots                   int
		Zone, User, Home, HTTPS string
	}
	var got answer
	must(t, json.Unmarshal([]byte(v.get(t, "/system?ask="+url.QueryEscape(server.URL)).body), &got))
	if got.Roots < 100 || got.Zone != "Europe/Berlin" || got.User != "app" || got.Home != "/home/app" {
		t.Errorf("the program finds %+v", got)
	}
	if !strings.Contains(got.HTTPS, "certificate signed by unknown authority") {
		t.Errorf("of an unknown authority: %s", got.HTTPS)
	}
	roots := filepath.Join(v.release.root, "etc/ssl/certs/ca-certificates.crt")
	known, err := os.ReadFile(roots)
	must(t, err)
	must(t, os.WriteFile(roots, slices.Concat(known, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})), 0o644))
	must(t, json.Unmarshal([]byte(v.running.exec(t, "/app/shop", "ask", server.URL).Output), &got))
	if got.HTTPS != "200 OK" {
		t.Errorf("of an authority among the image's: %s", got.HTTPS)
	}
}
