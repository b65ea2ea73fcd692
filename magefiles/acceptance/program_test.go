package acceptance_test

import (
	"os"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// writeProgram writes an image with some content, which says what it starts, as an OCI layout: a folder as it is would
// start nothing, and a deployment of it be refused.
func writeProgram(dir string, content []byte) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	image, err := mutate.ConfigFile(empty.Image, &v1.ConfigFile{OS: "linux", Architecture: "amd64", Config: v1.Config{Entrypoint: []string{"/program"}, User: "1000"}})
	if err == nil {
		image, err = mutate.AppendLayers(image, static.NewLayer(content, types.OCIUncompressedLayer))
	}
	if err != nil {
		return err
	}
	path, err := layout.Write(dir, empty.Index)
	if err != nil {
		return err
	}
	return path.AppendImage(image)
}
