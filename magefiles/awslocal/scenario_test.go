package awslocal_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecs"
)

// The guide's table of programs has a row of each scenario.
func TestTheGuideHasEveryScenario(t *testing.T) {
	guide, err := os.ReadFile(filepath.Join("..", "..", "docs", "embedded-aws.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, form := range ecs.Scenarios {
		name, _, _ := strings.Cut(form, ":")
		name, _, _ = strings.Cut(name, "[")
		if text := string(guide); !strings.Contains(text, "\n| `"+name+"`") && !strings.Contains(text, "\n| `"+name+":") {
			t.Errorf("docs/embedded-aws.md has no row of %s", form)
		}
	}
}
