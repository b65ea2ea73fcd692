package ledger

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
)

// repositories tells of repositories, their images and the tags of these.
func repositories(ctx context.Context, cfg aws.Config) (lines []string, err error) {
	client := ecr.NewFromConfig(cfg)
	for pages := ecr.NewDescribeRepositoriesPaginator(client, &ecr.DescribeRepositoriesInput{}); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, r := range page.Repositories {
			images, tags := 0, 0
			for pages := ecr.NewDescribeImagesPaginator(client, &ecr.DescribeImagesInput{RepositoryName: r.RepositoryName}); pages.HasMorePages(); {
				page, err := pages.NextPage(ctx)
				if err != nil {
					return nil, err
				}
				images += len(page.ImageDetails)
				for _, image := range page.ImageDetails {
					tags += len(image.ImageTags)
				}
			}
			lines = append(lines, fmt.Sprintf("repository %s: %d images, %d tags", aws.ToString(r.RepositoryName), images, tags))
		}
	}
	return lines, nil
}
