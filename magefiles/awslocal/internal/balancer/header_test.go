package balancer_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/balancer"
)

// seen is a program that remembers the request that it got.
func seen(t *testing.T, h http.HandlerFunc) (a balancer.Group, last func() *http.Request) {
	got := make(chan *http.Request, 10)
	address := program(t, func(w http.ResponseWriter, r *http.Request) {
		got <- r
		if h != nil {
			h(w, r)
		}
	})
	return group("g", address), func() *http.Request { return <-got }
}

func TestTargetsAreToldOfTheClient(t *testing.T) {
	for name, c := range map[string]struct {
		port       int
		https      bool
		attributes balancer.Attributes
		sent       []string
		want       map[string]string // - : not there
	}{
		"by default": {80, false, balancer.Attributes{}, nil, map[string]string{
			"Host": "example.com", "X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "http", "X-Forwarded-Port": "80", "X-Forwarded-Host": "-",
		}},
		"HTTPS": {443, true, balancer.Attributes{}, nil, map[string]string{"Host": "example.com", "X-Forwarded-Proto": "https", "X-Forwarded-Port": "443"}},
		"behind another proxy": {80, false, balancer.Attributes{}, []string{"X-Forwarded-For: 192.0.2.1", "X-Forwarded-For: 192.0.2.2", "X-Forwarded-Proto: https", "X-Forwarded-Port: 443", "X-Forwarded-Host: a", "Forwarded: for=b"}, map[string]string{
			"X-Forwarded-For": "192.0.2.1, 192.0.2.2, 127.0.0.1", "X-Forwarded-Proto": "http", "X-Forwarded-Port": "80", "X-Forwarded-Host": "a", "Forwarded": "for=b",
		}},
		"preserve":                 {80, false, balancer.Attributes{ForwardedFor: "preserve"}, []string{"X-Forwarded-For: 192.0.2.1"}, map[string]string{"X-Forwarded-For": "192.0.2.1"}},
		"preserve nothing":         {80, false, balancer.Attributes{ForwardedFor: "preserve"}, nil, map[string]string{"X-Forwarded-For": "-"}},
		"remove":                   {80, false, balancer.Attributes{ForwardedFor: "remove"}, []string{"X-Forwarded-For: 192.0.2.1"}, map[string]string{"X-Forwarded-For": "-"}},
		"another port":             {8080, false, balancer.Attributes{}, nil, map[string]string{"Host": "example.com:8080", "X-Forwarded-Port": "8080"}},
		"another port, told":       {8080, false, balancer.Attributes{}, []string{"Host: a.example:9"}, map[string]string{"Host": "a.example:9"}},
		"host as it is":            {8080, false, balancer.Attributes{PreserveHost: true}, nil, map[string]string{"Host": "example.com"}},
		"names":                    {80, false, balancer.Attributes{}, []string{"X_A: 1", "X-B: 2"}, map[string]string{"X_a": "1", "X-B": "2"}},
		"names that are not valid": {80, false, balancer.Attributes{DropInvalidHeaders: true}, []string{"X_A: 1", "X-B: 2"}, map[string]string{"X_a": "-", "X-B": "2"}},
		"of one connection": {80, false, balancer.Attributes{}, []string{"Connection: x-a, keep-alive", "X-A: 1", "Keep-Alive: 5", "Proxy-Authorization: b", "X-B: 2"}, map[string]string{
			"X-A": "-", "Keep-Alive": "-", "Proxy-Authorization": "-", "Connection": "-", "X-B": "2",
		}},
		"nothing of its own": {80, false, balancer.Attributes{}, []string{"User-Agent: "}, map[string]string{"User-Agent": "-", "Accept-Encoding": "-"}},
	} {
		t.Run(name, func(t *testing.T) {
			g, last := seen(t, nil)
			f := serve(t, balancer.Options{}, web(balancer.Listener{Port: c.port, HTTPS: c.https, Attributes: c.attributes, Default: to("g")}, g))
			f.ask(t, "GET", "/", append([]string{"Host: example.com"}, c.sent...)...)
			r := last()
			r.Header.Set("Host", r.Host)
			for name, want := range c.want {
				got := "-"
				if v, ok := r.Header[name]; ok {
					got = strings.Join(v, "|")
				}
				if got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
		})
	}
}

func TestClientPortInForwardedFor(t *testing.T) {
	g, last := seen(t, nil)
	f := serve(t, balancer.Options{}, web(balancer.Listener{Attributes: balancer.Attributes{ForwardedForPort: true}, Default: to("g")}, g))
	f.ask(t, "GET", "/")
	if got := last().Header.Get("X-Forwarded-For"); !regexp.MustCompile(`^127\.0\.0\.1:\d+$`).MatchString(got) {
		t.Errorf("X-Forwarded-For is %q", got)
	}
}

func TestAddressesArriveAsTheyWereSent(t *testing.T) {
	g, last := seen(t, nil)
	f := serve(t, balancer.Options{}, web(balancer.Listener{Default: to("g")}, g))
	for _, uri := range []string{"/", "/a|b", "/a%2Fb//c", "//host/path", "/a%20b?x=1;y=%zz&", "/%41?", "/a/../b/./c"} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RequestURI, r.RemoteAddr = uri, "127.0.0.1:1"
		f.Handler("web").ServeHTTP(httptest.NewRecorder(), r)
		if got := last().RequestURI; got != uri {
			t.Errorf("%s arrived as %s", uri, got)
		}
	}
}

func TestRequestsAreTraced(t *testing.T) {
	g, last := seen(t, nil)
	f := serve(t, balancer.Options{}, web(balancer.Listener{Default: to("g")}, g))
	const id = `1-[0-9a-f]{8}-[0-9a-f]{24}`
	for sent, want := range map[string]string{
		"": `Root=` + id,
		"Root=1-67891233-abcdef012345678912345678":                `Self=` + id + `;Root=1-67891233-abcdef012345678912345678`,
		"Self=1-2-3;Root=1-67891233-abcdef012345678912345678;A=b": `Self=` + id + `;Root=1-67891233-abcdef012345678912345678;A=b`,
		"Root=" + strings.Repeat("a", 7<<10):                      `Root=` + id,
	} {
		f.ask(t, "GET", "/", "X-Amzn-Trace-Id: "+sent)
		if got := last().Header.Get("X-Amzn-Trace-Id"); !regexp.MustCompile("^" + want + "$").MatchString(got) {
			t.Errorf("%.60q became %q", sent, got)
		}
	}
}

func TestAnswersPassAsTheyAre(t *testing.T) {
	target := program(t, func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h["Content-Type"], h["Date"] = nil, nil
		h.Set("Server", "mine")
		h.Set("Keep-Alive", "timeout=5")
		h.Add("Set-Cookie", "a=1")
		h.Add("Set-Cookie", "b=2")
		h.Set("Content-Encoding", "gzip") // and is not
		w.WriteHeader(http.StatusTeapot)
		_, _ = w.Write([]byte("<html>"))
	})
	f := serve(t, balancer.Options{}, plain(target))
	got := f.ask(t, "GET", "/")
	got.header.Del("Date")
	want := http.Header{"Server": {"mine"}, "Set-Cookie": {"a=1", "b=2"}, "Content-Encoding": {"gzip"}, "Content-Length": {"6"}}
	if got.status != http.StatusTeapot || got.body != "<html>" || !maps.EqualFunc(got.header, want, slices.Equal) {
		t.Errorf("answered %+v", got)
	}
	if head := f.ask(t, "HEAD", "/"); head.body != "" || head.header.Get("Content-Length") != "6" {
		t.Errorf("HEAD: %+v", head)
	}
}

func TestListenersDressAnswers(t *testing.T) {
	attributes := balancer.Attributes{HideServer: true, ResponseHeaders: map[string]string{"X-Frame-Options": "DENY", "Content-Security-Policy": ""}}
	g, _ := seen(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Server", "mine") })
	for name, action := range map[string]balancer.Action{"forward": to("g"), "fixed": fixed(200, "")} {
		f := serve(t, balancer.Options{}, web(balancer.Listener{Attributes: attributes, Default: action}, g))
		got := f.ask(t, "GET", "/")
		if got.header.Get("Server") != "" || got.header.Get("X-Frame-Options") != "DENY" || got.header["Content-Security-Policy"] != nil {
			t.Errorf("%s: %v", name, got.header)
		}
	}
}

func TestWhatIsRefused(t *testing.T) {
	f := serve(t, balancer.Options{Refuse: func(r *http.Request) string {
		if r.Header.Get("Origin") != "" {
			return "a page asks"
		}
		return ""
	}}, plain(says(t, "hello")))
	long := strings.Repeat("a", 15<<10)
	for name, c := range map[string]struct {
		method, path string
		lines        []string
		status       int
		page         string
	}{
		"what is not":            {"GET", "/", nil, 200, "hello"},
		"a page":                 {"GET", "/", []string{"Origin: http://evil.example"}, 403, "a page asks\n"},
		"TRACE":                  {"TRACE", "/", nil, 405, "405 Not Allowed"},
		"a long address":         {"GET", "/?" + long + long, nil, 414, "414 Request-URI Too Large"},
		"a long line":            {"GET", "/", []string{"X-A: " + long + long}, 400, "400 Bad Request"},
		"a long header":          {"GET", "/", []string{"A: " + long, "B: " + long, "C: " + long, "D: " + long, "E: " + long}, 400, "400 Bad Request"},
		"one that is not longer": {"GET", "/", []string{"A: " + long, "B: " + long, "C: " + long}, 200, "hello"},
		"many addresses":         {"GET", "/", []string{"X-Forwarded-For: " + strings.Repeat("192.0.2.1, ", 30) + "192.0.2.1"}, 463, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := f.ask(t, c.method, c.path, c.lines...)
			if got.status != c.status || !strings.Contains(got.body, c.page) {
				t.Errorf("answered %d %s", got.status, got.body)
			}
		})
	}
}
