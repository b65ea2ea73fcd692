package image

import (
	"fmt"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Assets are what browsers ask a build of a web application for, e.g. the scripts of its pages, as a layer. Their names
// tell them from those of other builds, so that the assets of several builds can lie in one folder.
type Assets struct {
	Place string // folder in the image: /app/.next/static
	Layer v1.Layer
}

// What the history of an image says of the layers of [Assets]: its own, and those of builds before it.
const (
	assetsLayer = "static"
	ownAssets   = "COPY " + assetsLayer + " "
	keptAssets  = "KEEP " + assetsLayer + " "
)

// AssetsIn are the assets that an image made here has of its own build, and those that it keeps of builds before it. It
// has none where it was not made of a Next.js build by a version that tells of its program: there the layer has other
// files, too.
func AssetsIn(img v1.Image) (own, kept []Assets, err error) {
	cf, err := img.ConfigFile()
	if err != nil {
		return nil, nil, fmt.Errorf("look for assets: %w", err)
	}
	if programIn(cf.Config.Labels) == nil {
		return nil, nil, nil
	}
	layers, err := img.Layers()
	if err != nil {
		return nil, nil, fmt.Errorf("look for assets: %w", err)
	}
	// The layers that are made here are the last ones. A base may have layers that its history does not tell of.
	at := len(layers) - 1
	for i := len(cf.History) - 1; i >= 0 && at >= 0; i-- {
		h := cf.History[i]
		if h.EmptyLayer {
			continue
		}
		if place, is := strings.CutPrefix(h.CreatedBy, ownAssets); is {
			own = append(own, Assets{Place: place, Layer: layers[at]})
		} else if place, is := strings.CutPrefix(h.CreatedBy, keptAssets); is {
			kept = append([]Assets{{Place: place, Layer: layers[at]}}, kept...)
		}
		at--
	}
	return own, kept, nil
}

// keep are the layers of spec.Keep that belong beneath an image's own assets: those of the same folder, each once.
func (spec Spec) keep(place string, own v1.Hash) ([]v1.Layer, error) {
	seen := map[v1.Hash]bool{own: true}
	var layers []v1.Layer
	for _, a := range spec.Keep {
		digest, err := a.Layer.Digest()
		if err != nil {
			return nil, fmt.Errorf("keep assets: %w", err)
		}
		if a.Place == place && !seen[digest] {
			seen[digest] = true
			layers = append(layers, a.Layer)
		}
	}
	return layers, nil
}
