package wire_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

func TestWhatIsNotModelledIsRefused(t *testing.T) {
	server := serve(t, echo(new(input)))
	const do = "Action=Do&Version=2010-05-15"
	for _, c := range []struct {
		target, body string
		status       int
		says         string
	}{
		{"", do + "&Colour=red", 400, "does not know Colour"},
		{"", do + "&Tags.member.1.Colour=red", 400, "does not know Tags.member.1.Colour"},
		{"", do + "&Tags.member.1.Key=a&Tags.member.3.Key=c", 400, "does not know Tags.member.3.Key"},
		{"", do + "&Tags.1.Key=a", 400, "does not know Tags.1.Key"},
		{"", do + "&Name.Inner=a", 400, "does not know Name.Inner"},
		{"", do + "&name=a", 400, "does not know name"},
		{"", do + "&Name=a&Name=b", 400, "Name is there twice"},
		{"", do + "&Count=many", 400, "member Count"},
		{"", do + "&Small=2147483648", 400, "member Small"},
		{"", do + "&On=1", 400, "is not true or false"},
		{"", do + "&Ratio=NaN", 400, "is not a number"},
		{"", do + "&Since=yesterday", 400, "member Since"},
		{"", "Version=2010-05-15", 400, "<Code>MissingAction</Code>"},
		{"", "", 400, "<Code>MissingAction</Code>"},
		{"", "%zz", 400, "<Code>MalformedQueryString</Code>"},
		{"", "Action=Undo&Version=2010-05-15", 501, "<Code>InvalidAction</Code><Message>the embedded AWS does not serve query:Undo<"},
		{"", "Action=Do&Version=1999-01-01", 501, "does not serve API version 1999-01-01:Do"},
		{"", "Action=DescribeVpcs&Version=2016-11-15", 501, "<Response><Errors><Error><Code>InvalidAction</Code><Message>the embedded AWS does not serve"},
		{"Json_2014.Do", `{"Colour":"red"}`, 400, `"__type":"SerializationException","message":"Do: the embedded AWS does not know Colour`},
		{"Json_2014.Do", `{"name":"n"}`, 400, "does not know name"},
		{"Json_2014.Do", `{"Tags":[{"Key":"a","colour":1}]}`, 400, "does not know Tags[].colour"},
		{"Json_2014.Do", `{"Name":"n","Name":"m"}`, 400, "Name is there twice"},
		{"Json_2014.Do", `{"Name":"n"} {}`, 400, "more than one value"},
		{"Json_2014.Do", `{`, 400, "the request is no JSON"},
		{"Json_2014.Do", `{"Name":1}`, 400, "NUMBER_VALUE can not be converted to a String"},
		{"Json_2014.Do", `{"Count":"1"}`, 400, "STRING_VALUE can not be converted to an Integer"},
		{"Json_2014.Do", `{"Name":{}}`, 400, "Start of structure or map found where not expected."},
		{"Json_2014.Do", `{"Name":[]}`, 400, "Start of list found where not expected"},
		{"Json_2014.Do", `{"Tags":"x"}`, 400, "Expected list or null"},
		{"Json_2014.Do", `{"Since":"2026-01-01"}`, 400, "is not a number of seconds"},
		{"Json_2014.Undo", `{}`, 501, `{"__type":"UnknownOperationException","message":"the embedded AWS does not serve json:Undo"}`},
		{"Other.Do", `{}`, 501, "does not serve Other:Do"},
		{"nodot", `{}`, 501, "does not serve nodot"},
	} {
		status, text := post(t, server, c.target, c.body)
		if status != c.status || !strings.Contains(text, c.says) {
			t.Errorf("%s %s: %d %s", c.target, c.body, status, text)
		}
	}
}

func TestOtherProtocolsAreRefusedByName(t *testing.T) {
	server := serve(t, echo(new(input)))
	ask := func(method, path, signedFor string) (*http.Response, string) {
		t.Helper()
		req, err := http.NewRequest(method, server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if signedFor != "" {
			req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=x/20260101/eu-west-1/"+signedFor+"/aws4_request, SignedHeaders=host, Signature=00")
		}
		answer, err := server.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer, string(text)
	}
	for _, c := range []struct{ method, path, signedFor, contentType, says string }{
		{"POST", "/service/GraniteServiceVersion20100801/operation/DescribeAlarms", "monitoring", "application/cbor", "does not serve monitoring:DescribeAlarms"},
		{"POST", "/service/Some.Thing/operation/Do", "", "application/cbor", "does not serve Some.Thing:Do"},
		{"GET", "/2015-03-31/functions", "lambda", "application/json", `{"message":"the embedded AWS does not serve lambda:GET /2015-03-31/functions"}`},
		{"GET", "/bucket/key", "s3", "application/json", "<Message>the embedded AWS does not serve s3:GET /bucket/key</Message>"},
		{"PUT", "/thing", "", "application/json", "does not serve PUT /thing"},
	} {
		answer, text := ask(c.method, c.path, c.signedFor)
		if answer.StatusCode != http.StatusNotImplemented || answer.Header.Get("Content-Type") != c.contentType || !strings.Contains(text, c.says) {
			t.Errorf("%s %s: %s %s %s", c.method, c.path, answer.Status, answer.Header.Get("Content-Type"), text)
		}
	}
	for _, method := range []string{"PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"} {
		answer, _ := ask(method, "/?Action=Do&Version=2010-05-15", "")
		if answer.StatusCode != http.StatusMethodNotAllowed {
			t.Errorf("%s: %s", method, answer.Status)
		}
		for name := range answer.Header {
			if strings.HasPrefix(name, "Access-Control-") {
				t.Errorf("%s answers %s: web pages are no clients", method, name)
			}
		}
	}
	if answer, text := ask("GET", "/?Action=Do&Version=2010-05-15", ""); answer.StatusCode != http.StatusMethodNotAllowed || !strings.Contains(text, "as a POST only") {
		t.Errorf("GET of what may change something: %s %s", answer.Status, text)
	}
}

func TestBodies(t *testing.T) {
	var got input
	server := serve(t, echo(&got))
	squeeze := func(text string) string {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = io.WriteString(z, text)
		_ = z.Close()
		return b.String()
	}
	const full = 16 << 20
	name := strings.Repeat("x", 1<<20)
	for _, c := range []struct {
		encoding, body string
		status         int
	}{
		{"", `{"Name":"` + name + `"}`, 200},
		{"gzip", squeeze(`{"Name":"` + name + `"}`), 200},
		{"gzip", "not gzip", 400},
		{"gzip", squeeze(`{"Name":"torn"}`)[:20], 400},
		{"br", "x", 400},
		{"", strings.Repeat(" ", full+1), 413},
		{"gzip", squeeze(strings.Repeat(" ", full+1)), 413},
	} {
		got = input{}
		w := httptest.NewRecorder()
		req := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(c.body))
		req.Header.Set("X-Amz-Target", "Json_2014.Do")
		req.Header.Set("Content-Encoding", c.encoding)
		server.Config.Handler.ServeHTTP(w, req)
		if w.Code != c.status || (c.status == 200 && got.Name != name) {
			t.Errorf("%s %.20q: %d %.100s", c.encoding, c.body, w.Code, w.Body)
		}
	}
}

func FuzzQuery(f *testing.F) {
	f.Add("Action=Do&Version=2010-05-15&Tags.member.1.Key=a")
	f.Add("Action=Do&Version=2010-05-15&Tags.member.999999999.Key=a&Tags.member.1=")
	f.Add("Action=Do&Version=2010-05-15&Since=&On=&Words.member.1=x&Words=")
	fuzz(f, "")
}

func FuzzJSON(f *testing.F) {
	f.Add(`{"Name":"n","Since":1.5,"Tags":[{"Key":"a"}],"Words":null}`)
	f.Add(`{"Since":1e400,"Tags":[[[]]],"Name":{"Name":{}}}`)
	f.Add(`[{"Name":`)
	fuzz(f, "Json_2014.Do")
}

// fuzz: whatever a client sends, it is the client's mistake.
func fuzz(f *testing.F, target string) {
	op := echo(new(input))
	router := wire.NewRouter(func(_ context.Context, g func() error) error { return g() }, func() string { return "" },
		&wire.Service{Version: "2010-05-15", Operations: map[string]wire.Operation{"Do": op}},
		&wire.Service{Target: "Json_2014", Operations: map[string]wire.Operation{"Do": op}})
	f.Fuzz(func(t *testing.T, body string) {
		w := httptest.NewRecorder()
		req := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		if target != "" {
			req.Header.Set("X-Amz-Target", target)
		}
		router.ServeHTTP(w, req)
		if w.Code >= 500 && w.Code != http.StatusNotImplemented {
			t.Errorf("%q: %d %s", body, w.Code, w.Body)
		}
	})
}
