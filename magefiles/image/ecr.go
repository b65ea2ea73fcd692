package image

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/google/go-containerregistry/pkg/authn"
)

// TokenAPI is the one operation of ECR that credentials need; [*ecr.Client] has it.
type TokenAPI interface {
	GetAuthorizationToken(context.Context, *ecr.GetAuthorizationTokenInput, ...func(*ecr.Options)) (*ecr.GetAuthorizationTokenOutput, error)
}

// ECR is a registry of ECR: a keychain for one host, and a way to reach it. It is safe for concurrent
// use. The host is that of the repository's URI; to any other one it offers no credentials.
type ECR struct {
	api  TokenAPI
	host string
	now  func() time.Time

	mu    sync.Mutex
	token token
}

var (
	_ authn.Keychain        = (*ECR)(nil)
	_ authn.ContextKeychain = (*ECR)(nil)
)

// renewBefore is how long before its end (12 hours after its issue) a token is replaced: longer than
// any one layer takes to be sent.
const renewBefore = 15 * time.Minute

// token is what GetAuthorizationToken returned.
type token struct {
	auth     authn.AuthConfig
	endpoint *url.URL
	expires  time.Time
}

// NewECR returns the registry of repositoryURI ("123456789012.dkr.ecr.eu-west-1.amazonaws.com/name", or
// the host alone). Nothing is called before it is needed. now is the clock; nil means time.Now.
func NewECR(api TokenAPI, repositoryURI string, now func() time.Time) *ECR {
	if now == nil {
		now = time.Now
	}
	host, _, _ := strings.Cut(repositoryURI, "/")
	return &ECR{api: api, host: host, now: now}
}

// Resolve implements [authn.Keychain]. go-containerregistry calls ResolveContext instead.
func (e *ECR) Resolve(target authn.Resource) (authn.Authenticator, error) {
	return e.ResolveContext(context.Background(), target)
}

// ResolveContext implements [authn.ContextKeychain]: anonymous for every host but the registry's own.
func (e *ECR) ResolveContext(_ context.Context, target authn.Resource) (authn.Authenticator, error) {
	if target.RegistryStr() != e.host {
		return authn.Anonymous, nil
	}
	return ecrAuthenticator{e}, nil
}

// ecrAuthenticator asks for each request, so that a push may take longer than a token lives.
type ecrAuthenticator struct{ ecr *ECR }

func (a ecrAuthenticator) Authorization() (*authn.AuthConfig, error) {
	return a.AuthorizationContext(context.Background())
}

func (a ecrAuthenticator) AuthorizationContext(ctx context.Context) (*authn.AuthConfig, error) {
	t, err := a.ecr.current(ctx)
	if err != nil {
		return nil, err
	}
	auth := t.auth
	return &auth, nil
}

// current is the token in hand, or a new one.
func (e *ECR) current(ctx context.Context) (token, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.token.endpoint != nil && e.now().Before(e.token.expires.Add(-renewBefore)) {
		return e.token, nil
	}
	out, err := e.api.GetAuthorizationToken(ctx, &ecr.GetAuthorizationTokenInput{})
	if err != nil {
		return token{}, &credentialsError{err}
	}
	t, err := parseToken(out)
	if err != nil {
		return token{}, &credentialsError{err}
	}
	e.token = t
	return t, nil
}

// forget drops the token in hand, which the registry did not take.
func (e *ECR) forget() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.token = token{}
}

// credentialsError says that ECR gave no credentials. The SDK has tried as often as makes sense.
type credentialsError struct{ err error }

func (e *credentialsError) Error() string { return "ask ECR to log in: " + e.err.Error() }
func (e *credentialsError) Unwrap() error { return e.err }

// parseToken reads the answer: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_AuthorizationData.html
func parseToken(out *ecr.GetAuthorizationTokenOutput) (token, error) {
	if len(out.AuthorizationData) == 0 {
		return token{}, errors.New("the answer holds none")
	}
	data := out.AuthorizationData[0]
	if data.AuthorizationToken == nil || data.ProxyEndpoint == nil || data.ExpiresAt == nil {
		return token{}, errors.New("the answer is incomplete")
	}
	plain, err := base64.StdEncoding.DecodeString(*data.AuthorizationToken)
	if err != nil {
		return token{}, errors.New("the token is not base64")
	}
	user, password, ok := strings.Cut(string(plain), ":")
	if !ok {
		return token{}, errors.New("the token is not user:password")
	}
	endpoint, err := url.Parse(*data.ProxyEndpoint)
	if err != nil || endpoint.Host == "" || (endpoint.Scheme != "https" && endpoint.Scheme != "http") {
		return token{}, fmt.Errorf("%q is no registry endpoint", *data.ProxyEndpoint)
	}
	return token{
		auth:     authn.AuthConfig{Username: user, Password: password},
		endpoint: endpoint,
		expires:  *data.ExpiresAt,
	}, nil
}
