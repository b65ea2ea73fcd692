package preflight

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// ACM reads certificates, with the one operation that is needed; see [EC2] for its endpoint.
type ACM struct {
	Config aws.Config // credentials, region and endpoint
}

// DescribeCertificate reads the status of a certificate, e.g. ISSUED. One that is not there is a [smithy.APIError] with the
// code ResourceNotFoundException.
// https://docs.aws.amazon.com/acm/latest/APIReference/API_DescribeCertificate.html
func (a ACM) DescribeCertificate(ctx context.Context, arn string) (Certificate, error) {
	var out struct{ Certificate Certificate }
	err := call(ctx, a.Config, "ACM", "CertificateManager", "DescribeCertificate", map[string]string{"CertificateArn": arn}, &out)
	return out.Certificate, err
}
