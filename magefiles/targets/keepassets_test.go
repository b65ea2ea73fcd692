package targets_test

import (
	"archive/tar"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ecr"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/image"
)

// builds makes the application anew, as a commit of the given day of a month, with a script of its own.
func (w *world) builds(day int) {
	w.t.Helper()
	w.write("apps/web/build/static/app.js", fmt.Sprintf("// of build %d", day))
	must(w.t, exec.Command("sh", "-c", fmt.Sprintf("cd %s/apps/web/build/static && rm -f chunk-* && echo %[2]d >chunk-%[2]d.js", w.dir, day)).Run())
	w.commit(fmt.Sprintf("2026-11-%02dT00:00:00Z", day))
}

// assets are the browsers' files that an image of the environment's repository has, with what they hold.
func (w *world) assets(reference string) map[string]string {
	w.t.Helper()
	found := map[string]string{}
	w.behind(2000, func(server *awslocal.Server) {
		reference = strings.TrimSpace(reference)
		pulled, err := image.Pull(w.t.Context(), reference, image.NewECR(ecr.NewFromConfig(server.Config()), reference, nil).Access(image.NewTransport(nil)))
		must(w.t, err)
		layers, err := pulled.Artifact.(v1.Image).Layers()
		must(w.t, err)
		for _, l := range layers {
			content, err := l.Uncompressed()
			must(w.t, err)
			for r := tar.NewReader(content); ; {
				h, err := r.Next()
				if err == io.EOF {
					break
				}
				must(w.t, err)
				if name, is := strings.CutPrefix(h.Name, "app/apps/web/build/static/"); is && name != "" {
					body, err := io.ReadAll(r)
					must(w.t, err)
					found[name] = strings.TrimSpace(string(body))
				}
			}
		}
	})
	return found
}

// An image keeps the assets of the builds before it where it is asked to, and no more of them. A push that is run again
// makes the same image, whatever came after it.
func TestAssetsOfEarlierBuildsAreKept(t *testing.T) {
	t.Parallel()
	w := nextWorld(t)
	w.env["SPLITECS_TAG"], w.env["SPLITECS_IMAGE"] = "", ""
	w.app.Image.KeepAssets = 2
	w.infra()
	var pushed []string
	for day := 1; day <= 4; day++ {
		w.builds(day)
		w.run(imagePush)
		w.want(0)
		pushed = append(pushed, strings.TrimSpace(w.out.String()))
		want := map[string]string{"app.js": fmt.Sprintf("// of build %d", day)}
		for kept := max(day-2, 1); kept <= day; kept++ {
			want[fmt.Sprintf("chunk-%d.js", kept)] = fmt.Sprint(kept)
		}
		if got := w.assets(pushed[day-1]); !mapsEqual(got, want) {
			t.Errorf("build %d has %v, want %v", day, got, want)
		}
	}
	must(t, exec.Command("sh", "-c", "cd "+w.dir+" && git reset -q --hard HEAD~2").Run())
	w.run(imagePush)
	w.want(0, "nothing sent")
	if again := strings.TrimSpace(w.out.String()); again != pushed[1] || slices.Contains(pushed[2:], again) {
		t.Errorf("pushed again: %s, want %s", again, pushed[1])
	}

	// A commit with several images has none that is the one to be made again, and is pushed all the same.
	sha := runGit(t, w.dir, "rev-parse", "HEAD")[:7]
	for _, name := range []string{"one", "two", "three"} {
		w.write("apps/web/build/static/app.js", "// built again, "+name)
		w.run(imagePush, "SPLITECS_TAG="+name+"-20261102-"+sha)
		w.want(0)
		if _, kept := w.assets(w.out.String())["chunk-1.js"]; !kept {
			t.Errorf("image %s of the commit does not keep the assets of the build before", name)
		}
	}

	w.run(imagePush, "SPLITECS_REPOSITORY="+strings.Split(w.app.Image.Base, "/")[0]+"/elsewhere")
	w.want(0, "assets of earlier builds are not kept")
}

func mapsEqual(a, b map[string]string) bool { return fmt.Sprint(a) == fmt.Sprint(b) }
