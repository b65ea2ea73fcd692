package wire_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

type pair struct {
	Key   string
	Value string `json:"Value,omitempty"`
}

type input struct {
	Name    string
	Count   int
	Small   int32
	Ratio   float64
	On      *bool
	Since   *wire.Time
	Tags    []pair
	Words   []string
	Renamed string `json:"Other"`
}

type base struct{ Text string }

type output struct {
	base
	Number int
	Gone   string    `json:"Gone,omitempty"`
	At     wire.Time `json:"At,omitzero"`
	Tags   []pair
	Inner  *pair
}

func serve(t *testing.T, op wire.Operation) *httptest.Server {
	t.Helper()
	query := &wire.Service{Name: "query", Version: "2010-05-15", Namespace: "http://example.com/doc/", Operations: map[string]wire.Operation{"Do": op}}
	json := &wire.Service{Name: "json", Target: "Json_2014", Operations: map[string]wire.Operation{"Do": op}}
	transact := func(_ context.Context, f func() error) error { return f() }
	server := httptest.NewServer(wire.NewRouter(transact, func() string { return "id-1" }, query, json))
	t.Cleanup(server.Close)
	return server
}

func post(t *testing.T, server *httptest.Server, target, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, server.URL, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if target != "" {
		req.Header.Set("X-Amz-Target", target)
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
	return answer.StatusCode, string(text)
}

func echo(got *input) wire.Operation {
	return wire.Op(func(_ context.Context, in *input) (*output, error) {
		*got = *in
		return &output{base: base{"a<b"}, Number: 7, At: wire.Time{Time: time.Unix(1, 5e8)}, Tags: []pair{{Key: "k"}}, Inner: &pair{"x", "y"}}, nil
	})
}

func TestQuery(t *testing.T) {
	var got input
	server := serve(t, echo(&got))
	form := url.Values{
		"Action": {"Do"}, "Version": {"2010-05-15"}, "Name": {"n"}, "Count": {"3"}, "Ratio": {"0.5"}, "On": {"true"},
		"Since": {"2026-01-02T03:04:05Z"}, "Tags.member.1.Key": {"a"}, "Tags.member.1.Value": {"1"}, "Tags.member.2.Key": {"b"},
		"Words": {""}, "Other": {"o"},
	}
	status, text := post(t, server, "", form.Encode())
	want := `<?xml version="1.0" encoding="UTF-8"?>
<DoResponse xmlns="http://example.com/doc/"><DoResult><Text>a&lt;b</Text><Number>7</Number><At>1970-01-01T00:00:01.500Z</At><Tags><member><Key>k</Key></member></Tags><Inner><Key>x</Key><Value>y</Value></Inner></DoResult><ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata></DoResponse>`
	if status != http.StatusOK || text != want {
		t.Errorf("%d %s", status, cmp.Diff(want, text))
	}
	on, since := true, wire.Time{Time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	if d := cmp.Diff(input{Name: "n", Count: 3, Ratio: 0.5, On: &on, Since: &since, Tags: []pair{{"a", "1"}, {"b", ""}}, Words: []string{}, Renamed: "o"}, got); d != "" {
		t.Error(d)
	}
}

func TestJSON(t *testing.T) {
	var got input
	server := serve(t, echo(&got))
	status, text := post(t, server, "Json_2014.Do", `{"Name":"n","Since":1.5,"Tags":[{"Key":"a"}]}`)
	if want := `{"Text":"a<b","Number":7,"At":1.500,"Tags":[{"Key":"k"}],"Inner":{"Key":"x","Value":"y"}}`; status != http.StatusOK || text != want {
		t.Errorf("%d %s", status, text)
	}
	if got.Name != "n" || got.Since.UnixMilli() != 1500 || len(got.Tags) != 1 {
		t.Errorf("got %+v", got)
	}
}

func TestErrorsTravelAsAWSSendsThem(t *testing.T) {
	for _, c := range []struct {
		err       error
		status    int
		xml, json string
	}{
		{wire.Errorf("ValidationError", "Stack with id %s does not exist", "<x>"), 400,
			"<Error><Type>Sender</Type><Code>ValidationError</Code><Message>Stack with id &lt;x&gt; does not exist</Message></Error>",
			`{"__type":"ValidationError","message":"Stack with id <x> does not exist"}`},
		{errors.New("a fault"), 500,
			"<Error><Type>Receiver</Type><Code>InternalFailure</Code><Message>a fault</Message></Error>",
			`{"__type":"InternalFailure","message":"a fault"}`},
	} {
		server := serve(t, wire.Op(func(context.Context, *input) (*output, error) { return nil, c.err }))
		if status, text := post(t, server, "", "Action=Do&Version=2010-05-15"); status != c.status || !strings.Contains(text, c.xml) {
			t.Errorf("%d %s", status, text)
		}
		if status, text := post(t, server, "Json_2014.Do", "{}"); status != c.status || text != c.json {
			t.Errorf("%d %s", status, text)
		}
	}
}
