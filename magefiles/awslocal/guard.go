package awslocal

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"path"
	"slices"
	"strings"
)

// guard tells the requests of programs of this machine from those that a web page makes a browser send. No credentials
// are checked: a browser is the one program that does what strangers say.
type guard struct {
	anybody bool     // other users, too
	names   []string // by which it is called, besides those of loopback
}

// newGuard is the guard of a server at an address, which may be one that is not on loopback.
func newGuard(o Options) guard {
	g := guard{names: o.Hosts, anybody: o.AnyAddress}
	// 0.0.0.0 is nobody's name, and pages have reached loopback by it.
	host, _, err := net.SplitHostPort(o.Address)
	if ip, _ := netip.ParseAddr(host); err == nil && host != "" && !ip.IsUnspecified() {
		g.names = append([]string{host}, g.names...)
	}
	return g
}

// refusal says why a request is not answered; empty where it is.
//
//   - Host is a name of loopback, the address that the connection came to, or a name that was given to the server: a page
//     whose own name leads to loopback ("DNS rebinding") is of the same origin for its browser, and calls the server by
//     that name.
//   - Origin is the server itself, and Sec-Fetch-Site says that the server's own page, or a person, asks; browsers send both, and
//     programs neither. Referer is for browsers that send no Sec-Fetch-Site with a GET to an address without TLS.
//     https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Site
//   - The other end of a connection of this machine is the same user's, or root's, as far as the system tells.
func (g guard) refusal(req *http.Request) string {
	if why := stranger(req.Context()); why != "" && !g.anybody {
		return why
	}
	if !g.knows(req) {
		return fmt.Sprintf("the embedded AWS is not called %q: a request by that name may come from a web page; call it by 127.0.0.1 or localhost, or give the name to awslocal.Options.Hosts", req.Host)
	}
	const page = "the embedded AWS does not answer web pages"
	for _, origin := range req.Header.Values("Origin") {
		if !strings.EqualFold(origin, "http://"+req.Host) {
			return fmt.Sprintf("%s: this request is one of %q", page, origin)
		}
	}
	for _, site := range req.Header.Values("Sec-Fetch-Site") {
		if site != "same-origin" && site != "none" {
			return fmt.Sprintf("%s: this request is %q", page, site)
		}
	}
	for _, referer := range req.Header.Values("Referer") {
		if u, err := url.Parse(referer); err != nil || !strings.EqualFold(u.Host, req.Host) {
			return page + ": this request was made by one"
		}
	}
	return ""
}

// visitRefusal is refusal for a load balancer: a person's browser may come to the application from another page, as from one
// where people sign in, if it goes there itself and does not fetch. hosts are names that its rules are about; those with a
// wildcard need a domain that is not one.
func (g guard) visitRefusal(req *http.Request, hosts []string) string {
	g.names = append(slices.Clone(g.names), matching(hosts, strings.ToLower(hostname(req.Host)))...)
	goes := (req.Method == http.MethodGet || req.Method == http.MethodHead) && req.Header.Get("Sec-Fetch-Mode") == "navigate" && req.Header.Get("Sec-Fetch-Dest") == "document"
	if !goes {
		return g.refusal(req)
	}
	bare := req.Clone(req.Context())
	bare.Header = http.Header{}
	return g.refusal(bare)
}

// matching is the name where a pattern of a rule is about it.
func matching(patterns []string, name string) []string {
	for _, p := range patterns {
		fixed := p[strings.LastIndexAny(p, "*?")+1:]
		whole := fixed == p
		if ok, err := path.Match(strings.ToLower(p), name); err == nil && ok && (whole || strings.Count(strings.TrimPrefix(fixed, "."), ".") > 0) {
			return []string{name}
		}
	}
	return nil
}

// knows tells whether the server is called by a name of its own. The port is not looked at: it may be forwarded.
func (g guard) knows(req *http.Request) bool {
	host := strings.ToLower(hostname(req.Host))
	if ip, err := netip.ParseAddr(host); err == nil {
		ip = ip.Unmap()
		if ip.IsLoopback() {
			return true
		}
		if local, ok := req.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr); ok && local.AddrPort().Addr().Unmap().WithZone("") == ip.WithZone("") {
			return true
		}
	}
	// Names below localhost never leave the machine: https://datatracker.ietf.org/doc/html/rfc6761#section-6.3
	if name := strings.TrimSuffix(host, "."); name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return true
	}
	for _, name := range g.names {
		if strings.EqualFold(name, host) {
			return true
		}
	}
	return false
}

// hostname is the part of a Host header before its port, without the brackets of an IPv6 address.
func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
}
