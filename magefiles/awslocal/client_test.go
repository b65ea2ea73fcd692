package awslocal

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

type doer func(*http.Request) (*http.Response, error)

func (d doer) Do(r *http.Request) (*http.Response, error) { return d(r) }

// closing is a body that ends when it is closed, as the SDK's does.
type closing struct {
	io.Reader
	closed bool
}

func (c *closing) Read(p []byte) (int, error) {
	if c.closed {
		return 0, io.ErrClosedPipe
	}
	return c.Reader.Read(p)
}

func (c *closing) Close() error { c.closed = true; return nil }

func TestTheBodySurvivesItsClosing(t *testing.T) {
	body := &closing{Reader: strings.NewReader("Action=Do")}
	request := httptest.NewRequest(http.MethodPost, "http://127.0.0.1/", body)
	request.Body = body
	request.ContentLength = 9
	var sent string
	inner := doer(func(r *http.Request) (*http.Response, error) {
		body.Close() // as the SDK does once the answer's head is there
		data, err := io.ReadAll(r.Body)
		sent = string(data)
		return nil, err
	})
	if _, err := (client{inner}).Do(request); err != nil || sent != "Action=Do" {
		t.Errorf("sent %q, %v", sent, err)
	}
}
