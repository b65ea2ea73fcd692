package targets

import (
	"errors"
	"slices"
	"strings"

	"github.com/aws/smithy-go"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/image"
	"github.com/bellyfed/splitecs/magefiles/internal/console"
)

// deniedCodes are those with which AWS refuses who asks.
var deniedCodes = []string{"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "NotAuthorized", "AuthorizationError"}

// isDenied tells whether AWS refuses who asks.
func isDenied(err error) bool {
	api, ok := errors.AsType[smithy.APIError](err)
	return ok && slices.Contains(deniedCodes, api.ErrorCode())
}

// classifyAccess knows errors of credentials, account and permission.
func (s *session) classifyAccess(err error) (console.Code, []string, bool) {
	if _, ok := errors.AsType[*neighbourError](err); ok {
		return console.Access, []string{command("local:serve") + "   # of this project; export what it prints", "unset AWS_ENDPOINT_URL   # for AWS itself, or environment local"}, true
	}
	if _, ok := errors.AsType[*accountError](err); ok {
		return console.Access, []string{"set AWS_PROFILE or the role to the account of " + s.place.Env, "aws sts get-caller-identity"}, true
	}
	if e, ok := errors.AsType[*credentialsError](err); ok {
		return console.Access, e.next(), true
	}
	var api smithy.APIError
	if !errors.As(err, &api) {
		return 0, nil, false
	}
	switch api.ErrorCode() {
	case "ExpiredToken", "ExpiredTokenException", "RequestExpired", "UnrecognizedClientException",
		"InvalidClientTokenId", "InvalidSignatureException", "SignatureDoesNotMatch", "IncompleteSignature":
		return console.Access, []string{"aws sso login   # or sign in again as you do", "run the same command again"}, true
	}
	if isDenied(err) {
		return console.Access, []string{
			"let the role do what the message names, then run the same command again",
			s.command("infra:policy") + "   # all that it needs",
		}, true
	}
	return 0, nil, false
}

// classifyImage knows errors of the image. For a deployment, an image that is not there is found before anything
// changes.
func (s *session) classifyImage(err error) (console.Code, []string, bool) {
	push := "SPLITECS_ENV=" + s.place.String() + " " + command("image:push")
	if e, ok := errors.AsType[*image.ReferenceError](err); ok {
		return console.Usage, []string{
			s.command("image:list") + "   # SPLITECS_IMAGE=TAG in front of the command takes one of these",
			"for an image from elsewhere, NAME@DIGEST; docker buildx imagetools inspect " + e.Text + " tells its digest",
		}, true
	}
	if e, ok := errors.AsType[*loginsError](err); ok {
		return console.Access, e.next(), true
	}
	if e, ok := errors.AsType[*image.BaseError](err); ok && e.Cause != "" {
		code, next := s.unreadBase(e)
		return code, next, true
	}
	if e, ok := errors.AsType[*image.SecretsError](err); ok {
		return console.ImageFailed, withoutSecrets(e), true
	}
	if _, ok := errors.AsType[*image.ImageNotFoundError](err); ok {
		return console.Preflight, []string{push, s.command("image:list") + "   # SPLITECS_IMAGE=TAG in front of the command takes one of these"}, true
	}
	if e, ok := errors.AsType[*image.SeveralImagesError](err); ok {
		if s.name == "service:rollbackTo" {
			var next []string
			for _, tag := range e.Tags {
				next = append(next, s.command(s.name, tag))
			}
			return console.Preflight, next, true
		}
		return console.Preflight, choices(e, s.command(s.name)), true
	}
	if _, ok := errors.AsType[*image.RepositoryNotFoundError](err); ok {
		code := console.Preflight
		if strings.HasPrefix(s.name, "image:") {
			code = console.ImageFailed
		}
		return code, []string{s.command("infra:deploy"), push}, true
	}
	if _, ok := errors.AsType[*image.NoCommitError](err); ok {
		return console.Usage, []string{"commit, or set SPLITECS_TAG, then run the same command again"}, true
	}
	if e, ok := errors.AsType[*image.SourceError](err); ok {
		if len(e.Next) > 0 {
			return console.Usage, e.Next, true
		}
		next := []string{"set SPLITECS_SOURCE to a folder, a Go main package, an archive or an OCI layout, then run the same command again"}
		if s.place.Env == cfn.Local && s.settings.source == "" {
			next = append(next, command("local:up")+"   # takes the sample application until there is a source")
		}
		return console.Usage, next, true
	}
	if e, ok := errors.AsType[*image.PartError](err); ok {
		return console.Usage, []string{"mend App.Image." + e.Field + ", then run the same command again"}, true
	}
	if e, ok := errors.AsType[*image.GoFlagError](err); ok {
		return console.Usage, []string{"take " + e.Flag + " out of GOFLAGS (go env GOFLAGS shows it, go env -changed whether go env -w has set it), then run the same command again"}, true
	}
	if _, ok := errors.AsType[*image.AccessDeniedError](err); ok {
		return console.Access, []string{"let the role do what the message names, or sign in again, then run the same command again"}, true
	}
	if _, ok := errors.AsType[*image.TokenExpiredError](err); ok {
		return console.Access, []string{"sign in again (docker login, aws sso login), then run the same command again"}, true
	}
	if e, ok := errors.AsType[*image.UnusableError](err); ok {
		return console.ImageFailed, e.Next, true
	}
	if _, ok := errors.AsType[*image.NativeFileError](err); ok {
		return console.ImageFailed, nil, true
	}
	if e, ok := errors.AsType[*image.NotStartable](err); ok {
		return console.ImageFailed, e.Next, true
	}
	if _, ok := errors.AsType[*image.WhiteoutError](err); ok {
		return console.ImageFailed, []string{"give the file another name, or leave it out (.dockerignore in the source), then run the same command again"}, true
	}
	if _, ok := errors.AsType[*image.ImmutableTagError](err); ok {
		return console.ImageFailed, []string{"commit the change, or push under another tag (SPLITECS_TAG), then run the same command again"}, true
	}
	return 0, nil, false
}

// choices are the commands that take one of several images.
func choices(e *image.SeveralImagesError, again string) (next []string) {
	for _, tag := range e.Tags {
		next = append(next, "SPLITECS_IMAGE="+tag+" "+again)
	}
	return next
}
