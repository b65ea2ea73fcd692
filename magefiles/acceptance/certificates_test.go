package acceptance_test

import (
	"debug/buildinfo"
	"testing"

	pseudo "golang.org/x/mod/module"
)

// A compiled magefile tells how old the certificates are that it puts under Go programs: by the version of their module, which
// has to be one that says its time.
func TestACompiledMagefileKnowsTheAgeOfItsCertificates(t *testing.T) {
	t.Parallel()
	info, err := buildinfo.ReadFile(compiled(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range info.Deps {
		if m.Path != "golang.org/x/crypto/x509roots/fallback" {
			continue
		}
		if _, err := pseudo.PseudoVersionTime(m.Version); err != nil {
			t.Errorf("version %s: %v", m.Version, err)
		}
		return
	}
	t.Error("the module of the certificates is not in it")
}
