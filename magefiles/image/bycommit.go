package image

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	ecrtypes "github.com/aws/aws-sdk-go-v2/service/ecr/types"
)

// SeveralImagesError says that a commit has images of different content in the repository, none of them under the tag that
// was asked for: somebody has to choose.
type SeveralImagesError struct {
	Repository string   // name
	Image      string   // tag or name of the commit, as it was asked for
	Tags       []string // one of each image, in order
}

func (e *SeveralImagesError) Error() string {
	return fmt.Sprintf("image %s is not in repository %s, and its commit has several others there: %s", e.Image, e.Repository, strings.Join(e.Tags, ", "))
}

// findByCommit looks for the image of the commit that text names among all tags of the repository. Where text names none,
// or nothing is found, absent is the answer.
func findByCommit(ctx context.Context, api ecr.ListImagesAPIClient, repo Repository, text string, absent error) (Resolved, error) {
	commit, same := ofCommit(text)
	if commit == "" {
		return Resolved{}, absent
	}
	tags := map[string][]string{} // of each image, by digest
	found := map[string]string{}  // the first of them that is the commit's
	pages := ecr.NewListImagesPaginator(api, &ecr.ListImagesInput{
		RepositoryName: &repo.Name, Filter: &ecrtypes.ListImagesFilter{TagStatus: ecrtypes.TagStatusTagged}, MaxResults: aws.Int32(pageOfTags),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return Resolved{}, fmt.Errorf("look for the image of commit %s in repository %s: %w", commit, repo.Name, err)
		}
		for _, id := range page.ImageIds {
			digest, tag := aws.ToString(id.ImageDigest), aws.ToString(id.ImageTag)
			tags[digest] = append(tags[digest], tag)
			if before, known := found[digest]; same(tag) && (!known || tag < before) {
				found[digest] = tag
			}
		}
	}
	var names []string
	for _, tag := range found {
		names = append(names, tag)
	}
	slices.Sort(names)
	if len(names) > 1 {
		return Resolved{}, &SeveralImagesError{Repository: repo.Name, Image: text, Tags: names}
	}
	for digest, tag := range found {
		slices.Sort(tags[digest])
		return Resolved{Reference: repo.URI + "@" + digest, Digest: digest, Tags: tags[digest], Tag: tag, Commit: commit}, nil
	}
	return Resolved{}, absent
}

// pageOfTags is as many as one call may list.
// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_ListImages.html
const pageOfTags = 1000
