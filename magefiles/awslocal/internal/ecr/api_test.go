package ecr_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsecr "github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecr/oci"
)

const absent = "The repository with name 'app' does not exist in the registry with id '000000000000'"

var app = aws.String("app")

func TestRepositories(t *testing.T) {
	p := serve(t, t.TempDir())
	_, err := p.client.DescribeRepositories(ctx, &awsecr.DescribeRepositoriesInput{RepositoryNames: []string{"app"}})
	wantCode(t, err, "RepositoryNotFoundException", absent)
	for _, name := range []string{"c", "A", "a//b", "-a", "../x", strings.Repeat("a", 257)} {
		_, err := p.client.CreateRepository(ctx, &awsecr.CreateRepositoryInput{RepositoryName: &name})
		wantCode(t, err, "InvalidParameterException", "Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must satisfy regular expression '"+oci.NamePattern+"''")
	}
	out, err := p.client.CreateRepository(ctx, &awsecr.CreateRepositoryInput{
		RepositoryName: app, ImageTagMutability: types.ImageTagMutabilityImmutable,
		ImageScanningConfiguration: &types.ImageScanningConfiguration{ScanOnPush: true},
		Tags:                       []types.Tag{{Key: aws.String("team"), Value: aws.String("food")}},
	})
	must(t, err)
	want := &types.Repository{
		RepositoryName: app, RegistryId: &acct.ID, CreatedAt: &noon,
		RepositoryArn:      aws.String("arn:aws:ecr:ap-southeast-1:000000000000:repository/app"),
		RepositoryUri:      aws.String("000000000000.dkr.ecr.ap-southeast-1.localhost/app"),
		ImageTagMutability: types.ImageTagMutabilityImmutable, ImageScanningConfiguration: &types.ImageScanningConfiguration{ScanOnPush: true},
		EncryptionConfiguration: &types.EncryptionConfiguration{EncryptionType: types.EncryptionTypeAes256},
	}
	if diff := cmp.Diff(want, out.Repository, ignoreSDK); diff != "" {
		t.Error(diff)
	}
	_, err = p.client.CreateRepository(ctx, &awsecr.CreateRepositoryInput{RepositoryName: app})
	wantCode(t, err, "RepositoryAlreadyExistsException", "The repository with name 'app' already exists in the registry with id '000000000000'")
	p.create("app/two")
	p.create("zoo")

	var names []string
	for pages := awsecr.NewDescribeRepositoriesPaginator(p.client, &awsecr.DescribeRepositoriesInput{MaxResults: aws.Int32(2)}); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		must(t, err)
		for _, r := range page.Repositories {
			names = append(names, *r.RepositoryName)
		}
	}
	if !slices.Equal(names, []string{"app", "app/two", "zoo"}) {
		t.Errorf("repositories %v", names)
	}

	must(t, remote.Write(p.ref("app:v1"), randomImage(t), p.auth()))
	_, err = p.client.DeleteRepository(ctx, &awsecr.DeleteRepositoryInput{RepositoryName: app})
	wantCode(t, err, "RepositoryNotEmptyException", "The repository with name 'app' in registry with id '000000000000' cannot be deleted because it still contains images")
	_, err = p.client.DeleteRepository(ctx, &awsecr.DeleteRepositoryInput{RepositoryName: app, Force: true})
	must(t, err)
	_, err = p.client.DeleteRepository(ctx, &awsecr.DeleteRepositoryInput{RepositoryName: app})
	wantCode(t, err, "RepositoryNotFoundException", absent)
}

var ignoreSDK = cmpopts.IgnoreUnexported(types.Repository{}, types.EncryptionConfiguration{}, types.ImageScanningConfiguration{},
	types.ImageDetail{}, types.ImageIdentifier{}, types.Tag{}, types.ImageFailure{})

func TestSettingsOfARepository(t *testing.T) {
	p := serve(t, t.TempDir())
	p.create("app")
	arn := aws.String("arn:aws:ecr:ap-southeast-1:000000000000:repository/app")
	_, err := p.client.GetLifecyclePolicy(ctx, &awsecr.GetLifecyclePolicyInput{RepositoryName: app})
	wantCode(t, err, "LifecyclePolicyNotFoundException", "Lifecycle policy does not exist for the repository with name 'app' in the registry with id '000000000000'")
	_, err = p.client.PutLifecyclePolicy(ctx, &awsecr.PutLifecyclePolicyInput{RepositoryName: app, LifecyclePolicyText: aws.String(goodPolicy)})
	must(t, err)
	got, err := p.client.GetLifecyclePolicy(ctx, &awsecr.GetLifecyclePolicyInput{RepositoryName: app})
	must(t, err)
	if *got.LifecyclePolicyText != goodPolicy {
		t.Errorf("policy %s", *got.LifecyclePolicyText)
	}
	_, err = p.client.PutLifecyclePolicy(ctx, &awsecr.PutLifecyclePolicyInput{RepositoryName: app, LifecyclePolicyText: aws.String(strings.Replace(goodPolicy, "expire", "explode", 1))})
	wantCode(t, err, "InvalidParameterException", `Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: 'Lifecycle policy validation failure: action type "explode" is not one of [expire, transition]'`)

	_, err = p.client.GetRepositoryPolicy(ctx, &awsecr.GetRepositoryPolicyInput{RepositoryName: app})
	wantCode(t, err, "RepositoryPolicyNotFoundException", "Repository policy does not exist for the repository with name 'app' in the registry with id '000000000000'")
	_, err = p.client.SetRepositoryPolicy(ctx, &awsecr.SetRepositoryPolicyInput{RepositoryName: app, PolicyText: aws.String(`{"Statement":[]}`)})
	wantCode(t, err, "InvalidParameterException", "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'")
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":["ecr:BatchGetImage"]}]}`
	_, err = p.client.SetRepositoryPolicy(ctx, &awsecr.SetRepositoryPolicyInput{RepositoryName: app, PolicyText: &policy})
	must(t, err)
	back, err := p.client.DeleteRepositoryPolicy(ctx, &awsecr.DeleteRepositoryPolicyInput{RepositoryName: app})
	must(t, err)
	if *back.PolicyText != policy {
		t.Errorf("policy %s", *back.PolicyText)
	}

	_, err = p.client.TagResource(ctx, &awsecr.TagResourceInput{ResourceArn: arn, Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("1")}, {Key: aws.String("b"), Value: aws.String("2")}}})
	must(t, err)
	_, err = p.client.UntagResource(ctx, &awsecr.UntagResourceInput{ResourceArn: arn, TagKeys: []string{"a"}})
	must(t, err)
	tags, err := p.client.ListTagsForResource(ctx, &awsecr.ListTagsForResourceInput{ResourceArn: arn})
	must(t, err)
	if diff := cmp.Diff([]types.Tag{{Key: aws.String("b"), Value: aws.String("2")}}, tags.Tags, ignoreSDK); diff != "" {
		t.Error(diff)
	}

	_, err = p.client.PutImageTagMutability(ctx, &awsecr.PutImageTagMutabilityInput{RepositoryName: app, ImageTagMutability: types.ImageTagMutabilityImmutableWithExclusion})
	wantCode(t, err, "InvalidParameterException", "Invalid parameter at 'imageTagMutabilityExclusionFilters' failed to satisfy constraint: 'ImageTagMutabilityExclusionFilters can't be null when imageTagMutability is set as IMMUTABLE_WITH_EXCLUSION'")
	set, err := p.client.PutImageTagMutability(ctx, &awsecr.PutImageTagMutabilityInput{RepositoryName: app, ImageTagMutability: types.ImageTagMutabilityImmutable})
	must(t, err)
	if set.ImageTagMutability != types.ImageTagMutabilityImmutable {
		t.Errorf("mutability %s", set.ImageTagMutability)
	}
}

const goodPolicy = `{"rules":[{"rulePriority":1,"description":"untagged images go","selection":{"tagStatus":"untagged","countType":"sinceImagePushed","countUnit":"days","countNumber":14},"action":{"type":"expire"}}]}`

func TestImagesAreDescribed(t *testing.T) {
	p := serve(t, t.TempDir())
	p.create("app")
	auth := p.auth()
	one, two := randomImage(t), randomImage(t)
	must(t, remote.Write(p.ref("app:v1"), one, auth))
	must(t, remote.Tag(p.ref("app:latest").Context().Tag("latest"), one, auth))
	must(t, remote.Write(p.ref("app@"+digestOf(t, two)), two, auth))

	byTag, err := p.client.DescribeImages(ctx, &awsecr.DescribeImagesInput{RepositoryName: app, ImageIds: []types.ImageIdentifier{{ImageTag: aws.String("v1")}}})
	must(t, err)
	m, err := one.Manifest()
	must(t, err)
	var size int64
	for _, l := range m.Layers {
		size += l.Size
	}
	want := []types.ImageDetail{{
		RepositoryName: app, RegistryId: &acct.ID, ImageDigest: aws.String(digestOf(t, one)), ImageTags: []string{"latest", "v1"},
		ImageSizeInBytes: &size, ImagePushedAt: &noon, ImageManifestMediaType: aws.String(oci.DockerManifest),
		ArtifactMediaType: aws.String("application/vnd.docker.container.image.v1+json"), ImageStatus: types.ImageStatusActive,
	}}
	if diff := cmp.Diff(want, byTag.ImageDetails, ignoreSDK, cmpopts.IgnoreFields(types.ImageDetail{}, "LastRecordedPullTime")); diff != "" {
		t.Error(diff)
	}
	_, err = p.client.DescribeImages(ctx, &awsecr.DescribeImagesInput{RepositoryName: app, ImageIds: []types.ImageIdentifier{{ImageTag: aws.String("v9")}}})
	wantCode(t, err, "ImageNotFoundException", "The image with imageId {imageDigest:'null', imageTag:'v9'} does not exist within the repository with name 'app' in the registry with id '000000000000'")
	for status, n := range map[types.TagStatus]int{"TAGGED": 1, "UNTAGGED": 1, "ANY": 2} {
		out, err := p.client.DescribeImages(ctx, &awsecr.DescribeImagesInput{RepositoryName: app, Filter: &types.DescribeImagesFilter{TagStatus: status}})
		must(t, err)
		if len(out.ImageDetails) != n {
			t.Errorf("%s: %d images, want %d", status, len(out.ImageDetails), n)
		}
	}
	ids := 0
	for pages := awsecr.NewListImagesPaginator(p.client, &awsecr.ListImagesInput{RepositoryName: app, MaxResults: aws.Int32(1)}); pages.HasMorePages(); ids++ {
		_, err := pages.NextPage(ctx)
		must(t, err)
	}
	if ids != 3 { // two tags and an image without
		t.Errorf("%d pages of one image id", ids)
	}
}

func TestImagesAreRetaggedAndDeleted(t *testing.T) {
	p := serve(t, t.TempDir())
	p.create("app")
	auth := p.auth()
	index, err := random.Index(500, 1, 2)
	must(t, err)
	must(t, remote.WriteIndex(p.ref("app:many"), index, auth))
	m, err := index.IndexManifest()
	must(t, err)
	child := m.Manifests[0].Digest.String()

	got, err := p.client.BatchGetImage(ctx, &awsecr.BatchGetImageInput{RepositoryName: app, ImageIds: []types.ImageIdentifier{
		{ImageTag: aws.String("many")}, {ImageTag: aws.String("none")}, {ImageDigest: aws.String("nonsense:ab")}, {},
	}})
	must(t, err)
	var failures []string
	for _, f := range got.Failures {
		failures = append(failures, string(f.FailureCode)+": "+*f.FailureReason)
	}
	if diff := cmp.Diff([]string{
		"ImageNotFound: Requested image not found",
		"InvalidImageDigest: Invalid request parameters: image digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'",
		"MissingDigestAndTag: Invalid request parameters: both tag and digest cannot be null",
	}, failures); diff != "" {
		t.Error(diff)
	}
	put := func(tag string) error {
		_, err := p.client.PutImage(ctx, &awsecr.PutImageInput{RepositoryName: app, ImageManifest: got.Images[0].ImageManifest, ImageTag: &tag})
		return err
	}
	must(t, put("again"))
	d := *got.Images[0].ImageId.ImageDigest
	wantCode(t, put("again"), "ImageAlreadyExistsException", "Image with digest '"+d+"' and tag 'again' already exists in the repository with name 'app' in registry with id '000000000000'")
	other, err := random.Image(10, 1)
	must(t, err)
	must(t, remote.Write(p.ref("app:other"), other, auth))
	_, err = p.client.PutImageTagMutability(ctx, &awsecr.PutImageTagMutabilityInput{RepositoryName: app, ImageTagMutability: types.ImageTagMutabilityImmutable})
	must(t, err)
	wantCode(t, put("other"), "ImageTagAlreadyExistsException", "The image tag 'other' already exists in the 'app' repository and cannot be overwritten because the tag is immutable.")
	_, err = p.client.PutImage(ctx, &awsecr.PutImageInput{RepositoryName: app, ImageManifest: got.Images[0].ImageManifest, ImageTag: aws.String("v3"), ImageDigest: aws.String(child)})
	if err == nil || !strings.Contains(err.Error(), "ImageDigestDoesNotMatchException") {
		t.Errorf("another digest: %v", err)
	}

	drop := func(ids ...types.ImageIdentifier) (gone, failed []string) {
		out, err := p.client.BatchDeleteImage(ctx, &awsecr.BatchDeleteImageInput{RepositoryName: app, ImageIds: ids})
		must(t, err)
		for _, id := range out.ImageIds {
			gone = append(gone, aws.ToString(id.ImageTag))
		}
		for _, f := range out.Failures {
			failed = append(failed, string(f.FailureCode)+": "+*f.FailureReason)
		}
		return gone, failed
	}
	if gone, failed := drop(types.ImageIdentifier{ImageDigest: &child}); gone != nil || !slices.Equal(failed, []string{"ImageReferencedByManifestList: Requested image referenced by manifest list: [" + d + "]"}) {
		t.Errorf("child: %v %v", gone, failed)
	}
	if gone, failed := drop(types.ImageIdentifier{ImageTag: aws.String("many")}); !slices.Equal(gone, []string{"many"}) || failed != nil {
		t.Errorf("tag: %v %v", gone, failed)
	}
	if gone, failed := drop(types.ImageIdentifier{ImageDigest: &child}, types.ImageIdentifier{ImageTag: aws.String("again")}); !slices.Equal(gone, []string{"again", ""}) || failed != nil {
		t.Errorf("index with its child: %v %v", gone, failed)
	}
}

func TestLayerAvailability(t *testing.T) {
	p := serve(t, t.TempDir())
	p.create("app")
	image := randomImage(t)
	must(t, remote.Write(p.ref("app:v1"), image, p.auth()))
	layers, err := image.Layers()
	must(t, err)
	there, gone := digestOf(t, layers[0]), string(oci.DigestOf(nil))
	out, err := p.client.BatchCheckLayerAvailability(ctx, &awsecr.BatchCheckLayerAvailabilityInput{RepositoryName: app, LayerDigests: []string{there, gone, "x"}})
	must(t, err)
	if len(out.Layers) != 2 || out.Layers[0].LayerAvailability != "AVAILABLE" || out.Layers[1].LayerAvailability != "UNAVAILABLE" ||
		len(out.Failures) != 1 || out.Failures[0].FailureCode != "InvalidLayerDigest" {
		t.Errorf("%+v", out)
	}
}
