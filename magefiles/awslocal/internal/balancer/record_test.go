package balancer_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/balancer"
)

// The lines are those of AWS's documentation, but for times, ports and sizes of headers.
func TestAccessLogs(t *testing.T) {
	all := []balancer.Condition{{Field: "path-pattern", Values: []string{"/old*"}}}
	one := []balancer.Condition{{Field: "path-pattern", Values: []string{"/fixed"}}}
	logged := make(chan balancer.Record, 1)
	g := group("arn:g", program(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte(strings.Repeat("a", 5000)))
	}))
	g2 := group("arn:empty")
	f := serve(t, balancer.Options{Log: func(r balancer.Record) { logged <- r }}, web(balancer.Listener{
		LoadBalancer: "app/web/1", Default: to("arn:g"), Rules: []balancer.Rule{
			{Priority: 7, Conditions: all, Action: balancer.Action{Redirect: &balancer.Redirect{Path: "/new", Status: 301}}},
			{Priority: 9, Conditions: one, Action: fixed(200, "x")},
			{Priority: 11, Conditions: []balancer.Condition{{Field: "path-pattern", Values: []string{"/empty"}}}, Action: to("arn:empty")},
		},
	}, g, g2))
	const (
		begin  = `http \S+Z app/web/1 127\.0\.0\.1:\d+ `
		times  = ` 0\.\d{3} 0\.\d{3} 0\.000 `
		none   = ` -1 -1 -1 `
		target = `127\.0\.0\.1:\d+`
		agent  = ` "agent \\x22x\\x22" - - `
		end    = ` "-" "-" -`
	)
	for ask, want := range map[string]string{
		"GET /a?b":    begin + target + times + `404 404 \d{2,3} 5\d{3} "GET http://example\.com:80/a\?b HTTP/1\.1"` + agent + `arn:g "Root=1-[0-9a-f]{8}-[0-9a-f]{24}" "-" "-" 0 \S+Z "forward" "-" "-" "` + target + `" "404"` + end,
		"GET /old":    begin + `-` + none + `301 - \d+ \d+ "GET http://example\.com:80/old HTTP/1\.1"` + agent + `- "-" "-" "-" 7 \S+Z "redirect" "http://example\.com:80/new" "-" "-" "-"` + end,
		"HEAD /fixed": begin + `-` + none + `200 - \d+ \d+ "HEAD http://example\.com:80/fixed HTTP/1\.1"` + agent + `- "-" "-" "-" 9 \S+Z "fixed-response" "-" "-" "-" "-"` + end,
		"GET /empty":  begin + `-` + none + `503 - \d+ \d+ "GET http://example\.com:80/empty HTTP/1\.1"` + agent + `arn:empty "-" "-" "-" 11 \S+Z "forward" "-" "-" "-" "-"` + end,
		"TRACE /":     begin + `-` + none + `405 - \d+ \d+ "TRACE http://example\.com:80/ HTTP/1\.1"` + agent + `- "-" "-" "-" - \S+Z "-" "-" "-" "-" "-"` + end,
	} {
		method, path, _ := strings.Cut(ask, " ")
		f.ask(t, method, path, "Host: example.com", `User-Agent: agent "x"`)
		select {
		case got := <-logged:
			if !regexp.MustCompile("^" + want + "$").MatchString(got.String()) {
				t.Errorf("%s:\n%s\nis not\n%s", ask, got, want)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("%s: nothing was logged", ask)
		}
	}
}

func TestListenersThatAreNotThere(t *testing.T) {
	f := serve(t, balancer.Options{}, plain(says(t, "hello")))
	set(t, f, balancer.Table{})
	if got := f.ask(t, "GET", "/"); got.status != 503 {
		t.Errorf("answered %+v", got)
	}
}
