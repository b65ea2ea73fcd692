package acceptance_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// testName is a test as documents name it, with a part of it or not.
var testName = regexp.MustCompile("`(Test[A-Z][A-Za-z]*)(?:/[^`]*)?`")

// Every test that a guide names is there.
func TestDocumentsNameTestsThatAreThere(t *testing.T) {
	tests := map[string]bool{}
	declared := regexp.MustCompile(`(?m)^func (Test[A-Za-z]+)\(`)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range declared.FindAllSubmatch(text, -1) {
			tests[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(matching(t, "docs/*.md"), "README.md") {
		for _, m := range testName.FindAllStringSubmatch(read(t, name), -1) {
			if !tests[m[1]] {
				t.Errorf("%s names %s, which is no test", name, m[1])
			}
		}
	}
}
