package acceptance_test

import (
	"strings"
	"testing"
)

// snippet is the body of an example, up to its first empty comment: what a guide shows has
// been compiled and run.
func snippet(name string) func(*testing.T) string {
	return func(t *testing.T) string {
		t.Helper()
		examples := read(t, "example_test.go") + read(t, "magefiles/acceptance/example_extending_test.go")
		_, body, ok := strings.Cut(examples, "\nfunc Example_"+name+"() {\n")
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
