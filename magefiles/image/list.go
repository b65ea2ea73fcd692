package image

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	ecrtypes "github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// ListAPI are the operations of ECR that [List] needs; [*ecr.Client] has them.
type ListAPI interface {
	ImagesAPI
	BatchGetImage(context.Context, *ecr.BatchGetImageInput, ...func(*ecr.Options)) (*ecr.BatchGetImageOutput, error)
}

// Listed is an image of a repository.
type Listed struct {
	Tags     []string
	Digest   string
	Size     int64 // compressed, in bytes, as ECR bills it
	Pushed   time.Time
	Revision string    // the commit, as the image says; empty where it does not
	Created  time.Time // of the commit, likewise
	Program  *Program  // likewise
	Findings string    // of the latest scan: "2 critical, 5 high", "none", or how the scan stands; empty where there was none
}

// List describes the images of a repository, the latest first. Artifacts about images, e.g. bills of materials, are
// none. Error: [*RepositoryNotFoundError].
func List(ctx context.Context, api ListAPI, repository string) ([]Listed, error) {
	var all []Listed
	pages := ecr.NewDescribeImagesPaginator(api, &ecr.DescribeImagesInput{RepositoryName: &repository})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if _, absent := errors.AsType[*ecrtypes.RepositoryNotFoundException](err); absent {
			return nil, &RepositoryNotFoundError{Repository: repository, Err: err}
		}
		if err != nil {
			return nil, fmt.Errorf("describe images of repository %s: %w", repository, err)
		}
		for _, d := range page.ImageDetails {
			if artifact := aws.ToString(d.ArtifactMediaType); artifact != "" && !types.MediaType(artifact).IsConfig() {
				continue
			}
			all = append(all, Listed{
				Tags: slices.Sorted(slices.Values(d.ImageTags)), Digest: aws.ToString(d.ImageDigest), Size: aws.ToInt64(d.ImageSizeInBytes),
				Pushed: aws.ToTime(d.ImagePushedAt), Findings: findings(d),
			})
		}
	}
	slices.SortFunc(all, func(a, b Listed) int {
		if c := b.Pushed.Compare(a.Pushed); c != 0 {
			return c
		}
		return strings.Compare(a.Digest, b.Digest)
	})
	return all, revisions(ctx, api, repository, all)
}

// manifestTypes are those of images and indexes.
var manifestTypes = []string{
	string(types.OCIManifestSchema1), string(types.OCIImageIndex), string(types.DockerManifestSchema2), string(types.DockerManifestList),
}

// revisions fills in the commits, from the annotations of the manifests.
func revisions(ctx context.Context, api ListAPI, repository string, all []Listed) error {
	at := map[string]int{}
	for i, l := range all {
		at[l.Digest] = i
	}
	// As many as one call takes: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_BatchGetImage.html
	for some := range slices.Chunk(all, batch) {
		in := &ecr.BatchGetImageInput{RepositoryName: &repository, AcceptedMediaTypes: manifestTypes}
		for _, l := range some {
			in.ImageIds = append(in.ImageIds, ecrtypes.ImageIdentifier{ImageDigest: &l.Digest})
		}
		out, err := api.BatchGetImage(ctx, in)
		if err != nil {
			return fmt.Errorf("read manifests of repository %s: %w", repository, err)
		}
		for _, img := range out.Images {
			var manifest struct {
				Annotations map[string]string `json:"annotations"`
			}
			i, known := at[aws.ToString(img.ImageId.ImageDigest)]
			if known && json.Unmarshal([]byte(aws.ToString(img.ImageManifest)), &manifest) == nil {
				all[i].Revision, all[i].Program = manifest.Annotations[annotationRevision], programIn(manifest.Annotations)
				all[i].Created, _ = time.Parse(time.RFC3339, manifest.Annotations[annotationCreated]) // else it is unknown
			}
		}
	}
	return nil
}

// severities in the order in which they matter.
var severities = []ecrtypes.FindingSeverity{
	ecrtypes.FindingSeverityCritical, ecrtypes.FindingSeverityHigh, ecrtypes.FindingSeverityMedium, ecrtypes.FindingSeverityLow,
}

// findings of an image's latest scan in words.
func findings(d ecrtypes.ImageDetail) string {
	if s := d.ImageScanStatus; s != nil && s.Status != ecrtypes.ScanStatusComplete && s.Status != ecrtypes.ScanStatusActive {
		return "scan " + strings.ReplaceAll(strings.ToLower(string(s.Status)), "_", " ")
	}
	if d.ImageScanFindingsSummary == nil {
		return ""
	}
	var counts []string
	for _, severity := range severities {
		if n := d.ImageScanFindingsSummary.FindingSeverityCounts[string(severity)]; n > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", n, strings.ToLower(string(severity))))
		}
	}
	if len(counts) == 0 {
		return "none"
	}
	return strings.Join(counts, ", ")
}
