package wire_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

type filters struct {
	Filter []struct {
		Name  string
		Value []string
	}
}

func TestEC2sQuery(t *testing.T) {
	var got filters
	op := wire.Op(func(_ context.Context, in *filters) (*output, error) {
		got = *in
		return &output{base: base{"a<b"}, Tags: []pair{{Key: "k"}}}, nil
	})
	service := &wire.Service{Name: "ec2", Version: "2016-11-15", Namespace: "http://example.com/ec2/", Operations: map[string]wire.Operation{"Do": op}}
	transact := func(_ context.Context, f func() error) error { return f() }
	server := httptest.NewServer(wire.NewRouter(transact, func() string { return "id-1" }, service))
	t.Cleanup(server.Close)

	const do = "Action=Do&Version=2016-11-15&Filter.1.Name=vpc-id&Filter.1.Value.1=a&Filter.1.Value.2=b&Filter.2.Name=state&Filter.2.Value.1=c"
	status, text := post(t, server, "", do)
	want := `<?xml version="1.0" encoding="UTF-8"?>
<DoResponse xmlns="http://example.com/ec2/"><requestId>id-1</requestId><Text>a&lt;b</Text><Number>0</Number><Tags><item><Key>k</Key></item></Tags></DoResponse>`
	if status != http.StatusOK || text != want {
		t.Errorf("%d %s", status, cmp.Diff(want, text))
	}
	var wanted filters
	wanted.Filter = append(wanted.Filter, struct {
		Name  string
		Value []string
	}{"vpc-id", []string{"a", "b"}}, struct {
		Name  string
		Value []string
	}{"state", []string{"c"}})
	if d := cmp.Diff(wanted, got); d != "" {
		t.Error(d)
	}
	for body, says := range map[string]string{
		do + "&Filter.1.Colour=red":      "<Code>UnknownParameter</Code><Message>Do: the embedded AWS does not know Filter.1.Colour (",
		do + "&Filter.member.1.Name=x":   "does not know Filter.member.1.Name",
		do + "&Filter.4.Name=x":          "does not know Filter.4.Name",
		"Action=Undo&Version=2016-11-15": "<Code>InvalidAction</Code><Message>the embedded AWS does not serve ec2:Undo<",
	} {
		if status, text := post(t, server, "", body); status < 400 || !strings.Contains(text, says) {
			t.Errorf("%s: %d %s", body, status, text)
		}
	}
}
