package image

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// Access is how a registry is reached. Its zero value is anonymous, with [NewTransport](nil).
type Access struct {
	// Keychain holds the credentials. Nil is anonymous. [authn.DefaultKeychain] reads those that
	// `docker login` left; [ECR] asks AWS; [authn.NewMultiKeychain] joins several.
	Keychain authn.Keychain
	// Transport sends the requests. Nil is a NewTransport(nil) of one's own, for one push or build.
	Transport http.RoundTripper
}

// userAgent names this library to registries.
const userAgent = "splitecs"

// options is for an Access whose transport is set.
func (a Access) options(ctx context.Context) []remote.Option {
	opts := []remote.Option{remote.WithContext(ctx), remote.WithUserAgent(userAgent), remote.WithTransport(a.Transport)}
	if a.Keychain != nil {
		opts = append(opts, remote.WithAuthFromKeychain(a.Keychain))
	}
	return opts
}

// NewTransport is go-containerregistry's default transport: it honours the proxy variables, except that
// requests to this machine never go through a proxy. roots are the authorities that it trusts; nil is
// the system's. Close its idle connections, or use one for everything.
func NewTransport(roots *x509.CertPool) *http.Transport {
	t := &http.Transport{}
	if d, ok := remote.DefaultTransport.(*http.Transport); ok {
		t = d.Clone()
	}
	t.Proxy = proxy
	if roots != nil {
		t.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	}
	return t
}

func proxy(req *http.Request) (*url.URL, error) {
	if isLoopback(req.URL.Hostname()) {
		return nil, nil
	}
	return http.ProxyFromEnvironment(req)
}

// isLoopback tells whether host is this machine. The names below localhost. are, by RFC 6761.
func isLoopback(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
