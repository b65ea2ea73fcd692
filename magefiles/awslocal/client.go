package awslocal

import (
	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/loopback"
)

// HTTPClient is an HTTP client for SDK configurations whose endpoint is on loopback; [Server.Config] has it.
// The SDK's own can lose an answer there, once in a great many calls.
func HTTPClient() aws.HTTPClient { return loopback.HTTPClient() }
