package oci_test

import (
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecr/oci"
)

const empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

func TestReferences(t *testing.T) {
	for s, want := range map[string]oci.Reference{
		"1.dkr.ecr.x.localhost/app": {Host: "1.dkr.ecr.x.localhost", Repository: "app", Tag: "latest"},
		"127.0.0.1:80/team/app:v1":  {Host: "127.0.0.1:80", Repository: "team/app", Tag: "v1"},
		"localhost/app@" + empty:    {Host: "localhost", Repository: "app", Digest: empty},
		"[::1]:80/app:v1@" + empty:  {Host: "[::1]:80", Repository: "app", Tag: "v1", Digest: empty},
	} {
		if got, err := oci.ParseReference(s); err != nil || got != want {
			t.Errorf("%s is %+v, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "app", "app:v1", "team/app", "a.b/", "a.b/App", "a.b/app:", "a.b/app:v 1", "a.b/app@sha256:12", "a.b/../x", "a.b/app:v1:v2"} {
		if got, err := oci.ParseReference(s); err == nil {
			t.Errorf("%q is taken for %+v", s, got)
		}
	}
	for host, want := range map[string]bool{"127.0.0.1:80": true, "localhost:1": true, "[::1]:5": true, "127.0.0.1": false, "10.0.0.1:80": false, "a.b:80": false} {
		if got := (oci.Reference{Host: host}).Loopback(); got != want {
			t.Errorf("%s: loopback is %v", host, got)
		}
	}
}

// Whatever passes is safe as a map key and as a part of a path.
func FuzzNames(f *testing.F) {
	for _, s := range []string{"app", "a/b", "a__b", "a..b", "../a", "a/../b", "/a", "v1", ".v", empty, "sha256:" + strings.Repeat("A", 64), "h.x/a:t@" + empty, "a\x00", "a\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if oci.ValidName(s) && (strings.Contains(s, "..") || strings.HasPrefix(s, "/") || strings.HasSuffix(s, "/") || strings.ContainsAny(s, "\\\x00\n:@ ")) {
			t.Errorf("name %q", s)
		}
		if oci.ValidTag(s) && (len(s) > 128 || strings.ContainsAny(s, "/\\\x00\n:@ ") || s[0] == '.') {
			t.Errorf("tag %q", s)
		}
		if d, err := oci.ParseDigest(s); err == nil && (len(d.Hex()) != 64 || strings.Trim(d.Hex(), "0123456789abcdef") != "") {
			t.Errorf("digest %q", s)
		}
		if r, err := oci.ParseReference(s); err == nil {
			if !oci.ValidName(r.Repository) || (r.Tag == "" && r.Digest == "") || (r.Tag != "" && !oci.ValidTag(r.Tag)) {
				t.Errorf("reference %q is %+v", s, r)
			}
		}
	})
}

func FuzzManifests(f *testing.F) {
	f.Add([]byte(`{"schemaVersion":2,"config":{"mediaType":"x","digest":"`+empty+`","size":0}}`), oci.OCIManifest)
	f.Add([]byte(`{"schemaVersion":2,"manifests":[{"mediaType":"`+oci.OCIManifest+`","digest":"`+empty+`","size":0}]}`), oci.OCIIndex)
	f.Add([]byte(`{"schemaVersion":2,"layers":[null]}`), oci.DockerManifest)
	f.Fuzz(func(t *testing.T, data []byte, mediaType string) {
		m, err := oci.ParseManifest(data, mediaType)
		if err != nil {
			return
		}
		for _, d := range append(m.Blobs(), m.Children()...) {
			if _, err := oci.ParseDigest(string(d.Digest)); err != nil || d.Size < 0 {
				t.Errorf("%s passes with %+v", data, d)
			}
		}
	})
}
