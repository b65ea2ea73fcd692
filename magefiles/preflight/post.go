package preflight

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"

	"github.com/bellyfed/splitecs/cfn/partition"
)

// request is one that is signed and sent to a service of which no client of the SDK is used. The SDK's clients of EC2, IAM
// and Systems Manager would take as long to compile as all that is left, for a few reads.
type request struct {
	id      string // the service as the SDK names it: AWS_ENDPOINT_URL_<ID> is its endpoint
	service string // in hosts and signatures
	action  string
	header  http.Header
	body    string
	decode  func(body []byte) error
	refused func(status int, body []byte) error
}

// largest answer that is read.
const largest = 16 << 20

// send asks, and decodes the answer. What can be asked again is, as the SDK's clients do with this configuration. A
// refusal is a [smithy.APIError] within a [smithy.OperationError].
func (r request) send(ctx context.Context, cfg aws.Config) error {
	err := repeat(ctx, cfg, func() error {
		status, answer, err := r.once(ctx, cfg)
		switch {
		case err != nil:
			return err
		case status != http.StatusOK:
			return &statusError{status, r.refused(status, answer)}
		}
		return r.decode(answer)
	})
	if err != nil {
		return &smithy.OperationError{ServiceID: r.id, OperationName: r.action, Err: err}
	}
	return nil
}

// repeat tries until the configuration's retryer has had enough.
func repeat(ctx context.Context, cfg aws.Config, try func() error) error {
	retryer := aws.Retryer(retry.NewStandard(func(o *retry.StandardOptions) {
		if cfg.RetryMaxAttempts > 0 {
			o.MaxAttempts = cfg.RetryMaxAttempts
		}
	}))
	if cfg.Retryer != nil {
		retryer = cfg.Retryer()
	}
	for attempt := 1; ; attempt++ {
		err := try()
		if err == nil || attempt >= retryer.MaxAttempts() || !retryer.IsErrorRetryable(err) {
			return err
		}
		pause, cause := retryer.RetryDelay(attempt, err)
		if cause != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
	}
}

// statusError is an answer that is none. The SDK's retryers ask for its status.
type statusError struct {
	status int
	err    error
}

func (e *statusError) Error() string       { return e.err.Error() }
func (e *statusError) Unwrap() error       { return e.err }
func (e *statusError) HTTPStatusCode() int { return e.status }

// unnamed is an error's answer that does not say its code.
func unnamed(status int) error {
	return fmt.Errorf("HTTP status %d %s", status, http.StatusText(status))
}

// once sends the request, and returns the answer.
func (r request) once(ctx context.Context, cfg aws.Config) (status int, answer []byte, err error) {
	to, region, err := r.endpoint(ctx, cfg)
	if err != nil {
		return 0, nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, strings.NewReader(r.body))
	if err != nil {
		return 0, nil, err
	}
	req.Header = r.header.Clone()
	credentials, err := cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return 0, nil, err
	}
	sum := sha256.Sum256([]byte(r.body))
	if err := v4.NewSigner().SignHTTP(ctx, credentials, req, hex.EncodeToString(sum[:]), r.service, region, time.Now()); err != nil {
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

// endpoint is where the service answers, and the region that it is signed for. Dual-stack endpoints have to be named; the
// others answer, too.
func (r request) endpoint(ctx context.Context, cfg aws.Config) (address, region string, err error) {
	fips := false
	for _, source := range cfg.ConfigSources { // the environment and the shared configuration
		if s, ok := source.(interface {
			GetServiceBaseEndpoint(context.Context, string) (string, bool, error)
		}); ok && address == "" {
			if address, _, err = s.GetServiceBaseEndpoint(ctx, r.id); err != nil {
				return "", "", err
			}
		}
		if s, ok := source.(interface {
			GetUseFIPSEndpoint(context.Context) (aws.FIPSEndpointState, bool, error)
		}); ok && !fips {
			state, _, err := s.GetUseFIPSEndpoint(ctx)
			if err != nil {
				return "", "", err
			}
			fips = state == aws.FIPSEndpointStateEnabled
		}
	}
	switch { // one that is named is signed for the caller's region, as the SDK does it
	case address != "":
		return address, cfg.Region, nil
	case cfg.BaseEndpoint != nil:
		return *cfg.BaseEndpoint, cfg.Region, nil
	}
	host, region := hostOf(r.service, cfg.Region, fips)
	return "https://" + host, region, nil
}

// homes of IAM, which has one endpoint in each partition, and signatures for one region.
// https://docs.aws.amazon.com/general/latest/gr/iam-service.html
var homes = map[string]struct{ host, region string }{
	"aws":        {"iam.amazonaws.com", "us-east-1"},
	"aws-cn":     {"iam.cn-north-1.amazonaws.com.cn", "cn-north-1"},
	"aws-us-gov": {"iam.us-gov.amazonaws.com", "us-gov-west-1"},
	"aws-eusc":   {"iam.eusc-de-east-1.amazonaws.eu", "eusc-de-east-1"},
	"aws-iso":    {"iam.us-iso-east-1.c2s.ic.gov", "us-iso-east-1"},
	"aws-iso-b":  {"iam.us-isob-east-1.sc2s.sgov.gov", "us-isob-east-1"},
	"aws-iso-e":  {"iam.eu-isoe-west-1.cloud.adc-e.uk", "eu-isoe-west-1"},
	"aws-iso-f":  {"iam.us-isof-south-1.csp.hci.ic.gov", "us-isof-south-1"},
}

// hostOf a service in a region, and the region that its requests are signed for. The endpoints of GovCloud are those of FIPS.
// https://aws.amazon.com/compliance/fips/
func hostOf(service, region string, fips bool) (host, signed string) {
	p := partition.Of(region)
	host, signed = service+"."+region+"."+p.Suffix, region
	if service == "iam" {
		host, signed = homes[p.Name].host, homes[p.Name].region
	}
	if fips && p.Name != "aws-us-gov" {
		host = service + "-fips" + strings.TrimPrefix(host, service)
	}
	return host, signed
}
