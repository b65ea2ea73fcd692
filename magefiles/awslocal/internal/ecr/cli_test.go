package ecr_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/awstest"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecr/oci"
)

// The aws CLI drives every operation, in an order in which each finds what it needs.
func TestCommandLine(t *testing.T) {
	p := serve(t, t.TempDir())
	cli := awstest.NewCLI(t, p.url)
	ecr := func(want string, args ...string) {
		t.Helper()
		args = append([]string{"ecr"}, args...)
		if got := cli.Run(append(args, "--output", "text")...); got != want {
			t.Errorf("%q: %q, want %q", args, got, want)
		}
	}
	refused := func(code string, args ...string) {
		t.Helper()
		cli.Fail(code, append([]string{"ecr"}, args...)...)
	}
	const nowhere, noPolicy, noRepository = "nowhere", "RepositoryPolicyNotFoundException", "RepositoryNotFoundException"
	app := func(operation string, more ...string) []string {
		return append([]string{operation, "--repository-name", "app"}, more...)
	}
	elsewhere := func(operation string, more ...string) []string {
		return append([]string{operation, "--repository-name", nowhere}, more...)
	}

	// Repositories.
	ecr("app\tIMMUTABLE\t"+acct.RegistryHost()+"/app", app("create-repository", "--image-tag-mutability", "IMMUTABLE", "--tags", "Key=a,Value=b",
		"--query", "repository.[repositoryName,imageTagMutability,repositoryUri]")...)
	refused("RepositoryAlreadyExistsException", app("create-repository")...)
	ecr("app\tAES256", "describe-repositories", "--query", "repositories[].[repositoryName,encryptionConfiguration.encryptionType]")
	refused(noRepository, "describe-repositories", "--repository-names", nowhere)
	ecr("MUTABLE", app("put-image-tag-mutability", "--image-tag-mutability", "MUTABLE", "--query", "imageTagMutability")...)
	refused(noRepository, elsewhere("put-image-tag-mutability", "--image-tag-mutability", "MUTABLE")...)
	ecr("True", app("put-image-scanning-configuration", "--image-scanning-configuration", "scanOnPush=true", "--query", "imageScanningConfiguration.scanOnPush")...)
	refused(noRepository, elsewhere("put-image-scanning-configuration", "--image-scanning-configuration", "scanOnPush=true")...)

	// Tags and policies of a repository.
	arn, gone := acct.ARN("ecr", "repository/app"), acct.ARN("ecr", "repository/"+nowhere)
	ecr("", "tag-resource", "--resource-arn", arn, "--tags", "Key=c,Value=d")
	refused(noRepository, "tag-resource", "--resource-arn", gone, "--tags", "Key=c,Value=d")
	ecr("", "untag-resource", "--resource-arn", arn, "--tag-keys", "a")
	refused(noRepository, "untag-resource", "--resource-arn", gone, "--tag-keys", "a")
	ecr("c\td", "list-tags-for-resource", "--resource-arn", arn, "--query", "tags[].[Key,Value]")
	refused(noRepository, "list-tags-for-resource", "--resource-arn", gone)
	policy := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"ecr:BatchGetImage"}]}`
	refused(noPolicy, app("get-repository-policy")...)
	refused(noPolicy, app("delete-repository-policy")...)
	refused("InvalidParameterException", app("set-repository-policy", "--policy-text", "{}")...)
	ecr(policy, app("set-repository-policy", "--policy-text", policy, "--query", "policyText")...)
	ecr(policy, app("get-repository-policy", "--query", "policyText")...)
	ecr(policy, app("delete-repository-policy", "--query", "policyText")...)
	refused("LifecyclePolicyNotFoundException", app("get-lifecycle-policy")...)
	refused("LifecyclePolicyNotFoundException", app("delete-lifecycle-policy")...)
	refused("InvalidParameterException", app("put-lifecycle-policy", "--lifecycle-policy-text", goodPolicy[:len(goodPolicy)-1])...)
	ecr(goodPolicy, app("put-lifecycle-policy", "--lifecycle-policy-text", goodPolicy, "--query", "lifecyclePolicyText")...)
	ecr(goodPolicy, app("get-lifecycle-policy", "--query", "lifecyclePolicyText")...)
	ecr(goodPolicy, app("delete-lifecycle-policy", "--query", "lifecyclePolicyText")...)

	// Images.
	ecr(p.url, "get-authorization-token", "--query", "authorizationData[].proxyEndpoint")
	refused("InvalidParameterException", "get-authorization-token", "--registry-ids", "111111111111")
	image := randomImage(t)
	must(t, remote.Write(p.ref("app:v1"), image, p.auth()))
	layers, err := image.Layers()
	must(t, err)
	layer := []string{"--layer-digests", digestOf(t, layers[0]), string(oci.DigestOf(nil)), "--query", "layers[].layerAvailability"}
	ecr("AVAILABLE\tUNAVAILABLE", app("batch-check-layer-availability", layer...)...)
	refused(noRepository, elsewhere("batch-check-layer-availability", layer...)...)
	ecr(digestOf(t, image)+"\tv1", app("describe-images", "--query", "imageDetails[].[imageDigest,imageTags[0]]")...)
	refused("ImageNotFoundException", app("describe-images", "--image-ids", "imageTag=v9")...)
	ecr("v1", app("list-images", "--query", "imageIds[].imageTag")...)
	refused(noRepository, elsewhere("list-images")...)
	ecr("v1\tImageNotFound", app("batch-get-image", "--image-ids", "imageTag=v1", "imageTag=v2", "--query", "[images[0].imageId.imageTag,failures[0].failureCode]")...)
	refused(noRepository, elsewhere("batch-get-image", "--image-ids", "imageTag=v1")...)
	raw, err := image.RawManifest()
	must(t, err)
	manifest := filepath.Join(t.TempDir(), "manifest.json")
	must(t, os.WriteFile(manifest, raw, 0o644))
	put := app("put-image", "--image-manifest", "file://"+manifest, "--image-tag", "v2", "--query", "image.imageId.imageTag")
	ecr("v2", put...)
	refused("ImageAlreadyExistsException", put...)
	ecr("v2\tImageNotFound", app("batch-delete-image", "--image-ids", "imageTag=v2", "imageTag=v9", "--query", "[imageIds[0].imageTag,failures[0].failureCode]")...)
	refused(noRepository, elsewhere("batch-delete-image", "--image-ids", "imageTag=v1")...)

	refused("RepositoryNotEmptyException", app("delete-repository")...)
	ecr("app", app("delete-repository", "--force", "--query", "repository.repositoryName")...)
	p.record.Complete(t, nil)
}
