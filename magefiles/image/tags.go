package image

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	ecrtypes "github.com/aws/aws-sdk-go-v2/service/ecr/types"
)

// Tags are those of images of a repository, by digest, in order. An image that is not there any more has none.
func Tags(ctx context.Context, api ecr.ListImagesAPIClient, repository string, digests []string) (map[string][]string, error) {
	tags := map[string][]string{}
	pages := ecr.NewListImagesPaginator(api, &ecr.ListImagesInput{
		RepositoryName: aws.String(repository), Filter: &ecrtypes.ListImagesFilter{TagStatus: ecrtypes.TagStatusTagged},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if _, absent := errors.AsType[*ecrtypes.RepositoryNotFoundException](err); absent {
			return tags, nil
		}
		if err != nil {
			return nil, fmt.Errorf("list images of repository %s: %w", repository, err)
		}
		for _, id := range page.ImageIds {
			if d := aws.ToString(id.ImageDigest); slices.Contains(digests, d) {
				tags[d] = append(tags[d], aws.ToString(id.ImageTag))
			}
		}
	}
	for _, list := range tags {
		slices.Sort(list)
	}
	return tags, nil
}
