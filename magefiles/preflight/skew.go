package preflight

import (
	"errors"
	"time"

	"github.com/aws/smithy-go"
)

// skewThreshold is how far a clock may be off before it is to blame. AWS allows five minutes, mostly.
const skewThreshold = 4 * time.Minute

// skewCodes are refusals that a clock which is off can bring. They have other causes, too.
var skewCodes = map[string]bool{
	"InvalidSignatureException": true, "SignatureDoesNotMatch": true, "AuthFailure": true, "RequestTimeTooSkewed": true, "AccessDeniedException": true,
}

// skewError is a refusal for which this machine's clock was to blame. The SDK's retryers ask whether it may be asked again.
type skewError struct{ error }

func (e *skewError) Unwrap() error        { return e.error }
func (e *skewError) RetryableError() bool { return true }

// skewed tells whether a refusal is due to the time that a request was signed for, skew ahead of this machine's clock: the
// SDK's clients sign such a request again, for the time that the service told.
func skewed(refusal error, a answer, skew time.Duration) bool {
	var api smithy.APIError
	if !a.told || !errors.As(refusal, &api) || !skewCodes[api.ErrorCode()] {
		return false
	}
	return (a.ahead - skew).Abs() > skewThreshold
}
