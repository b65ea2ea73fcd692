// Package loopback has an HTTP client for the SDK that is safe for an endpoint as near as loopback.
//
// It knows when the SDK closes a request's body, and does not know any service. Imported by awslocal and awstest.
package loopback

import (
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// HTTPClient is the SDK's own client, but for one thing.
//
// The SDK closes the request's body as soon as the answer's head is there (smithy-go v1.28.8,
// transport/http/client.go). net/http may then still be making sure that the body has ended. The WriteTo of a
// closed body answers io.EOF, which net/http takes for a failure to write: it closes the connection while the
// answer is being read ("use of closed network connection"). Over a network the answer never is that quick.
// So the body is handed on without its WriteTo; its Read ends a closed body as it should.
func HTTPClient() aws.HTTPClient { return client{awshttp.NewBuildableClient().Freeze()} }

type client struct{ inner aws.HTTPClient }

// Do sends the request with a body that can only be read.
func (c client) Do(r *http.Request) (*http.Response, error) {
	if r.Body != nil && r.Body != http.NoBody {
		plain := *r
		plain.Body = struct{ io.ReadCloser }{r.Body}
		r = &plain
	}
	return c.inner.Do(r)
}
