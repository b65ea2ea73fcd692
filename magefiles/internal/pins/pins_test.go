package pins_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bellyfed/splitecs/magefiles/internal/pins"
)

func TestFind(t *testing.T) {
	got := pins.All(`
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
      - uses: ./.github/workflows/deploy.yml
    uses: owner/repo/.github/workflows/deploy.yml@v1
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
`, `"$tools/venv/bin/pip" install 'cfn-lint==1.58.0' 'awscli==1.45.11'`,
		`	staticcheck = "honnef.co/go/tools/cmd/staticcheck@v0.8.2"
	vulndb = "golang.org/x/vulndb@v0.0.0-20261105234957-e22db6528018" // "somebody@example.com"`)
	want := []pins.Pin{
		{Kind: pins.Action, Name: "actions/checkout", Version: "v4.2.2", Commit: "11bd71901bbe5b1630ceea73d27597364c9af683"},
		{Kind: pins.Action, Name: "owner/repo", Commit: "v1"},
		{Kind: pins.Module, Name: "golang.org/x/vulndb", Version: "v0.0.0-20261105234957-e22db6528018"},
		{Kind: pins.Module, Name: "honnef.co/go/tools", Version: "v0.8.2"},
		{Kind: pins.Python, Name: "awscli", Version: "1.45.11"},
		{Kind: pins.Python, Name: "cfn-lint", Version: "1.58.0"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestVersions(t *testing.T) {
	listed := []string{"1.25.14", "1.26.9", "1.26.11", "1.26.10", "1.27rc1", "1.27.2", "1.9rc2", "latest"}
	if got := pins.Newest(listed, "1.26"); got != "1.26.11" {
		t.Errorf("newest of 1.26: %q", got)
	}
	if got := pins.Newest(listed, ""); got != "1.27.2" {
		t.Errorf("newest: %q", got)
	}
	if got := pins.Newest([]string{"v4", "v4.2.2", "v10.0.0-beta", "v5.0.0"}, ""); got != "v5.0.0" {
		t.Errorf("newest tag: %q", got)
	}
	for _, c := range []struct {
		version, newest string
		want            bool
	}{
		{"go1.26.9", "1.26.10", true}, {"go1.26.10", "1.26.10", false}, {"v0.8.2", "v0.8.2", false}, {"1.9.0", "1.10.0", true}, {"v2.0.0", "v1.0.0", false},
		{"v0.0.0-20261105234957-e22db6528018", "v0.0.0-20261106000000-000000000000", true}, {"v1.0.0", "", false},
	} {
		if got := pins.Behind(c.version, c.newest); got != c.want {
			t.Errorf("%s is behind %q: %v", c.version, c.newest, got)
		}
	}
	if got := pins.Toolchain("module m\n\ngo 1.26.0\n\ntoolchain go1.26.11\n"); got != "go1.26.11" {
		t.Errorf("toolchain %q", got)
	}
	if got := pins.Toolchain("module m\n\ngo 1.26.0\n"); got != "" {
		t.Errorf("toolchain %q", got)
	}
}

func TestTag(t *testing.T) {
	commit, tags := pins.Tag("1\trefs/tags/v1.0.0\n2\trefs/tags/v2.0.0\n3\trefs/tags/v2.0.0^{}\n4\trefs/tags/v3.0.0\n", "v2.0.0")
	if want := []string{"v1.0.0", "v2.0.0", "v3.0.0"}; commit != "3" || !slices.Equal(tags, want) {
		t.Errorf("%q, %q", commit, tags)
	}
	if commit, _ := pins.Tag("1\trefs/tags/v1.0.0\n", "v1.0.0"); commit != "1" {
		t.Errorf("a tag that is no object names %q", commit)
	}
	if commit, _ := pins.Tag("1\trefs/tags/v1.0.0\n", "v9"); commit != "" {
		t.Errorf("a tag that is not there names %q", commit)
	}
}

// What is deployed and released is compiled by a toolchain whose patches are known, and CI runs it.
func TestTheToolchainIsNamed(t *testing.T) {
	gomod, err := os.ReadFile("../../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	if v := pins.Toolchain(string(gomod)); strings.Count(v, ".") != 2 {
		t.Errorf("the toolchain line of go.mod names %q, want one patch release", v)
	}
}
