package targets

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/logging"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/image"
	"github.com/bellyfed/splitecs/magefiles/internal/console"
	"github.com/bellyfed/splitecs/magefiles/rollout"
	"github.com/bellyfed/splitecs/magefiles/stack"
)

// session is one run of one target in one environment.
type session struct {
	Set
	settings    settings
	name        string // of the target, e.g. service:deploy
	place       string // what the target was given: the environment, or a service of it, dev/worker
	env         string // the environment
	from        string // where image:promote copies from
	names       cfn.Names
	environment cfn.Environment
	console     *console.Console
	resume      string          // the command that takes the run up again, where it is not the same one
	followed    string          // the command that goes on to follow a hook's task, which was not followed to its end
	ended       <-chan struct{} // of the run: it was interrupted, or timed out
	unanswered  bool            // a question was open then
	leave       func()          // ends the part that this run takes in a clock that waits for all

	kept []image.Assets // of earlier builds, which the image is to keep
	// What follows is there after connect.
	aws      aws.Config
	server   *awslocal.Server   // the embedded AWS of environment local
	faster   float64            // how much faster than AWS the other side is
	stood    rollout.Deployment // how the service stood before; zero once something changed
	remade   bool               // the service was deleted outside of its stack, and is made again
	restored bool               // likewise what else its stack had made
	moved    bool               // what was changed by somebody goes with that
	// reached is there after lookAround: what runs on the infra stack.
	reached reach
	// provided is there after describeInfra: the outputs of the infra stack for every service.
	provided map[string]string
}

// accountError says that the credentials belong to another account than the one that is pinned.
type accountError struct{ env, pinned, present string }

func (e *accountError) Error() string {
	return fmt.Sprintf("environment %s belongs to account %s, and these credentials to %s", e.env, e.pinned, e.present)
}

// connect finds credentials and makes sure of a pinned account before anything else is asked of AWS. Environment
// local starts the embedded AWS instead.
func (s *session) connect(ctx context.Context) error {
	if s.env == cfn.Local {
		if err := s.connectLocal(); err != nil {
			return err
		}
		return s.placeSecrets(ctx)
	}
	cfg, err := config.LoadDefaultConfig(ctx,
		config.WithRegion(s.environment.Region), config.WithHTTPClient(awshttp.NewBuildableClient()),
		config.WithLogger(logging.Nop{})) // its lines would stand among ours, and between JSON objects
	if err != nil {
		return &credentialsError{err}
	}
	s.faster = 1
	if isLoopback(s.Getenv("AWS_ENDPOINT_URL")) {
		// The embedded AWS on a port. A second attempt could turn its failure into a false success.
		cfg.RetryMaxAttempts = 1
		cfg.HTTPClient = awslocal.HTTPClient()
		s.faster = s.settings.speed
	}
	s.aws = cfg
	if _, err := cfg.Credentials.Retrieve(ctx); err != nil {
		return &credentialsError{err}
	}
	return s.checkAccount(ctx)
}

// checkAccount compares the account with the pinned one. Where none is pinned there is nothing to ask.
func (s *session) checkAccount(ctx context.Context) error {
	if s.environment.AccountID == "" {
		return nil
	}
	me, err := sts.NewFromConfig(s.aws).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return fmt.Errorf("ask who is calling: %w", err)
	}
	if present := aws.ToString(me.Account); present != s.environment.AccountID {
		return &accountError{env: s.env, pinned: s.environment.AccountID, present: present}
	}
	return nil
}

func (s *session) connectLocal() error {
	if err := s.openLocal(""); err != nil {
		return err
	}
	s.aws, s.faster = s.server.Config(), s.settings.speed
	return nil
}

// openLocal opens the embedded AWS on an address, with the fault to rehearse; the empty address is any port.
func (s *session) openLocal(address string) (err error) {
	faults := s.faults
	if awslocal.IsFault(s.settings.scenario) {
		fault, err := awslocal.ParseFault(s.settings.scenario)
		if err != nil {
			return err
		}
		faults = append(faults, fault)
	}
	s.server, err = awslocal.Open(awslocal.Options{
		Dir: s.localDir(), Region: s.environment.Region, Speed: s.settings.speed, Faults: faults, Address: address, Clock: s.clock,
	})
	if err != nil {
		return fmt.Errorf("start embedded AWS: %w", err)
	}
	if s.server.Narrowed() {
		s.console.Note("other users of this machine could read %s until now: it is yours alone from here on (mode 0700)", s.localDir())
	}
	return nil
}

// localDir is the state folder of the embedded AWS.
func (s *session) localDir() string {
	if s.settings.localDir != "" {
		return s.settings.localDir
	}
	return filepath.Join(s.Dir, ".splitecs", "local")
}

func (s *session) close() error {
	if s.server == nil {
		return nil
	}
	return s.server.Close()
}

// join makes the caller one of those for whom the clock waits, where there is a clock that does, until it leaves.
func (s *session) join() (leave func()) {
	if s.clock == nil {
		return func() {}
	}
	return s.clock.Join()
}

// now is the time on the other side.
func (s *session) now(ctx context.Context) (time.Time, error) {
	if s.server != nil {
		return s.server.Time(ctx)
	}
	return time.Now(), nil
}

// clockTime is the time on the other side, where it is in this process, and else this machine's. It goes on as fast as here.
func (s *session) clockTime() time.Time {
	if s.server != nil {
		if now, err := s.server.Time(context.Background()); err == nil {
			return now
		}
	}
	return time.Now()
}

// passed is how much time has passed since a clockTime, as far as answers lag behind: where a network is between, they do so in
// its time, however fast the other side lets its own pass.
func (s *session) passed(since time.Time) time.Duration {
	if s.server == nil {
		return s.clockTime().Sub(since)
	}
	return time.Duration(float64(s.clockTime().Sub(since)) * s.faster)
}

// refreshEvery is the pause between two pictures of what is under way.
const refreshEvery = time.Second

// pause waits as long as d takes on the other side.
func (s *session) pause(ctx context.Context, d time.Duration) error {
	s.console.Refresh()
	if s.clock != nil {
		return s.clock.Pause(ctx, time.Duration(float64(d)/s.faster))
	}
	end := time.NewTimer(time.Duration(float64(d) / s.faster))
	defer end.Stop()
	refresh := time.NewTicker(refreshEvery)
	defer refresh.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-end.C:
			return nil
		case <-refresh.C:
			s.console.Refresh()
		}
	}
}

func (s *session) stacks() *stack.Stacks {
	return &stack.Stacks{
		API:   cloudformation.NewFromConfig(s.aws),
		Pause: s.pause,
		Now:   s.clockTime,
		Event: func(e stack.Event) { s.console.Progress(stackProgress(e)) },
		Expect: func(name string, e stack.Estimate) {
			s.console.Expect(name, e.Took, fmt.Sprintf("stack %s: %s", name, e))
		},
		Note:  func(text string) { s.console.Note("%s", text) },
		Skip:  s.approveSkip,
		Marks: s.marks(),
	}
}

// marks tell the stacks of this tool from others of their names: an output of every infra stack, and a parameter of every
// service stack.
func (s *session) marks() map[string]string {
	marks := map[string]string{s.names.InfraStack: cfn.OutputContract}
	for _, n := range s.everyName() {
		marks[n.ServiceStack] = cfn.ParameterPinned
	}
	return marks
}

// stackProgress is a stack event as people see it: a resource is part of its stack. Pure.
func stackProgress(e stack.Event) console.Progress {
	p := console.Progress{Subject: e.Resource, State: e.Status, Reason: e.Reason, At: e.Time}
	if !e.OfStack {
		p.Parent = e.Stack
	}
	return p
}

func (s *session) rollouts() *rollout.Rollouts {
	return &rollout.Rollouts{
		ECS:     ecs.NewFromConfig(s.aws),
		Targets: elb.NewFromConfig(s.aws),
		Logs:    cloudwatchlogs.NewFromConfig(s.aws),
		Service: rollout.Service{
			Cluster: s.names.Cluster, Name: s.names.Service, Family: s.names.Family, Container: s.names.Container,
			LogGroup: s.names.LogGroup, StreamPrefix: s.names.StreamPrefix,
		},
		Pause: s.pause,
		Now:   s.clockTime,
		Speed: s.faster, Remote: s.server == nil,
		WithoutLines: s.settings.withoutLines,
		Event: func(subject, state, reason string) {
			s.console.Progress(console.Progress{Subject: subject, Parent: cfn.ResourceService, State: state, Reason: reason})
		},
	}
}

func (s *session) ecr() *ecr.Client { return ecr.NewFromConfig(s.aws) }

// tags of both stacks.
func (s *session) tags() map[string]string { return tagsOf(s.App, s.env, s.environment) }

// tagsOf are the tags of both stacks of a resolved environment. Pure.
func tagsOf(app cfn.App, env string, e cfn.Environment) map[string]string {
	tags := map[string]string{"app": app.Name, "environment": env, "managed-by": "splitecs"}
	maps.Copy(tags, e.Tags)
	return tags
}

// written is the place in the App where what this run deploys is written down: environment local is the default one where
// the App has none of that name.
func (s *session) written() string {
	if _, own := s.App.Environments[s.env]; own || s.env != cfn.Local {
		return s.place
	}
	return s.App.DefaultEnvironment + strings.TrimPrefix(s.place, s.env)
}

// command is how a person runs a target here.
func command(parts ...string) string {
	c := "go tool mage"
	for _, p := range parts {
		c += " " + p
	}
	return c
}

func isLoopback(endpoint string) bool {
	u, err := url.Parse(endpoint)
	if err != nil || endpoint == "" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// without is a list without one text.
func without(list []string, text string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return s == text })
}

// exists tells whether a path is there.
func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, os.ErrNotExist)
}
