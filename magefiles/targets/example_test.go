package targets_test

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/targets"
)

// A target is a method: results go to Out, everything else to Err. Environment local is the embedded AWS.
func ExampleSet_InfraDeploy() {
	dir, err := os.MkdirTemp("", "targets")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	variables := map[string]string{"SPLITECS_LOCAL_DIR": dir, "SPLITECS_LOCAL_SPEED": "10000", "SPLITECS_LOCAL_PROGRAMS": "off", "SPLITECS_LOCAL_ACCOUNT": "000000000000"}
	set := targets.Set{
		App: cfn.App{
			Name: "shop", Region: "eu-central-1", DefaultEnvironment: "dev",
			Environments: map[string]cfn.Environment{"dev": {CPU: 256, Memory: 512}},
		},
		Getenv: func(name string) string { return variables[name] },
		Out:    io.Discard,
		Err:    io.Discard,
	}
	fmt.Println(set.InfraDeploy(context.Background(), "local"))

	fmt.Println(set.ServiceDeploy(context.Background(), "prod"))
	// Output:
	// <nil>
	// service:deploy prod
	//   why:  unknown environment "prod"; known are dev, local
	//   next: go tool mage -h service:deploy
}
