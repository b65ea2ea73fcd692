package preflight

import (
	"fmt"
	"strings"

	"github.com/bellyfed/splitecs/magefiles/internal/argv"
)

var commandChecks = []check{
	{Description{
		Name: "command", Finds: "a command that the image's entry point takes for its arguments (warning)", Permissions: imagePermissions,
	}, checkCommand},
}

// checkCommand: a task definition's command takes the place of the image's command, and never of its entry point. Words
// that begin with a hyphen are meant as arguments. So is everything where the task definition has an entry point of its
// own. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
func checkCommand(f Facts) []Finding {
	command, entryPoint := f.Wanted.Command, f.Image.Value.EntryPoint
	if f.Image.State != Known || len(f.Wanted.EntryPoint) > 0 || len(command) == 0 || strings.HasPrefix(command[0], "-") || argv.PassesOn(entryPoint) {
		return nil
	}
	return []Finding{{
		Level: Warning, What: "command",
		Why: fmt.Sprintf("what will be executed is %s: the image's entry point takes App.Container.Command for its arguments",
			argv.Quote(argv.Of(nil, command, entryPoint, nil))),
		Next: "build the image with App.Image.Command in place of an entry point (CMD in place of ENTRYPOINT), or let Container.Command have arguments only",
	}}
}
