package ecr_test

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"testing"

	awsecr "github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/smithy-go"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/awstest"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecr"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sim"
)

func TestMain(m *testing.M) { awstest.Main(m) }

var (
	noon = awstest.Noon
	acct = awstest.Account
	ctx  = context.Background()
)

// place is one process that serves a state folder.
type place struct {
	*testing.T
	clock   *sim.Manual
	world   *sim.World
	service *ecr.Service
	record  *awstest.Record
	url     string
	client  *awsecr.Client
}

func serve(t *testing.T, dir string) *place {
	t.Helper()
	p := &place{T: t}
	p.world, p.clock = awstest.WorldIn(t, dir)
	p.service = ecr.New(p.world, acct, func() string { return p.url })
	p.record = awstest.NewRecord(p.service.Wire())
	registry, api := p.service.Registry(p.world.Do), awstest.Router(p.world, p.record.Wire())
	p.url = awstest.Listen(t, http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if strings.HasPrefix(req.URL.Path, "/v2/") {
			registry.ServeHTTP(w, req)
			return
		}
		api.ServeHTTP(w, req)
	}))
	p.client = awsecr.NewFromConfig(awstest.Config(p.url))
	return p
}

// do runs f in a transaction.
func (p *place) do(f func() error) {
	p.Helper()
	if err := p.world.Do(ctx, f); err != nil {
		p.Fatal(err)
	}
}

func (p *place) create(name string) {
	p.Helper()
	if _, err := p.client.CreateRepository(ctx, &awsecr.CreateRepositoryInput{RepositoryName: &name}); err != nil {
		p.Fatal(err)
	}
}

func (p *place) host() string { return strings.TrimPrefix(p.url, "http://") }

// login gives the credentials of a new token.
func (p *place) login() (user, password string) {
	p.Helper()
	out, err := p.client.GetAuthorizationToken(ctx, &awsecr.GetAuthorizationTokenInput{})
	if err != nil {
		p.Fatal(err)
	}
	data, err := base64.StdEncoding.DecodeString(*out.AuthorizationData[0].AuthorizationToken)
	if err != nil {
		p.Fatal(err)
	}
	user, password, _ = strings.Cut(string(data), ":")
	return user, password
}

func (p *place) auth() remote.Option {
	user, password := p.login()
	return remote.WithAuth(&authn.Basic{Username: user, Password: password})
}

func (p *place) ref(s string) name.Reference {
	p.Helper()
	r, err := name.ParseReference(p.host() + "/" + s)
	if err != nil {
		p.Fatal(err)
	}
	return r
}

// request speaks HTTP to the registry, with credentials.
func (p *place) request(method, path string, body *strings.Reader, header ...string) *http.Response {
	p.Helper()
	if body == nil {
		body = strings.NewReader("")
	}
	req, err := http.NewRequest(method, p.url+path, body)
	if err != nil {
		p.Fatal(err)
	}
	req.SetBasicAuth(p.login())
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		p.Fatal(err)
	}
	p.Cleanup(func() { res.Body.Close() })
	return res
}

func wantStatus(t *testing.T, res *http.Response, status int) {
	t.Helper()
	if res.StatusCode != status {
		t.Fatalf("%s %s answers %s, want %d", res.Request.Method, res.Request.URL.Path, res.Status, status)
	}
}

func wantCode(t *testing.T, err error, code, message string) {
	t.Helper()
	var e smithy.APIError
	if !errors.As(err, &e) || e.ErrorCode() != code || e.ErrorMessage() != message {
		t.Fatalf("got %v\nwant %s: %s", err, code, message)
	}
}
