package image

import (
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Artifact is an image, or an index of images: [v1.Image] or [v1.ImageIndex].
type Artifact interface {
	MediaType() (types.MediaType, error)
	Digest() (v1.Hash, error)
	Size() (int64, error)
	RawManifest() ([]byte, error)
}

// parts are the blobs of an artifact, each once, and its manifests in the order in which a registry takes them: what
// is referred to comes first, the artifact itself last.
type parts struct {
	blobs     []v1.Layer
	manifests []Artifact
	size      int64 // of all of it
	seen      map[v1.Hash]bool
}

func partsOf(a Artifact) (*parts, error) {
	p := &parts{seen: map[v1.Hash]bool{}}
	if err := p.add(a); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *parts) add(a Artifact) error {
	digest, err := a.Digest()
	if err != nil || p.seen[digest] {
		return err
	}
	p.seen[digest] = true
	size, err := a.Size()
	if err != nil {
		return err
	}
	p.size += size
	switch a := a.(type) {
	case v1.Image:
		err = p.image(a)
	case v1.ImageIndex:
		err = p.index(a)
	default:
		err = fmt.Errorf("%T is neither an image nor an index", a)
	}
	p.manifests = append(p.manifests, a)
	return err
}

func (p *parts) image(img v1.Image) error {
	layers, err := img.Layers()
	if err != nil {
		return err
	}
	config, err := partial.ConfigLayer(img)
	if err != nil {
		return err
	}
	for _, l := range append(layers, config) {
		digest, err := l.Digest()
		if err != nil {
			return err
		}
		if p.seen[digest] {
			continue
		}
		p.seen[digest] = true
		size, err := l.Size()
		if err != nil {
			return err
		}
		p.size += size
		p.blobs = append(p.blobs, l)
	}
	return nil
}

func (p *parts) index(idx v1.ImageIndex) error {
	children, err := partial.Manifests(idx)
	if err != nil {
		return err
	}
	for _, c := range children {
		a, ok := c.(Artifact)
		if !ok {
			return fmt.Errorf("%T in an index is neither an image nor an index", c)
		}
		if err := p.add(a); err != nil {
			return err
		}
	}
	return nil
}
