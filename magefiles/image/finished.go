package image

import (
	"context"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// finished is an image that was built before, with what the description says about it; one of [Save] has that already.
func (b *builder) finished(img v1.Image, spec Spec) (out v1.Image, err error) {
	if b.saved != nil {
		out, err = keeping(img, spec)
	} else {
		out, err = adjusted(img, spec)
	}
	if err != nil {
		return nil, err
	}
	return out, b.judgeFinished(out, spec)
}

// adjusted is a finished image with what the description says about it. If it says nothing, it is the
// image itself, with its digest.
func adjusted(img v1.Image, spec Spec) (v1.Image, error) {
	if len(spec.Entrypoint) == 0 && len(spec.Command) == 0 && len(spec.Env) == 0 && len(spec.Ports) == 0 &&
		len(spec.Labels) == 0 && spec.User == "" && spec.WorkingDir == "" {
		return img, nil
	}
	cf, err := img.ConfigFile()
	if err != nil {
		return nil, fmt.Errorf("read image configuration: %w", err)
	}
	cf = cf.DeepCopy()
	configure(&cf.Config, spec)
	setLabels(&cf.Config, spec.Labels)
	if spec.WorkingDir != "" {
		cf.Config.WorkingDir = spec.root()
	}
	return mutate.ConfigFile(img, cf)
}

// compressed is the image with those of its layers compressed here that choose picks. No layer stays of Docker's zstd
// type, of one that is not to be passed on, or of one for another
// compression than it has. Configuration and annotations stay as they are, and the whole image where no layer is concerned.
func (b *builder) compressed(ctx context.Context, img v1.Image, choose func(v1.Layer) (bool, error)) (v1.Image, error) {
	layers, err := img.Layers()
	if err != nil {
		return nil, err
	}
	manifest, err := img.Manifest()
	if err != nil {
		return nil, err
	}
	changed := false
	for i, l := range layers {
		mt, err := l.MediaType()
		if err != nil {
			return nil, err
		}
		changed = changed || mt == dockerZstd || isForeign(mt)
		chosen, err := choose(l)
		if err != nil {
			return nil, err
		}
		if !chosen {
			is, err := layerTypeOf(l)
			if err != nil {
				return nil, err
			}
			if is != types.OCIUncompressedLayer {
				if is != ociLayerType(mt) {
					layers[i], changed = retypedLayer{l, is}, true
				}
				continue
			}
		}
		packed, err := b.recompressed(ctx, l)
		if err != nil {
			return nil, err
		}
		if layers[i] = packed; len(manifest.Layers[i].Annotations) > 0 {
			layers[i] = annotatedLayer{packed, manifest.Layers[i].Annotations}
		}
		changed = true
	}
	if !changed {
		return img, nil
	}
	cf, err := img.ConfigFile()
	if err != nil {
		return nil, err
	}
	return remade(img, cf, layers)
}

// remade is an OCI image of other layers, with the annotations of img.
func remade(img v1.Image, cf *v1.ConfigFile, layers []v1.Layer) (v1.Image, error) {
	manifest, err := img.Manifest()
	if err != nil {
		return nil, err
	}
	out, err := newImage(cf, layers)
	if err != nil {
		return nil, err
	}
	return annotated(out, manifest.Annotations)
}
