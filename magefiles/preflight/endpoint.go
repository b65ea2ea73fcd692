package preflight

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/bellyfed/splitecs/cfn/partition"
)

// endpoint is where the service answers, and the region that it is signed for. Dual-stack endpoints have to be named; the
// others answer, too.
func (r request) endpoint(ctx context.Context, cfg aws.Config) (address, region string, err error) {
	address, err = named(ctx, cfg, r.id)
	if err != nil {
		return "", "", err
	}
	switch { // one that is named is signed for the caller's region, as the SDK does it
	case address != "":
		return address, cfg.Region, nil
	case cfg.BaseEndpoint != nil:
		return *cfg.BaseEndpoint, cfg.Region, nil
	}
	fips, err := first(cfg, func(s interface {
		GetUseFIPSEndpoint(context.Context) (aws.FIPSEndpointState, bool, error)
	}) (aws.FIPSEndpointState, bool, error) {
		return s.GetUseFIPSEndpoint(ctx)
	})
	if err != nil {
		return "", "", err
	}
	host, region := hostOf(r.service, cfg.Region, fips == aws.FIPSEndpointStateEnabled)
	return "https://" + host, region, nil
}

// named is the endpoint that is configured for a service, as AWS_ENDPOINT_URL_<ID>; empty where there is none, or such are not
// to count: that of every service is the configuration's own, which knows it.
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
func named(ctx context.Context, cfg aws.Config, id string) (string, error) {
	ignored, err := first(cfg, func(s interface {
		GetIgnoreConfiguredEndpoints(context.Context) (bool, bool, error)
	}) (bool, bool, error) {
		return s.GetIgnoreConfiguredEndpoints(ctx)
	})
	if err != nil || ignored {
		return "", err
	}
	return first(cfg, func(s interface {
		GetServiceBaseEndpoint(context.Context, string) (string, bool, error)
	}) (string, bool, error) {
		return s.GetServiceBaseEndpoint(ctx, id)
	})
}

// first is what the first source says that says something: the environment before the shared configuration.
func first[S, V any](cfg aws.Config, ask func(S) (V, bool, error)) (value V, err error) {
	for _, source := range cfg.ConfigSources {
		if s, ok := source.(S); ok {
			if v, found, err := ask(s); err != nil || found {
				return v, err
			}
		}
	}
	return value, nil
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
