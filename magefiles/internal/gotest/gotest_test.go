package gotest

import (
	"bytes"
	"strings"
	"testing"
)

const run = `{"Action":"start","Package":"p"}
{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"fine\n"}
{"Action":"output","Package":"p","Test":"TestA","Output":"    spread_test.go:23: short: 8 of 62 cases\n"}
{"Action":"pass","Package":"p","Test":"TestA","Elapsed":0}
{"Action":"output","Package":"p","Test":"TestD/one","Output":"    spread_test.go:23: short: 2 of 6 cases\n"}
{"Action":"pass","Package":"p","Test":"TestD/one","Elapsed":0}
{"Action":"output","Package":"p","Test":"TestB","Output":"    b_test.go:1: judge missing: cfn-lint\n"}
{"Action":"skip","Package":"p","Test":"TestB","Elapsed":0}
{"Action":"output","Package":"p","Test":"TestC","Output":"    c_test.go:1: it broke\n"}
{"Action":"fail","Package":"p","Test":"TestC","Elapsed":0.1}
{"Action":"fail","Package":"p","Elapsed":1.25}
not json
`

func TestFollowCountsAndShowsFailuresOnly(t *testing.T) {
	var out bytes.Buffer
	s, err := Follow(strings.NewReader(run), &out)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := s.String(), "judges missing, so their tests were skipped: cfn-lint\nshortened: 10 of 68 cases of the longest tests\n2 passed, 1 failed, 1 skipped"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	shown := out.String()
	for _, want := range []string{"FAIL p TestC", "it broke", "fail p 1.2s", "not json"} {
		if !strings.Contains(shown, want) {
			t.Errorf("%q is not in %q", want, shown)
		}
	}
	if strings.Contains(shown, "fine") {
		t.Errorf("the output of a passing test is shown: %q", shown)
	}
}

func TestFollowShowsWhatHadNotEnded(t *testing.T) {
	const stopped = `{"Action":"run","Package":"p","Test":"TestHangs"}
{"Action":"output","Package":"p","Test":"TestHangs","Output":"=== RUN TestHangs\n"}
{"Action":"output","Package":"p","Test":"TestHangs","Output":"panic: test timed out after 20m0s\n"}
{"Action":"output","Package":"q","Test":"TestGoesOn","Output":"of another package\n"}
{"Action":"fail","Package":"p","Elapsed":1200}
`
	var out bytes.Buffer
	s, err := Follow(strings.NewReader(stopped), &out)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := s.String(), "not ended: TestHangs\n0 passed, 0 failed, 0 skipped"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	shown := out.String()
	if !strings.Contains(shown, "FAIL p TestHangs (not ended)\n=== RUN TestHangs\npanic: test timed out after 20m0s\n") || strings.Contains(shown, "of another package") {
		t.Errorf("shown:\n%s", shown)
	}
}
