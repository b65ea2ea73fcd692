package targets_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/targets"
)

func save(file string) func(targets.Set, context.Context) error {
	return func(t targets.Set, ctx context.Context) error { return t.ImageSave(ctx, file) }
}

// Who builds has no credentials; what is pushed elsewhere is that image, with its bill of materials, though nothing of
// the application is there any more, and the configuration says something else of what is built.
func TestASavedImageIsPushedElsewhere(t *testing.T) {
	t.Parallel()
	w := nextWorld(t)
	w.env["SPLITECS_TAG"], w.env["SPLITECS_IMAGE"] = "", ""
	w.app.Image.KeepAssets = 1
	w.infra()
	w.builds(1)
	w.run(imagePush)
	w.want(0)
	w.builds(2)
	// Not in the project: what is not committed there would make the next build another one.
	file := filepath.Join(t.TempDir(), "image.tar")
	w.run(save(file))
	w.want(0)
	saved := strings.TrimSpace(w.out.String())
	w.run(imageBuild)
	w.want(0)
	if built := strings.TrimSpace(w.out.String()); built != saved || strings.Contains(saved, "\n") {
		t.Errorf("saved %q, built %q", saved, built)
	}
	must(t, os.Rename(filepath.Join(w.dir, "apps"), filepath.Join(w.dir, "gone")))
	w.app.Image.WorkingDir, w.app.Image.Labels = "/elsewhere", map[string]string{"a": "b"}
	w.run(imagePush, "SPLITECS_SOURCE="+file, "SPLITECS_TAG=elsewhere")
	w.want(0)
	elsewhere := strings.TrimSpace(w.out.String())

	must(t, os.Rename(filepath.Join(w.dir, "gone"), filepath.Join(w.dir, "apps")))
	w.app.Image.WorkingDir, w.app.Image.Labels = "", nil
	w.run(imagePush)
	w.want(0)
	if here := strings.TrimSpace(w.out.String()); here != elsewhere {
		t.Errorf("pushed here %s, elsewhere %s", here, elsewhere)
	}
	if got := w.assets(elsewhere); got["chunk-1.js"] != "1" || got["chunk-2.js"] != "2" {
		t.Errorf("it has %v", got)
	}
}

// The tag says which commit an image was made of, and whether the tree differed.
func TestASavedImageIsNamedAfterItsCommit(t *testing.T) {
	t.Parallel()
	w := nextWorld(t)
	w.env["SPLITECS_TAG"], w.env["SPLITECS_IMAGE"] = "", ""
	w.infra()
	w.builds(1)
	file := filepath.Join(t.TempDir(), "image.tar")
	w.write("apps/web/build/static/app.js", "// changed")
	w.run(save(file))
	w.want(0, "the tree is not what was committed")
	runGit(t, w.dir, "checkout", "-q", ".")
	w.run(imagePush, "SPLITECS_SOURCE="+file)
	w.want(0, "-dirty")

	w.builds(2)
	w.run(imagePush, "SPLITECS_SOURCE="+file)
	w.want(2, "the saved image was made of commit", "set SPLITECS_TAG")
	w.run(imagePush, "SPLITECS_SOURCE="+file, "SPLITECS_TAG=v1")
	w.want(0)
	w.run(save(filepath.Join(w.dir, "absent", "image.tar")))
	w.want(5, "save image")
}
