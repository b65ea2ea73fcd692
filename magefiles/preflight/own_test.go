package preflight_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/bellyfed/splitecs/magefiles/preflight"
)

const certificateARN = "arn:aws:acm:" + region + ":" + account + ":certificate/0f7e6a1c"

// ownGood is a network and a certificate with which nothing is wrong.
func ownGood() preflight.OwnFacts {
	way := func(id, target string, subnets ...string) preflight.RouteTable {
		return preflight.RouteTable{ID: id, Subnets: subnets, Routes: []preflight.Route{{Destination: "0.0.0.0/0", Target: target, Active: true}}}
	}
	return preflight.OwnFacts{
		Wanted: preflight.Own{
			Field: `Environments["dev"]`, VPC: "vpc-1", Public: []string{"subnet-a", "subnet-b"}, Private: []string{"subnet-c", "subnet-d"}, Certificate: certificateARN,
		},
		VPCs: known([]string{"vpc-1"}),
		Subnets: known([]preflight.Subnet{
			{ID: "subnet-a", VPC: "vpc-1", Zone: "1"}, {ID: "subnet-b", VPC: "vpc-1", Zone: "2"}, {ID: "subnet-c", VPC: "vpc-1", Zone: "1"}, {ID: "subnet-d", VPC: "vpc-1", Zone: "2"},
		}),
		RouteTables: known([]preflight.RouteTable{way("rtb-1", "igw-1", "subnet-a", "subnet-b"), way("rtb-2", "nat-1", "subnet-c", "subnet-d")}),
		Certificate: known(preflight.Certificate{Status: "ISSUED"}),
	}
}

func TestWhatAnInfraStackStandsOn(t *testing.T) {
	type facts = preflight.OwnFacts
	for name, c := range map[string]struct {
		change func(*facts)
		want   string // its one finding, as far as it is told apart; empty: none
	}{
		"nothing is wrong":        {func(*facts) {}, ""},
		"a VPC that is not there": {func(f *facts) { f.VPCs.Value = nil }, `error    Environments["dev"].Network.VPCID: vpc-1 does not exist in this account and region; next: name a VPC that exists`},
		"a subnet that is not":    {func(f *facts) { f.Wanted.Private[1] = "subnet-x" }, `error    Environments["dev"].Network.PrivateSubnetIDs[1]: subnet-x does not exist in this account and region; next: name subnets of vpc-1: Environments["dev"].Network.PrivateSubnetIDs in the magefile`},
		"a subnet of another VPC": {func(f *facts) { f.Subnets.Value[0].VPC = "vpc-2" }, `error    Environments["dev"].Network.PublicSubnetIDs[0]: subnet-a is in vpc-2, and VPCID is vpc-1`},
		"two public in a zone": {func(f *facts) {
			f.Wanted.Public, f.Wanted.Private = []string{"subnet-a", "subnet-c", "subnet-b"}, nil
			f.RouteTables.Value[0].Subnets = []string{"subnet-a", "subnet-b", "subnet-c"}
		}, `error    Environments["dev"].Network.PublicSubnetIDs[1]: subnet-c is in zone 1, as subnet-a is: a load balancer takes one subnet of a zone`},
		"tasks in another zone": {func(f *facts) { f.Subnets.Value[3].Zone = "3" }, `error    Environments["dev"].Network.PrivateSubnetIDs[1]: subnet-d is in zone 3, where the load balancer has no subnet: no request reaches tasks there`},
		"all tasks in one zone": {func(f *facts) { f.Subnets.Value[3].Zone = "1" }, `warning  Environments["dev"].Network.PrivateSubnetIDs: all are in one zone`},
		"a public one that is not": {func(f *facts) {
			f.RouteTables.Value[0].Routes[0].Target = "nat-2"
			f.RouteTables.Value[0].Subnets = []string{"subnet-a"}
			f.RouteTables.Value = append(f.RouteTables.Value, preflight.RouteTable{Main: true, Routes: []preflight.Route{{Destination: "0.0.0.0/0", Target: "igw-1", Active: true}}})
		}, `warning  Environments["dev"].Network.PublicSubnetIDs[0]: subnet-a has no route to an internet gateway`},
		"a certificate that is not there": {func(f *facts) { f.Certificate = gone[preflight.Certificate]() }, `error    Environments["dev"].CertificateARN: ` + certificateARN + ` does not exist; next: name a certificate`},
		"one that has expired":            {func(f *facts) { f.Certificate.Value.Status = "EXPIRED" }, `error    Environments["dev"].CertificateARN: ` + certificateARN + ` is expired`},
		"one that may not be read":        {func(f *facts) { f.Certificate = denied[preflight.Certificate]("acm:DescribeCertificate") }, `note     Environments["dev"].CertificateARN: not checked: these credentials may not acm:DescribeCertificate`},
		"a VPC that may not be read":      {func(f *facts) { f.VPCs = denied[[]string]("ec2:DescribeVpcs") }, `note     Environments["dev"].Network.VPCID: not checked`},
		"nothing is brought":              {func(f *facts) { *f = facts{Wanted: preflight.Own{Field: "x"}} }, ""},
	} {
		f := ownGood()
		c.change(&f)
		found := preflight.CheckOwn(f)
		switch {
		case c.want == "" && len(found) > 0, c.want != "" && len(found) != 1:
			t.Errorf("%s: %v", name, found)
		case c.want != "" && !strings.HasPrefix(found[0].String(), c.want):
			t.Errorf("%s: %s", name, found[0])
		}
	}
}

// The answers are those of the API reference, shortened.
// https://docs.aws.amazon.com/acm/latest/APIReference/API_DescribeCertificate.html
func TestACMReadsWhatACMAnswers(t *testing.T) {
	read := func(status int, body string) (preflight.OwnFacts, *http.Request) {
		var asked *http.Request
		cfg := aws.Config{Region: region, Credentials: credentials.NewStaticCredentialsProvider("key", "not-to-be-shown", ""), HTTPClient: client(func(req *http.Request) (*http.Response, error) {
			asked = req
			return answer(status, body)
		})}
		return preflight.Reader{Certificates: preflight.ACM{Config: cfg}}.ReadOwn(t.Context(), preflight.Own{Certificate: certificateARN}, nil), asked
	}
	f, asked := read(200, `{"Certificate":{"CertificateArn":"x","Status":"PENDING_VALIDATION"}}`)
	if f.Certificate.State != preflight.Known || f.Certificate.Value.Status != "PENDING_VALIDATION" {
		t.Errorf("%+v", f.Certificate)
	}
	if asked.URL.String() != "https://acm.eu-west-1.amazonaws.com" || asked.Header.Get("X-Amz-Target") != "CertificateManager.DescribeCertificate" ||
		!strings.Contains(asked.Header.Get("Authorization"), "/eu-west-1/acm/aws4_request") {
		t.Errorf("%s %v", asked.URL, asked.Header)
	}
	if f, _ = read(400, `{"__type":"ResourceNotFoundException","message":"Could not find certificate"}`); f.Certificate.State != preflight.Absent {
		t.Errorf("%+v", f.Certificate)
	}
	if f, _ = read(400, `{"__type":"AccessDeniedException","Message":"no"}`); f.Certificate.State != preflight.Unknown || !f.Certificate.Denied || f.Certificate.Operation != "acm:DescribeCertificate" {
		t.Errorf("%+v", f.Certificate)
	}
	if f, _ = read(502, `bad gateway`); f.Certificate.State != preflight.Unknown || f.Certificate.Denied || errors.Unwrap(f.Certificate.Err) == nil {
		t.Errorf("%+v", f.Certificate)
	}
}
