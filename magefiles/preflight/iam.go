package preflight

import (
	"context"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// IAM reads roles, with the four operations that are needed; see [EC2] for its endpoint. A role that is not there is a
// [smithy.APIError] with the code NoSuchEntity.
type IAM struct {
	Config aws.Config // credentials, region and endpoint
}

// GetRole reads a role by its name. https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html
func (i IAM) GetRole(ctx context.Context, name string) (Role, error) {
	var out struct {
		Role struct {
			ARN   string `xml:"Arn"`
			Trust string `xml:"AssumeRolePolicyDocument"`
		} `xml:"GetRoleResult>Role"`
	}
	if err := i.query(ctx, "GetRole", url.Values{"RoleName": {name}}, &out); err != nil {
		return Role{}, err
	}
	trust, err := url.PathUnescape(out.Role.Trust)
	return Role{ARN: out.Role.ARN, Trust: trust}, err
}

// ListRolePolicies reads the names of a role's inline policies.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRolePolicies.html
func (i IAM) ListRolePolicies(ctx context.Context, role string) ([]string, error) {
	return i.pages(ctx, "ListRolePolicies", role)
}

// GetRolePolicy reads an inline policy of a role.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html
func (i IAM) GetRolePolicy(ctx context.Context, role, policy string) (document string, err error) {
	var out struct {
		Document string `xml:"GetRolePolicyResult>PolicyDocument"`
	}
	if err := i.query(ctx, "GetRolePolicy", url.Values{"RoleName": {role}, "PolicyName": {policy}}, &out); err != nil {
		return "", err
	}
	return url.PathUnescape(out.Document)
}

// ListAttachedRolePolicies reads the ARNs of a role's managed policies.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedRolePolicies.html
func (i IAM) ListAttachedRolePolicies(ctx context.Context, role string) (arns []string, err error) {
	return i.pages(ctx, "ListAttachedRolePolicies", role)
}

// pages reads every page of a list of a role: of one of them each answer has one.
func (i IAM) pages(ctx context.Context, action, role string) (all []string, err error) {
	form := url.Values{"RoleName": {role}}
	for {
		type page struct {
			Names  []string `xml:"PolicyNames>member"`
			ARNs   []string `xml:"AttachedPolicies>member>PolicyArn"`
			More   bool     `xml:"IsTruncated"`
			Marker string
		}
		var out struct {
			Inline   page `xml:"ListRolePoliciesResult"`
			Attached page `xml:"ListAttachedRolePoliciesResult"`
		}
		if err := i.query(ctx, action, form, &out); err != nil {
			return nil, err
		}
		all = append(append(all, out.Inline.Names...), out.Attached.ARNs...)
		next := out.Inline.Marker + out.Attached.Marker
		if !out.Inline.More && !out.Attached.More || next == "" {
			return all, nil
		}
		form.Set("Marker", next)
	}
}

func (i IAM) query(ctx context.Context, action string, form url.Values, into any) error {
	return query(ctx, i.Config, "IAM", "2010-05-08", action, form, into)
}
