package image

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	ecrtypes "github.com/aws/aws-sdk-go-v2/service/ecr/types"
	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// ManifestsAPI is the one operation of ECR that [ReadProgram] needs; [*ecr.Client] has it.
type ManifestsAPI interface {
	BatchGetImage(context.Context, *ecr.BatchGetImageInput, ...func(*ecr.Options)) (*ecr.BatchGetImageOutput, error)
}

// ReadProgram is what the image of a digest says of its program, in the annotations of its manifest or index: one call,
// where [Inspect] takes three. It is nil where the image does not tell. Error: [*ImageNotFoundError].
func ReadProgram(ctx context.Context, api ManifestsAPI, repository, digest string) (*Program, error) {
	out, err := api.BatchGetImage(ctx, &ecr.BatchGetImageInput{
		RepositoryName: &repository, AcceptedMediaTypes: manifestTypes, ImageIds: []ecrtypes.ImageIdentifier{{ImageDigest: &digest}},
	})
	if err != nil {
		return nil, fmt.Errorf("read manifest of image %s: %w", digest, err)
	}
	if len(out.Images) == 0 {
		return nil, fmt.Errorf("read manifest: %w", &ImageNotFoundError{Repository: repository, Image: digest})
	}
	var manifest struct {
		Annotations map[string]string `json:"annotations"`
	}
	if err := json.Unmarshal([]byte(aws.ToString(out.Images[0].ImageManifest)), &manifest); err != nil {
		return nil, fmt.Errorf("read manifest of image %s: %w", digest, err)
	}
	return programIn(manifest.Annotations), nil
}

// ProgramOf is what an image made from the description would say of its program; nil where nothing needs to be known.
func ProgramOf(spec Spec) (*Program, error) {
	if spec.Source.Kind != KindNextJS {
		return nil, nil
	}
	p, err := planNextJS(spec)
	return p.program, err
}

// ProgramIn is what an image or an index says of its program, or that it looks like a Next.js server; nil where neither.
func ProgramIn(a Artifact) (*Program, error) {
	if img, is := a.(v1.Image); is {
		found, err := InspectImage(img)
		if err == nil && found.LooksLikeNextJS {
			return &Program{Framework: NextJS}, nil
		}
		return found.Program, err
	}
	text, err := a.RawManifest()
	if err != nil {
		return nil, fmt.Errorf("read manifest: %w", err)
	}
	manifest, err := v1.ParseIndexManifest(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("read manifest: %w", err)
	}
	return programIn(manifest.Annotations), nil
}
