package image_test

import (
	"testing"

	"github.com/bellyfed/splitecs/magefiles/image"
)

func TestVolumesAreWritableByEverybody(t *testing.T) {
	img := mustBuild(t, image.Spec{
		Source:  image.Source{Kind: image.KindFolder, Path: write(t, files{"server": "x"})},
		Volumes: []string{"/tmp", "/app/.next/cache"},
	})
	volumes := config(t, img).Config.Volumes
	if _, ok := volumes["/app/.next/cache"]; !ok || len(volumes) != 2 {
		t.Errorf("volumes %v", volumes)
	}
	_, entries := contents(t, img)
	for name, mode := range map[string]int64{"tmp/": 0o1777, "app/.next/cache/": 0o1777, "app/": 0o755} {
		if got := entries[name]; got.header == nil || got.header.Mode != mode {
			t.Errorf("%s is %+v, want mode %o", name, got.header, mode)
		}
	}
}
