package image_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/bellyfed/splitecs/magefiles/image"
)

// saveAndRead saves an image and builds one of the archive, by a description that says something else in every respect
// that is not for archives to follow.
func saveAndRead(t *testing.T, built *image.Built, spec image.Spec) *image.Built {
	t.Helper()
	sbom, err := built.SBOM()
	must(t, err)
	file := filepath.Join(t.TempDir(), "image.tar")
	must(t, image.Save(t.Context(), built, sbom, file))
	info, err := os.Stat(file)
	must(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %s", info.Mode())
	}
	spec.Source, err = image.Detect(t.Context(), ".", file)
	must(t, err)
	spec.Command, spec.Env, spec.Labels = []string{"other"}, map[string]string{"OTHER": "1"}, map[string]string{"other": "1"}
	spec.WorkingDir, spec.User, spec.Ports = "/other", "0", []int{1}
	spec.Revision, spec.Created = "other", time.Unix(1, 0)
	return mustBuild(t, spec)
}

func sameDigests(t *testing.T, want, got *image.Built) {
	t.Helper()
	w, err := want.Artifact().Digest()
	must(t, err)
	g, err := got.Artifact().Digest()
	must(t, err)
	if w != g {
		t.Errorf("the image is %s, want %s", g, w)
	}
	if w, g := digest(t, mustSBOM(t, want)), digest(t, mustSBOM(t, got)); w != g {
		t.Errorf("the bill of materials is %s, want %s", g, w)
	}
}

// What is read is what was saved, to the byte, whatever the description says.
func TestASavedImageStaysAsItIs(t *testing.T) {
	t.Parallel()
	spec := nextSpec(t, next(files{
		".next/standalone/node_modules/react/package.json": `{"name":"react","version":"19.3.1","license":"MIT"}`,
		".next/standalone/node_modules/odd/package.json":   `{"name":"odd","version":"1.0.0","license":"SEE LICENSE IN x"}`,
	}))
	spec.Revision, spec.Created = "5eaf00d-dirty", time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)
	spec.Entrypoint, spec.Labels = []string{"init"}, map[string]string{"a": "b"}
	built := mustBuild(t, spec)
	read := saveAndRead(t, built, image.Spec{})
	validated(t, read)
	sameDigests(t, built, read)
	if revision, is, err := read.SavedRevision(); revision != "5eaf00d-dirty" || !is || err != nil {
		t.Errorf("revision %q, %v, %v", revision, is, err)
	}
	if _, is, err := built.SavedRevision(); is || err != nil {
		t.Errorf("what was built here is said to have been saved: %v", err)
	}

	platforms := []string{"amd64", "arm64"}
	several := mustBuild(t, image.Spec{
		Source: image.Source{Kind: image.KindFolder, Path: write(t, files{"run": "#!"})}, Platforms: platforms, Revision: "5eaf00d",
	})
	sameDigests(t, several, saveAndRead(t, several, image.Spec{Platforms: platforms}))
}

// Assets of earlier builds are in a registry, which only who pushes can read. The image is the one that would have been
// built there.
func TestASavedImageKeepsAssets(t *testing.T) {
	t.Parallel()
	earlier := mustBuild(t, nextSpec(t, next(files{".next/static/chunk-1.js": "1"})))
	own, _, err := image.AssetsIn(earlier)
	must(t, err)
	spec := nextSpec(t, next(files{".next/static/chunk-2.js": "2"}))
	without := mustBuild(t, spec)
	spec.Keep = own
	with := mustBuild(t, spec)
	if len(own) != 1 || digest(t, with) == digest(t, without) {
		t.Fatalf("nothing is kept: %d", len(own))
	}
	read := saveAndRead(t, without, image.Spec{Keep: own})
	validated(t, read)
	sameDigests(t, with, read)
}

// An archive without a bill of materials gets none, and an interrupted one is not there.
func TestSavingLeavesNothingHalf(t *testing.T) {
	t.Parallel()
	built := mustBuild(t, nextSpec(t, next(files{})))
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := image.Save(ctx, built, nil, filepath.Join(dir, "image.tar")); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
	if left, err := os.ReadDir(dir); len(left) > 0 || err != nil {
		t.Errorf("left: %v, %v", left, err)
	}
	file := filepath.Join(dir, "image.tar")
	must(t, image.Save(t.Context(), built, nil, file))
	read := mustBuild(t, image.Spec{Source: image.Source{Kind: image.KindArchive, Path: file}})
	if sbom, err := read.SBOM(); sbom != nil || err != nil {
		t.Errorf("a bill of materials comes from nowhere: %v", err)
	}
	if digest(t, read) != digest(t, built) {
		t.Errorf("the image is %s, want %s", digest(t, read), digest(t, built))
	}
}
