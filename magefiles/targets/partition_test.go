package targets_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"github.com/bellyfed/splitecs/cfn/partition"
)

// The SDK finds its endpoints by the same partitions.
func TestPartitionsAreThoseOfTheSDK(t *testing.T) {
	for _, region := range []string{
		"eu-central-1", "us-west-2", "ap-southeast-7", "il-central-1", "mx-central-1", "cn-north-1", "us-gov-east-1", "eusc-de-east-1", "us-iso-west-1",
		"us-isob-east-1", "eu-isoe-west-1", "us-isof-south-1",
	} {
		for dual, suffix := range map[bool]string{false: partition.Of(region).Suffix, true: partition.Of(region).DualStack} {
			found, err := ecs.NewDefaultEndpointResolverV2().ResolveEndpoint(t.Context(), ecs.EndpointParameters{
				Region: aws.String(region), UseDualStack: aws.Bool(dual), UseFIPS: aws.Bool(false),
			})
			if err != nil {
				t.Fatal(err)
			}
			if host := found.URI.Host; !strings.HasSuffix(host, region+"."+suffix) {
				t.Errorf("%s: the SDK has %s, the table %s", region, host, suffix)
			}
		}
	}
}
