package image

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/ecr"
	ecrtypes "github.com/aws/aws-sdk-go-v2/service/ecr/types"
)

// ImagesAPI are the operations of ECR that [Resolve] needs; [*ecr.Client] has them.
type ImagesAPI interface {
	ecr.ListImagesAPIClient
	DescribeImages(context.Context, *ecr.DescribeImagesInput, ...func(*ecr.Options)) (*ecr.DescribeImagesOutput, error)
}

// Repository is a repository of ECR.
type Repository struct {
	Name string // "bellyfed-dev"
	URI  string // "123456789012.dkr.ecr.ap-southeast-1.amazonaws.com/bellyfed-dev"
}

// Resolved is an image that a deployment can pin.
type Resolved struct {
	Reference string   // "host/name@sha256:…"
	Digest    string   // "sha256:…"
	Tags      []string // of that digest; empty for an image of another repository
	Tag       string   // under which it was found; empty where the text is a digest
	// Commit is the name of the commit where the image was found by that, under another tag than the text; else empty.
	Commit string
}

// ImageNotFoundError says that the repository is there and the image is not.
type ImageNotFoundError struct {
	Repository string // name
	Image      string // tag or digest
}

func (e *ImageNotFoundError) Error() string {
	return fmt.Sprintf("image %s is not in repository %s", e.Image, e.Repository)
}

// Resolve finds the image that text names (see [ParseSelector]) in the repository and pins it. An image
// of another repository is already pinned by its text and not looked up. A commit's image is found by its commit: where a
// tag that [Commit.Tag] makes is not there, and where text is the commit's name (7 digits or more, of which 7 count), so is
// any tag that ends with the same day and commit, whatever branch or version it begins with.
//
// Errors: [*ReferenceError], [*RepositoryNotFoundError], [*ImageNotFoundError], [*SeveralImagesError].
func Resolve(ctx context.Context, api ImagesAPI, repo Repository, text string) (Resolved, error) {
	s, err := ParseSelector(repo.URI, text)
	if err != nil {
		return Resolved{}, fmt.Errorf("resolve image: %w", err)
	}
	if s.Foreign != "" {
		return Resolved{Reference: s.Foreign, Digest: s.Foreign[len(s.Foreign)-len("sha256:")-64:]}, nil
	}
	r, err := s.describe(ctx, api, repo)
	if _, absent := errors.AsType[*ImageNotFoundError](err); absent && s.Tag != "" {
		r, err = findByCommit(ctx, api, repo, s.Tag, err)
	}
	if err != nil {
		return Resolved{}, fmt.Errorf("resolve image: %w", err)
	}
	return r, nil
}

// describe asks ECR for the image.
func (s Selector) describe(ctx context.Context, api ImagesAPI, repo Repository) (Resolved, error) {
	id, wanted := ecrtypes.ImageIdentifier{}, s.Tag
	if s.Digest != "" {
		id.ImageDigest, wanted = &s.Digest, s.Digest
	} else {
		id.ImageTag = &s.Tag
	}
	notFound := &ImageNotFoundError{Repository: repo.Name, Image: wanted}
	out, err := api.DescribeImages(ctx, &ecr.DescribeImagesInput{
		RepositoryName: &repo.Name,
		ImageIds:       []ecrtypes.ImageIdentifier{id},
	})
	var noImage *ecrtypes.ImageNotFoundException
	var noRepository *ecrtypes.RepositoryNotFoundException
	switch {
	case errors.As(err, &noRepository):
		return Resolved{}, &RepositoryNotFoundError{Repository: repo.Name, Err: err}
	case errors.As(err, &noImage):
		return Resolved{}, notFound
	case err != nil:
		return Resolved{}, fmt.Errorf("describe image %s in repository %s: %w", wanted, repo.Name, err)
	case len(out.ImageDetails) == 0 || out.ImageDetails[0].ImageDigest == nil:
		return Resolved{}, notFound
	}
	d := out.ImageDetails[0]
	return Resolved{Reference: repo.URI + "@" + *d.ImageDigest, Digest: *d.ImageDigest, Tags: d.ImageTags, Tag: s.Tag}, nil
}
