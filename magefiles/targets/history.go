package targets

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/cfn/lazyregexp"
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
		operations, err := s.stacks().Operations(ctx, s.place.Names.ServiceStack, 2*historyLength)
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
				orDash(strings.Join(tags[digest], ",")), orDash(shortDigest(digest)), orDash(commitOf(tags[digest])), orDash(by(d, operations)), took(d), outcome(d, operations))
		}
		if err := w.Flush(); err != nil {
			return err
		}
		s.console.Note("> runs; * can be rolled back to (service:rollbackTo)")
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
	return image.Tags(ctx, s.clients.ecr(), infra.Outputs[cfn.OutputRepository], digests)
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
	return within(d, operations).Who
}

// within is the stack operation in which the deployment was created; its zero value where it was in none. Pure.
func within(d rollout.HistoryEntry, operations []stack.Operation) stack.Operation {
	for _, o := range operations { // newest first
		if !d.Created.Before(o.Began) && (o.Ended.IsZero() || !d.Created.After(o.Ended)) {
			return o
		}
	}
	return stack.Operation{}
}

func took(d rollout.HistoryEntry) string {
	if d.Finished.IsZero() {
		return "-"
	}
	return d.Finished.Sub(d.Created).Round(time.Second).String()
}

// outcome is how a deployment ended, in ECS's words where these say it. STOPPED is for ECS any deployment whose place
// another one took: where its stack went back, it had failed, or it was taken back before it could end. Pure.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceDeployment.html
func outcome(d rollout.HistoryEntry, operations []stack.Operation) string {
	last, reason := string(within(d, operations).Last), strings.ToLower(d.Reason)
	switch {
	case d.Status == types.ServiceDeploymentStatusRollbackSuccessful && (strings.Contains(reason, "circuit breaker") || strings.Contains(reason, "alarm")):
		return "failed, rolled back"
	case d.Status == types.ServiceDeploymentStatusRollbackSuccessful, d.Status == types.ServiceDeploymentStatusStopped && strings.Contains(last, "ROLLBACK"):
		return "failed or taken back"
	case d.Status == types.ServiceDeploymentStatusRollbackFailed:
		return "failed, and its rollback too"
	}
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
var commitTag = lazyregexp.New(`-[0-9]{8}-([0-9a-f]{7,40}(?:-dirty)?)$`)

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
