//go:build linux

package targets_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// archived is the archive that is the source of an application which buildah packs.
const archived = "image.tar"

// packed is the name of the image in buildah's storage, which podman reads as well.
const packed = "localhost/shop:1"

// storage are the arguments with which buildah and podman keep their images in the project.
func storage(dir string) []string {
	at, err := os.Readlink(filepath.Join(dir, storageLink))
	if err != nil {
		at = dir
	}
	return []string{"--root", filepath.Join(at, "root"), "--runroot", filepath.Join(at, "run"), "--storage-driver", "vfs"}
}

// storageLink leads to the storage: podman wants no runroot of more than 50 characters, and t.TempDir is longer.
const storageLink = ".storage"

// byBuildah makes the image of the project's Dockerfile, and an archive of it.
func byBuildah(t *testing.T, dir string) {
	buildah := judge(t, "buildah")
	run := func(args ...string) string {
		return strings.TrimSpace(command(t, dir, buildah, append(storage(dir), args...)...))
	}
	if _, err := os.Lstat(filepath.Join(dir, storageLink)); err != nil {
		at, err := os.MkdirTemp("", "")
		must(t, err)
		t.Cleanup(func() { must(t, os.RemoveAll(at)) })
		must(t, os.Symlink(at, filepath.Join(dir, storageLink)))
		root := pythonRoot(t, dir)
		container := run("from", "scratch")
		run("add", "--quiet", container, root, "/")
		run("config", "--env", "PATH=/usr/local/bin:/usr/bin:/bin", container)
		run("commit", "--quiet", container, "localhost/python:3")
	}
	run("bud", "--quiet", "--pull-never", "--layers", "--isolation=chroot", "--tag", packed, ".")
	must(t, os.RemoveAll(filepath.Join(dir, archived)))
	run("push", "--quiet", packed, "oci-archive:"+archived)
}

// pythonRoot is a folder with the Python of this machine, and with the libraries that it and the project's packages need.
func pythonRoot(t *testing.T, dir string) string {
	t.Helper()
	var at struct{ Program, Library string }
	must(t, json.Unmarshal([]byte(command(t, dir, judge(t, "python3"), "-c",
		`import json, os, sys, sysconfig; print(json.dumps({"program": os.path.realpath(sys.executable), "library": sysconfig.get_path("stdlib")}))`)), &at))
	root := t.TempDir()
	copyFile(t, at.Program, filepath.Join(root, at.Program))
	copyLibraries(t, root, at.Program)
	must(t, os.MkdirAll(filepath.Join(root, "usr/local/bin"), 0o755))
	must(t, os.Symlink(at.Program, filepath.Join(root, "usr/local/bin/python3")))
	command(t, at.Library, "sh", "-c", `mkdir -p "$1" && tar --create --exclude=__pycache__ --exclude=./test --exclude=./site-packages --exclude='./config-*' . | tar --extract --directory="$1"`,
		"sh", filepath.Join(root, at.Library))
	for _, folder := range []string{filepath.Join(root, at.Library, "lib-dynload"), filepath.Join(dir, "packages")} {
		for _, name := range filesIn(t, folder) {
			if filepath.Ext(name) == ".so" {
				copyLibraries(t, root, filepath.Join(folder, name))
			}
		}
	}
	return root
}

// typed asks a native module to read an order, and to refuse another.
func typed(t *testing.T, v *visit) {
	for order, want := range map[string]int{`{"dish": "laksa", "plates": 2}`: http.StatusOK, `{"dish": "laksa", "plates": "many"}`: http.StatusUnprocessableEntity} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, v.url(ownAddress, "/orders"), strings.NewReader(order))
		must(t, err)
		req.Header.Set("Content-Type", "application/json")
		if r := answered(t, req); r.status != want {
			t.Errorf("%s: %d, want %d\n%s", order, r.status, want, r.body)
		}
	}
}

// form is a way in which another tool writes an image down.
type form struct {
	name  string
	tool  string
	args  []string // of the tool, in the project's folder
	keeps bool     // the digest: its layers are compressed
}

// otherForms are those of the application's image. What is written is called as the form.
var otherForms = []form{
	{"buildah-oci-archive", "buildah", []string{"push", packed, "oci-archive:buildah-oci-archive"}, true},
	{"buildah-docker-archive", "buildah", []string{"push", packed, "docker-archive:buildah-docker-archive:shop:1"}, false},
	{"buildah-oci", "buildah", []string{"push", packed, "oci:buildah-oci:1"}, true},
	{"podman-oci-archive", "podman", []string{"save", "--format=oci-archive", "--output=podman-oci-archive", packed}, true},
	{"podman-docker-archive", "podman", []string{"save", "--format=docker-archive", "--output=podman-docker-archive", packed}, false},
	{"podman-oci-dir", "podman", []string{"save", "--format=oci-dir", "--output=podman-oci-dir", packed}, true},
	{"skopeo-oci-archive", "skopeo", []string{"copy", "oci-archive:" + archived, "oci-archive:skopeo-oci-archive"}, true},
	{"skopeo-docker-archive", "skopeo", []string{"copy", "oci-archive:" + archived, "docker-archive:skopeo-docker-archive:shop:1"}, false},
	{"skopeo-oci", "skopeo", []string{"copy", "oci-archive:" + archived, "oci:skopeo-oci:1"}, true},
	// The engine of 25 and later writes an OCI layout and manifest.json into one tar, those before manifest.json alone.
	{"docker-docker-archive", "sh", []string{"-c", "docker load --quiet --input skopeo-docker-archive && docker save --output docker-docker-archive shop:1"}, false},
}

// formsRun pushes the application's image in each form, pulls it, compares, and runs it.
func formsRun(t *testing.T, v *visit) {
	for _, f := range otherForms {
		t.Run(f.name, func(t *testing.T) { f.runs(t, v) })
	}
}

func (f form) runs(t *testing.T, v *visit) {
	args := f.args
	switch f.tool {
	case "sh":
		if out, err := exec.CommandContext(t.Context(), judge(t, "docker"), "version").CombinedOutput(); err != nil {
			t.Logf("%s", out)
			missing(t, "Docker's engine")
		}
	case "buildah", "podman":
		args = append(storage(v.w.dir), args...)
	}
	command(t, v.w.dir, judge(t, f.tool), args...)
	skopeo := judge(t, "skopeo")
	defer v.told(t)()
	repository := v.registry + "/forms"
	v.w.run(imagePush, "SPLITECS_SOURCE="+f.name, "SPLITECS_REPOSITORY="+repository, "SPLITECS_TAG="+f.name)
	v.w.want(0)
	v.w.silent("warning")
	said := digestOf(t, v.w.out.String())

	transport := strings.TrimSuffix(strings.SplitN(f.name, "-", 2)[1], "-dir") + ":" // as skopeo calls the form
	there := "docker://" + repository + "@" + said
	inspect := func(reference string, more ...string) string {
		return command(t, v.w.dir, skopeo, slices.Concat([]string{"inspect", "--tls-verify=false"}, more, []string{reference})...)
	}
	config := func(reference string) (c any) {
		must(t, json.Unmarshal([]byte(inspect(reference, "--config", "--raw")), &c))
		return c
	}
	if before, after := config(transport+f.name), config(there); !reflect.DeepEqual(before, after) {
		t.Errorf("the configuration was\n%v\nand is\n%v", before, after)
	}
	if before := strings.TrimSpace(inspect(transport+f.name, "--format={{.Digest}}")); f.keeps && before != said {
		t.Errorf("the digest was %s and is %s", before, said)
	}

	names := v.w.app.Names("dev")
	port := freePort(t)
	definition := v.definition(t, &names.Family)
	b := asTask(t, pull(t, repository+"@"+said), definition, types.ContainerOverride{Environment: []types.KeyValuePair{{Name: aws.String("PORT"), Value: aws.String(strconv.Itoa(port))}}})
	c := run(t, b)
	until(t, "an answer of "+f.name, func() bool {
		select {
		case <-c.ended:
			t.Fatalf("it ended with %d:\n%s", c.code, &c.log)
		default:
		}
		resp, err := http.Get(fmt.Sprintf("http://%s:%d/health", ownAddress, port))
		if err != nil {
			return false
		}
		defer resp.Body.Close()
		var body bytes.Buffer
		_, err = body.ReadFrom(resp.Body)
		must(t, err)
		return resp.StatusCode == http.StatusOK && body.String() == "ok"
	})
}
