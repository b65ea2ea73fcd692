package partition_test

import (
	"testing"

	"github.com/bellyfed/splitecs/cfn/partition"
)

func TestRegistryOf(t *testing.T) {
	for reference, want := range map[string]struct {
		region          string
		fips, dualStack bool
		aws             bool
	}{
		"123456789012.dkr.ecr.eu-west-1.amazonaws.com/base:1":                    {"eu-west-1", false, false, true},
		"123456789012.dkr.ecr.eu-west-1.amazonaws.com":                           {"eu-west-1", false, false, true},
		"123456789012.dkr.ecr-fips.us-east-1.amazonaws.com/a/b@sha256:0":         {"us-east-1", true, false, true},
		"123456789012.dkr-ecr.eu-west-1.on.aws/base":                             {"eu-west-1", false, true, true},
		"123456789012.dkr-ecr-fips.us-gov-west-1.on.aws/base":                    {"us-gov-west-1", true, true, true},
		"123456789012.dkr.ecr.us-gov-west-1.amazonaws.com/base":                  {"us-gov-west-1", false, false, true},
		"123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/base":                  {"cn-north-1", false, false, true},
		"123456789012.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn/base":       {"cn-north-1", false, true, true},
		"123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu/base":                  {"eusc-de-east-1", false, false, true},
		"123456789012.dkr-ecr.eusc-de-east-1.on.amazonwebservices.eu/base":       {"eusc-de-east-1", false, true, true},
		"123456789012.dkr.ecr.us-iso-east-1.c2s.ic.gov/base":                     {"us-iso-east-1", false, false, true},
		"123456789012.dkr.ecr.us-isob-east-1.sc2s.sgov.gov/base":                 {"us-isob-east-1", false, false, true},
		"123456789012.dkr.ecr.eu-isoe-west-1.cloud.adc-e.uk/base":                {"eu-isoe-west-1", false, false, true},
		"123456789012.dkr.ecr.us-isof-east-1.csp.hci.ic.gov/base":                {"us-isof-east-1", false, false, true},
		"000000000000.dkr.ecr.eu-central-1.localhost/shop-local":                 {"eu-central-1", false, false, false},
		"123456789012.dkr.ecr.cn-north-1.amazonaws.com/of-another-partition":     {"cn-north-1", false, false, false},
		"123456789012.dkr.ecr.eu-west-1.amazonaws.com.example.org/somebody-else": {"eu-west-1", false, false, false},
	} {
		r, ok := partition.RegistryOf(reference)
		if !ok || r.Account[0] != reference[0] || r.Region != want.region || r.FIPS != want.fips || r.DualStack != want.dualStack || r.OfAWS() != want.aws {
			t.Errorf("%s: %+v, of AWS %v, %v", reference, r, r.OfAWS(), ok)
		}
	}
	for _, reference := range []string{"public.ecr.aws/docker/library/node:22", "ghcr.io/a/b", "node", "", "12345.dkr.ecr.eu-west-1.amazonaws.com/short"} {
		if r, ok := partition.RegistryOf(reference); ok {
			t.Errorf("%s: %+v", reference, r)
		}
	}
}
