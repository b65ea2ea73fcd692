package image

import (
	"bytes"
	"encoding/json"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/partial"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// emptyConfig is the content and the type of a configuration that says nothing:
// https://github.com/opencontainers/image-spec/blob/main/manifest.md#guidance-for-an-empty-descriptor
const (
	emptyConfig     = "{}"
	emptyConfigType = "application/vnd.oci.empty.v1+json"
)

// newReferrer is an artifact of one blob whose subject is an image.
func newReferrer(subject v1.Descriptor, kind string, content []byte) (v1.Image, error) {
	r := &referrer{blob: static.NewLayer(content, types.MediaType(kind))}
	blob, err := partial.Descriptor(r.blob)
	if err != nil {
		return nil, err
	}
	config, size, err := v1.SHA256(bytes.NewReader([]byte(emptyConfig)))
	if err != nil {
		return nil, err
	}
	r.manifest, err = json.Marshal(struct {
		SchemaVersion int             `json:"schemaVersion"`
		MediaType     types.MediaType `json:"mediaType"`
		ArtifactType  string          `json:"artifactType"`
		Config        v1.Descriptor   `json:"config"`
		Layers        []v1.Descriptor `json:"layers"`
		Subject       v1.Descriptor   `json:"subject"`
	}{
		2, types.OCIManifestSchema1, kind, v1.Descriptor{MediaType: emptyConfigType, Digest: config, Size: size},
		[]v1.Descriptor{*blob}, subject,
	})
	if err != nil {
		return nil, err
	}
	return partial.CompressedToImage(r)
}

// referrer implements [partial.CompressedImageCore].
type referrer struct {
	blob     v1.Layer
	manifest []byte
}

func (r *referrer) RawConfigFile() ([]byte, error)      { return []byte(emptyConfig), nil }
func (r *referrer) MediaType() (types.MediaType, error) { return types.OCIManifestSchema1, nil }
func (r *referrer) RawManifest() ([]byte, error)        { return r.manifest, nil }
func (r *referrer) LayerByDigest(h v1.Hash) (partial.CompressedLayer, error) {
	if d, err := r.blob.Digest(); err != nil || d != h {
		return nil, fmt.Errorf("blob %s is not in the artifact", h)
	}
	return r.blob, nil
}

// descriptor of what is pushed.
func descriptor(a Artifact) (v1.Descriptor, error) {
	mediaType, err := a.MediaType()
	if err != nil {
		return v1.Descriptor{}, err
	}
	digest, err := a.Digest()
	if err != nil {
		return v1.Descriptor{}, err
	}
	size, err := a.Size()
	return v1.Descriptor{MediaType: mediaType, Digest: digest, Size: size}, err
}
