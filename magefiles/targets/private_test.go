//go:build unix

package targets_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// othersMay are the files below a folder that other users may read or write.
func othersMay(t *testing.T, dir string) (names []string) {
	t.Helper()
	must(t, filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			names = append(names, info.Mode().String()+" "+path)
		}
		return err
	}))
	return names
}

// State and cache hold secrets: other users of the machine can read neither, whatever the umask.
func TestStateAndCacheAreTheUsersAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	state, cache := w.env["SPLITECS_LOCAL_DIR"], w.env["SPLITECS_CACHE"]
	w.run(localUp)
	w.want(0)
	w.run(serve)
	w.want(0)
	for _, dir := range []string{state, cache} {
		if open := othersMay(t, dir); len(open) > 0 {
			t.Errorf("others may read %q", open)
		}
	}

	// As an older version, or a person, left it.
	must(t, os.Chmod(state, 0o755))
	must(t, os.Chmod(cache, 0o755))
	w.run(localUp)
	w.want(0, "other users of this machine could read "+state+" until now", "other users of this machine could read "+cache+" until now")
	if open := append(othersMay(t, state), othersMay(t, cache)...); len(open) > 0 {
		t.Errorf("others may read %q", open)
	}

	must(t, os.Chmod(cache, 0o777))
	w.run(localUp)
	w.want(0, "no image cache: folder "+cache+" may be written by others (mode 0777); next: chmod 700 '"+cache+"', or set SPLITECS_CACHE to a folder of your own")
	must(t, os.Chmod(state, 0o770))
	w.run(localUp)
	w.want(2, "folder "+state+" may be written by others (mode 0770)", "next: chmod 700 '"+state+"'", "set SPLITECS_LOCAL_DIR to a folder of your own")
}
