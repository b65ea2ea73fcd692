//go:build unix

package image

import (
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// Both ways to read a folder see the same, and neither leaves it by a link.
func TestOpenFolders(t *testing.T) {
	top := t.TempDir()
	outside := t.TempDir()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.WriteFile(filepath.Join(outside, "secret"), nil, 0o600))
	must(os.Mkdir(filepath.Join(top, "sub"), 0o700))
	must(os.Mkdir(filepath.Join(top, "shared"), 0o777))
	must(os.Chmod(filepath.Join(top, "shared"), 0o777|os.ModeSticky))
	must(os.WriteFile(filepath.Join(top, "file"), []byte("12345"), 0o640))
	must(os.WriteFile(filepath.Join(top, "program"), nil, 0o755))
	must(os.Symlink(outside, filepath.Join(top, "out")))
	must(os.Symlink("file", filepath.Join(top, "in")))
	must(os.Symlink(strings.Repeat("x/", 300), filepath.Join(top, "long")))
	must(syscall.Mkfifo(filepath.Join(top, "pipe"), 0o600))
	for i := range 500 { // more than one call lists
		must(os.WriteFile(filepath.Join(top, strings.Repeat("n", 1+i%200)+string(rune('a'+i%26))+strings.Repeat("m", i/200)), nil, 0o600))
	}

	seenBy := func(open func(string) (openFolder, error)) map[string]any {
		f, err := open(top)
		must(err)
		defer f.Close()
		names, err := f.names()
		must(err)
		slices.Sort(names)
		all := map[string]any{"names": names}
		for _, name := range names {
			s, err := f.look(name)
			must(err)
			all[name] = s
		}
		for _, name := range []string{"out", "in", "long"} {
			all["link "+name], err = f.link(name)
			must(err)
		}
		file, err := f.open("file")
		must(err)
		for range 2 {
			content, err := io.ReadAll(file)
			if err != nil || string(content) != "12345" {
				t.Errorf("%q, %v", content, err)
			}
			_, err = file.Seek(0, io.SeekStart)
			must(err)
		}
		must(file.Close())
		for _, name := range []string{"out", "absent"} {
			if file, err := f.open(name); err == nil {
				file.Close()
				t.Errorf("opened %s", name)
			}
		}
		if sub, err := f.enter("sub"); err != nil {
			t.Error(err)
		} else {
			sub.Close()
		}
		for _, name := range []string{"out", "file", "absent"} {
			if sub, err := f.enter(name); err == nil {
				sub.Close()
				t.Errorf("entered %s", name)
			}
		}
		return all
	}
	here, anywhere := seenBy(openTree), seenBy(openRootFolder)
	for name := range anywhere {
		if !reflect.DeepEqual(here[name], anywhere[name]) {
			t.Errorf("%s: %+v and %+v", name, here[name], anywhere[name])
		}
	}
	if len(here) != len(anywhere) || here["link out"] != outside {
		t.Errorf("%d and %d, %v", len(here), len(anywhere), here["link out"])
	}
	if _, err := openTree(filepath.Join(top, "file")); err == nil {
		t.Error("a file was opened as a folder")
	}
}

// What decides whether files are hashed before they are compressed.
func TestFewFilesWereEdited(t *testing.T) {
	before := []item{{size: 10, stamp: stamp{changed: 5}}, {size: 10, stamp: stamp{changed: 9}}, {size: 10, stamp: stamp{changed: 7}}}
	for name, c := range map[string]struct {
		changed [3]int64
		want    bool
	}{
		"one edited":              {[3]int64{5, 9, 10}, true},
		"an older one put back":   {[3]int64{5, 9, 3}, false},
		"most edited":             {[3]int64{12, 9, 10}, false},
		"all new, a new checkout": {[3]int64{12, 12, 12}, false},
		"nothing newer":           {[3]int64{5, 9, 7}, false},
	} {
		items := slices.Clone(before)
		for i, at := range c.changed {
			items[i].stamp.changed = at
		}
		if got := newest(before).edited(items); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
