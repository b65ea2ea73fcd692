package loopback

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

type doer func(*http.Request) (*http.Response, error)

func (d doer) Do(r *http.Request) (*http.Response, error) { return d(r) }

// sdkBody is a body as the SDK's: when it is closed, it has ended for Read, and WriteTo answers io.EOF.
type sdkBody struct{ io.Reader }

func (sdkBody) Close() error                     { return nil }
func (sdkBody) WriteTo(io.Writer) (int64, error) { return 0, io.EOF }

func TestTheBodyCanOnlyBeRead(t *testing.T) {
	request := httptest.NewRequest(http.MethodPost, "http://127.0.0.1/", nil)
	request.Body = sdkBody{http.NoBody}
	inner := doer(func(r *http.Request) (*http.Response, error) {
		_, err := io.Copy(io.Discard, r.Body)
		return nil, err
	})
	if _, err := (client{inner}).Do(request); err != nil {
		t.Errorf("a body that has ended: %v", err)
	}
}
