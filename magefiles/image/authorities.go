package image

import (
	"fmt"
	"slices"
	"strings"
)

// authorityFiles are where Go looks for certificates of authorities on Linux, files and folders.
// https://cs.opensource.google/go/go/+/refs/tags/go1.26.0:src/crypto/x509/root_linux.go
var authorityFiles = []string{
	"etc/ssl/certs", "etc/pki/tls/certs", "etc/pki/tls/cacert.pem", "etc/pki/ca-trust/extracted/pem", "etc/ssl/ca-bundle.pem", "etc/ssl/cert.pem",
}

// withoutAuthorities are those of the programs for which the image has no certificates: it has no base that could have them, nobody names
// a file of them, and none of the layer's files is one.
func (b *builder) withoutAuthorities(items []item, callers []string) []string {
	if len(callers) == 0 || b.spec.Source.Kind != KindFolder || b.spec.Base != "" {
		return nil
	}
	for _, name := range []string{"SSL_CERT_FILE", "SSL_CERT_DIR"} {
		if b.spec.Env[name] != "" {
			return nil
		}
	}
	if slices.ContainsFunc(items, func(it item) bool {
		return slices.ContainsFunc(authorityFiles, func(place string) bool { return it.name == place || strings.HasPrefix(it.name, place+"/") })
	}) {
		return nil
	}
	return callers
}

// unknowingWarnings tell of programs that cannot verify any server: they are compiled, start, and fail at their first call.
func (b *builder) unknowingWarnings() []string {
	names := slices.Compact(slices.Sorted(slices.Values(b.unknowing)))
	if len(names) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%s may call servers over TLS, AWS's among them, and the image has no certificates of authorities: each call ends with \"certificate signed by unknown authority\". "+
		"Name a base that has them in App.Image.Base, or the Go main package as App.Image.Source, which brings them", strings.Join(names, ", "))}
}
