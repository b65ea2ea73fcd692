//go:build linux

package targets_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"mime/multipart"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// question is what a user of an application, or Fargate, expects of it.
type question struct {
	of  string
	ask func(*testing.T, *visit)
}

// The questions to every application, those to a server of Next.js, and those after which the first release runs no
// more.
var (
	questions = []question{
		{"it is healthy at every address", healthy},
		{"the container's health check passes", healthCheck},
		{"the page and its assets are there", page},
		{"variables reach the program", informed},
		{"it runs as its user on a read-only root", confined},
		{"service:run runs the command", oneOffCommand},
		{"the embedded AWS runs it", embedded},
	}
	nextQuestions = []question{
		{"a connection outlives the load balancer's", keepAlive},
		{"a prerendered page is renewed", renewed("/menu")},
		{"a prerendered page of a parameter is renewed", renewed("/dishes/laksa")},
		{"a page that was not prerendered is renewed", renewed("/dishes/rojak")},
		{"an image is made smaller once", optimised},
		{"a server action acts", acted},
		{"the second release shows what changed", validators},
		{"releases lose no page", rolledOut},
	}
	nativeQuestions = []question{{"native modules answer", nativeModules}}
	lastQuestions   = []question{{"SIGTERM ends it", terminated}, {"nothing complains of the file system", quiet}}
)

// patience is how long an answer may take to become the right one.
const patience = 10 * time.Second

// response is an answer of the application.
type response struct {
	status int
	header http.Header
	body   string
}

func (v *visit) url(address, path string) string {
	return fmt.Sprintf("http://%s:%d%s%s", address, v.port, v.app.basePath, path)
}

// ask sends a request with these headers, as name and value in turn.
func (v *visit) ask(t *testing.T, path string, headers ...string) response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, v.url(ownAddress, path), nil)
	must(t, err)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	return answered(t, req)
}

func answered(t *testing.T, req *http.Request) response {
	t.Helper()
	resp, err := http.DefaultClient.Do(req)
	must(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	must(t, err)
	return response{resp.StatusCode, resp.Header, string(body)}
}

// get fails the test unless the answer is 200 and has a body.
func (v *visit) get(t *testing.T, path string, headers ...string) response {
	t.Helper()
	r := v.ask(t, path, headers...)
	if r.status != http.StatusOK || r.body == "" {
		t.Errorf("%s: %d, %d bytes", path, r.status, len(r.body))
	}
	return r
}

// until asks again and again until the answer is right.
func until(t *testing.T, what string, right func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !right(); {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %v", what, patience)
		}
		select {
		case <-t.Context().Done():
			t.Fatal(t.Context().Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// awaits the server, which listens at its own address whatever else it does.
func (v *visit) awaits(t *testing.T) {
	t.Helper()
	until(t, "listen at "+v.url(ownAddress, ""), func() bool {
		select {
		case <-v.running.ended:
			t.Fatalf("%v ended with %d:\n%s", v.running.box.Program.Args, v.running.code, &v.running.log)
		default:
		}
		resp, err := http.Get(v.url(ownAddress, "/health"))
		if err == nil {
			resp.Body.Close()
		}
		return err == nil
	})
}

// The load balancer asks at the container's address, the container's health check by localhost.
func healthy(t *testing.T, v *visit) {
	for _, address := range []string{"127.0.0.1", ownAddress, "127.0.0.3"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, v.url(address, "/health"), nil)
		must(t, err)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Error(err)
			continue
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", address, resp.Status)
		}
	}
}

func healthCheck(t *testing.T, v *visit) {
	names := v.w.app.Names("dev")
	check := v.definition(t, &names.Family).HealthCheck
	if check == nil {
		t.Fatal("the task definition has none, and for a Next.js server it is the default")
	}
	var args []string
	switch check.Command[0] {
	case "CMD":
		args = check.Command[1:]
	case "CMD-SHELL":
		args = []string{"/bin/sh", "-c", check.Command[1]}
	default:
		t.Fatalf("command %q", check.Command)
	}
	if a := v.running.exec(t, args...); a.Exit != 0 {
		t.Errorf("%q: exit code %d\n%s", args, a.Exit, a.Output)
	}
}

var assets = regexp.MustCompile(`/_next/static/[^"\\ ?]+\.(?:js|css)|/plate\.svg`)

func page(t *testing.T, v *visit) {
	names := assets.FindAllString(v.get(t, v.home()).body, -1)
	if len(names) < 2 && v.app.sources == "" {
		t.Errorf("the page names no assets: %q", names)
	}
	for _, name := range names {
		v.get(t, name)
	}
}

// home is the path of the first page: with a basePath it has no slash at its end.
func (v *visit) home() string {
	if v.app.basePath != "" {
		return ""
	}
	return "/"
}

func informed(t *testing.T, v *visit) {
	var got map[string]string
	must(t, json.Unmarshal([]byte(v.get(t, "/environment").body), &got))
	if got["GREETING"] != greeting || v.app.image.Source == "" && got["NODE_ENV"] != "production" {
		t.Errorf("variables %v", got)
	}
}

// confined holds the runtime to its word, and the task definition: without them the other answers would mean little.
func confined(t *testing.T, v *visit) {
	const script = `const fs = require("fs"), write = (name) => { try { fs.writeFileSync(name, ""); return "written" } catch (e) { return e.code } };
		console.log(process.getuid(), process.getgid(), require("os").hostname(), write(process.cwd() + "/x"),
			/NoNewPrivs:\s*1/.test(fs.readFileSync("/proc/self/status", "utf8")), process.pid < 1000)`
	want := "1000 1000 " + foreignName + " EROFS true true\n"
	args := v.app.walls
	if args == nil {
		args = []string{"node", "-e", script}
	}
	if a := v.running.exec(t, args...); a.Output != want {
		t.Errorf("%swant %s", a.Output, want)
	}
}

// What ECS was asked to run is run: the image's entry point may turn a command into something else.
func oneOffCommand(t *testing.T, v *visit) {
	c := run(t, v.oneOff(t, cmp.Or(v.app.oneOff, "node migrate.js")+" --dry 'two words'"))
	code, err := c.wait(patience)
	must(t, err)
	if want := "migrated for " + greeting + `, arguments ["--dry","two words"]` + "\n"; code != 0 || c.log.String() != want {
		t.Errorf("%q: exit code %d\n%s\nwant %s", c.box.Program.Args, code, &c.log, want)
	}
}

func terminated(t *testing.T, v *visit) {
	http.DefaultClient.CloseIdleConnections() // as the load balancer does when it has let the task go
	must(t, json.NewEncoder(v.running.in).Encode(request{Signal: syscall.SIGTERM}))
	place, err := v.w.app.Place("dev")
	must(t, err)
	limit := place.Container.StopTimeout
	code, err := v.running.wait(limit)
	must(t, err)
	if code != 0 && code != 128+int(syscall.SIGTERM) {
		t.Errorf("exit code %d\n%s", code, &v.running.log)
	}
}

// Where the server gives up an idle connection before the load balancer does, a request can meet its end: 502.
func keepAlive(t *testing.T, v *visit) {
	said := v.get(t, "/health").header.Get("Keep-Alive")
	seconds, err := strconv.Atoi(strings.TrimPrefix(said, "timeout="))
	if err != nil || time.Duration(seconds)*time.Second <= balancerIdle {
		t.Errorf("Keep-Alive: %q, and the load balancer keeps its own for %v", said, balancerIdle)
	}
}

// balancerIdle is the idle timeout of the infra stack's load balancer.
const balancerIdle = 60 * time.Second

var clock = regexp.MustCompile(`<time>(\d+)</time>`)

// renewed asks for a page that is right for a second. The first answer may be as old as the build.
func renewed(path string) func(*testing.T, *visit) {
	return func(t *testing.T, v *visit) {
		at := func() string {
			m := clock.FindStringSubmatch(v.get(t, path).body)
			if m == nil {
				t.Fatalf("%s tells no time", path)
			}
			return m[1]
		}
		times := map[string]bool{}
		until(t, "three times of "+path, func() bool {
			times[at()] = true
			return len(times) >= 3
		})
	}
}

var optimisedImage = regexp.MustCompile(`/_next/image\?url=[^" ]+`)

func optimised(t *testing.T, v *visit) {
	address := html.UnescapeString(optimisedImage.FindString(v.get(t, v.home()).body))
	if address == "" {
		t.Fatal("the page has no optimised image")
	}
	until(t, "a cached "+address, func() bool {
		r := v.get(t, address, "Accept", "image/webp")
		if kind := r.header.Get("Content-Type"); kind != "image/webp" { // what sharp could not do is sent as it was
			t.Fatalf("%s is %s", address, kind)
		}
		return r.header.Get("X-Nextjs-Cache") == "HIT"
	})
}

var actionField = regexp.MustCompile(`name="(\$ACTION_ID_[0-9a-f]+)"`)

// acted sends the form as a browser without scripts does.
func acted(t *testing.T, v *visit) {
	field := actionField.FindStringSubmatch(v.get(t, "/orders").body)
	if field == nil {
		t.Fatal("the page has no action")
	}
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	must(t, form.WriteField(field[1], ""))
	must(t, form.WriteField("dish", "laksa"))
	must(t, form.Close())
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, v.url(ownAddress, "/orders"), &body)
	must(t, err)
	req.Header.Set("Content-Type", form.FormDataContentType())
	req.Header.Set("Origin", "http://"+req.URL.Host)
	if r := answered(t, req); r.status != http.StatusOK || !strings.Contains(r.body, "laksa</output>") {
		t.Errorf("%d\n%s", r.status, r.body)
	}
}

// validators asks a second release as a browser does that has files of the first. One of them has changed, and is as
// long as before.
func validators(t *testing.T, v *visit) {
	files := []struct {
		name   string
		status int
	}{{"/release.txt", http.StatusOK}, {"/robots.txt", http.StatusNotModified}}
	before := map[string]http.Header{}
	for _, f := range files {
		before[f.name] = v.get(t, f.name).header
	}
	first := v.running
	first.in.Close()
	<-first.ended
	v.deploy(t, 2)
	v.start(t)
	for _, f := range files {
		etag, modified := before[f.name].Get("ETag"), before[f.name].Get("Last-Modified")
		for _, headers := range [][]string{
			{"If-None-Match", etag, "If-Modified-Since", modified},
			{"If-None-Match", etag},
		} {
			r := v.ask(t, f.name, headers...)
			if r.status != f.status {
				t.Errorf("%s with %q: %d, want %d", f.name, headers, r.status, f.status)
			}
			if f.status == http.StatusOK && r.body != releases[1] {
				t.Errorf("%s is %q", f.name, r.body)
			}
		}
	}
}

var complaint = regexp.MustCompile(`(?m)^.*(EROFS|EACCES|EPERM|ENOENT|read-only file system).*$`)

func quiet(t *testing.T, v *visit) {
	for _, c := range v.started {
		if lines := complaint.FindAllString(c.log.String(), -1); len(lines) > 0 {
			t.Errorf("%d lines, such as %s", len(lines), lines[0])
		}
	}
}

func nativeModules(t *testing.T, v *visit) {
	var got struct {
		SQLite string
		PNG    int
	}
	must(t, json.Unmarshal([]byte(v.get(t, "/native").body), &got))
	if !strings.HasPrefix(got.SQLite, "3.") || got.PNG == 0 {
		t.Errorf("answer %+v", got)
	}
	until(t, "a line of the logging thread", func() bool { return strings.Contains(v.running.log.String(), "said by a thread") })
}
