package preflight_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"

	"github.com/bellyfed/splitecs/magefiles/preflight"
)

// client is HTTP as a function.
type client func(*http.Request) (*http.Response, error)

func (c client) Do(req *http.Request) (*http.Response, error) { return c(req) }

func ec2(do client) preflight.EC2 {
	return preflight.EC2{Config: aws.Config{
		Region: region, Credentials: credentials.NewStaticCredentialsProvider("key", "not-to-be-shown", "token"), HTTPClient: do,
	}}
}

func answer(status int, body string) (*http.Response, error) {
	r := httptest.NewRecorder()
	r.WriteHeader(status)
	r.WriteString(body)
	return r.Result(), nil
}

// The answers are those of the API reference, shortened.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeRouteTables.html and its neighbours.
func TestEC2ReadsWhatEC2Answers(t *testing.T) {
	var asked url.Values
	var header http.Header
	var to string
	of := func(body string) preflight.EC2 {
		return ec2(func(req *http.Request) (*http.Response, error) {
			text, err := io.ReadAll(req.Body)
			if err != nil {
				t.Error(err)
			}
			asked, err = url.ParseQuery(string(text))
			if err != nil {
				t.Error(err)
			}
			header, to = req.Header, req.URL.String()
			return answer(200, `<?xml version="1.0" encoding="UTF-8"?>`+body)
		})
	}
	same := func(want, got any, err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
	}
	subnets, err := of(`<DescribeSubnetsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>7a</requestId><subnetSet>
		<item><subnetId>subnet-a</subnetId><state>available</state><vpcId>vpc-1</vpcId><availabilityZone>eu-west-1a</availabilityZone></item>
		<item><subnetId>subnet-b</subnetId><vpcId>vpc-1</vpcId><availabilityZone>eu-west-1b</availabilityZone></item></subnetSet></DescribeSubnetsResponse>`).
		DescribeSubnets(t.Context(), []string{"subnet-a", "subnet-b"})
	same([]preflight.Subnet{{ID: "subnet-a", VPC: "vpc-1", Zone: "eu-west-1a"}, {ID: "subnet-b", VPC: "vpc-1", Zone: "eu-west-1b"}}, subnets, err)
	same(url.Values{
		"Action": {"DescribeSubnets"}, "Version": {"2016-11-15"}, "Filter.1.Name": {"subnet-id"}, "Filter.1.Value.1": {"subnet-a"}, "Filter.1.Value.2": {"subnet-b"},
	}, asked, nil)
	if to != "https://ec2.eu-west-1.amazonaws.com" || !strings.Contains(header.Get("Authorization"), "/eu-west-1/ec2/aws4_request") || header.Get("X-Amz-Security-Token") != "token" {
		t.Errorf("%s %v", to, header)
	}
	tables, err := of(`<DescribeRouteTablesResponse><routeTableSet><item><routeTableId>rtb-1</routeTableId><vpcId>vpc-1</vpcId><routeSet>
		<item><destinationCidrBlock>10.0.0.0/16</destinationCidrBlock><gatewayId>local</gatewayId><state>active</state></item>
		<item><destinationCidrBlock>0.0.0.0/0</destinationCidrBlock><natGatewayId>nat-1</natGatewayId><state>blackhole</state></item>
		<item><destinationPrefixListId>pl-1</destinationPrefixListId><gatewayId>vpce-1</gatewayId><state>active</state></item></routeSet>
		<associationSet><item><main>true</main></item><item><subnetId>subnet-a</subnetId><main>false</main></item></associationSet></item></routeTableSet></DescribeRouteTablesResponse>`).
		DescribeRouteTables(t.Context(), "vpc-1")
	same([]preflight.RouteTable{{ID: "rtb-1", Main: true, Subnets: []string{"subnet-a"}, Routes: []preflight.Route{
		{Destination: "10.0.0.0/16", Target: "local", Active: true}, {Destination: "0.0.0.0/0", Target: "nat-1"}, {Target: "vpce-1", Active: true},
	}}}, tables, err)
	endpoints, err := of(`<DescribeVpcEndpointsResponse><vpcEndpointSet><item><vpcEndpointType>Interface</vpcEndpointType><serviceName>com.amazonaws.eu-west-1.logs</serviceName>
		<state>available</state><privateDnsEnabled>true</privateDnsEnabled></item><item><vpcEndpointType>Gateway</vpcEndpointType><serviceName>s3</serviceName><state>pending</state>
		<routeTableIdSet><item>rtb-1</item></routeTableIdSet></item></vpcEndpointSet></DescribeVpcEndpointsResponse>`).
		DescribeVpcEndpoints(t.Context(), "vpc-1")
	same([]preflight.Endpoint{
		{Service: "com.amazonaws.eu-west-1.logs", Type: "Interface", Available: true, PrivateDNS: true}, {Service: "s3", Type: "Gateway", RouteTables: []string{"rtb-1"}},
	}, endpoints, err)
	groups, err := of(`<DescribeSecurityGroupsResponse><securityGroupInfo><item><groupId>sg-1</groupId><ipPermissions>
		<item><ipProtocol>tcp</ipProtocol><fromPort>80</fromPort><toPort>81</toPort><groups><item><userId>1</userId><groupId>sg-2</groupId></item></groups><ipRanges/></item></ipPermissions>
		<ipPermissionsEgress><item><ipProtocol>-1</ipProtocol><ipv6Ranges><item><cidrIpv6>::/0</cidrIpv6></item></ipv6Ranges></item></ipPermissionsEgress></item></securityGroupInfo></DescribeSecurityGroupsResponse>`).
		DescribeSecurityGroups(t.Context(), []string{"sg-1"})
	same([]preflight.SecurityGroup{{
		ID: "sg-1", Ingress: []preflight.Rule{{Protocol: "tcp", From: 80, To: 81, Groups: []string{"sg-2"}}}, Egress: []preflight.Rule{{Protocol: "-1", Elsewhere: true}},
	}}, groups, err)
}

// A list of many things comes in pages; each has the token of the next.
func TestEC2sPages(t *testing.T) {
	var tokens []string
	tables, err := ec2(func(req *http.Request) (*http.Response, error) {
		if err := req.ParseForm(); err != nil {
			t.Error(err)
		}
		tokens = append(tokens, req.PostForm.Get("NextToken"))
		pages := []string{
			`<routeTableSet><item><routeTableId>rtb-1</routeTableId></item></routeTableSet><nextToken>two==</nextToken>`,
			`<routeTableSet/><nextToken>three</nextToken>`,
			`<routeTableSet><item><routeTableId>rtb-2</routeTableId></item></routeTableSet><nextToken/>`,
		}
		return answer(200, `<DescribeRouteTablesResponse>`+pages[len(tokens)-1]+`</DescribeRouteTablesResponse>`)
	}).DescribeRouteTables(t.Context(), "vpc-1")
	want := []preflight.RouteTable{{ID: "rtb-1"}, {ID: "rtb-2"}}
	if d := cmp.Diff(want, tables); d != "" || err != nil || !slices.Equal(tokens, []string{"", "two==", "three"}) {
		t.Errorf("asked with %q: %v\n%s", tokens, err, d)
	}
}

func TestEC2sRefusals(t *testing.T) {
	for _, c := range []struct {
		status     int
		body, want string
	}{
		{403, `<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>no</Message></Error></Errors></Response>`, "UnauthorizedOperation"},
		{502, "<html>Bad Gateway", ""},
		{200, "<DescribeSubnetsResponse><subnetSet>", ""},
		{200, "<html><body>Sign in</body></html>", ""},
	} {
		_, err := ec2(func(*http.Request) (*http.Response, error) { return answer(c.status, c.body) }).DescribeSubnets(t.Context(), nil)
		failed, isOperation := errors.AsType[*smithy.OperationError](err)
		if !isOperation || failed.OperationName != "DescribeSubnets" || strings.Contains(err.Error(), "not-to-be-shown") {
			t.Errorf("%d: %v", c.status, err)
		}
		code := ""
		if api, ok := errors.AsType[smithy.APIError](err); ok {
			code = api.ErrorCode()
		}
		if code != c.want {
			t.Errorf("%d: code %q, want %q: %v", c.status, code, c.want, err)
		}
	}
}

func TestWhereEC2IsAsked(t *testing.T) {
	t.Setenv("AWS_CONFIG_FILE", "/none")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/none")
	for _, c := range []struct{ region, all, own, want string }{
		{region, "", "", "https://ec2.eu-west-1.amazonaws.com"},
		{"cn-north-1", "", "", "https://ec2.cn-north-1.amazonaws.com.cn"},
		{region, "http://127.0.0.1:4566", "", "http://127.0.0.1:4566"},
		{region, "http://127.0.0.1:4566", "http://127.0.0.1:1", "http://127.0.0.1:1"},
	} {
		t.Setenv("AWS_ENDPOINT_URL", c.all)
		t.Setenv("AWS_ENDPOINT_URL_EC2", c.own)
		cfg, err := config.LoadDefaultConfig(t.Context(), config.WithRegion(c.region), config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider("a", "b", "")))
		if err != nil {
			t.Fatal(err)
		}
		asked := ""
		cfg.HTTPClient = client(func(req *http.Request) (*http.Response, error) {
			asked = req.URL.String()
			return nil, context.Canceled
		})
		if _, err := (preflight.EC2{Config: cfg}).DescribeSubnets(t.Context(), nil); !errors.Is(err, context.Canceled) || asked != c.want {
			t.Errorf("asked %s, want %s: %v", asked, c.want, err)
		}
	}
}
