package targets

import (
	"cmp"
	"context"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/image"
)

// sampleTag is how tags of the sample application begin. A commit's would be taken from the project's own image, which
// comes later and cannot have it any more.
const sampleTag = "sample-"

// sampleFramework is what the image of the sample application says that it is.
const sampleFramework = "sample"

// pushSample builds the sample application and pushes it under a tag of its own, where SPLITECS_TAG names none: it is of no
// commit of the project, and its labels name none. It belongs to local:up alone.
func (s *session) pushSample(ctx context.Context, repository string, access image.Access) (string, error) {
	spec, err := s.specOf(ctx, image.Source{Kind: image.KindGo, Path: awslocal.SampleApplication, Module: s.Dir}, cfn.Image{})
	if err != nil {
		return "", err
	}
	spec.Program = &image.Program{Framework: sampleFramework, Check: []string{"CMD", cmp.Or(spec.WorkingDir, image.DefaultWorkingDir) + "/hello", "-health"}}
	img, err := s.makeImage(ctx, spec)
	if err != nil {
		return "", err
	}
	defer img.Close() // temporary files
	if s.settings.tag != "" {
		pushed, err := s.send(ctx, img, repository+":"+s.settings.tag, access)
		return pushed.Reference, err
	}
	return s.sendByDigest(ctx, img, repository+":"+sampleTag, access)
}
