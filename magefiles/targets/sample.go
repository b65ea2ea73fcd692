package targets

import (
	"cmp"
	"context"
	"path"
	"path/filepath"
	"strings"

	"github.com/bellyfed/splitecs/cfn"
	"github.com/bellyfed/splitecs/magefiles/awslocal"
	"github.com/bellyfed/splitecs/magefiles/image"
)

// sampleTag is how tags of the sample application begin. A commit's would be taken from the project's own image, which
// comes later and cannot have it any more.
const sampleTag = "sample-"

// sampleFramework is what the image of the sample application says that it is.
const sampleFramework = "sample"

// sampleIn says what an image tells of the sample application, where a source is that; nil where it is another one.
func sampleIn(source image.Source, workingDir string) *image.Program {
	folder := strings.TrimPrefix(awslocal.SampleApplication, module+"/")
	at := filepath.ToSlash(filepath.Clean(source.Path))
	if source.Kind != image.KindGo || at != awslocal.SampleApplication && !strings.HasSuffix("/"+at, "/"+folder) {
		return nil
	}
	return &image.Program{Framework: sampleFramework, Check: []string{"CMD", cmp.Or(workingDir, image.DefaultWorkingDir) + "/" + path.Base(folder), "-health"}}
}

// module is this one.
const module = "github.com/bellyfed/splitecs"

// pushSample builds the sample application and pushes it under a tag of its own, where SPLITECS_TAG names none: it is of no
// commit of the project, and its labels name none. It belongs to local:up alone.
func (s *session) pushSample(ctx context.Context, repository string, access image.Access) (string, error) {
	spec, err := s.specOf(ctx, image.Source{Kind: image.KindGo, Path: awslocal.SampleApplication, Module: s.Dir}, cfn.Image{})
	if err != nil {
		return "", err
	}
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
