package ecr_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awsecr "github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/smithy-go"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/account"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecr"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sim"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

var (
	noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	acct = account.Account{ID: "123456789012", Region: "ap-southeast-1"}
	ctx  = context.Background()
)

// place is one process that serves a state folder.
type place struct {
	*testing.T
	clock   *sim.Manual
	world   *sim.World
	service *ecr.Service
	url     string
	client  *awsecr.Client
}

func serve(t *testing.T, dir string) *place {
	t.Helper()
	p := &place{T: t, clock: sim.NewManual(noon)}
	w, err := sim.Open(dir, sim.Options{Clock: p.clock, Seed: "test"})
	if err != nil {
		t.Fatal(err)
	}
	p.world = w
	p.service = ecr.New(w, acct, func() string { return p.url })
	var n atomic.Int64
	registry := p.service.Registry(w.Do)
	router := wire.NewRouter(w.Do, func() string { return fmt.Sprint("request-", n.Add(1)) }, p.service.Wire())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if strings.HasPrefix(req.URL.Path, "/v2/") {
			registry.ServeHTTP(w, req)
			return
		}
		router.ServeHTTP(w, req)
	}))
	t.Cleanup(func() {
		server.Close()
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	p.url = server.URL
	p.client = awsecr.New(awsecr.Options{
		Region: acct.Region, BaseEndpoint: aws.String(server.URL), RetryMaxAttempts: 1,
		HTTPClient:  awshttp.NewBuildableClient(),
		Credentials: credentials.NewStaticCredentialsProvider("x", "x", ""),
	})
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

// judge skips a test whose judge is not installed, except in CI.
func judge(t *testing.T, name string, found error) {
	t.Helper()
	switch {
	case found == nil:
	case os.Getenv("CI") == "true":
		t.Fatal("judge missing: " + name)
	default:
		t.Skip("judge missing: " + name)
	}
}
