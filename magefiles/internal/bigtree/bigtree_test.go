package bigtree_test

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"os"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/internal/bigtree"
)

// What was measured on one machine is measured on the same bytes on another.
func TestTreesAreTheSameEverywhere(t *testing.T) {
	for _, c := range []struct {
		write func(dir string) error
		files int
		want  string
	}{
		{bigtree.Tree{Packages: 3, Pages: 2, Pictures: 2}.Write, 81, "b684646acbd75b9d5901d6a5cd72c033e0609166f8ae039469a523034a8eada0"},
		{bigtree.Service{Packages: 15, Sources: 4}.Write, 350, "071a215744eac492e7b1b8a9bedd91b095d98ce7ff4d795cd08e2f3d4d41fe08"},
	} {
		dir := t.TempDir()
		if err := c.write(dir); err != nil {
			t.Fatal(err)
		}
		h, files := sha256.New(), 0
		err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			content, err := fs.ReadFile(os.DirFS(dir), name)
			h.Write([]byte(name))
			h.Write(content)
			files++
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := hex.EncodeToString(h.Sum(nil)); files != c.files || got != c.want {
			t.Errorf("%d files, %s", files, got)
		}
	}
}
