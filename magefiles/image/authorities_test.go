package image_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/image"
)

// A program that calls servers over TLS, in a folder that is the whole image, is told; one that does not, and one that
// has authorities to believe in, is not.
func TestGoProgramsWithoutAuthoritiesAreTold(t *testing.T) {
	compile := func(source string) string {
		dir := t.TempDir()
		compiled(t, write(t, files{"go.mod": "module example.com/tool\n\ngo 1.24\n", "main.go": source}), ".", filepath.Join(dir, "bin", "tool"))
		return dir
	}
	calling := compile("package main\n\nimport \"net/http\"\n\nfunc main() { http.Get(\"https://example.com\") }\n")
	silent := compile("package main\n\nfunc main() { println(1) }\n")
	with := t.TempDir()
	must(t, os.CopyFS(with, os.DirFS(calling)))
	writeTo(t, with, files{"etc/ssl/certs/ca-certificates.crt": "x"})
	s := newServer(t)
	push(t, s.host+"/base:1", small(t, "base"))
	folder := func(dir string) image.Spec {
		return image.Spec{Source: image.Source{Kind: image.KindFolder, Path: dir}, WorkingDir: "/"}
	}
	on := func(spec image.Spec, change func(*image.Spec)) image.Spec { change(&spec); return spec }
	for name, c := range map[string]struct {
		spec image.Spec
		told bool
	}{
		"calling":       {folder(calling), true},
		"silent":        {folder(silent), false},
		"with its own":  {folder(with), false},
		"on a base":     {on(folder(calling), func(s2 *image.Spec) { s2.Base = s.host + "/base:1" }), false},
		"on nothing":    {on(folder(calling), func(s *image.Spec) { s.Base = image.Scratch }), false},
		"by a variable": {on(folder(calling), func(s *image.Spec) { s.Env = map[string]string{"SSL_CERT_FILE": "/etc/ca.pem"} }), false},
	} {
		cache := openCache(t, t.TempDir())
		for range 2 { // out of the cache as well
			built := mustBuild(t, c.spec, image.Options{Cache: cache}.Later())
			told := slices.ContainsFunc(built.Warnings, func(w string) bool { return strings.HasPrefix(w, "/bin/tool may call servers over TLS, ") })
			if told != c.told {
				t.Errorf("%s: warnings %q", name, built.Warnings)
			}
		}
	}
}
