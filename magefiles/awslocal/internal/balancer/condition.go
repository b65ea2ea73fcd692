package balancer

import (
	"fmt"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// asked is what rules see of a request.
type asked struct {
	*http.Request
	host, path string // the host without port and in lower case
	peer       netip.Addr
}

func ask(r *http.Request) asked {
	peer, _ := netip.ParseAddrPort(r.RemoteAddr) // zero where it is no address: then it is in no block
	return asked{r, strings.ToLower(hostname(r.Host)), normalPath(rawPath(r)), peer.Addr().Unmap().WithZone("")}
}

// rawPath is a request's path as it came.
func rawPath(r *http.Request) string {
	if strings.HasPrefix(r.RequestURI, "/") {
		path, _, _ := strings.Cut(r.RequestURI, "?")
		return path
	}
	return r.URL.EscapedPath() // of an absolute address, or none
}

// hostname is the part of a Host header before its port.
func hostname(host string) string {
	if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
		return host[:i]
	}
	return host
}

// condition is one that was read.
type condition func(asked) bool

// read makes ready what a condition needs, and says what is wrong with it.
func (c Condition) read() (condition, error) {
	var patterns []*regexp.Regexp
	for _, s := range c.Regexes {
		re, err := regexp.Compile(s)
		if err != nil {
			return nil, fmt.Errorf("read the regular expression of a %s condition: %w", c.Field, err)
		}
		patterns = append(patterns, re)
	}
	values := slices.Clone(c.Values)
	if c.Field == "host-header" || c.Field == "http-header" {
		lower(values)
	}
	value := func(text string) bool {
		return slices.ContainsFunc(values, func(v string) bool { return glob(v, text) })
	}
	pattern := func(text string) bool {
		return slices.ContainsFunc(patterns, func(re *regexp.Regexp) bool { return re.MatchString(text) })
	}
	switch c.Field {
	case "path-pattern":
		return func(r asked) bool { return value(r.path) || pattern(r.path) }, nil
	case "host-header":
		return func(r asked) bool { return value(r.host) || pattern(r.host) }, nil
	case "http-header":
		name := http.CanonicalHeaderKey(c.Header)
		return func(r asked) bool {
			return slices.ContainsFunc(r.Header[name], func(v string) bool { return value(strings.ToLower(v)) || pattern(v) })
		}, nil
	case "http-request-method":
		return func(r asked) bool { return slices.Contains(values, r.Method) }, nil
	case "query-string":
		return c.readQuery(), nil
	case "source-ip":
		return c.readSource()
	}
	return nil, fmt.Errorf("condition field %q is not known", c.Field)
}

func lower(list []string) {
	for i := range list {
		list[i] = strings.ToLower(list[i])
	}
}

// readQuery compares keys and values without regard to case, as they stand in the address.
func (c Condition) readQuery() condition {
	pairs := slices.Clone(c.Pairs)
	for i, p := range pairs {
		pairs[i] = Pair{strings.ToLower(p.Key), strings.ToLower(p.Value)}
	}
	return func(r asked) bool {
		for part := range strings.SplitSeq(strings.ToLower(r.URL.RawQuery), "&") {
			key, value, valued := strings.Cut(part, "=")
			if !valued { // "?example" has a value and no key
				key, value = "", part
			}
			for _, p := range pairs {
				if (p.Key == "" || glob(p.Key, key)) && glob(p.Value, value) {
					return part != ""
				}
			}
		}
		return false
	}
}

func (c Condition) readSource() (condition, error) {
	var blocks []netip.Prefix
	for _, s := range c.Values {
		block, err := netip.ParsePrefix(s)
		if err != nil {
			return nil, fmt.Errorf("read the block of a source-ip condition: %w", err)
		}
		blocks = append(blocks, block.Masked())
	}
	return func(r asked) bool {
		return slices.ContainsFunc(blocks, func(b netip.Prefix) bool { return b.Contains(r.peer) })
	}, nil
}
