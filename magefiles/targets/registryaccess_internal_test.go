package targets

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/ecr"

	"github.com/bellyfed/splitecs/cfn/partition"
)

// Credentials for a registry are those of its region, by the endpoint of the same kind as its own.
func TestCredentialsAreOfTheRegistrysRegion(t *testing.T) {
	for name, value := range map[string]string{"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y", "AWS_ENDPOINT_URL": "", "AWS_REGION": "ap-southeast-1", "AWS_CONFIG_FILE": "/dev/null"} {
		t.Setenv(name, value)
	}
	s := &session{}
	s.Getenv = func(string) string { return "" }
	for host, want := range map[string]struct {
		region          string
		fips, dualStack bool
	}{
		"123456789012.dkr.ecr.eu-west-1.amazonaws.com":                {"eu-west-1", false, false},
		"123456789012.dkr.ecr-fips.us-east-1.amazonaws.com":           {"us-east-1", true, false},
		"123456789012.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn": {"cn-north-1", false, true},
		"123456789012.dkr-ecr-fips.us-gov-west-1.on.aws":              {"us-gov-west-1", true, true},
		"123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu":            {"eusc-de-east-1", false, false},
	} {
		r, ok := partition.RegistryOf(host)
		if !ok {
			t.Fatal(host)
		}
		api, err := s.tokensOf(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		o := api.(*ecr.Client).Options()
		if client, ok := o.HTTPClient.(*awshttp.BuildableClient); !ok || client.GetTimeout()*time.Duration(o.RetryMaxAttempts) > 9*time.Second || client.GetTimeout() == 0 {
			t.Errorf("%s: %T, %d attempts", host, o.HTTPClient, o.RetryMaxAttempts)
		}
		fips := o.EndpointOptions.UseFIPSEndpoint == aws.FIPSEndpointStateEnabled
		dualStack := o.EndpointOptions.UseDualStackEndpoint == aws.DualStackEndpointStateEnabled
		if o.Region != want.region || fips != want.fips || dualStack != want.dualStack {
			t.Errorf("%s: region %s, FIPS %v, dual-stack %v", host, o.Region, fips, dualStack)
		}
	}
}
