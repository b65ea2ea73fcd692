package image

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/bellyfed/splitecs/cfn/partition"
)

// Access is the registry as [Push] and [Build] take it, through inner (nil is [NewTransport](nil)).
//
// An embedded AWS gives its repositories a stable host that no resolver knows, and serves them where
// ProxyEndpoint says. Requests to that host go to the endpoint, with scheme and host rewritten, and
// Location headers of the answers come back with the host, so that nobody outside sees two names. On
// AWS the two are equal and nothing is rewritten; a registry of another account, whose host differs
// from the caller's own endpoint, is left alone, too.
func (e *ECR) Access(inner http.RoundTripper) Access {
	if inner == nil {
		inner = NewTransport(nil)
	}
	return Access{Keychain: e, Transport: &ecrTransport{ecr: e, inner: inner}}
}

type ecrTransport struct {
	ecr   *ECR
	inner http.RoundTripper
}

func (t *ecrTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.roundTrip(req)
	refused := err == nil && (resp.StatusCode == http.StatusUnauthorized || resp.StatusCode == http.StatusForbidden)
	if refused && req.URL.Host == t.ecr.host && req.Header.Get("Authorization") != "" {
		t.ecr.forget() // it may have expired; whoever asks again gets a new one
	}
	return resp, err
}

func (t *ecrTransport) roundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Host != t.ecr.host || isAWSHost(req.URL.Hostname()) {
		return t.inner.RoundTrip(req)
	}
	token, err := t.ecr.current(req.Context())
	if err != nil {
		closeBody(req.Body)
		return nil, err
	}
	if token.endpoint.Host == req.URL.Host {
		return t.inner.RoundTrip(req)
	}
	out := req.Clone(req.Context())
	out.URL.Scheme, out.URL.Host, out.Host = token.endpoint.Scheme, token.endpoint.Host, ""
	resp, err := t.inner.RoundTrip(out)
	if err != nil {
		return nil, err
	}
	// Relative locations are resolved against the request, which is the caller's own.
	resp.Request = req
	if location := resp.Header.Get("Location"); location != "" {
		resp.Header.Set("Location", backToHost(location, req.URL, token.endpoint))
	}
	return resp, nil
}

// backToHost rewrites an absolute location at the endpoint to the host that was asked.
func backToHost(location string, asked, endpoint *url.URL) string {
	u, err := url.Parse(location)
	if err != nil || u.Host != endpoint.Host {
		return location
	}
	u.Scheme, u.Host = asked.Scheme, asked.Host
	return u.String()
}

// isAWSHost tells whether host is served by AWS under that very name:
// https://docs.aws.amazon.com/general/latest/gr/ecr.html
func isAWSHost(host string) bool {
	if r, ok := partition.RegistryOf(host); ok && r.OfAWS() {
		return true
	}
	return slices.ContainsFunc(partition.All(), func(p partition.Partition) bool { return strings.HasSuffix(host, "."+p.Suffix) })
}

func closeBody(body io.Closer) {
	if body != nil {
		body.Close()
	}
}
