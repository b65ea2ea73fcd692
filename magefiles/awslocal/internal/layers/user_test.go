package layers_test

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/layers"
)

const (
	passwd = "root:x:0:0:root:/root:/bin/bash\n" +
		"\n" +
		"node:x:1000:1001::/home/node:/bin/bash\n" +
		"bare:x:7\n" +
		"noHome:x:8:8::\n" +
		"other:x:1000:5::/other:/bin/sh\n" +
		"huge:x:4294967295:0::/:\n"
	group = "root:x:0:\nstaff:x:50:node,other\nvideo:x:44:node\nwheel:x:10:root\n"
)

func write(t *testing.T, dir, name, content string) {
	t.Helper()
	at := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(at, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// USER as Docker reads it.
func TestUser(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "etc/passwd", passwd)
	write(t, dir, "etc/group", group)
	for user, want := range map[string]struct {
		layers.Owner
		home, text string
		err        error
	}{
		"":              {layers.Owner{Groups: []int{10}}, "/root", "", nil},
		"0":             {layers.Owner{Groups: []int{10}}, "/root", "", nil},
		"root":          {layers.Owner{Groups: []int{10}}, "/root", "", nil},
		"node":          {layers.Owner{UID: 1000, GID: 1001, Groups: []int{50, 44}}, "/home/node", "", nil},
		"1000":          {layers.Owner{UID: 1000, GID: 1001, Groups: []int{50, 44}}, "/home/node", "", nil}, // the first entry counts
		"other":         {layers.Owner{UID: 1000, GID: 5, Groups: []int{50}}, "/other", "", nil},
		"node:staff":    {layers.Owner{UID: 1000, GID: 50}, "/home/node", "", nil}, // a group that is named is the only one
		"node:12":       {layers.Owner{UID: 1000, GID: 12}, "/home/node", "", nil},
		"node:":         {layers.Owner{UID: 1000, GID: 1001, Groups: []int{50, 44}}, "/home/node", "", nil},
		":staff":        {layers.Owner{GID: 50}, "/root", "", nil},
		"4711":          {layers.Owner{UID: 4711}, "/", "", nil},
		"4711:4712":     {layers.Owner{UID: 4711, GID: 4712}, "/", "", nil},
		"4711:video":    {layers.Owner{UID: 4711, GID: 44}, "/", "", nil},
		"bare":          {layers.Owner{UID: 7}, "/", "", nil},
		"noHome":        {layers.Owner{UID: 8, GID: 8}, "/", "", nil},
		"nobody":        {layers.Owner{}, "", "unable to find user nobody: no matching entries in passwd file", layers.ErrNoUser},
		"node:nobodies": {layers.Owner{}, "", "unable to find group nobodies: no matching entries in group file", layers.ErrNoGroup},
		"huge":          {layers.Owner{}, "", "uids and gids must be in range 0-2147483647", layers.ErrRange},
		"2147483648":    {layers.Owner{}, "", "uids and gids must be in range 0-2147483647", layers.ErrRange},
		"-1":            {layers.Owner{}, "", "uids and gids must be in range 0-2147483647", layers.ErrRange},
	} {
		o, home, err := layers.User([]string{dir}, user)
		if !reflect.DeepEqual(o, want.Owner) || home != want.home || !errors.Is(err, want.err) || err != nil && err.Error() != want.text {
			t.Errorf("%q: %+v %q %v, want %+v %q %s", user, o, home, err, want.Owner, want.home, want.text)
		}
	}
}

// Without any file of users numbers are taken, and names are not.
func TestUserOfNothing(t *testing.T) {
	dir := t.TempDir()
	for user, want := range map[string]layers.Owner{"": {}, "12:13": {UID: 12, GID: 13}} {
		o, home, err := layers.User([]string{dir, dir}, user)
		if err != nil || !reflect.DeepEqual(o, want) || home != "/" {
			t.Errorf("%q: %+v %q %v", user, o, home, err)
		}
	}
	if _, _, err := layers.User(nil, "node"); !errors.Is(err, layers.ErrNoUser) {
		t.Errorf("error %v", err)
	}
}

// The topmost layer that has the file counts, through links that stay within the image.
func TestUserOfTheTopmostLayer(t *testing.T) {
	base, middle, top := t.TempDir(), t.TempDir(), t.TempDir()
	write(t, base, "etc/passwd", "a:x:1:1::/a:\n")
	write(t, middle, "usr/lib/passwd", "b:x:2:2::/b:\n")
	if err := os.MkdirAll(filepath.Join(top, "etc"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../../../usr/lib/passwd", filepath.Join(top, "etc", "passwd")); err != nil {
		t.Skipf("this machine makes no symbolic links: %v", err)
	}
	all := []string{base, middle, top}
	if o, home, err := layers.User(all, "b"); err != nil || o.UID != 2 || home != "/b" {
		t.Errorf("%+v %q %v", o, home, err)
	}
	if _, _, err := layers.User(all, "a"); !errors.Is(err, layers.ErrNoUser) {
		t.Errorf("the user of a file that is hidden was found: %v", err)
	}
	if o, _, err := layers.User(all[:1], "a"); err != nil || o.UID != 1 {
		t.Errorf("%+v %v", o, err)
	}
}

// Elsewhere than on Linux nothing is unpacked, and that is said.
func TestOtherSystems(t *testing.T) {
	_, err := layers.Open(filepath.Join(t.TempDir(), "layers"))
	if linux := runtime.GOOS == "linux"; linux != (err == nil) || !linux && !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("error %v", err)
	}
}
