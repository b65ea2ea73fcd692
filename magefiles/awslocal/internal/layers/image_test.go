//go:build linux

package layers_test

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/layers"
)

// base of an image of a test, and its application.
func baseAndApp(t testing.TB) (base, app blob) {
	t.Helper()
	base = archive(t, folder("etc", 0o700), regular("etc/passwd", "node:x:1000:1000::/home/node:/bin/sh\n", 0o600), regular("etc/shadow", "x", 0o640, 0, 42),
		folder("home/node", 0o750, 1000, 1000), folder("root", 0o700), folder("tmp", 0o1777))
	app = archive(t, regular("app/server.js", "x", 0o640, 0, 1000), regular("home/node/.npmrc", "x", 0o600, 1000, 1000), regular("tmp/x", "x", 0o644))
	return base, app
}

func image(t testing.TB, c *layers.Cache, user string, all ...blob) *layers.Image {
	t.Helper()
	img, err := c.Image(t.Context(), layersOf(all...), user, false)
	must(t, err)
	return img
}

func layersOf(all ...blob) (ls []layers.Layer) {
	for _, b := range all {
		ls = append(ls, b.layer())
	}
	return ls
}

// An image's user is read from its layers, whose files then have the bits of that user; and each layer is unpacked once.
func TestImage(t *testing.T) {
	c := openCache(t, tempDir(t))
	base, app := baseAndApp(t)
	img := image(t, c, "node", base, app)
	if o := img.Owner; o.UID != 1000 || o.GID != 1000 || img.Home != "/home/node" || len(img.Fresh) != 2 || len(img.Layers) != 3 {
		t.Fatalf("%+v", img)
	}
	for i, want := range []string{
		// What the runtime reads as root stays readable for it: etc, and the list of users.
		"dr-xr-xr-x ./\ndr-x------ etc/\n-r-------- etc/passwd \"node:x:1000:1000::/home/node:/bin/sh\\n\"\n----r----- etc/shadow \"x\"\ndr-xr-xr-x home/\ndrwxr-x--- home/node/\nd--------- root/\ndtrwxrwxrwx tmp/\n",
		"dr-xr-xr-x ./\ndr-xr-xr-x app/\n-r--r----- app/server.js \"x\"\ndr-xr-xr-x home/\ndr-xr-xr-x home/node/\n-rw------- home/node/.npmrc \"x\"\ndr-xr-xr-x tmp/\n-r--r--r-- tmp/x \"x\"\n",
		"dr-xr-xr-x ./\ndr-xr-xr-x home/\ndrwxr-x--- home/node/\ndtrwxrwxrwx tmp/\n", // what the second hides of the first
	} {
		if got := list(t, img.Layers[i]); got != want {
			t.Errorf("layer %d:\n%swant:\n%s", i, got, want)
		}
	}
	again := image(t, c, "1000", base, app)
	if len(again.Fresh) != 0 || !slices.Equal(again.Layers, img.Layers) {
		t.Errorf("unpacked again: %+v", again)
	}
	other := image(t, c, "", base, app) // another user has variants of its own
	if len(other.Fresh) != 2 || other.Layers[0] == img.Layers[0] || other.Owner.UID != 0 {
		t.Errorf("%+v", other)
	}
}

// A user that no layer knows is told in the words of the runtime, and what was unpacked is kept.
func TestImageOfAnUnknownUser(t *testing.T) {
	c := openCache(t, tempDir(t))
	base, app := baseAndApp(t)
	_, err := c.Image(t.Context(), layersOf(base, app), "nginx", false)
	if !errors.Is(err, layers.ErrNoUser) || !strings.Contains(err.Error(), "unable to find user nginx: no matching entries in passwd file") {
		t.Errorf("error %v", err)
	}
	if img := image(t, c, "", base, app); len(img.Fresh) != 0 {
		t.Errorf("unpacked again: %v", img.Fresh)
	}
}

// A layer that comes twice counts in its upper place: overlayfs takes no folder twice.
func TestALayerTwice(t *testing.T) {
	a, b := archive(t, regular("x", "a", 0o644)), archive(t, regular("x", "b", 0o644))
	img := image(t, openCache(t, tempDir(t)), "", a, b, a)
	if len(img.Layers) != 2 || list(t, img.Layers[1]) != "drwxr-xr-x ./\n-rw-r--r-- x \"a\"\n" {
		t.Errorf("%+v", img)
	}
}

// A layer that hides all beneath it is the lowest: overlayfs does not ask the root.
func TestALayerThatHidesAll(t *testing.T) {
	base, _ := baseAndApp(t)
	img := image(t, openCache(t, tempDir(t)), "", base, archive(t, regular("x", "a", 0o644), whiteout(".wh..wh..opq")))
	if len(img.Layers) != 1 {
		t.Errorf("%+v", img)
	}
}

// A user whose list a layer hides is found neither at first nor later.
func TestUserThatIsHidden(t *testing.T) {
	base, _ := baseAndApp(t)
	for _, hides := range []string{".wh..wh..opq", ".wh.etc", "etc/.wh.passwd", "etc/.wh..wh..opq"} {
		c := openCache(t, tempDir(t))
		for range 2 {
			if _, err := c.Image(t.Context(), layersOf(base, archive(t, whiteout(hides))), "node", false); !errors.Is(err, layers.ErrNoUser) {
				t.Errorf("%s: error %v", hides, err)
			}
		}
	}
}

// What is not unpacked is said.
func TestSkippedIsSaid(t *testing.T) {
	ping := regular("ping", "x", 0o755)
	ping.PAXRecords = xattr("security.capability", "x")
	null := regular("null", "", 0o666)
	null.Typeflag, null.Devmajor = '3', 1
	c := openCache(t, tempDir(t))
	for range 2 {
		img := image(t, c, "", archive(t, ping, null))
		if want := []string{"attribute security.capability of ping", "device null"}; !slices.Equal(img.Skipped, want) {
			t.Errorf("%q", img.Skipped)
		}
	}
}

// With one layer that cannot be had nothing of an image is kept half, and the first error is told.
func TestImageWithABadLayer(t *testing.T) {
	dir := tempDir(t)
	base, app := baseAndApp(t)
	bad := layersOf(base, app)
	bad[1].DiffID = blob("other").diffID()
	_, err := openCache(t, dir).Image(t.Context(), bad, "", false)
	if _, is := errors.AsType[*layers.DigestError](err); !is || !strings.Contains(err.Error(), bad[1].DiffID) {
		t.Errorf("error %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "partial", "*")); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
}
