package targets

import (
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	"github.com/aws/smithy-go"
)

// credentialsError says in one sentence that there are no usable credentials. What the SDK says is the way through all
// of its providers.
type credentialsError struct{ err error }

func (e *credentialsError) Unwrap() error { return e.err }

func (e *credentialsError) Error() string {
	if p, ok := errors.AsType[config.SharedConfigProfileNotExistError](e.err); ok {
		return fmt.Sprintf("there is no profile %q in %s", p.Profile, strings.Join(p.Filename, " or "))
	}
	if _, ok := errors.AsType[*ssocreds.InvalidTokenError](e.err); ok {
		return "the SSO session has expired"
	}
	var api smithy.APIError
	if errors.As(e.err, &api) {
		return fmt.Sprintf("the credentials were refused: %s: %s", api.ErrorCode(), api.ErrorMessage())
	}
	// The instance's role is what the SDK asks for last, where nothing else has any.
	// https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html
	if o, ok := errors.AsType[*smithy.OperationError](e.err); ok && o.ServiceID == "ec2imds" {
		return "no credentials found"
	}
	if inner := errors.Unwrap(e.err); inner != nil {
		return "no usable credentials: " + inner.Error()
	}
	return "no usable credentials: " + e.err.Error()
}

// next is what to do about it.
func (e *credentialsError) next() []string {
	if _, ok := errors.AsType[config.SharedConfigProfileNotExistError](e.err); ok {
		return []string{"aws configure list-profiles", "set AWS_PROFILE to one of these, then run the same command again"}
	}
	if _, ok := errors.AsType[*ssocreds.InvalidTokenError](e.err); ok {
		return []string{"aws sso login", "run the same command again"}
	}
	return []string{"set AWS_PROFILE, or sign in with `aws sso login`, then run the same command again"}
}
