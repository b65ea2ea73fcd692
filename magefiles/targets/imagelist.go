package targets

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/image"
	"github.com/bellyfed/splitecs/magefiles/rollout"
)

// ImageList shows on stdout the images of the environment's repository, the latest first, with the services that run
// them: those of this environment, and of the others in the same account and region.
func (t Set) ImageList(ctx context.Context, env string) error {
	return t.run(ctx, "image:list", env, func(ctx context.Context, s *session) error {
		if err := s.connect(ctx); err != nil {
			return err
		}
		infra, err := s.infra(ctx)
		if err != nil {
			return err
		}
		images, err := image.List(ctx, s.clients.ecr(), repository(infra).Name)
		if err != nil {
			return err
		}
		if len(images) == 0 {
			s.console.Note("repository %s is empty", repository(infra).Name)
			return nil
		}
		runs, err := s.whereRuns(ctx)
		if err != nil {
			return err
		}
		for line := range strings.Lines(string(imageTable(images, runs))) {
			s.console.Result("%s", strings.TrimSuffix(line, "\n"))
		}
		return nil
	})
}

// whereRuns is where each digest runs: "dev", or "prod (ACTIVE)" where a deployment is on its way out.
func (s *session) whereRuns(ctx context.Context) (map[string][]string, error) {
	runs := map[string][]string{}
	for _, env := range s.place.App.EnvironmentNames() {
		other, err := s.place.App.Place(env)
		if (env == cfn.Local) != (s.place.Env == cfn.Local) || err != nil || !together(other, s.place) {
			continue
		}
		for _, place := range other.Places() {
			if err := s.addRuns(ctx, place, runs); err != nil {
				return nil, err
			}
		}
	}
	return runs, nil
}

// addRuns adds what runs in one place. Of another environment than this one, an error is only told.
func (s *session) addRuns(ctx context.Context, place cfn.Place, runs map[string][]string) error {
	status, err := s.at(place).rollouts().Status(ctx)
	if _, absent := errors.AsType[*rollout.NotFoundError](err); absent {
		return nil
	}
	if err != nil && place.Env == s.place.Env {
		return err
	}
	if err != nil {
		s.console.Note("what runs in %s cannot be told: %v", place.String(), err)
		return nil
	}
	for _, d := range status.Deployments {
		_, digest, _ := strings.Cut(d.Image, "@")
		where := place.String()
		if d.Role != "PRIMARY" {
			where += " (" + strings.ToLower(d.Role) + ")"
		}
		if !slices.Contains(runs[digest], where) {
			runs[digest] = append(runs[digest], where)
		}
	}
	return nil
}

// imageTable is the images in columns, a line for each tag. Pure.
func imageTable(images []image.Listed, runs map[string][]string) []byte {
	var out bytes.Buffer
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "TAG\tDIGEST\tMB\tPUSHED\tCOMMIT\tFINDINGS\tRUNS IN")
	for _, i := range images {
		tags := i.Tags
		if len(tags) == 0 {
			tags = []string{"-"}
		}
		for _, tag := range tags {
			fmt.Fprintf(w, "%s\t%s\t%.1f\t%s\t%s\t%s\t%s\n", tag, i.Digest, float64(i.Size)/1e6, i.Pushed.UTC().Format(time.RFC3339),
				orDash(shortCommit(i.Revision)), orDash(i.Findings), orDash(strings.Join(runs[i.Digest], ", ")))
		}
	}
	w.Flush() // into memory
	return out.Bytes()
}

// shortCommit is the beginning of a commit's name, with the mark of a tree that differed from it.
func shortCommit(revision string) string {
	sha, dirty := strings.CutSuffix(revision, "-dirty")
	sha = sha[:min(len(sha), 12)]
	if dirty {
		sha += "-dirty"
	}
	return sha
}
