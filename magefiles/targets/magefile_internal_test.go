package targets

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bellyfed/splitecs/cfn"
)

// What Mage prints is read as it is written, whatever the comment of a target says.
func TestReadHelp(t *testing.T) {
	e, aliases := readHelp("Greet greets.\n\nUsage:\n\n\tmage greet <not> <this>\n\nUsage:\n\n\tmage greet <name> [<flags>]\n\nFlags:\n\n\t-loud=<bool>    how loud\n\t-Times=<int>\n\nAliases: g, hello\n\n")
	if len(e.args) != 1 || e.args[0].name != "name" || !cmp.Equal(e.options, []string{"loud", "times"}) || !cmp.Equal(aliases, []string{"g", "hello"}) {
		t.Errorf("%+v, aliases %q", e, aliases)
	}
	if e, aliases := readHelp("Usage:\n\n\tmage one [-x=<int>]\n\n"); len(e.args) != 0 || !cmp.Equal(e.options, []string{"x"}) || aliases != nil {
		t.Errorf("%+v, aliases %q", e, aliases)
	}
	if e, _ := readHelp("panic: x"); len(e.args)+len(e.options) != 0 {
		t.Errorf("%+v", e)
	}
	if got := readListing("init says\n  what: it likes\nTargets:\n  a*         A.\n  b:c        \n\n* default target\n"); !cmp.Equal(got, []string{"a", "b:c"}) {
		t.Errorf("%q", got)
	}
}

// A magefile that cannot be asked is not judged.
func TestAMagefileThatDoesNotAnswer(t *testing.T) {
	m := &magefile{seen: map[string]entry{}, run: func(...string) ([]byte, int, error) { return nil, 1, errors.New("no") }}
	if judge(cfn.App{}, []string{"build"}, m); m.err == nil {
		t.Error("nothing is said of it")
	}
}

// Mage's own flags are read as Mage reads them.
func TestTargetWords(t *testing.T) {
	for line, want := range map[string][]string{
		"": {}, "a b": {"a", "b"}, "-v a -x": {"a", "-x"}, "-t 5s a": {"a"}, "-- -a": {"-a"},
		"-l": nil, "-h a": nil, "-x a": nil, "-t soon a": nil,
	} {
		if got := targetWords(strings.Fields(line), func(string) string { return "" }); !cmp.Equal(got, want) {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
	if got := targetWords([]string{"a"}, func(name string) string { return map[string]string{"MAGEFILE_LIST": "1"}[name] }); got != nil {
		t.Errorf("listing: %q", got)
	}
}

// A test is no magefile, and its command line its own.
func TestATestIsNoMagefile(t *testing.T) {
	if compiled, _ := look(library{{name: "infra:deploy"}}); compiled {
		t.Error("this is a magefile")
	}
	texts := contains(strings.NewReader(strings.Repeat("x", 256<<10-3)+"needle"), "needle", "absent")
	if !texts[0] || texts[1] {
		t.Errorf("over the edge of two looks: %v", texts)
	}
}
