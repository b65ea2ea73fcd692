//go:build unix

package private_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/internal/private"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func mode(t *testing.T, name string) string {
	t.Helper()
	info, err := os.Lstat(name)
	must(t, err)
	return fmt.Sprintf("%04o", info.Mode().Perm())
}

// made is a folder of a mode that no umask changes, with files in it.
func made(t *testing.T, perm os.FileMode, names ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "d")
	must(t, os.Mkdir(dir, 0o700))
	for _, name := range names {
		must(t, os.WriteFile(filepath.Join(dir, name), nil, 0o600))
	}
	must(t, os.Chmod(dir, perm))
	return dir
}

func TestFoldersAreThisUsersAlone(t *testing.T) {
	for name, c := range map[string]struct {
		perm     os.FileMode
		holds    []string
		narrowed bool
		refused  string
	}{
		"as it should be":              {perm: 0o700, holds: []string{"other"}},
		"readable, empty":              {perm: 0o755, narrowed: true},
		"readable, ours":               {perm: 0o755, holds: []string{"other", "state"}, narrowed: true},
		"to be passed through, ours":   {perm: 0o711, holds: []string{"state"}, narrowed: true},
		"readable, with other things":  {perm: 0o755, holds: []string{"other"}, refused: "may be read by others (mode 0755), and holds other things than this"},
		"writable by the group, empty": {perm: 0o770, refused: "may be written by others (mode 0770)"},
		"writable by all, ours":        {perm: 0o777, holds: []string{"state"}, refused: "may be written by others (mode 0777)"},
		"as /tmp is":                   {perm: 0o777 | os.ModeSticky, holds: []string{"other"}, refused: "may be written by others (mode 0777)"},
		"writable and not readable":    {perm: 0o702, refused: "may be written by others (mode 0702)"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := made(t, c.perm, c.holds...)
			narrowed, err := private.Folder(dir, "state")
			refusal, _ := errors.AsType[*private.FolderError](err)
			mend := "chmod 700 '" + dir + "'"
			if slices.Equal(c.holds, []string{"other"}) {
				mend = "" // nobody is told to narrow what is for something else
			}
			switch {
			case c.refused == "" && (err != nil || narrowed != c.narrowed || mode(t, dir) != "0700"):
				t.Errorf("narrowed: %v, mode %s, %v", narrowed, mode(t, dir), err)
			case c.refused != "" && (refusal == nil || refusal.Reason != c.refused || refusal.Mend != mend || mode(t, dir) != fmt.Sprintf("%04o", c.perm.Perm())):
				t.Errorf("mode %s, %v", mode(t, dir), err)
			}
		})
	}
}

func TestNewFoldersAndFilesAreThisUsersAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "above", "below")
	if narrowed, err := private.Folder(dir); narrowed || err != nil {
		t.Fatal(narrowed, err)
	}
	must(t, private.Write(filepath.Join(dir, "a"), []byte("a")))
	f, err := private.Create(filepath.Join(dir, "b"))
	must(t, err)
	must(t, f.Close())
	for name, want := range map[string]string{dir: "0700", filepath.Dir(dir): "0700", filepath.Join(dir, "a"): "0600", filepath.Join(dir, "b"): "0600"} {
		if got := mode(t, name); got != want {
			t.Errorf("%s has mode %s", name, got)
		}
	}
}

// A link of this user to a folder that is not there is as good as one to an empty folder.
func TestLinksToNothingAreFollowed(t *testing.T) {
	for name, to := range map[string]string{"absolute": filepath.Join(t.TempDir(), "above", "to"), "relative": filepath.Join("above", "to")} {
		link := filepath.Join(t.TempDir(), "link")
		must(t, os.Symlink(to, link))
		if narrowed, err := private.Folder(link); narrowed || err != nil {
			t.Fatal(name, narrowed, err)
		}
		real, err := filepath.EvalSymlinks(link)
		must(t, err)
		if got := mode(t, real); got != "0700" {
			t.Errorf("%s: %s has mode %s", name, real, got)
		}
	}
}

// Both ways of writing replace a link, and leave alone what it leads to.
func TestLinksAreNotFollowed(t *testing.T) {
	for name, write := range map[string]func(string) error{
		"Write": func(name string) error { return private.Write(name, []byte("new")) },
		"Create": func(name string) error {
			f, err := private.Create(name)
			if err != nil {
				return err
			}
			_, err = f.WriteString("new")
			return errors.Join(err, f.Close())
		},
	} {
		dir := t.TempDir()
		precious, link := filepath.Join(dir, "precious"), filepath.Join(dir, "link")
		must(t, os.WriteFile(precious, []byte("old"), 0o644))
		must(t, os.Symlink(precious, link))
		must(t, write(link))
		for file, want := range map[string]string{precious: "old", link: "new"} {
			if got, err := os.ReadFile(file); err != nil || string(got) != want {
				t.Errorf("%s: %s holds %q, %v", name, file, got, err)
			}
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) != 2 {
			t.Errorf("%s leaves %v behind, %v", name, left, err)
		}
	}
}

// A folder of another user is refused by whoever it is, root too; so is a link of theirs to a folder of ours.
func TestFoldersOfOthersAreRefused(t *testing.T) {
	const nobody = 65534
	dir := made(t, 0o700)
	to := made(t, 0o700)
	link := filepath.Join(t.TempDir(), "link")
	must(t, os.Symlink(to, link))
	switch os.Geteuid() {
	case 0:
		must(t, os.Chown(dir, nobody, nobody))
		must(t, os.Lchown(link, nobody, nobody))
	default:
		dir, link = "/", "" // root's
	}
	for _, one := range []string{dir, link, link + "/"} {
		if strings.Trim(one, "/") == "" && one != dir {
			continue
		}
		_, err := private.Folder(one)
		if refusal, ok := errors.AsType[*private.FolderError](err); !ok || !strings.Contains(refusal.Reason, "belongs to ") || refusal.Mend != "" {
			t.Errorf("%s: %v", one, err)
		}
	}
}
