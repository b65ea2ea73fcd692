package acceptance_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// arrows are the imports within the module that each package may have, besides those below it. The templates
// stay pure, the rooms do not know each other, and only targets joins them.
var arrows = map[string][]string{
	"":                            {"cfn", "magefiles/targets"},
	"cfn":                         {"cfn/partition", "cfn/confidential"},
	"cfn/confidential":            {},
	"cfn/partition":               {},
	"magefiles/stack":             {},
	"magefiles/rollout":           {"cfn/confidential"},
	"magefiles/image":             {"cfn/partition", "cfn/confidential", "magefiles/internal/private"},
	"magefiles/preflight":         {"cfn/partition", "magefiles/internal/argv"},
	"magefiles/awslocal":          {"magefiles/awslocal/internal/", "magefiles/internal/private"},
	"magefiles/awslocal/hello":    {},
	"magefiles/awslocal/ledger":   {"magefiles/awslocal"},
	"magefiles/internal/argv":     {},
	"magefiles/internal/console":  {"cfn/confidential"},
	"magefiles/internal/canaries": {},
	"magefiles/internal/gotest":   {},
	"magefiles/internal/bigtree":  {},
	"magefiles/internal/pins":     {},
	"magefiles/internal/private":  {},
	"magefiles/internal/spread":   {},
	"magefiles/acceptance":        {}, // tests alone
	"magefiles/targets":           {"cfn", "cfn/partition", "cfn/confidential", "magefiles/stack", "magefiles/rollout", "magefiles/image", "magefiles/preflight", "magefiles/awslocal", "magefiles/internal/argv", "magefiles/internal/console", "magefiles/internal/private"},
	"magefiles/awslocal/internal": {"magefiles/awslocal/internal/", "magefiles/internal/argv", "magefiles/internal/private"},
}

// foreign are modules that a package may not need, with the reason.
var foreign = map[string]map[string]string{
	"cfn":                        {"github.com/aws/": "templates are a function of the configuration; nothing is asked of AWS", "github.com/google/": "templates know no images"},
	"magefiles/stack":            {"github.com/awslabs/": "a stack does not know what is in its template"},
	"magefiles/rollout":          {"github.com/awslabs/": "a rollout does not know templates"},
	"magefiles/image":            {"github.com/awslabs/": "an image does not know templates"},
	"magefiles/preflight":        {"github.com/awslabs/": "a preflight does not know templates", "github.com/aws/aws-sdk-go-v2/service/ec2": "it takes a minute to compile, for four operations"},
	"magefiles/internal/console": {"github.com/aws/": "what people see does not depend on AWS"},
	"magefiles/awslocal":         {"github.com/awslabs/": "the judge of a template must not share its code"},
}

func TestArrows(t *testing.T) {
	list := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...")
	list.Dir = root
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		name := strings.TrimPrefix(strings.TrimPrefix(words[0], module), "/")
		key := name
		if strings.HasPrefix(name, "magefiles/awslocal/internal/") {
			key = "magefiles/awslocal/internal"
		}
		allowed, known := arrows[key]
		if !known {
			t.Errorf("package %q is not in the plan of the house: give it its arrows here, and a line in DESIGN's layout", name)
		}
		for _, path := range words[1:] {
			if inner, ours := strings.CutPrefix(path, module); ours {
				inner = strings.TrimPrefix(inner, "/")
				if !slices.ContainsFunc(allowed, func(a string) bool { return inner == a || strings.HasSuffix(a, "/") && strings.HasPrefix(inner, a) }) {
					t.Errorf("%s imports %s", name, inner)
				}
			}
			for prefix, reason := range foreign[key] {
				if strings.HasPrefix(path, prefix) {
					t.Errorf("%s imports %s: %s", name, path, reason)
				}
			}
		}
	}
}
