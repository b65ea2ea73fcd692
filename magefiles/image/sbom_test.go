package image_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	spdxjson "github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdx/v2/v2_3"

	"github.com/bellyfed/splitecs/magefiles/image"
)

// bill reads the document of a bill of materials: "name version" of its packages, without the image itself.
func bill(t *testing.T, sbom v1.Image) (*v2_3.Document, []string) {
	t.Helper()
	doc := &v2_3.Document{}
	must(t, spdxjson.ReadInto(strings.NewReader(document(t, sbom)), doc))
	var names []string
	for _, p := range doc.Packages[1:] {
		names = append(names, p.PackageName+" "+p.PackageVersion)
	}
	return doc, names
}

func mustSBOM(t *testing.T, built *image.Built) v1.Image {
	t.Helper()
	sbom, err := built.SBOM()
	must(t, err)
	if sbom == nil {
		t.Fatal("there is none")
	}
	return sbom
}

func TestBillOfMaterials(t *testing.T) {
	const modules = ".next/standalone/node_modules/"
	tree := next(files{
		modules + "react/package.json":                       `{"name":"react","version":"19.3.1","license":"MIT"}`,
		modules + "@img/sharp/package.json":                  `{"name":"@img/sharp","version":"1.0.0","license":"Apache-2.0 AND LGPL-3.0-or-later"}`,
		modules + "react/node_modules/old/package.json":      `{"name":"old","version":"0.1.0","license":{"type":"BSD"}}`,
		modules + "react/cjs/package.json":                   `{"name":"not-a-package","version":"1.0.0"}`,
		modules + "broken/package.json":                      `{"name":`,
		".next/standalone/package.json":                      `{"name":"web","version":"0.0.1"}`,
		modules + "again/node_modules/react/package.json":    `{"name":"react","version":"19.3.1","license":"MIT"}`,
		modules + "again/node_modules/react-18/package.json": `{"name":"react","version":"18.0.0","license":"SEE LICENSE IN x"}`,
	})
	spec := nextSpec(t, tree)
	built := mustBuild(t, spec)
	doc, names := bill(t, mustSBOM(t, built))
	diff(t, []string{"@img/sharp 1.0.0", "old 0.1.0", "react 18.0.0", "react 19.3.1"}, names)
	if doc.Packages[0].PackageVersion != digest(t, built) {
		t.Errorf("it is about %s", doc.Packages[0].PackageVersion)
	}
	diff(t, "pkg:npm/%40img/sharp@1.0.0", doc.Packages[1].PackageExternalReferences[0].Locator)
	var licenses []string
	for _, p := range doc.Packages[1:] {
		licenses = append(licenses, p.PackageLicenseDeclared)
	}
	diff(t, []string{"Apache-2.0 AND LGPL-3.0-or-later", "NOASSERTION", "NOASSERTION", "MIT"}, licenses)

	// From the cache it is the same, to the byte.
	cache := openCache(t, t.TempDir())
	want := digest(t, mustSBOM(t, built))
	for range 2 {
		if got := digest(t, mustSBOM(t, mustBuild(t, spec, image.Options{Cache: cache}.Later()))); got != want {
			t.Errorf("with a cache it is %s, want %s", got, want)
		}
	}
}

func TestBillOfMaterialsOfAGoProgram(t *testing.T) {
	built := mustBuild(t, image.Spec{Source: image.Source{Kind: image.KindGo, Path: "github.com/magefile/mage", Module: "."}})
	doc, names := bill(t, mustSBOM(t, built))
	if !slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, "stdlib 1.") }) {
		t.Errorf("packages %v", names)
	}
	if !strings.HasPrefix(doc.Packages[1].PackageExternalReferences[0].Locator, "pkg:golang/") {
		t.Errorf("locator %s", doc.Packages[1].PackageExternalReferences[0].Locator)
	}
}

func TestBillOfMaterialsIsAttached(t *testing.T) {
	s := newServer(t)
	img, opts := several(t)
	sbom := mustSBOM(t, img)
	for range 2 {
		pushed, err := image.Push(t.Context(), img, s.host+"/app:1", opts)
		must(t, err)
		must(t, pushed.NotAttached)
		ref, err := name.NewDigest(pushed.Reference)
		must(t, err)
		idx, err := remote.Referrers(ref, remote.WithFilter("artifactType", "application/spdx+json"))
		must(t, err)
		m, err := idx.IndexManifest()
		must(t, err)
		if len(m.Manifests) != 1 || m.Manifests[0].Digest.String() != digest(t, sbom) {
			t.Errorf("referrers: %+v", m.Manifests)
		}
		s.reset(nil)
	}
	if _, err := image.Push(t.Context(), img, s.host+"/app:1", opts); err != nil {
		t.Error(err)
	}
	if n := s.seen(""); n > 3 {
		t.Errorf("a push of what is there made %d requests: %v", n, s.requests)
	}
}

// A registry that knows no artifacts has the image all the same.
func TestRegistryWithoutArtifacts(t *testing.T) {
	s := newServer(t)
	img, opts := several(t)
	sbom := digest(t, mustSBOM(t, img))
	s.reset(func(w http.ResponseWriter, r *http.Request) bool {
		return r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, sbom) &&
			registryError(w, http.StatusBadRequest, "MANIFEST_INVALID", "unknown media type")
	})
	pushed, err := image.Push(t.Context(), img, s.host+"/app:1", opts)
	must(t, err)
	if pushed.NotAttached == nil || !strings.Contains(pushed.NotAttached.Error(), "unknown media type") {
		t.Errorf("it says %v", pushed.NotAttached)
	}
	s.reset(nil)
	complete(t, s.host+"/app:1", img)
}

func TestNoBillOfMaterialsOfImagesBuiltElsewhere(t *testing.T) {
	dir := t.TempDir()
	p, err := layout.Write(dir, empty.Index)
	must(t, err)
	must(t, p.AppendImage(small(t, "one")))
	built := mustBuild(t, image.Spec{Source: image.Source{Kind: image.KindLayout, Path: dir}})
	if sbom, err := built.SBOM(); sbom != nil || err != nil {
		t.Errorf("got %v, %v", sbom, err)
	}
}
