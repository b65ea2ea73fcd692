package awslocal_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/bellyfed/splitecs/magefiles/awslocal"
)

// ask sends one request as it is written and returns the answer.
func ask(t *testing.T, address, text string) (status int, header http.Header, body string) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	read, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, answer.Header, string(read)
}

// kinds of request: every protocol that is served, and what a browser asks before it sends one of them.
func kinds(host string, headers ...string) map[string]string {
	const list, take = "AmazonSSM.GetParameter", "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken"
	more := strings.Join(append(headers, ""), "\r\n")
	request := func(line, fields, body string) string {
		if host != "" {
			fields = "Host: " + host + "\r\n" + fields
		}
		return fmt.Sprintf("%s\r\n%sContent-Length: %d\r\n%s\r\n%s", line, fields, len(body), more, body)
	}
	form := "Content-Type: application/x-www-form-urlencoded\r\n"
	return map[string]string{
		"GET that reads":     request("GET /?Action=DescribeStacks&Version=2010-05-15 HTTP/1.1", "", ""),
		"GET that writes":    request("GET /?Action=DeleteStack&Version=2010-05-15&StackName=victim HTTP/1.1", "", ""),
		"POST of a form":     request("POST / HTTP/1.1", form, "Action=DeleteStack&Version=2010-05-15&StackName=victim"),
		"POST of text":       request("POST / HTTP/1.1", "Content-Type: text/plain\r\n", "Action=DeleteStack&Version=2010-05-15&StackName=victim"),
		"JSON":               request("POST / HTTP/1.1", "X-Amz-Target: "+take+"\r\n", "{}"),
		"JSON with a value":  request("POST / HTTP/1.1", "X-Amz-Target: "+list+"\r\n", `{"Name":"/secret","WithDecryption":true}`),
		"CBOR":               request("POST /service/GraniteServiceVersion20100801/operation/ListMetrics HTTP/1.1", "", ""),
		"a path":             request("GET /bucket/key HTTP/1.1", "", ""),
		"registry":           request("GET /v2/ HTTP/1.1", "", ""),
		"registry upload":    request("POST /v2/app/blobs/uploads/ HTTP/1.1", "", ""),
		"preflight":          request("OPTIONS / HTTP/1.1", "Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: x-amz-target\r\n", ""),
		"OPTIONS of nothing": request("OPTIONS * HTTP/1.1", "", ""),
		"websocket":          request("GET / HTTP/1.1", "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n", ""),
	}
}

// Whatever a request asks for, one that a web page may have made is refused and learns nothing.
func TestWebPagesAreNotAnswered(t *testing.T) {
	server := awslocal.Start(t)
	address := strings.TrimPrefix(server.URL(), "http://")
	_, port, _ := net.SplitHostPort(address)
	_, err := cloudformation.NewFromConfig(server.Config()).CreateStack(ctx, &cloudformation.CreateStackInput{
		StackName: aws.String("victim"), TemplateBody: aws.String(`{"Resources":{"L":{"Type":"AWS::Logs::LogGroup"}}}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	before := len(server.Calls())
	for name, c := range map[string]struct {
		host    string
		headers []string
	}{
		"a name that leads here":            {host: "page.example:" + port},
		"the same without a port":           {host: "page.example"},
		"a name that looks like loopback":   {host: "127.0.0.1.page.example:" + port},
		"a name that ends like localhost":   {host: "evillocalhost:" + port},
		"every address":                     {host: "0.0.0.0:" + port},
		"an address of another machine":     {host: "192.0.2.1:" + port},
		"the same in IPv6":                  {host: "[2001:db8::1]:" + port},
		"a number that browsers understand": {host: "2130706433:" + port},
		"another origin":                    {host: address, headers: []string{"Origin: https://page.example"}},
		"another port":                      {host: address, headers: []string{"Origin: http://127.0.0.1:1"}},
		"another name of loopback":          {host: address, headers: []string{"Origin: http://localhost:" + port}},
		"the same with TLS":                 {host: address, headers: []string{"Origin: https://" + address}},
		"no origin to tell":                 {host: address, headers: []string{"Origin: null"}},
		"an empty origin":                   {host: address, headers: []string{"Origin: "}},
		"a second origin":                   {host: address, headers: []string{"Origin: http://" + address, "Origin: https://page.example"}},
		"an extension":                      {host: address, headers: []string{"Origin: chrome-extension://abcdefgh"}},
		"cross-site":                        {host: address, headers: []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: image"}},
		"same-site":                         {host: address, headers: []string{"Sec-Fetch-Site: same-site"}},
		"navigation from a page":            {host: address, headers: []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate"}},
		"an old browser":                    {host: address, headers: []string{"Referer: http://page.example/"}},
		"an old browser, no address":        {host: address, headers: []string{"Referer: about:client"}},
	} {
		for kind, text := range kinds(c.host, c.headers...) {
			status, header, body := ask(t, address, text)
			if status != http.StatusForbidden || !strings.Contains(body, "embedded AWS") || strings.Contains(body, "victim") {
				t.Errorf("%s, %s: %d %s", name, kind, status, body)
			}
			for field := range header {
				if strings.HasPrefix(field, "Access-Control-") {
					t.Errorf("%s, %s: %s", name, kind, field)
				}
			}
		}
	}
	if got := server.Calls()[before:]; len(got) > 0 {
		t.Errorf("carried out: %q", got)
	}
	out, err := cloudformation.NewFromConfig(server.Config()).DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: aws.String("victim")})
	if err != nil || out.Stacks[0].DeletionTime != nil {
		t.Errorf("the stack is gone: %v", err)
	}
}

// A request without any host is none of HTTP/1.1, and of HTTP/1.0 one of nobody who is known.
func TestACallerHasToNameTheServer(t *testing.T) {
	address := strings.TrimPrefix(awslocal.Start(t).URL(), "http://")
	if status, _, body := ask(t, address, "GET /v2/ HTTP/1.0\r\n\r\n"); status != http.StatusForbidden {
		t.Errorf("%d %s", status, body)
	}
}

// Programs, and a person who types an address, are answered by every name of loopback, whatever port they came by.
func TestProgramsAreAnswered(t *testing.T) {
	address := strings.TrimPrefix(awslocal.Start(t).URL(), "http://")
	for _, host := range []string{
		address, "127.0.0.1", "127.0.0.1:9999", "127.8.9.10:80", "localhost", "LOCALHOST:9999", "localhost.:80", "[::1]:4566", "[::1]", "[::ffff:127.0.0.1]:80",
		"000000000000.dkr.ecr.ap-southeast-1.localhost", "stream-127.0.0.1.localhost:4566",
	} {
		for _, headers := range [][]string{nil, {"Origin: http://" + host}, {"Sec-Fetch-Site: same-origin", "Referer: http://" + host + "/x"}, {"Sec-Fetch-Site: none", "Sec-Fetch-Mode: navigate"}} {
			for kind, text := range kinds(host, headers...) {
				if status, _, body := ask(t, address, text); status == http.StatusForbidden {
					t.Errorf("%s, %q, %s: %s", host, headers, kind, body)
				}
			}
		}
	}
}

// A page needs no script for a GET, and browsers say little about one to an address that is not loopback's.
func TestAGETChangesNothing(t *testing.T) {
	server := awslocal.Start(t)
	for action, want := range map[string]string{
		"DescribeStacks&Version=2010-05-15":              "200 ",
		"GetCallerIdentity&Version=2011-06-15":           "200 ",
		"DeleteStack&Version=2010-05-15&StackName=x":     "405 ",
		"DeleteListener&Version=2015-12-01&ListenerArn=": "405 ",
		"DescribeStacks%00&Version=2010-05-15":           "501 ",
		"describestacks&Version=2010-05-15":              "501 ",
	} {
		if got := fetch(t, http.MethodGet, server.URL()+"/?Action="+action); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s", action, got)
		}
	}
}

// Where another address is allowed, it is a name too, and so are the ones that were given.
func TestNamesOfOtherAddresses(t *testing.T) {
	server, err := awslocal.Open(awslocal.Options{Dir: t.TempDir(), Address: "0.0.0.0:0", AnyAddress: true, Hosts: []string{"aws"}})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(server.URL(), "http://"))
	for host, served := range map[string]bool{"aws:" + port: true, "AWS": true, "127.0.0.1:" + port: true, "bws": false, "0.0.0.0:" + port: false, "192.0.2.1": false} {
		status, _, body := ask(t, "127.0.0.1:"+port, kinds(host)["registry"])
		if (status == http.StatusUnauthorized) != served {
			t.Errorf("%s: %d %s", host, status, body)
		}
	}
	for _, own := range addresses(t) {
		if status, _, body := ask(t, net.JoinHostPort(own, port), kinds(net.JoinHostPort(own, port))["registry"]); status != http.StatusUnauthorized {
			t.Errorf("its own address %s: %d %s", own, status, body)
		}
		if status, _, body := ask(t, "127.0.0.1:"+port, kinds(net.JoinHostPort(own, port))["registry"]); status != http.StatusForbidden {
			t.Errorf("an address by which the connection did not come, %s: %d %s", own, status, body)
		}
	}
}

// addresses of this machine besides loopback's; there may be none.
func addresses(t *testing.T) (all []string) {
	t.Helper()
	found, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range found {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil && !n.IP.IsLoopback() {
			all = append(all, n.IP.String())
		}
	}
	return all
}

// A client that is refused shows why.
func TestAClientShowsWhyItIsRefused(t *testing.T) {
	server := awslocal.Start(t)
	cfg := server.Config()
	cfg.HTTPClient = &http.Client{Transport: renamed{}}
	_, query := cloudformation.NewFromConfig(cfg).DescribeStacks(ctx, &cloudformation.DescribeStacksInput{})
	_, json := secretsmanager.NewFromConfig(cfg).ListSecrets(ctx, &secretsmanager.ListSecretsInput{})
	for _, err := range []error{query, json} {
		if err == nil || !strings.Contains(err.Error(), `ForeignRequest: the embedded AWS is not called "aws"`) {
			t.Errorf("got %v", err)
		}
	}
}

// renamed calls the server by another name.
type renamed struct{}

func (renamed) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.Host = "aws"
	return http.DefaultTransport.RoundTrip(req)
}
