package targets

import (
	"testing"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
)

// The address is that of the environment's own load balancer, whatever else is in the state.
func TestAddressOfTheApplication(t *testing.T) {
	all := []awslocal.Address{
		{LoadBalancer: "Shop-A", Port: 80, URL: "http://127.0.0.1:1"}, // of environment dev, whose AWS_ENDPOINT_URL led here
		{LoadBalancer: "Shop-AB", Port: 8080, URL: "http://127.0.0.1:2"},
		{LoadBalancer: "Shop-AB", Port: 80, URL: "http://127.0.0.1:3"},
		{LoadBalancer: "Shop-C", Port: 80, URL: "http://127.0.0.1:4"},
		{LoadBalancer: "Shop-C", Port: 443, TLS: true, URL: "http://127.0.0.1:5"},
	}
	for loadBalancer, want := range map[string]string{
		"app/Shop-A/1": "http://127.0.0.1:1", "app/Shop-AB/1": "http://127.0.0.1:3", "app/Shop-C/1": "http://127.0.0.1:5", "app/Shop/1": "", "": "",
	} {
		if got := addressOf(all, loadBalancer).URL; got != want {
			t.Errorf("%s is at %q, want %q", loadBalancer, got, want)
		}
	}
}
