package balancer_test

import (
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/balancer"
)

func TestConditions(t *testing.T) {
	type list = []balancer.Condition
	path := func(v ...string) list { return list{{Field: "path-pattern", Values: v}} }
	host := func(v ...string) list { return list{{Field: "host-header", Values: v}} }
	header := func(v ...string) list { return list{{Field: "http-header", Header: "user-agent", Values: v}} }
	query := func(p ...balancer.Pair) list { return list{{Field: "query-string", Pairs: p}} }
	for name, c := range map[string]struct {
		when list
		ask  string // method path header…
		is   bool
	}{
		"path":                                  {path("/img/*"), "GET /img/a/b.png", true},
		"path in another case":                  {path("/img/*"), "GET /IMG/a", false},
		"path without what stands before":       {path("/img/*"), "GET /img", false},
		"path with one character":               {path("/a?c"), "GET /abc", true},
		"path with none for ?":                  {path("/a?c"), "GET /ac", false},
		"path, second value":                    {path("/x", "/y"), "GET /y", true},
		"path is not the query":                 {path("*.js"), "GET /a?b=.js", false},
		"path with stars that must go back":     {path("/*a*b*c"), "GET /aaabbbabcc", true},
		"path is normalised, dots":              {path("/admin/*"), "GET /x/../admin/y", true},
		"path is normalised, letters":           {path("/admin/*"), "GET /%61dmin/y", true},
		"path keeps an encoded slash":           {path("/a/b"), "GET /a%2Fb", false},
		"path by a regular expression":          {list{{Field: "path-pattern", Regexes: []string{"^/v[0-9]+/"}}}, "GET /v12/x", true},
		"host":                                  {host("*.example.com"), "GET / Host:test.example.com", true},
		"host, its own":                         {host("*.example.com"), "GET / Host:example.com", false},
		"host in another case, with a port":     {host("a.example.com"), "GET / Host:A.Example.COM:8080", true},
		"header":                                {header("*Chrome*", "*Safari*"), "GET / User-Agent:x-safari-y", true},
		"header without wildcards":              {header("chrome"), "GET / User-Agent:x-chrome", false},
		"header of several lines":               {list{{Field: "http-header", Header: "x-a", Values: []string{"2"}}}, "GET / X-A:1 X-A:2", true},
		"method":                                {list{{Field: "http-request-method", Values: []string{"POST", "PURGE"}}}, "PURGE /", true},
		"method, another":                       {list{{Field: "http-request-method", Values: []string{"POST"}}}, "GET /", false},
		"query by key":                          {query(balancer.Pair{Key: "version", Value: "v1"}), "GET /?a=b&Version=V1", true},
		"query by key, another":                 {query(balancer.Pair{Key: "version", Value: "v1"}), "GET /?a=v1", false},
		"query by value":                        {query(balancer.Pair{Value: "*example*"}), "GET /?any=an-example-1", true},
		"query by value without a key":          {query(balancer.Pair{Value: "example"}), "GET /?example", true},
		"query with a star that is one":         {query(balancer.Pair{Key: "a", Value: `\*`}), "GET /?a=b", false},
		"query with a star that is one, and is": {query(balancer.Pair{Key: "a", Value: `\*`}), "GET /?a=*", true},
		"no query":                              {query(balancer.Pair{Value: "*"}), "GET /", false},
		"source":                                {list{{Field: "source-ip", Values: []string{"10.0.0.0/8", "127.0.0.0/8"}}}, "GET /", true},
		"source is not what a header says":      {list{{Field: "source-ip", Values: []string{"10.0.0.0/8"}}}, "GET / X-Forwarded-For:10.0.0.1", false},
		"all of them":                           {append(path("/a"), host("b.c")...), "GET /a Host:b.c", true},
		"all but one":                           {append(path("/a"), host("b.c")...), "GET /a Host:b.d", false},
	} {
		t.Run(name, func(t *testing.T) {
			f := serve(t, balancer.Options{}, web(balancer.Listener{
				Default: fixed(http.StatusNotFound, ""),
				Rules:   []balancer.Rule{{Priority: 1, Conditions: c.when, Action: fixed(http.StatusOK, "")}},
			}))
			words := strings.Fields(c.ask)
			for i := range words[2:] {
				words[2+i] = strings.Replace(words[2+i], ":", ": ", 1)
			}
			if got := f.ask(t, words[0], words[1], words[2:]...); got.status == http.StatusOK != c.is {
				t.Errorf("answered %d", got.status)
			}
		})
	}
}

func fixed(status int, body string) balancer.Action {
	return balancer.Action{Fixed: &balancer.Fixed{Status: status, Body: body}}
}

func TestTheLowestPriorityComesFirst(t *testing.T) {
	all := []balancer.Condition{{Field: "path-pattern", Values: []string{"*"}}}
	f := serve(t, balancer.Options{}, web(balancer.Listener{Default: fixed(200, "default"), Rules: []balancer.Rule{
		{Priority: 30, Conditions: all, Action: fixed(200, "thirty")},
		{Priority: 4, Conditions: all, Action: fixed(200, "four")},
	}}))
	if got := f.ask(t, "GET", "/"); got.body != "four" || got.header.Get("Server") != "awselb/2.0" {
		t.Errorf("answered %+v", got)
	}
}

func TestRedirects(t *testing.T) {
	for name, c := range map[string]struct {
		redirect  balancer.Redirect
		path      string
		want      string
		listening int
	}{
		"to HTTPS":                          {balancer.Redirect{Protocol: "HTTPS", Port: "443", Host: "#{host}", Path: "/#{path}", Query: "#{query}", Status: 301}, "/a/b?c=d", "https://example.com:443/a/b?c=d", 80},
		"what is not given stays":           {balancer.Redirect{Host: "other.example.com", Status: 302}, "/a%20b", "http://other.example.com:8080/a%20b", 8080},
		"each word":                         {balancer.Redirect{Path: "/#{host}/#{port}/#{path}", Query: "p=#{protocol}&#{query}", Status: 302}, "/x?y=1", "http://example.com:81/example.com/81/x?p=http&y=1", 81},
		"no query":                          {balancer.Redirect{Path: "/new/#{path}", Status: 301}, "/", "http://example.com:80/new/", 80},
		"what a client sends is no keyword": {balancer.Redirect{Path: "/#{path}", Status: 301}, "/?q=%23{host}", "http://example.com:80/?q=%23{host}", 80},
	} {
		t.Run(name, func(t *testing.T) {
			f := serve(t, balancer.Options{}, web(balancer.Listener{Port: c.listening, Default: balancer.Action{Redirect: &c.redirect}}))
			got := f.ask(t, "GET", c.path, "Host: example.com:9999")
			if got.status != c.redirect.Status || got.header.Get("Location") != c.want {
				t.Errorf("%d to %s, want %s", got.status, got.header.Get("Location"), c.want)
			}
			title := map[int]string{301: "301 Moved Permanently", 302: "302 Found"}[got.status]
			if !strings.Contains(got.body, "<center><h1>"+title+"</h1></center>\r\n") || got.header.Get("Server") != "awselb/2.0" {
				t.Errorf("page %q, header %v", got.body, got.header)
			}
		})
	}
}

func TestForwardsAreWeighted(t *testing.T) {
	f := serve(t, balancer.Options{}, web(balancer.Listener{Default: balancer.Action{Forward: &balancer.Forward{Groups: []balancer.Weighted{
		{Group: "blue", Weight: 70}, {Group: "green", Weight: 30}, {Group: "none", Weight: 0},
	}}}}, group("blue", says(t, "blue")), group("green", says(t, "green")), group("none", says(t, "none"))))
	got, early := map[string]int{}, map[string]int{}
	for i := range 100 {
		name := f.ask(t, "GET", "/").body
		got[name]++
		if i < 10 {
			early[name]++
		}
	}
	if want := (map[string]int{"blue": 70, "green": 30}); !maps.Equal(got, want) {
		t.Errorf("of 100 requests %v", got)
	}
	if early["green"] < 2 || early["green"] > 4 {
		t.Errorf("of the first ten %v: they are not mixed", early)
	}
}

func TestTablesThatAreWrongChangeNothing(t *testing.T) {
	f := serve(t, balancer.Options{}, web(balancer.Listener{Default: fixed(200, "old")}))
	when := func(c balancer.Condition) balancer.Table {
		return web(balancer.Listener{Default: fixed(200, "new"), Rules: []balancer.Rule{{Priority: 1, Conditions: []balancer.Condition{c}, Action: fixed(200, "")}}})
	}
	for name, table := range map[string]balancer.Table{
		"no action":     web(balancer.Listener{}),
		"two actions":   web(balancer.Listener{Default: balancer.Action{Fixed: &balancer.Fixed{}, Redirect: &balancer.Redirect{}}}),
		"unknown group": web(balancer.Listener{Default: to("g")}),
		"group twice":   web(balancer.Listener{Default: to("g")}, group("g"), group("g")),
		"port":          {Listeners: []balancer.Listener{{Key: "web", Default: fixed(200, "new")}}},
		"expression":    when(balancer.Condition{Field: "path-pattern", Regexes: []string{"("}}),
		"block":         when(balancer.Condition{Field: "source-ip", Values: []string{"10.0.0.1"}}),
		"field":         when(balancer.Condition{Field: "cookie"}),
	} {
		if err := f.Set(table); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if got := f.ask(t, "GET", "/"); got.body != "old" {
		t.Errorf("answered %+v", got)
	}
}
