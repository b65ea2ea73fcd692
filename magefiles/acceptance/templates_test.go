package acceptance_test

import (
	"fmt"
	"regexp"
	"strconv"
	"testing"

	"gopkg.in/yaml.v3"
)

func TestSynthPrintsTheGoldenTemplates(t *testing.T) {
	t.Parallel()
	program := compiled(t)
	u := newUser(t)
	for _, stack := range []string{"infra", "service"} {
		for _, env := range []string{"dev", "test", "qa", "prod", "local"} {
			out, errs, code := u.run(nil, program, stack+":synth", env)
			if code != 0 || errs != "" {
				t.Fatalf("%s:synth %s: exit code %d, stderr %q", stack, env, code, errs)
			}
			if out != read(t, goldenFile(env, stack)) {
				t.Errorf("%s:synth %s differs from the golden file of cfn: the App in magefiles/magefile.go and the one in cfn's tests are not alike", stack, env)
			}
		}
	}
}

// template is a template as people read it. That the golden files are the templates is for another test.
type template struct {
	Resources map[string]struct {
		Type       string         `yaml:"Type"`
		Properties map[string]any `yaml:"Properties"`
	} `yaml:"Resources"`
	Outputs map[string]struct {
		Value any `yaml:"Value"`
	} `yaml:"Outputs"`
}

// goldenFile is where the template of an environment of magefiles/magefile.go stands.
func goldenFile(env, stack string) string {
	return "cfn/testdata/golden/" + env + "." + stack + ".yaml"
}

func golden(t *testing.T, env, stack string) template {
	t.Helper()
	var made template
	if err := yaml.Unmarshal([]byte(read(t, goldenFile(env, stack))), &made); err != nil {
		t.Fatal(err)
	}
	return made
}

// refers calls found with every name that Ref, Fn::GetAtt and Fn::Sub name in a value.
func refers(value any, found func(string)) {
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			refers(item, found)
		}
	case map[string]any:
		for key, item := range v {
			switch list, _ := item.([]any); {
			case key == "Ref":
				found(item.(string))
			case key == "Fn::GetAtt" && len(list) > 0:
				found(list[0].(string))
			case key == "Fn::Sub":
				for _, m := range regexp.MustCompile(`\$\{(\w+)`).FindAllStringSubmatch(fmt.Sprint(item), -1) {
					found(m[1])
				}
			}
			refers(item, found)
		}
	}
}

// number of a property, which templates have as a number or as text.
func number(t *testing.T, value any) float64 {
	t.Helper()
	n, err := strconv.ParseFloat(fmt.Sprint(value), 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
