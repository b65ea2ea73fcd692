package balancer

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Cookies of stickiness. Each has one with SameSite beside it, for requests of other origins.
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/sticky-sessions.html
const (
	targetCookie = "AWSALB"
	appCookie    = "AWSALBAPP-0"
	groupCookie  = "AWSALBTG"
	appExpiry    = 7 * 24 * time.Hour // of AWSALBAPP, whatever the duration is
)

// seal is a cookie's value for what a session is stuck to. It holds the end itself, as the cookie's own expiry is the client's to keep.
func seal(to string, until time.Time) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(until.Unix(), 10) + " " + to))
}

// unseal is what a request is stuck to by a cookie; empty where it is not, or no more.
func unseal(r *http.Request, name string, now time.Time) string {
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	raw, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil {
		return ""
	}
	end, to, _ := strings.Cut(string(raw), " ")
	if n, err := strconv.ParseInt(end, 10, 64); err != nil || n < now.Unix() {
		return ""
	}
	return to
}

// setSticky adds a cookie, and the one beside it.
func setSticky(h http.Header, name, value string, expires time.Time, https bool) {
	c := http.Cookie{Name: name, Value: value, Path: "/", Expires: expires}
	h.Add("Set-Cookie", c.String())
	beside, number, isApp := strings.Cut(name, "-")
	c.Name, c.SameSite, c.Secure = name+"CORS", http.SameSiteNoneMode, https
	if isApp {
		c.Name = beside + "CORS-" + number
	}
	h.Add("Set-Cookie", c.String())
}

// stuck is the target that a request's cookies name, where it is one of those that get requests.
func (g *group) stuck(r *http.Request, now time.Time) *backend {
	name := targetCookie
	switch {
	case g.Sticky.Duration == 0:
		return nil
	case g.Sticky.AppCookie != "": // both are needed
		if _, err := r.Cookie(g.Sticky.AppCookie); err != nil {
			return nil
		}
		name = appCookie
	}
	to := unseal(r, name, now)
	for _, b := range g.usable {
		if to != "" && b.address.String() == to {
			return b
		}
	}
	return nil
}

// stuck is the group that a request's cookie names, where it has a share.
func (f *forward) stuck(r *http.Request, now time.Time) *group {
	if f.Sticky == 0 {
		return nil
	}
	to := unseal(r, groupCookie, now)
	for i, g := range f.groups {
		if to != "" && g.ARN == to && f.weights[i] > 0 {
			return g
		}
	}
	return nil
}

// stick adds to an answer the cookies of its session. A program's own cookie begins a session, or the one that it is in goes on.
func (x *exchange) stick(h http.Header, now time.Time) {
	https := x.listener.HTTPS
	if d := x.forward.Sticky; d > 0 {
		setSticky(h, groupCookie, seal(x.group.ARN, now.Add(d)), now.Add(d), https)
	}
	s := x.group.Sticky
	switch {
	case s.Duration == 0:
	case s.AppCookie == "":
		setSticky(h, targetCookie, seal(x.backend.address.String(), now.Add(s.Duration)), now.Add(s.Duration), https)
	case x.wasStuck || setsCookie(h, s.AppCookie):
		setSticky(h, appCookie, seal(x.backend.address.String(), now.Add(s.Duration)), now.Add(appExpiry), https)
	}
}

func setsCookie(h http.Header, name string) bool {
	for _, line := range h["Set-Cookie"] {
		if strings.HasPrefix(line, name+"=") {
			return true
		}
	}
	return false
}
