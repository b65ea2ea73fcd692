package splitecs_test

import (
	"strings"
	"testing"
)

// snippet is the body of an example of example_extending_test.go, up to its first empty comment: what a guide shows has
// been compiled and run.
func snippet(name string) func(*testing.T) string {
	return func(t *testing.T) string {
		t.Helper()
		_, body, ok := strings.Cut(read(t, "example_extending_test.go"), "\nfunc Example_"+name+"() {\n")
		body, _, ended := strings.Cut(body, "\t//\n")
		if !ok || !ended {
			t.Fatalf("there is no example %s with an empty comment in it", name)
		}
		var out strings.Builder
		for line := range strings.Lines(body) {
			out.WriteString(strings.TrimPrefix(line, "\t"))
		}
		return "```go\n" + out.String() + "```\n"
	}
}
