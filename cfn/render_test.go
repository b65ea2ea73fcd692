package cfn_test

import (
	"strings"
	"testing"

	"github.com/awslabs/goformation/v7/cloudformation"
	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"github.com/bellyfed/splitecs/cfn"
)

// Render says the same as goformation's own YAML method, which is slow but not ours.
func TestRenderAgreesWithGoformation(t *testing.T) {
	for _, s := range samples() {
		for kind, template := range s.templates(t) {
			theirs, err := template.YAML()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(parse(t, theirs), parse(t, render(t, template))); diff != "" {
				t.Errorf("%s/%s\n%s", s.name, kind, diff)
			}
		}
	}
}

func TestRenderRefusesWhatCloudFormationRefuses(t *testing.T) {
	template := cloudformation.NewTemplate()
	template.Metadata["Large"] = strings.Repeat("x", cfn.MaxTemplateBytes)
	if _, err := cfn.Render(template); err == nil || !strings.Contains(err.Error(), "51200") {
		t.Errorf("got %v, want an error that names the limit", err)
	}
}

// Whatever a string is, a YAML parser reads the same one.
func FuzzRenderString(f *testing.F) {
	for _, seed := range []string{
		"", "plain", "yes", "No", "null", "~", "1", "1.5", "0x1F", "1_000", "12:30", "2010-09-09", "true", "a: b", "a #b", "- a",
		"it's", `say "hi"`, "two\nlines", "tab\t", " lead", "trail ", "colon:", "é", "😀", "\u2028", "\u0085", "\x7f", "*x", "&x", "!x",
		"%x", "@x", "`x", "{x}", "[x]", "=", "<<", ".inf", "a, b", "eyAi", "eyAiUmVmIg==", "eyAiWCI6IDEgfQ==", "y", "n", "on", "a\rb", "\ufeffx",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		template := cloudformation.NewTemplate()
		s = strings.ToValidUTF8(s, "")
		template.Metadata["S"] = s
		key := s
		if len(key) > 200 {
			key = "long" // YAML ends a key after 1,024 characters; no key of a template comes near
		}
		template.Metadata["K"] = map[string]any{key: []string{s, s}}
		body, err := cfn.Render(template)
		if err != nil {
			t.Skip() // too large
		}
		var got struct {
			Metadata struct {
				S any              `yaml:"S"`
				K map[string][]any `yaml:"K"`
			} `yaml:"Metadata"`
		}
		if err := yaml.Unmarshal(body, &got); err != nil {
			t.Fatalf("%v in\n%s", err, body)
		}
		if _, function := got.Metadata.S.(map[string]any); function {
			return // an encoded intrinsic function; validation keeps those out
		}
		if got.Metadata.S != s || len(got.Metadata.K[key]) != 2 || got.Metadata.K[key][1] != s {
			t.Errorf("%q became %#v in\n%s", s, got.Metadata, body)
		}
	})
}
