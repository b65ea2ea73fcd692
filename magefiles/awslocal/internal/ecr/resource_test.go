package ecr_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsecr "github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/resource"
)

func properties() map[string]any {
	return map[string]any{
		"RepositoryName":     "app",
		"ImageTagMutability": "IMMUTABLE_WITH_EXCLUSION",
		"ImageTagMutabilityExclusionFilters": []any{map[string]any{
			"ImageTagMutabilityExclusionFilterType": "WILDCARD", "ImageTagMutabilityExclusionFilterValue": "dev*",
		}},
		"ImageScanningConfiguration": map[string]any{"ScanOnPush": true},
		"EncryptionConfiguration":    map[string]any{"EncryptionType": "KMS"},
		"LifecyclePolicy":            map[string]any{"LifecyclePolicyText": goodPolicy},
		"RepositoryPolicyText":       map[string]any{"Statement": []any{map[string]any{"Effect": "Allow", "Principal": "*", "Action": "ecr:*"}}},
		"Tags":                       []any{map[string]any{"Key": "team", "Value": "food"}},
	}
}

func TestResource(t *testing.T) {
	p := serve(t, t.TempDir())
	kind := p.service.Types()[0]
	stackTags := map[string]string{"aws:cloudformation:stack-name": "infra"}
	request := resource.Request{Stack: "Infra", LogicalID: "Repository", Properties: properties(), Tags: stackTags}
	p.do(func() (err error) {
		request.PhysicalID, err = kind.Create(request)
		return err
	})
	if request.PhysicalID != "app" {
		t.Errorf("physical id %q", request.PhysicalID)
	}
	for name, want := range map[string]string{
		"Arn":           "arn:aws:ecr:ap-southeast-1:000000000000:repository/app",
		"RepositoryUri": "000000000000.dkr.ecr.ap-southeast-1.localhost/app",
	} {
		p.do(func() error {
			got, err := kind.Attribute("app", name)
			if got != want {
				t.Errorf("%s is %v", name, got)
			}
			return err
		})
	}
	out, err := p.client.DescribeRepositories(ctx, &awsecr.DescribeRepositoriesInput{})
	must(t, err)
	r := out.Repositories[0]
	if r.ImageTagMutability != types.ImageTagMutabilityImmutableWithExclusion || *r.ImageTagMutabilityExclusionFilters[0].Filter != "dev*" ||
		!r.ImageScanningConfiguration.ScanOnPush || r.EncryptionConfiguration.EncryptionType != types.EncryptionTypeKms {
		t.Errorf("%+v", r)
	}
	p.do(func() error {
		_, err := kind.Create(request)
		wantFailure(t, err, "AlreadyExists", "Resource of type 'AWS::ECR::Repository' with identifier 'app' already exists.")
		return nil
	})

	// An update keeps what was pushed and drops tags and policies that are gone from the template.
	must(t, remote.Write(p.ref("app:v1"), randomImage(t), p.auth()))
	_, err = p.client.TagResource(ctx, &awsecr.TagResourceInput{ResourceArn: r.RepositoryArn, Tags: []types.Tag{{Key: aws.String("by-hand"), Value: aws.String("stays")}}})
	must(t, err)
	request.Old, request.Properties = request.Properties, map[string]any{"RepositoryName": "app", "Tags": []any{map[string]any{"Key": "owner", "Value": "me"}}}
	p.do(func() error { return kind.Update(request) })
	tags, err := p.client.ListTagsForResource(ctx, &awsecr.ListTagsForResourceInput{ResourceArn: r.RepositoryArn})
	must(t, err)
	if diff := cmp.Diff([]types.Tag{{Key: aws.String("aws:cloudformation:stack-name"), Value: aws.String("infra")}, {Key: aws.String("by-hand"), Value: aws.String("stays")}, {Key: aws.String("owner"), Value: aws.String("me")}}, tags.Tags, ignoreSDK); diff != "" {
		t.Error(diff)
	}
	if _, err = p.client.GetLifecyclePolicy(ctx, &awsecr.GetLifecyclePolicyInput{RepositoryName: app}); err == nil {
		t.Error("the lifecycle policy is still there")
	}

	p.do(func() error {
		wantFailure(t, kind.Delete(request), "GeneralServiceException", "The repository with name 'app' in registry with id '000000000000' cannot be deleted because it still contains images (Service: Ecr, Status Code: 400, Request ID: UUID)")
		return nil
	})
	request.Old, request.Properties = request.Properties, map[string]any{"RepositoryName": "app", "EmptyOnDelete": true}
	p.do(func() error { return kind.Update(request) })
	p.do(func() error { return kind.Delete(request) })
	p.do(func() error { return kind.Delete(request) }) // gone already
}

func TestResourceThatFailsLeavesNothing(t *testing.T) {
	p := serve(t, t.TempDir())
	kind := p.service.Types()[0]
	broken := properties()
	broken["LifecyclePolicy"] = map[string]any{"LifecyclePolicyText": "{" + strings.Repeat(" ", 100)}
	p.do(func() error {
		_, err := kind.Create(resource.Request{Properties: broken})
		wantFailure(t, err, "InvalidRequest", "Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: 'Lifecycle policy validation failure: unexpected end of JSON input' (Service: Ecr, Status Code: 400, Request ID: UUID)")
		return nil
	})
	good := resource.Request{Stack: "My_Stack", LogicalID: "Repo", Properties: properties()}
	p.do(func() error { _, err := kind.Create(good); return err })
	p.do(func() error {
		err := kind.Update(resource.Request{PhysicalID: "app", Old: properties(), Properties: broken})
		if err == nil {
			t.Error("a broken policy is taken")
		}
		return nil
	})
	got, err := p.client.GetLifecyclePolicy(ctx, &awsecr.GetLifecyclePolicyInput{RepositoryName: app})
	must(t, err)
	if *got.LifecyclePolicyText != goodPolicy {
		t.Error("a failed update changed the repository")
	}
	delete(good.Properties, "RepositoryName")
	p.do(func() error {
		name, err := kind.Create(good)
		if !regexp.MustCompile(`^my-stack-repo-[0-9a-f]{12}$`).MatchString(name) {
			t.Errorf("generated name %q", name)
		}
		return err
	})
}

var uuidRE = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

func wantFailure(t *testing.T, err error, code, text string) {
	t.Helper()
	var e *resource.Error
	if !errors.As(err, &e) || e.Code != code || uuidRE.ReplaceAllString(e.Message, "UUID") != text {
		t.Errorf("got %v\nwant %s: %s", err, code, text)
	}
}
