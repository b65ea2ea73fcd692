package preflight

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
)

// ACM reads certificates, with the one operation that is needed; see [EC2] for its endpoint.
type ACM struct {
	Config aws.Config // credentials, region and endpoint
}

// DescribeCertificate reads the status of a certificate, e.g. ISSUED. One that is not there is a [smithy.APIError] with the
// code ResourceNotFoundException.
// https://docs.aws.amazon.com/acm/latest/APIReference/API_DescribeCertificate.html
func (a ACM) DescribeCertificate(ctx context.Context, arn string) (Certificate, error) {
	const action = "DescribeCertificate"
	fail := func(err error) (Certificate, error) {
		return Certificate{}, &smithy.OperationError{ServiceID: "ACM", OperationName: action, Err: err}
	}
	body, err := json.Marshal(map[string]string{"CertificateArn": arn})
	if err != nil {
		return fail(err)
	}
	status, answer, err := post(ctx, a.Config, "acm", http.Header{
		"Content-Type": {"application/x-amz-json-1.1"}, "X-Amz-Target": {"CertificateManager." + action},
	}, string(body))
	if err != nil {
		return fail(err)
	}
	var out struct {
		Certificate struct{ Status string }
		Type        string `json:"__type"`
		Message     string `json:"message"`
	}
	if err := json.Unmarshal(answer, &out); err != nil || status != http.StatusOK && out.Type == "" {
		return fail(fmt.Errorf("HTTP status %d %s", status, http.StatusText(status)))
	}
	if status != http.StatusOK {
		return fail(&smithy.GenericAPIError{Code: out.Type[strings.LastIndex(out.Type, "#")+1:], Message: out.Message})
	}
	return Certificate{Status: out.Certificate.Status}, nil
}
