package targets

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/url"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/logging"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/awslocal"
)

// accountError says that the credentials belong to another account than the one that is pinned.
type accountError struct{ env, pinned, present string }

func (e *accountError) Error() string {
	return fmt.Sprintf("environment %s belongs to account %s, and these credentials to %s", e.env, e.pinned, e.present)
}

// neighbourError says that AWS_ENDPOINT_URL leads to the embedded AWS of another project.
type neighbourError struct{ endpoint, own, present string }

func (e *neighbourError) Error() string {
	return fmt.Sprintf("at %s is an embedded AWS of another state than this project's: its account is %s, and this project's is %s", e.endpoint, e.present, e.own)
}

// connect finds credentials and makes sure of a pinned account before anything else is asked of AWS. Environment
// local starts the embedded AWS instead.
func (s *session) connect(ctx context.Context) error {
	if s.place.Env == cfn.Local {
		if err := s.reachLocal(ctx); err != nil {
			return err
		}
		return s.startMachine(ctx)
	}
	cfg, err := s.awsConfig(ctx, s.place.Environment.Region)
	if err != nil {
		return err
	}
	s.faster = 1
	if isLoopback(s.Getenv("AWS_ENDPOINT_URL")) {
		s.faster = s.settings.speed
	}
	s.clients = newClients(cfg)
	if _, err := cfg.Credentials.Retrieve(ctx); err != nil {
		return &credentialsError{err}
	}
	return s.checkAccount(ctx)
}

// awsConfig is the way to AWS in a region.
func (s *session) awsConfig(ctx context.Context, region string) (aws.Config, error) {
	cfg, err := config.LoadDefaultConfig(ctx,
		config.WithRegion(region), config.WithHTTPClient(awshttp.NewBuildableClient()),
		config.WithLogger(logging.Nop{})) // its lines would stand among ours, and between JSON objects
	if err != nil {
		return aws.Config{}, &credentialsError{err}
	}
	if isLoopback(s.Getenv("AWS_ENDPOINT_URL")) {
		// The embedded AWS on a port. A second attempt could turn its failure into a false success.
		cfg.RetryMaxAttempts = 1
		cfg.HTTPClient = awslocal.HTTPClient()
	}
	return cfg, nil
}

// checkAccount compares the account with the pinned one, and that of an embedded AWS on a port with the one of this project's
// state. Where there is neither, there is nothing to ask.
func (s *session) checkAccount(ctx context.Context) error {
	pinned, own := s.place.Environment.AccountID, ""
	if pinned == "" && isLoopback(s.Getenv("AWS_ENDPOINT_URL")) {
		if id, ok := awslocal.AccountOf(s.localDir()); ok {
			own = id
		}
	}
	if pinned == "" && own == "" {
		return nil
	}
	me, err := s.clients.sts().GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return fmt.Errorf("ask who is calling: %w", err)
	}
	switch present := aws.ToString(me.Account); {
	case pinned != "" && present != pinned:
		return &accountError{env: s.place.Env, pinned: pinned, present: present}
	case pinned == "" && present != own:
		return &neighbourError{endpoint: s.Getenv("AWS_ENDPOINT_URL"), own: own, present: present}
	}
	return nil
}

// reachLocal opens the embedded AWS, with the secrets that tasks need. Nothing runs there yet.
func (s *session) reachLocal(ctx context.Context) error {
	if err := s.connectLocal(); err != nil {
		return err
	}
	return s.placeSecrets(ctx)
}

func (s *session) connectLocal() error {
	if err := s.openLocal(""); err != nil {
		return err
	}
	s.clients, s.faster = newClients(s.server.Config()), s.settings.speed
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
		Dir: s.localDir(), Region: s.place.Environment.Region, Speed: s.settings.speed, Faults: faults, Address: address, Clock: s.clock,
		Account: cmp.Or(s.settings.localAccount, awslocal.NewAccountID()),
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
	if s.unkeep != nil {
		s.unkeep()
	}
	if s.server == nil {
		return nil
	}
	return s.server.Close()
}

func isLoopback(endpoint string) bool {
	u, err := url.Parse(endpoint)
	if err != nil || endpoint == "" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}
