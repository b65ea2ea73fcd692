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
func TestTreeIsTheSameEverywhere(t *testing.T) {
	dir := t.TempDir()
	if err := (bigtree.Tree{Packages: 3, Pages: 2, Pictures: 2}).Write(dir); err != nil {
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
	if got := hex.EncodeToString(h.Sum(nil)); files != 81 || got != "b684646acbd75b9d5901d6a5cd72c033e0609166f8ae039469a523034a8eada0" {
		t.Errorf("%d files, %s", files, got)
	}
}
