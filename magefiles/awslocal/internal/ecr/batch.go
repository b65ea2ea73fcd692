package ecr

import (
	"context"
	"slices"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecr/catalog"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecr/oci"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

// maxBatch is the most images or layers of one request.
const maxBatch = 100

func checkBatch(name string, n int) error {
	if n < 1 || n > maxBatch {
		return catalog.InvalidParameter(name, "Member must have length between 1 and %d", maxBatch)
	}
	return nil
}

// image with its manifest.
type image struct {
	of
	ImageID                imageID `json:"imageId"`
	ImageManifest          string  `json:"imageManifest"`
	ImageManifestMediaType string  `json:"imageManifestMediaType"`
}

func (s *Service) withManifest(r *catalog.Repository, i *catalog.Image, tag string) (image, error) {
	data, err := s.catalog.Manifest(i)
	return image{s.named(r), imageID{string(i.Digest), tag}, string(data), i.MediaType}, err
}

type batchGetImageInput struct {
	of
	ImageIDs           []imageID `json:"imageIds"`
	AcceptedMediaTypes []string  `json:"acceptedMediaTypes"` // manifests are not converted
}

type batchGetImageOutput struct {
	Images   []image        `json:"images"`
	Failures []imageFailure `json:"failures"`
}

func (s *Service) batchGetImage(_ context.Context, in *batchGetImageInput) (*batchGetImageOutput, error) {
	r, err := s.find(in.of)
	if err != nil {
		return nil, err
	}
	if err := checkBatch("imageIds", len(in.ImageIDs)); err != nil {
		return nil, err
	}
	out := &batchGetImageOutput{Images: []image{}, Failures: []imageFailure{}}
	for _, id := range in.ImageIDs {
		i, failure := resolve(r, id)
		if failure != nil {
			out.Failures = append(out.Failures, *failure)
			continue
		}
		m, err := s.withManifest(r, i, id.ImageTag)
		if err != nil {
			return nil, err
		}
		s.catalog.Pulled(i)
		out.Images = append(out.Images, m)
	}
	return out, nil
}

type batchDeleteImageInput struct {
	of
	ImageIDs []imageID `json:"imageIds"`
}

type batchDeleteImageOutput struct {
	ImageIDs []imageID      `json:"imageIds"`
	Failures []imageFailure `json:"failures"`
}

// batchDeleteImage: a tag alone takes the tag, and with the last one the image; a digest takes the image with all
// its tags. Images that go together with the indexes that list them may be named in any order.
// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchDeleteImage.html
func (s *Service) batchDeleteImage(_ context.Context, in *batchDeleteImageInput) (*batchDeleteImageOutput, error) {
	r, err := s.find(in.of)
	if err != nil {
		return nil, err
	}
	if err := checkBatch("imageIds", len(in.ImageIDs)); err != nil {
		return nil, err
	}
	out := &batchDeleteImageOutput{ImageIDs: []imageID{}, Failures: []imageFailure{}}
	left := slices.Clone(in.ImageIDs)
	for progress := true; progress; {
		progress = false
		left = slices.DeleteFunc(left, func(id imageID) bool {
			i, failure := resolve(r, id)
			if failure != nil {
				out.Failures = append(out.Failures, *failure)
				return true
			}
			if goesWhole(i, id) && len(i.Parents) > 0 {
				return false
			}
			out.ImageIDs = append(out.ImageIDs, s.remove(r, i, id)...)
			progress = true
			return true
		})
	}
	for _, id := range left {
		i, _ := resolve(r, id)
		out.Failures = append(out.Failures, imageFailure{id, "ImageReferencedByManifestList", catalog.ReferencedBy(i.Parents)})
	}
	return out, nil
}

// goesWhole tells whether removing the id removes the image.
func goesWhole(i *catalog.Image, id imageID) bool {
	return id.ImageTag == "" || len(i.Tags) == 1
}

func (s *Service) remove(r *catalog.Repository, i *catalog.Image, id imageID) []imageID {
	if id.ImageTag != "" {
		s.catalog.RemoveTag(r, id.ImageTag)
		return []imageID{{string(i.Digest), id.ImageTag}}
	}
	gone := idsOf(i)
	s.catalog.RemoveImage(r, i.Digest)
	return gone
}

type putImageInput struct {
	of
	ImageManifest          string `json:"imageManifest"`
	ImageManifestMediaType string `json:"imageManifestMediaType"`
	ImageTag               string `json:"imageTag"`
	ImageDigest            string `json:"imageDigest"`
}

type putImageOutput struct {
	Image image `json:"image"`
}

// putImage adds a manifest or a tag. What is there already just so is refused, mutable or not.
func (s *Service) putImage(_ context.Context, in *putImageInput) (*putImageOutput, error) {
	r, err := s.find(in.of)
	if err != nil {
		return nil, err
	}
	push := catalog.Push{Data: []byte(in.ImageManifest), MediaType: in.ImageManifestMediaType, Tag: in.ImageTag, Digest: in.ImageDigest}
	d := oci.DigestOf(push.Data)
	if r.Image(d) != nil && (in.ImageTag == "" || r.Tagged(in.ImageTag) == d) {
		tag := in.ImageTag
		if tag == "" {
			tag = "null"
		}
		return nil, wire.Errorf("ImageAlreadyExistsException", "Image with digest '%s' and tag '%s' already exists in the repository with name '%s' in registry with id '%s'", d, tag, r.Name, s.catalog.Account.ID)
	}
	i, err := s.catalog.Put(r, push)
	if err != nil {
		return nil, err
	}
	m, err := s.withManifest(r, i, in.ImageTag)
	return &putImageOutput{m}, err
}

type batchCheckLayerAvailabilityInput struct {
	of
	LayerDigests []string `json:"layerDigests"`
}

type batchCheckLayerAvailabilityOutput struct {
	Layers   []layer        `json:"layers"`
	Failures []layerFailure `json:"failures"`
}

type layer struct {
	LayerDigest       string `json:"layerDigest"`
	LayerAvailability string `json:"layerAvailability"`
	LayerSize         int64  `json:"layerSize,omitempty"`
}

type layerFailure struct {
	LayerDigest   string `json:"layerDigest"`
	FailureCode   string `json:"failureCode"`
	FailureReason string `json:"failureReason"`
}

func (s *Service) batchCheckLayerAvailability(_ context.Context, in *batchCheckLayerAvailabilityInput) (*batchCheckLayerAvailabilityOutput, error) {
	r, err := s.find(in.of)
	if err != nil {
		return nil, err
	}
	if err := checkBatch("layerDigests", len(in.LayerDigests)); err != nil {
		return nil, err
	}
	out := &batchCheckLayerAvailabilityOutput{Layers: []layer{}, Failures: []layerFailure{}}
	for _, text := range in.LayerDigests {
		d, err := oci.ParseDigest(text)
		if err != nil {
			out.Failures = append(out.Failures, layerFailure{text, "InvalidLayerDigest", "Invalid request parameters: layer digest should satisfy the regex '" + oci.DigestPattern + "'"})
			continue
		}
		l := layer{LayerDigest: text, LayerAvailability: "UNAVAILABLE"}
		if size, ok := r.Blob(d); ok {
			l.LayerAvailability, l.LayerSize = "AVAILABLE", size
		}
		out.Layers = append(out.Layers, l)
	}
	return out, nil
}
