package targets_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/targets"
)

// Without a source no image is made and none is pushed, in no environment; what is missing is told. The sample application
// belongs to local:up, where it has a tag of its own and is of no commit: the project's own image finds its names free.
func TestTheSampleApplicationIsOfNoCommit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	own := filepath.Join(w.dir, "app")
	w.dir = repository(t)
	delete(w.env, "SPLITECS_SOURCE")
	for _, source := range []string{"not-here", ""} {
		w.app.Image = cfn.Image{Source: source}
		missing := "image source not-here: does not exist"
		if source == "" {
			missing = "none of the forms that are known (a Next.js build, "
		}
		w.infra()
		w.run(imagePush)
		w.want(2, missing, "next: set SPLITECS_SOURCE", "next: go tool mage local:up   # takes the sample application until there is a source")
		w.run(imagePush, "SPLITECS_TAG=v1")
		w.want(2, missing)
		w.run(imageBuild)
		w.want(2, missing)
		w.run(save(filepath.Join(t.TempDir(), "image.tar")))
		w.want(2, missing)
		w.run(imageBuild, "SPLITECS_ENV=dev")
		w.want(2, missing)
		if strings.Contains(w.err.String(), "local:up") {
			t.Errorf("dev is told of local:up:\n%s", &w.err)
		}
	}
	w.run(in("local", targets.Set.ImageList))
	w.want(0, "is empty")

	w.run(localUp)
	w.want(0, "using the sample application", "pushing", "/shop-local:sample-")
	w.run(in("local", targets.Set.ImageList))
	w.want(0)
	lines := strings.Split(strings.TrimSpace(w.out.String()), "\n")
	if len(lines) != 2 {
		t.Fatalf("one image is there:\n%s", &w.out)
	}
	tag, _, _ := strings.Cut(lines[1], " ")
	digest := w.out.String()[strings.Index(w.out.String(), "sha256:")+len("sha256:"):][:12]
	if commit := strings.Fields(lines[1])[4]; tag != "sample-"+digest || commit != "-" {
		t.Errorf("the sample has tag %s, commit %s", tag, commit)
	}
	w.run(imagePush, "SPLITECS_SOURCE="+own, "SPLITECS_TAG=v1")
	w.want(0, "pushed")
	w.run(localUp, "SPLITECS_TAG=tried")
	w.want(0, "/shop-local:tried")
}

// What local:up suggests works with the sample, whose image is not that of the commit.
func TestTheSampleIsDeployedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.dir = repository(t)
	delete(w.env, "SPLITECS_SOURCE")
	w.app.Image = cfn.Image{}
	w.run(localUp)
	w.want(0, "using the sample application")
	w.run(serviceDeploy, "SPLITECS_LOCAL_SCENARIO=exit")
	w.want(7, "taking the image that the stack has")
}
