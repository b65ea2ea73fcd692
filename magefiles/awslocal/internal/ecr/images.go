package ecr

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecr/catalog"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecr/oci"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

// imageID names an image by tag, digest or both.
type imageID struct {
	ImageDigest string `json:"imageDigest,omitempty"`
	ImageTag    string `json:"imageTag,omitempty"`
}

// String is how ECR's texts show it.
func (i imageID) String() string {
	null := func(s string) string {
		if s == "" {
			return "null"
		}
		return s
	}
	return fmt.Sprintf("{imageDigest:'%s', imageTag:'%s'}", null(i.ImageDigest), null(i.ImageTag))
}

// imageFailure is why a batch operation left an image out.
type imageFailure struct {
	ImageID       imageID `json:"imageId"`
	FailureCode   string  `json:"failureCode"`
	FailureReason string  `json:"failureReason"`
}

// resolve finds an image, or tells why there is none (API_ImageFailure).
func resolve(r *catalog.Repository, id imageID) (*catalog.Image, *imageFailure) {
	fail := func(code, reason string) (*catalog.Image, *imageFailure) { return nil, &imageFailure{id, code, reason} }
	if id.ImageDigest == "" && id.ImageTag == "" {
		return fail("MissingDigestAndTag", "Invalid request parameters: both tag and digest cannot be null")
	}
	if id.ImageDigest != "" {
		if _, err := oci.ParseDigest(id.ImageDigest); err != nil {
			return fail("InvalidImageDigest", "Invalid request parameters: image digest should satisfy the regex '"+oci.DigestPattern+"'")
		}
	}
	if id.ImageTag != "" && !oci.ValidTag(id.ImageTag) {
		return fail("InvalidImageTag", "Invalid request parameters: image tag should satisfy the regex '[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}'")
	}
	key := id.ImageDigest
	if key == "" {
		key = id.ImageTag
	}
	image := r.Lookup(key)
	if image == nil {
		return fail("ImageNotFound", "Requested image not found")
	}
	if id.ImageDigest != "" && id.ImageTag != "" && r.Tagged(id.ImageTag) != image.Digest {
		return fail("ImageTagDoesNotMatchDigest", "The given image tag does not match the given image digest")
	}
	return image, nil
}

type imageFilter struct {
	TagStatus   string `json:"tagStatus"`
	ImageStatus string `json:"imageStatus"`
}

// check refuses values that ECR does not know.
func (f *imageFilter) check() error {
	if f == nil {
		return nil
	}
	if !slices.Contains([]string{"", "TAGGED", "UNTAGGED", "ANY"}, f.TagStatus) {
		return catalog.InvalidParameter("tagStatus", "Member must satisfy enum value set: [TAGGED, UNTAGGED, ANY]")
	}
	if !slices.Contains([]string{"", "ACTIVE", "ARCHIVED", "ACTIVATING", "ANY"}, f.ImageStatus) {
		return catalog.InvalidParameter("imageStatus", "Member must satisfy enum value set: [ACTIVE, ARCHIVED, ACTIVATING, ANY]")
	}
	return nil
}

// takes tells whether an image passes. All images are active.
func (f *imageFilter) takes(i *catalog.Image) bool {
	if f == nil {
		return true
	}
	tagged := len(i.Tags) > 0
	return (f.TagStatus != "TAGGED" || tagged) && (f.TagStatus != "UNTAGGED" || !tagged) &&
		(f.ImageStatus == "" || f.ImageStatus == "ACTIVE" || f.ImageStatus == "ANY")
}

type describeImagesInput struct {
	of
	ImageIDs   []imageID    `json:"imageIds"`
	NextToken  string       `json:"nextToken"`
	MaxResults int          `json:"maxResults"`
	Filter     *imageFilter `json:"filter"`
}

type describeImagesOutput struct {
	ImageDetails []imageDetail `json:"imageDetails"`
	NextToken    string        `json:"nextToken,omitempty"`
}

type imageDetail struct {
	of
	ImageDigest            oci.Digest `json:"imageDigest"`
	ImageTags              []string   `json:"imageTags,omitempty"`
	ImageSizeInBytes       int64      `json:"imageSizeInBytes"`
	ImagePushedAt          wire.Time  `json:"imagePushedAt"`
	ImageManifestMediaType string     `json:"imageManifestMediaType"`
	ArtifactMediaType      string     `json:"artifactMediaType,omitempty"`
	LastRecordedPullTime   *wire.Time `json:"lastRecordedPullTime,omitempty"`
	SubjectManifestDigest  oci.Digest `json:"subjectManifestDigest,omitempty"`
	ImageStatus            string     `json:"imageStatus"`
}

func (s *Service) detail(r *catalog.Repository, i *catalog.Image) imageDetail {
	d := imageDetail{
		of: s.named(r), ImageDigest: i.Digest, ImageTags: i.Tags, ImageSizeInBytes: i.Size,
		ImagePushedAt: wire.Time{Time: i.PushedAt}, ImageManifestMediaType: i.MediaType, ArtifactMediaType: i.ArtifactType,
		SubjectManifestDigest: i.Subject, ImageStatus: "ACTIVE",
	}
	if !i.PulledAt.IsZero() {
		d.LastRecordedPullTime = &wire.Time{Time: i.PulledAt}
	}
	return d
}

// describeImages: asked for by name, every image has to be there; otherwise all, in the order of their digests.
func (s *Service) describeImages(_ context.Context, in *describeImagesInput) (*describeImagesOutput, error) {
	r, err := s.find(in.of)
	if err != nil {
		return nil, err
	}
	if err := in.Filter.check(); err != nil {
		return nil, err
	}
	var images []*catalog.Image
	out := &describeImagesOutput{ImageDetails: []imageDetail{}}
	if len(in.ImageIDs) > 0 {
		if in.NextToken != "" || in.MaxResults != 0 {
			return nil, catalog.InvalidParameter("maxResults", "maxResults and nextToken cannot be used together with imageIds")
		}
		for _, id := range in.ImageIDs {
			i, failure := resolve(r, id)
			switch {
			case failure == nil:
			case failure.FailureCode == "ImageNotFound" || failure.FailureCode == "ImageTagDoesNotMatchDigest":
				return nil, wire.Errorf("ImageNotFoundException", "The image with imageId %s does not exist within the repository with name '%s' in the registry with id '%s'", id, r.Name, s.catalog.Account.ID)
			default:
				return nil, wire.Errorf("InvalidParameterException", "%s", failure.FailureReason)
			}
			if !slices.Contains(images, i) && in.Filter.takes(i) {
				images = append(images, i)
			}
		}
	} else {
		all := func(after string) iter.Seq[*catalog.Image] {
			return func(yield func(*catalog.Image) bool) {
				for i := range r.Images(oci.Digest(after)) {
					if in.Filter.takes(i) && !yield(i) {
						return
					}
				}
			}
		}
		images, out.NextToken, err = page(all, func(i *catalog.Image) string { return string(i.Digest) }, in.NextToken, in.MaxResults)
		if err != nil {
			return nil, err
		}
	}
	for _, i := range images {
		out.ImageDetails = append(out.ImageDetails, s.detail(r, i))
	}
	return out, nil
}

type listImagesInput struct {
	of
	NextToken  string       `json:"nextToken"`
	MaxResults int          `json:"maxResults"`
	Filter     *imageFilter `json:"filter"`
}

type listImagesOutput struct {
	ImageIDs  []imageID `json:"imageIds"`
	NextToken string    `json:"nextToken,omitempty"`
}

// listImages has one entry for each tag, and one for each image without.
func (s *Service) listImages(_ context.Context, in *listImagesInput) (*listImagesOutput, error) {
	r, err := s.find(in.of)
	if err != nil {
		return nil, err
	}
	if err := in.Filter.check(); err != nil {
		return nil, err
	}
	all := func(after string) iter.Seq[imageID] {
		digest, _, _ := strings.Cut(after, " ")
		return func(yield func(imageID) bool) {
			for i := range r.Images(oci.Digest(digest)) {
				for _, id := range idsOf(i) {
					if in.Filter.takes(i) && !yield(id) {
						return
					}
				}
			}
		}
	}
	part, next, err := page(all, func(i imageID) string { return i.ImageDigest + " " + i.ImageTag }, in.NextToken, in.MaxResults)
	return &listImagesOutput{append([]imageID{}, part...), next}, err
}

// idsOf are an image's ids: one for each tag, or the digest alone.
func idsOf(i *catalog.Image) []imageID {
	var ids []imageID
	for _, t := range i.Tags {
		ids = append(ids, imageID{string(i.Digest), t})
	}
	if ids == nil {
		ids = []imageID{{ImageDigest: string(i.Digest)}}
	}
	return ids
}
