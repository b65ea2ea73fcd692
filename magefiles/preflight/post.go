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
	refused func(answer) error
}

// answer is what a service said. ahead is how far its clock is ahead of this machine's, where it told its time.
type answer struct {
	status int
	header http.Header
	body   []byte
	ahead  time.Duration
	told   bool
}

// largest answer that is read.
const largest = 16 << 20

// send asks, and decodes the answer. What can be asked again is, as the SDK's clients do with this configuration. A
// refusal is a [smithy.APIError] within a [smithy.OperationError].
func (r request) send(ctx context.Context, cfg aws.Config) error {
	var skew time.Duration
	err := repeat(ctx, cfg, func() error {
		out, err := r.once(ctx, cfg, skew)
		switch {
		case err != nil:
			return err
		case out.status == http.StatusOK:
			return r.decode(out.body)
		}
		refusal := &statusError{out.status, r.refused(out)}
		if !cfg.DisableClockSkewCorrection && skewed(refusal, out, skew) {
			skew = out.ahead
			return &skewError{refusal}
		}
		return refusal
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

// once sends the request, signed for the time that is skew ahead of this machine's clock, and returns the answer.
func (r request) once(ctx context.Context, cfg aws.Config, skew time.Duration) (answer, error) {
	to, region, err := r.endpoint(ctx, cfg)
	if err != nil {
		return answer{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, strings.NewReader(r.body))
	if err != nil {
		return answer{}, err
	}
	req.Header = r.header.Clone()
	credentials, err := cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return answer{}, err
	}
	sum := sha256.Sum256([]byte(r.body))
	if err := v4.NewSigner().SignHTTP(ctx, credentials, req, hex.EncodeToString(sum[:]), r.service, region, time.Now().Add(skew)); err != nil {
		return answer{}, err
	}
	var client aws.HTTPClient = awshttp.NewBuildableClient()
	if cfg.HTTPClient != nil {
		client = cfg.HTTPClient
	}
	out, err := client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer out.Body.Close()
	a := answer{status: out.StatusCode, header: out.Header}
	if at, err := http.ParseTime(out.Header.Get("Date")); err == nil {
		a.ahead, a.told = time.Until(at), true
	}
	a.body, err = io.ReadAll(io.LimitReader(out.Body, largest))
	return a, err
}
