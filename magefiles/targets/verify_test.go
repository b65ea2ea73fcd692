package targets_test

import (
	"testing"

	"github.com/bellyfed/splitecs/magefiles/targets"
)

var serviceVerify = in("local", targets.Set.ServiceVerify)

func TestAGoodEnvironmentHasNoErrors(t *testing.T) {
	w := up(t)
	w.run(serviceVerify, "SPLITECS_IMAGE=v1")
	w.want(0)
	w.prints("everything checked: ", " checks, 0 warnings")
}
