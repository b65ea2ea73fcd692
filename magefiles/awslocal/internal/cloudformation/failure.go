package cloudformation

import (
	"errors"
	"fmt"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/cloudformation/template"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

// explain is the reason of a failed resource's event: what its handler returned. A reason that CloudFormation
// itself gives stands as it is.
func explain(sp *step, err error) string {
	var own *wire.Error
	if errors.As(err, &own) {
		return own.Message
	}
	if missing, ok := errors.AsType[*importError](err); ok {
		return missing.Error()
	}
	var text *template.Error
	if errors.As(err, &text) {
		return text.Message
	}
	code, message := "GeneralServiceException", err.Error()
	var e *resource.Error
	if errors.As(err, &e) {
		code, message = e.Code, e.Message
	}
	return fmt.Sprintf("Resource handler returned message: \"%s\" (RequestToken: %s, HandlerErrorCode: %s)", message, sp.Token, code)
}
