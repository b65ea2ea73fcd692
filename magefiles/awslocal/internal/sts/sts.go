package sts

import (
	"context"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/account"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

// Caller's user name and id. The id has the form of an IAM user's
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids).
const (
	userName = "local"
	userID   = "AIDALOCALLOCALLOCAL00"
)

// Service is STS in one account.
type Service struct{ account account.Account }

// New is STS in an account.
func New(acct account.Account) *Service { return &Service{acct} }

// CallerARN is the ARN of the caller, whoever calls.
func CallerARN(acct account.Account) string { return acct.GlobalARN("iam", "user/"+userName) }

// Wire is the API: https://docs.aws.amazon.com/STS/latest/APIReference/API_Operations.html.
func (s *Service) Wire() *wire.Service {
	return &wire.Service{
		Name:      "sts",
		Version:   "2011-06-15",
		Namespace: "https://sts.amazonaws.com/doc/2011-06-15/",
		Operations: map[string]wire.Operation{
			"GetCallerIdentity": wire.Op(s.getCallerIdentity),
		},
	}
}

type getCallerIdentityOutput struct {
	Arn     string
	UserID  string `json:"UserId"`
	Account string
}

func (s *Service) getCallerIdentity(context.Context, *struct{}) (*getCallerIdentityOutput, error) {
	return &getCallerIdentityOutput{CallerARN(s.account), userID, s.account.ID}, nil
}
