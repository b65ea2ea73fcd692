package targets

import (
	"fmt"
	"slices"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/rollout"
)

// leftBehind are the services of this environment that run on the infra stack and that the configuration does not have any
// more, under this name: their stacks go on until somebody deletes them. Those of other tools are their own business. Pure.
func leftBehind(uses []rollout.Use, names []cfn.Names, tags map[string]string) []rollout.Use {
	return slices.DeleteFunc(slices.Clone(uses), func(u rollout.Use) bool {
		ours := slices.ContainsFunc(names, func(n cfn.Names) bool { return n.ServiceStack == u.Stack })
		for _, key := range []string{"app", "environment", "managed-by"} {
			ours = ours || u.Tags[key] != tags[key]
		}
		return ours || u.Stack == ""
	})
}

// leftBehind after lookAround.
func (s *session) leftBehind() []rollout.Use {
	return leftBehind(s.memory.reached.uses, everyName(s.place), s.tags())
}

// leftBehindLines tell of them, and how they are removed.
func (s *session) leftBehindLines() []string {
	var lines []string
	for _, u := range s.leftBehind() {
		remove := "aws cloudformation delete-stack --stack-name " + u.Stack
		if s.place.Environment.Protected {
			remove = "aws cloudformation update-termination-protection --no-enable-termination-protection --stack-name " + u.Stack + " && " + remove
		}
		lines = append(lines, fmt.Sprintf("stack %s is left behind, with service %s and %d tasks: the configuration has no such service any more; once nobody needs it: %s", u.Stack, u.Service, u.Desired, remove))
	}
	return lines
}
