package cfn

import (
	"net/netip"
	"testing"
)

func TestPlanSubnets(t *testing.T) {
	tests := []struct {
		cidr            string
		zones           int
		public, private string // of the second zone
	}{
		{"10.0.0.0/16", 6, "10.0.16.0/20", "10.0.144.0/20"},
		{"172.16.32.0/20", 6, "172.16.33.0/24", "172.16.41.0/24"},
		{"192.168.0.0/23", 6, "192.168.0.32/27", "192.168.1.32/27"},
		{"192.168.7.0/24", 4, "192.168.7.32/27", "192.168.7.160/27"},
	}
	for _, test := range tests {
		plan, err := planSubnets(test.cidr)
		if err != nil {
			t.Errorf("%s: %v", test.cidr, err)
			continue
		}
		if plan.zones() != test.zones || plan.public(1).String() != test.public || plan.private(1).String() != test.private {
			t.Errorf("%s: %d zones, %s and %s", test.cidr, plan.zones(), plan.public(1), plan.private(1))
		}
		vpc := netip.MustParsePrefix(test.cidr)
		var blocks []netip.Prefix
		for zone := range plan.zones() {
			blocks = append(blocks, plan.public(zone), plan.private(zone))
		}
		for i, block := range blocks {
			if !vpc.Overlaps(block) || block != block.Masked() {
				t.Errorf("%s: %s is not a block of it", test.cidr, block)
			}
			for _, other := range blocks[:i] {
				if block.Overlaps(other) {
					t.Errorf("%s: %s overlaps %s", test.cidr, block, other)
				}
			}
		}
	}
}
