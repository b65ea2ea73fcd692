package preflight

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// SSM reads parameters of Systems Manager, with the one operation that is needed; see [EC2] for its endpoint.
type SSM struct {
	Config aws.Config // credentials, region and endpoint
}

// InvalidParameters tells which of at most 10 parameters of a region are not there. Values are not decrypted, and are
// not kept. https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html
func (s SSM) InvalidParameters(ctx context.Context, region string, names []string) ([]string, error) {
	cfg := s.Config.Copy()
	cfg.Region = region
	var out struct{ InvalidParameters []string }
	err := call(ctx, cfg, "SSM", "AmazonSSM", "GetParameters", map[string][]string{"Names": names}, &out)
	return out.InvalidParameters, err
}
