package image_test

import (
	"archive/tar"
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bellyfed/splitecs/magefiles/image"
)

var longName = strings.Repeat("a-long-folder-name/", 12) + strings.Repeat("é", 80)

func TestSameContentSameDigest(t *testing.T) {
	tree := files{
		"server": "#!/bin/sh\n", "a/b": "1", "a.txt": "2", "empty/": "", longName: "3",
		"link": "→a.txt", "outside": "→/etc/passwd", "up": "→../../..", "large": strings.Repeat("0123456789abcdef", 50_000),
	}
	var digests []string
	for i := range 4 {
		dir := write(t, tree)
		for name, modes := range map[string][]os.FileMode{
			"server": {0o755, 0o700, 0o711, 0o775}, "a.txt": {0o644, 0o600, 0o444, 0o664}, "a": {0o755, 0o700, 0o750, 0o775}, "large": {0o644, 0o600, 0o640, 0o664},
		} { // umasks
			must(t, os.Chmod(filepath.Join(dir, name), modes[i]))
		}
		built := mustBuild(t, image.Spec{
			Source:     image.Source{Kind: image.KindFolder, Path: dir},
			Folders:    []image.Folder{{From: write(t, files{"x": "y"}), To: "/opt/x"}},
			Entrypoint: []string{"/app/server"}, Created: time.Unix(1_790_000_000, 5), Revision: "abc",
		})
		digests = append(digests, digest(t, built))
	}
	if len(slices.Compact(digests)) != 1 {
		t.Errorf("digests differ: %v", digests)
	}
}

func TestLayerContent(t *testing.T) {
	tree := files{
		"server": "#!/bin/sh\n", "static/app.js": "js", longName: "deep",
		"link": "→static/app.js", "outside": "→/etc/passwd",
	}
	built := mustBuild(t, image.Spec{
		Source:     image.Source{Kind: image.KindFolder, Path: write(t, tree)},
		Entrypoint: []string{"/srv/web/server"}, WorkingDir: "/srv/web",
	})
	validated(t, built)
	names, entries := contents(t, built)

	deep := []string{}
	for p := filepath.Dir("srv/web/" + longName); p != "srv/web"; p = filepath.Dir(p) {
		deep = append([]string{p + "/"}, deep...)
	}
	want := slices.Concat([]string{"srv/", "srv/web/"}, deep, []string{
		"srv/web/" + longName, "srv/web/link", "srv/web/outside", "srv/web/server", "srv/web/static/", "srv/web/static/app.js",
	})
	if diff := cmp.Diff([][]string{want}, names); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
	for name, mode := range map[string]int64{
		"srv/web/": 0o755, "srv/web/server": 0o755, "srv/web/static/app.js": 0o644, "srv/web/link": 0o777,
	} {
		if h := entries[name].header; h.Mode != mode {
			t.Errorf("%s has mode %o, want %o", name, h.Mode, mode)
		}
	}
	for name, e := range entries {
		h := e.header
		if h.Uid != 0 || h.Gid != 0 || h.Uname != "" || h.Gname != "" || h.ModTime.Year() < 1980 || h.ModTime.Year() > 2014 {
			t.Errorf("%s is owned by %d:%d (%s:%s), of %s", name, h.Uid, h.Gid, h.Uname, h.Gname, h.ModTime)
		}
	}
	if got := entries["srv/web/"+longName].content; got != "deep" {
		t.Errorf("the file with the long name holds %q", got)
	}
	if h := entries["srv/web/outside"].header; h.Typeflag != tar.TypeSymlink || h.Linkname != "/etc/passwd" {
		t.Errorf("a link out of the folder became %c → %q", h.Typeflag, h.Linkname)
	}
}

func TestSpecialFilesAreRefused(t *testing.T) {
	dir := write(t, files{"ok": "1"})
	t.Chdir(dir)
	l, err := net.Listen("unix", "socket")
	if err != nil {
		t.Skip("no sockets in folders here: ", err)
	}
	defer l.Close()
	_, err = image.Build(t.Context(), image.Spec{
		Source: image.Source{Kind: image.KindFolder, Path: dir}, Entrypoint: []string{"x"},
	}, image.Options{})
	if err == nil || !strings.Contains(err.Error(), "add socket: is a socket") {
		t.Errorf("got %v", err)
	}
}

func TestDescriptionIsChecked(t *testing.T) {
	folder := image.Source{Kind: image.KindFolder, Path: write(t, files{"a": ""})}
	for name, c := range map[string]struct {
		spec image.Spec
		want string
	}{
		"everything at once": {image.Spec{
			Source: folder, Architecture: "mips", WorkingDir: "app", Env: map[string]string{"A=B": ""}, Ports: []int{80, 70000},
			Folders: []image.Folder{{To: "data"}},
		}, `describe image: Architecture: "mips" is neither X86_64 (amd64) nor ARM64 (arm64); WorkingDir: "app" is not an absolute path; ` +
			`Folders[0].From: is empty; Folders[0].To: "data" is not an absolute path; Env: "A=B" is not a variable's name; Ports[1]: 70000 is not a port`},
		"nothing":            {image.Spec{}, "neither a source nor folders are given"},
		"folders on archive": {image.Spec{Source: image.Source{Kind: image.KindArchive, Path: "x.tar"}, Folders: []image.Folder{{From: "a", To: "/a"}}}, "archive x.tar is an image already"},
		"root as a volume":   {image.Spec{Source: folder, Volumes: []string{"/", "tmp"}}, `Volumes[0]: "/" is not the absolute path of a folder; Volumes[1]: "tmp"`},
		"unknown kind":       {image.Spec{Source: image.Source{Kind: "floppy"}}, `"floppy" is no kind of source`},
		"missing folder":     {image.Spec{Folders: []image.Folder{{From: "/does/not/exist", To: "/a"}}, Entrypoint: []string{"x"}}, "build layer a: read folder"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := image.Build(t.Context(), c.spec, image.Options{})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestTemporaryFilesAreRemoved(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	t.Setenv("TMP", temp)
	spec := image.Spec{Source: image.Source{Kind: image.KindFolder, Path: write(t, files{"a": "1"})}, Entrypoint: []string{"/app/a"}}

	built, err := image.Build(t.Context(), spec, image.Options{})
	must(t, err)
	if left(t, temp) == 0 {
		t.Error("the layers are not in the temporary folder")
	}
	must(t, built.Close())
	if _, err := image.Build(cancelled(), spec, image.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if n := left(t, temp); n != 0 {
		t.Errorf("%d files are left", n)
	}

	kept := filepath.Join(t.TempDir(), "kept")
	built, err = image.Build(t.Context(), spec, image.Options{Dir: kept})
	must(t, err)
	must(t, built.Close())
	if left(t, kept) == 0 {
		t.Error("the caller's folder was emptied")
	}
}

func TestBuildReportsItsSteps(t *testing.T) {
	var steps []string
	mustBuild(t, image.Spec{
		Folders: []image.Folder{{From: write(t, files{"a": "1"}), To: "/one"}}, Entrypoint: []string{"x"},
	}, image.Options{Progress: func(p image.Progress) {
		if p.Complete != p.Total {
			t.Errorf("%+v", p)
		}
		steps = append(steps, p.Step)
	}})
	if diff := cmp.Diff([]string{"layer one", "layer one"}, steps); diff != "" {
		t.Error(diff)
	}
}

// A layer of 64 MiB must not need 64 MiB of memory.
func TestMemoryDoesNotGrowWithTheLayer(t *testing.T) {
	dir := t.TempDir()
	f, err := os.Create(filepath.Join(dir, "big"))
	must(t, err)
	must(t, f.Truncate(64<<20))
	must(t, f.Close())
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	mustBuild(t, image.Spec{Folders: []image.Folder{{From: dir, To: "/big"}}, Entrypoint: []string{"x"}})
	runtime.ReadMemStats(&after)
	if total := after.TotalAlloc - before.TotalAlloc; total > 48<<20 {
		t.Errorf("%d MiB were allocated", total>>20)
	}
}

func left(t *testing.T, dir string) int {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	return len(entries)
}
