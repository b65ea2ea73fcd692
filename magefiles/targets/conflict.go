package targets

import (
	"context"
	"fmt"
	"os"
	"os/user"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/image"
	"github.com/bellyfed/splitecs/magefiles/internal/console"
)

// author says who runs this target, for somebody else who finds the stack busy.
func (s *session) author() string {
	if actor := s.Getenv("GITHUB_ACTOR"); actor != "" {
		return fmt.Sprintf("%s, %s/%s/actions/runs/%s, %s", actor,
			s.Getenv("GITHUB_SERVER_URL"), s.Getenv("GITHUB_REPOSITORY"), s.Getenv("GITHUB_RUN_ID"), s.title)
	}
	who := "somebody"
	if u, err := user.Current(); err == nil {
		who = u.Username
	}
	host, err := os.Hostname()
	if err != nil {
		host = "an unnamed host"
	}
	return fmt.Sprintf("%s@%s, %s", who, host, s.title)
}

// newest makes sure that a release which had to wait does not replace a newer one, deployed meanwhile, with an
// older commit. SPLITECS_APPROVE=1 lets it.
func (s *session) newest(ctx context.Context, uri, reference string) error {
	if s.settings.approve {
		return nil
	}
	present, err := s.stacks().Describe(ctx, s.place.Names.ServiceStack)
	if err != nil {
		return err
	}
	deployed := present.Parameters[cfn.ParameterImage]
	if deployed == "" || deployed == reference {
		return nil
	}
	access := s.registryOf(uri)
	theirs, err := image.Created(ctx, deployed, access)
	if err != nil {
		return err
	}
	ours, err := image.Created(ctx, reference, access)
	if err != nil {
		return err
	}
	if !ours.Before(theirs) {
		return nil
	}
	return &console.Failure{
		Code: console.Conflict, What: s.title, Why: "a newer image was deployed while this one waited",
		Evidence: []string{
			fmt.Sprintf("deployed: %s of %s", deployed, theirs.UTC().Format("2006-01-02 15:04:05 MST")),
			fmt.Sprintf("this one: %s of %s", reference, ours.UTC().Format("2006-01-02 15:04:05 MST")),
		},
		Next: []string{"SPLITECS_APPROVE=1 SPLITECS_IMAGE=" + reference + " " + s.command("service:deploy") + "   # if the older one is meant"},
	}
}
