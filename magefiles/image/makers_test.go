package image_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/image"
)

// judge is a program that others use; where it is missing the test is skipped, and on CI it fails.
func judge(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil && os.Getenv("CI") == "true" {
		t.Fatal("judge missing: " + name)
	}
	if err != nil {
		t.Skip("judge missing: " + name)
	}
	return path
}

// Archives and layouts as buildah and skopeo write them are pushed as they are: with the program, with what buildah says of
// the image, and with their digest where their layers are compressed.
func TestArchivesOfBuildahAndSkopeo(t *testing.T) {
	buildah, skopeo, zstd := judge(t, "buildah"), judge(t, "skopeo"), judge(t, "zstd")
	dir, state := write(t, files{"run": "#!/bin/sh\n", "Dockerfile": "FROM scratch\nCOPY run /run\nCMD [\"/run\"]\n"}), t.TempDir()
	run := func(name string, args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), name, args...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
		}
		return strings.TrimSpace(string(out))
	}
	storage := []string{"--root", filepath.Join(state, "root"), "--runroot", filepath.Join(state, "run"), "--storage-driver", "vfs"}
	buildahs := func(args ...string) string {
		return run(buildah, append(storage[:len(storage):len(storage)], args...)...)
	}

	container := buildahs("from", "scratch")
	buildahs("copy", container, "run", "/run")
	buildahs("config", "--cmd", "/run", "--annotation", "com.example=kept", container)
	buildahs("commit", container, "oci-archive:buildah.tar")
	buildahs("commit", container, "docker-archive:docker.tar:app:1")
	buildahs("commit", container, "oci:layout:1")
	run(skopeo, "copy", "--dest-compress-format", "gzip", "oci-archive:buildah.tar", "dir:packed")
	run(skopeo, "copy", "dir:packed", "oci-archive:packed.tar")
	run(zstd, "-q", "-k", "buildah.tar", "packed.tar", "docker.tar")
	manifest := run(skopeo, "inspect", "--format", "{{.Digest}}", "oci-archive:packed.tar")

	s := newServer(t)
	for source, c := range map[string]struct {
		digest    string // empty: it becomes another one
		annotated bool
	}{
		"buildah.tar": {"", true}, "buildah.tar.zst": {"", true}, "layout": {"", true},
		"packed.tar": {manifest, true}, "packed.tar.zst": {manifest, true},
		"docker.tar": {"", false}, "docker.tar.zst": {"", false},
	} {
		t.Run(source, func(t *testing.T) {
			from, err := image.Detect(t.Context(), dir, source)
			must(t, err)
			built := mustBuild(t, image.Spec{Source: from})
			pushed, err := image.Push(t.Context(), built, s.host+"/app:"+source, image.PushOptions{})
			must(t, err)
			if c.digest != "" && pushed.Digest != c.digest {
				t.Errorf("pushed %s, want %s", pushed.Digest, c.digest)
			}
			raw := run(skopeo, "inspect", "--raw", "--tls-verify=false", "docker://"+s.host+"/app:"+source)
			if c.annotated != strings.Contains(raw, `"com.example":"kept"`) || strings.Contains(raw, "docker") {
				t.Errorf("the manifest is %s", raw)
			}
			_, entries := contents(t, built)
			diff(t, []string{"/run"}, config(t, built).Config.Cmd)
			if entries["run"].content != "#!/bin/sh\n" {
				t.Error("the program is not in it")
			}
		})
	}
}

// The commands that are told for a Dockerfile, and for an archive in another compression, make a source of it.
func TestTheCommandsMakeASource(t *testing.T) {
	judge(t, "buildah")
	judge(t, "xz")
	dir, state := write(t, files{"run it": "#!/bin/sh\n", "my Dockerfile": "# syntax=docker/dockerfile:1\nARG FROM=scratch\nFROM $FROM\nCOPY [\"run it\", \"/run\"]\nCMD [\"/run\"]\n"}), t.TempDir()
	conf := filepath.Join(state, "storage.conf")
	must(t, os.WriteFile(conf, []byte("[storage]\ndriver = \"vfs\"\ngraphroot = \""+state+"/root\"\nrunroot = \""+state+"/run\"\n"), 0o600))
	shell := func(line string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "sh", "-c", line)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "CONTAINERS_STORAGE_CONF="+conf)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", line, err, out)
		}
	}
	// follow carries out the first command, and takes what the last step names.
	follow := func(source string) string {
		t.Helper()
		_, err := image.Detect(t.Context(), dir, source)
		e, ok := errors.AsType[*image.SourceError](err)
		if !ok || len(e.Next) < 2 {
			t.Fatalf("%s: %v", source, err)
		}
		shell(e.Next[0])
		archive, _ := strings.CutPrefix(e.Next[len(e.Next)-1], "name ")
		archive, _, _ = strings.Cut(archive, " as the source")
		from, err := image.Detect(t.Context(), dir, archive)
		must(t, err)
		built := mustBuild(t, image.Spec{Source: from})
		diff(t, []string{"/run"}, config(t, built).Config.Cmd)
		return archive
	}
	archive := follow("my Dockerfile")
	for _, name := range []string{"app.tar.xz", "app.txz", "app"} {
		shell("xz <" + "'" + archive + "' >" + name)
		follow(name)
	}
}
