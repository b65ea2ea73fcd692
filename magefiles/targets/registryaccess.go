package targets

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/google/go-containerregistry/pkg/authn"

	"github.com/bellyfed/splitecs/cfn/partition"
	"github.com/bellyfed/splitecs/magefiles/image"
)

// accessTo is how the registry of an image is reached, whosever it is: with what `docker login` left for it and is still good, else, where
// it is a private one of ECR, of any account and region, with the AWS credentials at hand. These are looked for when the
// registry asks for some.
func (s *session) accessTo(reference string) image.Access {
	transport := image.NewTransport(roots(s.Getenv))
	registry, ok := partition.RegistryOf(reference)
	if !ok || !registry.OfAWS() && !s.embedded() {
		return image.Access{Keychain: dockerLogins{now: time.Now}, Transport: transport}
	}
	access := image.NewECR(&tokens{of: func(ctx context.Context) (image.TokenAPI, error) { return s.tokensOf(ctx, registry) }}, reference, nil).Access(transport)
	access.Keychain = authn.NewMultiKeychain(dockerLogins{now: time.Now, spare: true}, access.Keychain)
	return access
}

// accessOf is how the registry of an image is reached that may be deployed: mostly the environment's own, that of home.
func (s *session) accessOf(reference, home string) image.Access {
	host, _, _ := strings.Cut(home, "/")
	if strings.HasPrefix(reference, host+"/") {
		return s.registryOf(home)
	}
	return s.accessTo(reference)
}

// tokensOf is who hands out credentials for a registry: an embedded AWS for its own, ECR of the region for AWS's.
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html
func (s *session) tokensOf(ctx context.Context, registry partition.Registry) (image.TokenAPI, error) {
	if !registry.OfAWS() {
		if s.clients == nil { // of a target that needs no AWS otherwise
			if err := s.connect(ctx); err != nil {
				return nil, err
			}
		}
		return s.clients.ecr(), nil
	}
	cfg, err := s.awsConfig(ctx, registry.Region)
	if err != nil {
		return nil, err
	}
	if _, err := cfg.Credentials.Retrieve(ctx); err != nil {
		return nil, &credentialsError{err}
	}
	return ecr.NewFromConfig(cfg, func(o *ecr.Options) {
		// That nobody answers is told within 10 s, as of the registry itself; a proxy may take the connection.
		if client, ok := o.HTTPClient.(*awshttp.BuildableClient); ok {
			o.HTTPClient, o.RetryMaxAttempts = client.WithTimeout(tokenAnswer), 2
		}
		if o.BaseEndpoint != nil {
			return // which is one for all
		}
		// Who names such a host has a reason that holds for the API as well.
		if registry.FIPS {
			o.EndpointOptions.UseFIPSEndpoint = aws.FIPSEndpointStateEnabled
		}
		if registry.DualStack {
			o.EndpointOptions.UseDualStackEndpoint = aws.DualStackEndpointStateEnabled
		}
	}), nil
}

// tokenAnswer is how long ECR may take to give credentials, which is one small answer.
const tokenAnswer = 4 * time.Second

// tokens makes the client of ECR when it is first asked for credentials, once.
type tokens struct {
	of func(context.Context) (image.TokenAPI, error)

	mu  sync.Mutex
	api image.TokenAPI
}

func (t *tokens) GetAuthorizationToken(ctx context.Context, in *ecr.GetAuthorizationTokenInput, options ...func(*ecr.Options)) (*ecr.GetAuthorizationTokenOutput, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.api == nil {
		api, err := t.of(ctx)
		if err != nil {
			return nil, err
		}
		t.api = api
	}
	return t.api.GetAuthorizationToken(ctx, in, options...)
}
