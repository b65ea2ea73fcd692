package engine

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// image holds a folder for temporary files and nothing else.
const image = "localhost/splitecs-nothing:1"

// bringImage loads the image where it is not there.
func (e *Engine) bringImage(ctx context.Context) error {
	err := e.call(ctx, http.MethodGet, "/images/"+image+"/json", nil, nil)
	if status(err) == http.StatusNotFound {
		var archive []byte
		if archive, err = nothing(); err == nil {
			err = e.call(ctx, http.MethodPost, "/images/load?quiet=1", archive, nil)
		}
	}
	if err != nil {
		return fmt.Errorf("bring an image to %s: %w", e, err)
	}
	return nil
}

// RemoveImage removes the image, but for one that a container still has.
func (e *Engine) RemoveImage(ctx context.Context) error {
	err := e.call(ctx, http.MethodDelete, "/images/"+image, nil, nil)
	if s := status(err); err == nil || s == http.StatusNotFound || s == http.StatusConflict {
		return nil
	}
	return fmt.Errorf("remove an image of %s: %w", e, err)
}

// nothing is the archive of the image, in the form of docker save.
func nothing() ([]byte, error) {
	var files bytes.Buffer
	w := tar.NewWriter(&files)
	err := errors.Join(w.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: "tmp/", Mode: 0o1777}), w.Close())
	if err != nil {
		return nil, err
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(files.Bytes())), nil })
	if err != nil {
		return nil, err
	}
	img, err := mutate.AppendLayers(empty.Image, layer)
	if err != nil {
		return nil, err
	}
	config, err := img.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.OS, config.Architecture = "linux", runtime.GOARCH
	config.Config.Labels = map[string]string{"com.github.bellyfed.splitecs": "runs programs of the embedded AWS"}
	if img, err = mutate.ConfigFile(img, config); err != nil {
		return nil, err
	}
	tag, err := name.NewTag(image)
	if err != nil {
		return nil, err
	}
	var archive bytes.Buffer
	if err := tarball.Write(tag, img, &archive); err != nil {
		return nil, err
	}
	return archive.Bytes(), nil
}
