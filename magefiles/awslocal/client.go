package awslocal

import (
	"bytes"
	"fmt"
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// HTTPClient is the SDK's own client, made safe for an endpoint as near as loopback.
//
// The SDK closes the request's body as soon as the answer's head is there (smithy-go v1.28.8,
// transport/http/client.go). net/http may then still be making sure that the body has ended; it takes the
// closed body for a failure to write, and closes the connection while the answer is being read: "use of closed
// network connection". Over a network the answer never is that quick. So the body is handed to net/http as a
// copy that the SDK does not know of.
func HTTPClient() aws.HTTPClient { return client{awshttp.NewBuildableClient().Freeze()} }

type client struct{ inner aws.HTTPClient }

// Do sends the request with a copy of its body.
func (c client) Do(r *http.Request) (*http.Response, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return c.inner.Do(r)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, fmt.Errorf("read request body: %w", err)
	}
	copied := r.Clone(r.Context())
	copied.Body = io.NopCloser(bytes.NewReader(body))
	copied.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	return c.inner.Do(copied)
}
