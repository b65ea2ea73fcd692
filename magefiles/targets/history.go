package targets

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/image"
	"github.com/bellyfed/splitecs/magefiles/rollout"
	"github.com/bellyfed/splitecs/magefiles/stack"
)

// historyLength is how many deployments are shown.
const historyLength = 20

// ServiceHistory shows the latest deployments on stdout, newest first: when, which revision and image, of which commit,
// by whom, how long it took and how it ended. A * marks what a rollback can go back to, a > what runs.
func (t Set) ServiceHistory(ctx context.Context, env string) error {
	return t.run(ctx, "service:history", env, func(ctx context.Context, s *session) error {
		if err := s.connect(ctx); err != nil {
			return err
		}
		r := s.rollouts()
		present, good, err := r.Known(ctx)
		if err != nil {
			return err
		}
		deployments, err := r.History(ctx, historyLength)
		if err != nil {
			return err
		}
		operations, err := s.stacks().Operations(ctx, s.names.ServiceStack, 2*historyLength)
		if err != nil && !stack.IsGone(err) {
			return err
		}
		tags, err := s.tagsOf(ctx, deployments)
		if err != nil {
			return err
		}
		var b strings.Builder
		w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, " \tTIME\tREVISION\tIMAGE\tDIGEST\tCOMMIT\tBY\tTOOK\tOUTCOME")
		for _, d := range deployments {
			digest := digestOf(d.Image)
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", mark(d, present, good), d.Created.UTC().Format(time.DateTime), d.Revision(),
				orDash(strings.Join(tags[digest], ",")), orDash(shortDigest(digest)), orDash(commitOf(tags[digest])), orDash(by(d, operations)), took(d), outcome(d))
		}
		if err := w.Flush(); err != nil {
			return err
		}
		for line := range strings.Lines(b.String()) {
			s.console.Result("%s", strings.TrimRight(line, " \n"))
		}
		return nil
	})
}

// tagsOf the images of deployments, by digest. An image that is not in the environment's repository has none.
func (s *session) tagsOf(ctx context.Context, deployments []rollout.HistoryEntry) (map[string][]string, error) {
	var digests []string
	for _, d := range deployments {
		if digest := digestOf(d.Image); digest != "" && !slices.Contains(digests, digest) {
			digests = append(digests, digest)
		}
	}
	infra, err := s.describeInfra(ctx)
	if stack.IsGone(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return image.Tags(ctx, s.ecr(), infra.Outputs[cfn.OutputRepository], digests)
}

// mark is > for what runs, and * for what a rollback can go back to.
func mark(d rollout.HistoryEntry, present rollout.Revision, good []rollout.Revision) string {
	m := ""
	if d.TaskDefinition == present.TaskDefinition {
		m = ">"
	}
	if slices.ContainsFunc(good, func(v rollout.Revision) bool { return v.TaskDefinition == d.TaskDefinition }) {
		m += "*"
	}
	return m
}

// by tells who began the stack operation in which the deployment was created. Pure.
func by(d rollout.HistoryEntry, operations []stack.Operation) string {
	for _, o := range operations { // newest first
		if !d.Created.Before(o.Began) && (o.Ended.IsZero() || !d.Created.After(o.Ended)) {
			return o.Who
		}
	}
	return ""
}

func took(d rollout.HistoryEntry) string {
	if d.Finished.IsZero() {
		return "-"
	}
	return d.Finished.Sub(d.Created).Round(time.Second).String()
}

func outcome(d rollout.HistoryEntry) string {
	return strings.ToLower(strings.ReplaceAll(string(d.Status), "_", " "))
}

// digestOf a pinned reference; empty where it has none.
func digestOf(reference string) string {
	_, digest, _ := strings.Cut(reference, "@")
	return digest
}

func shortDigest(digest string) string {
	hex := strings.TrimPrefix(digest, "sha256:")
	return hex[:min(len(hex), 12)]
}

// commitTag is the form of the tags that image:push makes: NAME-DATE-COMMIT, and -dirty.
var commitTag = regexp.MustCompile(`-[0-9]{8}-([0-9a-f]{7,40}(?:-dirty)?)$`)

func commitOf(tags []string) string {
	for _, t := range tags {
		if m := commitTag.FindStringSubmatch(t); m != nil {
			return m[1]
		}
	}
	return ""
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
