package acceptance_test

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// A compiled magefile has nothing that it does not use. A search for methods by reflection, or a template as an interface
// value, makes the linker keep all of it, twice as much as is used: https://go.dev/blog/deadcode
func TestACompiledMagefileHasWhatItUsesAlone(t *testing.T) {
	t.Parallel()
	list, err := exec.Command("go", "tool", "nm", compiled(t)).Output()
	if err != nil {
		t.Fatal(err)
	}
	symbols := string(list)
	if !strings.Contains(symbols, "aws-sdk-go-v2/service/ecs.(*Client).DescribeServices") {
		t.Fatal("a method that is called is not there: the names of methods are not what they were")
	}
	for kept, why := range map[string]string{
		`aws-sdk-go-v2/service/ecs\.\(\*Client\)\.CreateCluster$`: "nothing calls it: something looks for methods by reflection",
		`goformation/v7/cloudformation\.AllResources$`:            "nothing decodes templates: something makes one an interface value, or an App or a Place, which lead to it (write place.String())",
		`aws-sdk-go-v2/service/(ec2|iam|ssm|acm)\b`:               "preflight asks these by itself",
		`^testing\.`: "it is for tests",
	} {
		if found := regexp.MustCompile(`(?m)` + kept).FindString(symbols); found != "" {
			t.Errorf("%s: %s", found, why)
		}
	}
}
