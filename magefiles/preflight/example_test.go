package preflight_test

import (
	"fmt"

	"github.com/bellyfed/splitecs/magefiles/preflight"
)

// What is known of an image is compared with what the deployment asks for. What was not read finds nothing.
func ExampleCheck() {
	facts := preflight.Facts{
		Wanted: preflight.Wanted{Environment: "dev", Architecture: "arm64", Port: 3000},
		Image: preflight.Fact[preflight.Image]{State: preflight.Known, Value: preflight.Image{
			Platforms: []string{"linux/amd64"}, Ports: []int{3000}, User: "1000", Starts: true,
		}},
	}
	for _, finding := range preflight.Check(facts) {
		fmt.Println(finding)
	}
	// Output:
	// error    image: is built for linux/amd64, and the task runs on linux/arm64; next: build it for linux/arm64, or set Environment.Architecture in the magefile
}
