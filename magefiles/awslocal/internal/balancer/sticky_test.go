package balancer_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/balancer"
)

// browser asks with the cookies that it was given, and tells who answered, how often.
func (f front) browser(t *testing.T) func(times int) map[string]int {
	jar, _ := cookiejar.New(nil)
	return func(times int) map[string]int {
		got := map[string]int{}
		for range times {
			r, _ := http.NewRequest("GET", f.URL, nil)
			for _, c := range jar.Cookies(r.URL) {
				r.AddCookie(c)
			}
			a := send(t, r)
			jar.SetCookies(r.URL, (&http.Response{Header: a.header}).Cookies())
			got[a.body]++
		}
		return got
	}
}

func TestSessionsStickToTargets(t *testing.T) {
	a, b := says(t, "a"), says(t, "b")
	g := group("g", a, b)
	g.Sticky = balancer.Sticky{Duration: time.Hour}
	f := serve(t, balancer.Options{}, web(balancer.Listener{Default: to("g")}, g))
	if one := f.ask(t, "GET", "/"); !strings.HasPrefix(one.header["Set-Cookie"][0], "AWSALB=") || !strings.Contains(one.header["Set-Cookie"][0], "; Path=/; Expires=") ||
		!strings.HasPrefix(one.header["Set-Cookie"][1], "AWSALBCORS=") || !strings.HasSuffix(one.header["Set-Cookie"][1], "; SameSite=None") {
		t.Errorf("cookies %q", one.header["Set-Cookie"])
	}
	ask := f.browser(t)
	first := ask(10)
	if len(first) != 1 {
		t.Fatalf("answered by %v", first)
	}
	// The target drains: the session goes to the other one, and stays there when the first is back.
	left, stays, at := "a", "b", 0
	if first["b"] > 0 {
		left, stays, at = "b", "a", 1
	}
	g.Targets[at].State = balancer.Draining
	set(t, f, web(balancer.Listener{Default: to("g")}, g))
	if got := ask(5); got[stays] != 5 {
		t.Errorf("while %s drains: %v", left, got)
	}
	g.Targets[at].State = balancer.Healthy
	set(t, f, web(balancer.Listener{Default: to("g")}, g))
	if got := ask(5); got[stays] != 5 {
		t.Errorf("when %s is back: %v", left, got)
	}
	// A cookie that nobody made is as none.
	if got := f.ask(t, "GET", "/", "Cookie: AWSALB=%%%"); got.status != 200 {
		t.Errorf("answered %+v", got)
	}
}

func set(t testing.TB, f front, table balancer.Table) {
	t.Helper()
	if err := f.Set(table); err != nil {
		t.Fatal(err)
	}
}

func TestSessionsStickByTheProgramsCookie(t *testing.T) {
	named := func(name string) netip.AddrPort {
		return program(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/login" {
				w.Header().Set("Set-Cookie", "session=1; Path=/")
			}
			_, _ = w.Write([]byte(name))
		})
	}
	g := group("g", named("a"), named("b"))
	g.Sticky = balancer.Sticky{Duration: time.Hour, AppCookie: "session"}
	f := serve(t, balancer.Options{}, web(balancer.Listener{Default: to("g")}, g))
	if got := f.browser(t)(10); got["a"] != 5 || got["b"] != 5 {
		t.Errorf("before there is a session: %v", got)
	}
	in := f.ask(t, "GET", "/login")
	var cookies []string
	for _, c := range (&http.Response{Header: in.header}).Cookies() {
		cookies = append(cookies, c.Name+"="+c.Value)
	}
	if len(cookies) != 3 || !strings.HasPrefix(cookies[1], "AWSALBAPP-0=") {
		t.Fatalf("cookies %q", cookies)
	}
	for range 5 {
		if got := f.ask(t, "GET", "/", "Cookie: "+strings.Join(cookies, "; ")); got.body != in.body || len(got.header["Set-Cookie"]) != 2 {
			t.Errorf("answered %+v", got)
		}
	}
	both := map[string]bool{}
	for range 4 { // the load balancer's alone is not enough
		both[f.ask(t, "GET", "/", "Cookie: "+cookies[1]).body] = true
	}
	if len(both) != 2 {
		t.Errorf("answered by %v", both)
	}
}

func TestSessionsStickToGroups(t *testing.T) {
	table := web(balancer.Listener{Default: balancer.Action{Forward: &balancer.Forward{Sticky: time.Hour, Groups: []balancer.Weighted{
		{Group: "blue", Weight: 1}, {Group: "green", Weight: 1},
	}}}}, group("blue", says(t, "blue")), group("green", says(t, "green")))
	f := serve(t, balancer.Options{}, table)
	one, two := f.browser(t), f.browser(t)
	got := one(5)
	for name, n := range two(5) {
		got[name] += n
	}
	if got["blue"] != 5 || got["green"] != 5 {
		t.Errorf("two sessions: %v", got)
	}
}
