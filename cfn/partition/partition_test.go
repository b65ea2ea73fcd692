package partition_test

import (
	"testing"

	"github.com/bellyfed/splitecs/cfn/partition"
)

func TestOf(t *testing.T) {
	for region, want := range map[string][2]string{
		"eu-central-1":   {"aws", "amazonaws.com"},
		"mx-central-1":   {"aws", "amazonaws.com"},
		"cn-northwest-1": {"aws-cn", "amazonaws.com.cn"},
		"us-gov-west-1":  {"aws-us-gov", "amazonaws.com"},
		"eusc-de-east-1": {"aws-eusc", "amazonaws.eu"},
		"us-iso-east-1":  {"aws-iso", "c2s.ic.gov"},
		"us-isob-east-1": {"aws-iso-b", "sc2s.sgov.gov"},
		"eu-isoe-west-1": {"aws-iso-e", "cloud.adc-e.uk"},
		"us-isof-east-1": {"aws-iso-f", "csp.hci.ic.gov"},
		"zz-nowhere-1":   {"aws", "amazonaws.com"},
		"":               {"aws", "amazonaws.com"},
	} {
		if p := partition.Of(region); p.Name != want[0] || p.Suffix != want[1] {
			t.Errorf("%s is in %s, %s", region, p.Name, p.Suffix)
		}
	}
	for _, p := range partition.All() {
		if named, known := partition.Named(p.Name); !known || named.Suffix != p.Suffix {
			t.Errorf("%s: %v, %v", p.Name, named, known)
		}
	}
	if _, known := partition.Named("aws-mars"); known {
		t.Error("aws-mars is known")
	}
}
