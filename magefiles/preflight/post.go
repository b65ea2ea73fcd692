package preflight

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"github.com/bellyfed/splitecs/cfn/partition"
)

// post sends a signed request to a service of which no client of the SDK is used, and returns the answer.
func post(ctx context.Context, cfg aws.Config, service string, header http.Header, body string) (status int, answer []byte, err error) {
	to, err := endpoint(ctx, cfg, service)
	if err != nil {
		return 0, nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, strings.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	req.Header = header
	credentials, err := cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return 0, nil, err
	}
	sum := sha256.Sum256([]byte(body))
	if err := v4.NewSigner().SignHTTP(ctx, credentials, req, hex.EncodeToString(sum[:]), service, cfg.Region, time.Now()); err != nil {
		return 0, nil, err
	}
	var client aws.HTTPClient = awshttp.NewBuildableClient()
	if cfg.HTTPClient != nil {
		client = cfg.HTTPClient
	}
	out, err := client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer out.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(out.Body, largest))
	return out.StatusCode, answer, err
}

// endpoint is where a service answers.
func endpoint(ctx context.Context, cfg aws.Config, service string) (string, error) {
	for _, source := range cfg.ConfigSources { // the environment and the shared configuration
		s, ok := source.(interface {
			GetServiceBaseEndpoint(context.Context, string) (string, bool, error)
		})
		if !ok {
			continue
		}
		if named, found, err := s.GetServiceBaseEndpoint(ctx, strings.ToUpper(service)); err != nil || found {
			return named, err
		}
	}
	if cfg.BaseEndpoint != nil {
		return *cfg.BaseEndpoint, nil
	}
	return "https://" + service + "." + cfg.Region + "." + partition.Of(cfg.Region).Suffix, nil
}
