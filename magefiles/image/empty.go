package image

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	ecrtypes "github.com/aws/aws-sdk-go-v2/service/ecr/types"
)

// EmptyAPI are the operations of ECR that [Empty] needs; [*ecr.Client] has them.
type EmptyAPI interface {
	ecr.ListImagesAPIClient
	BatchDeleteImage(context.Context, *ecr.BatchDeleteImageInput, ...func(*ecr.Options)) (*ecr.BatchDeleteImageOutput, error)
}

// batch is how many images one call deletes at most.
// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchDeleteImage.html
const batch = 100

// Digests are those of all images of a repository, tagged or not, each once. A repository that is not there has none.
func Digests(ctx context.Context, api ecr.ListImagesAPIClient, repository string) ([]string, error) {
	var digests []string
	seen := map[string]bool{}
	pages := ecr.NewListImagesPaginator(api, &ecr.ListImagesInput{RepositoryName: aws.String(repository)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if _, absent := errors.AsType[*ecrtypes.RepositoryNotFoundException](err); absent {
			return nil, nil
		}
		if err != nil {
			return nil, fmt.Errorf("list images of repository %s: %w", repository, err)
		}
		for _, id := range page.ImageIds {
			if d := aws.ToString(id.ImageDigest); !seen[d] {
				seen[d] = true
				digests = append(digests, d)
			}
		}
	}
	return digests, nil
}

// Empty deletes every image of a repository and returns how many there were. What an index refers to can be
// deleted only once the index is gone, so it goes over them until nothing is left or nothing moves.
func Empty(ctx context.Context, api EmptyAPI, repository string) (deleted int, err error) {
	for {
		digests, err := Digests(ctx, api, repository)
		if err != nil || len(digests) == 0 {
			return deleted, err
		}
		before, refused := deleted, ""
		for len(digests) > 0 {
			n := min(len(digests), batch)
			in := &ecr.BatchDeleteImageInput{RepositoryName: aws.String(repository)}
			for _, d := range digests[:n] {
				in.ImageIds = append(in.ImageIds, ecrtypes.ImageIdentifier{ImageDigest: aws.String(d)})
			}
			out, err := api.BatchDeleteImage(ctx, in)
			if err != nil {
				return deleted, fmt.Errorf("delete images of repository %s: %w", repository, err)
			}
			for _, f := range out.Failures {
				refused = fmt.Sprintf("%s: %s", f.FailureCode, aws.ToString(f.FailureReason))
			}
			deleted += n - len(out.Failures)
			digests = digests[n:]
		}
		if deleted == before {
			return deleted, fmt.Errorf("delete images of repository %s: %s", repository, refused)
		}
	}
}
