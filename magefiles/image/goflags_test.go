package image_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bellyfed/splitecs/magefiles/image"
)

// What GOFLAGS says stands where the go command would find it, beside what an image needs.
func TestGoFlagsAreHeeded(t *testing.T) {
	const ours = "-trimpath|-buildvcs=false|"
	for environment, c := range map[string]struct {
		build image.GoBuild
		want  string
	}{
		"":                               {want: ours + "-ldflags=-s -w"},
		"-trimpath -buildvcs=false":      {want: ours + "-ldflags=-s -w"},
		"-mod=mod -pgo=off --gcflags=-N": {want: ours + "-ldflags=-s -w"}, // these the go command heeds itself
		"-race=false -v -p=2":            {want: ours + "-ldflags=-s -w"},
		"-tags=a,b":                      {want: ours + "-ldflags=-s -w|-tags=a,b"},
		"'-tags=a b'":                    {build: image.GoBuild{Tags: []string{"c"}}, want: ours + "-ldflags=-s -w|-tags=a,b,c"},
		"-tags=a -tags=b":                {want: ours + "-ldflags=-s -w|-tags=b"},
		"'-ldflags=-X main.v=1 -linkmode=internal'": {want: ours + "-ldflags=-s -w -X main.v=1 -linkmode=internal"},
		`"-ldflags=-X 'main.v=a b'"`:                {build: image.GoBuild{Values: map[string]string{"main.w": "c d", "main.a": "x"}}, want: ours + "-ldflags=-s -w -X 'main.v=a b' -X main.a=x -X 'main.w=c d'"},
		"-ldflags=-X=main.v=1":                      {want: ours + "-ldflags=-s -w -X=main.v=1"},
		"-buildmode=exe  -compiler=gc":              {want: ours + "-ldflags=-s -w"},
	} {
		got, err := image.GoFlags(environment, image.Spec{Go: c.build})
		if err != nil || strings.Join(got, "|") != c.want {
			t.Errorf("GOFLAGS=%s: %q, %v, want %s", environment, got, err, c.want)
		}
	}
}

// What cannot be heeded is refused by its name, and not left out.
func TestGoFlagsThatCannotBeHeeded(t *testing.T) {
	for environment, flag := range map[string]string{
		"-race": "-race", "-v -msan": "-msan", "-asan=true": "-asan=true", "--race": "--race", "-n": "-n", "-C=..": "-C=..", "-json": "-json", "-o=x": "-o=x", "-linkshared": "-linkshared",
		"-trimpath=false": "-trimpath=false", "-buildvcs=auto": "-buildvcs=auto", "-buildvcs": "-buildvcs", "-buildmode=pie": "-buildmode=pie",
		"-compiler=gccgo": "-compiler=gccgo", "'-ldflags=all=-X main.v=1'": "-ldflags=all=-X main.v=1",
	} {
		_, err := image.GoFlags(environment, image.Spec{})
		refused, ok := errors.AsType[*image.GoFlagError](err)
		if !ok || refused.Flag != flag || !strings.HasPrefix(err.Error(), "GOFLAGS has "+flag+", which an image cannot heed: ") {
			t.Errorf("GOFLAGS=%s: %v", environment, err)
		}
	}
	if _, err := image.GoFlags("'-tags=a", image.Spec{}); err == nil || !strings.Contains(err.Error(), "has no closing quote") {
		t.Errorf("an open quote: %v", err)
	}
}

func TestValuesOfTheCommit(t *testing.T) {
	values := image.GoBuild{Values: map[string]string{"main.a": "{commit}", "main.b": "v-{version}", "main.c": "{time}", "main.d": "{other}"}}
	spec := image.Spec{Go: values, Revision: "0123456789abcdef0123456789abcdef01234567", Created: time.Date(2026, 11, 3, 10, 0, 0, 0, time.UTC)}
	flags, err := image.GoFlags("", spec)
	must(t, err)
	const want = "-ldflags=-s -w -X main.a=0123456789abcdef0123456789abcdef01234567 -X main.b=v-20261103-0123456 -X main.c=2026-11-03T10:00:00Z -X main.d={other}"
	if !slices.Contains(flags, want) {
		t.Errorf("got %q", flags)
	}
	spec.Revision += "-dirty"
	if flags, err = image.GoFlags("", spec); err != nil || !strings.Contains(flags[2], "main.b=v-20261103-0123456-dirty") || !strings.Contains(flags[2], "4567-dirty ") {
		t.Errorf("of a tree with changes: %q, %v", flags, err)
	}
	spec.Revision = ""
	if _, err := image.GoFlags("", spec); err == nil || err.Error() != "App.Image.Go.Values: main.a has {commit}, and there is no commit that it could stand for: commit the source, or write the value out" {
		t.Errorf("without a commit: %v", err)
	}
	if _, err := image.GoFlags("", image.Spec{Go: image.GoBuild{Values: map[string]string{"main.a": `'"`}}}); err == nil {
		t.Error("both kinds of quotes are taken")
	}
}
