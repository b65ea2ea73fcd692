package oci

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// Media types of manifests: https://github.com/opencontainers/image-spec/blob/main/media-types.md and
// https://distribution.github.io/distribution/spec/manifest-v2-2/.
const (
	OCIManifest    = "application/vnd.oci.image.manifest.v1+json"
	OCIIndex       = "application/vnd.oci.image.index.v1+json"
	DockerManifest = "application/vnd.docker.distribution.manifest.v2+json"
	DockerList     = "application/vnd.docker.distribution.manifest.list.v2+json"
)

// MaxManifest is the largest manifest in bytes (the limit of ECR's PutImage and of the distribution spec).
const MaxManifest = 4 << 20

// IsIndex tells whether the media type is that of a list of manifests.
func IsIndex(mediaType string) bool { return mediaType == OCIIndex || mediaType == DockerList }

// IsManifest tells whether the media type is that of a manifest or of a list of them.
func IsManifest(mediaType string) bool {
	return mediaType == OCIManifest || mediaType == DockerManifest || IsIndex(mediaType)
}

// Platform that an image runs on.
type Platform struct {
	OS           string `json:"os"`
	Architecture string `json:"architecture"`
	Variant      string `json:"variant,omitempty"`
}

// Descriptor points to content.
type Descriptor struct {
	MediaType    string            `json:"mediaType"`
	Digest       Digest            `json:"digest"`
	Size         int64             `json:"size"`
	ArtifactType string            `json:"artifactType,omitempty"`
	URLs         []string          `json:"urls,omitempty"`
	Annotations  map[string]string `json:"annotations,omitempty"`
	Platform     *Platform         `json:"platform,omitempty"`
}

// Foreign tells whether the content lies elsewhere: such layers are never pushed.
func (d Descriptor) Foreign() bool {
	return len(d.URLs) > 0 || strings.Contains(d.MediaType, ".nondistributable.") || strings.Contains(d.MediaType, ".foreign.")
}

// Manifest is an image manifest, an artifact's, or an index.
type Manifest struct {
	SchemaVersion int               `json:"schemaVersion"`
	MediaType     string            `json:"mediaType,omitempty"`
	ArtifactType  string            `json:"artifactType,omitempty"`
	Config        *Descriptor       `json:"config,omitempty"`
	Layers        []Descriptor      `json:"layers,omitempty"`
	Manifests     []Descriptor      `json:"manifests,omitempty"`
	Subject       *Descriptor       `json:"subject,omitempty"`
	Annotations   map[string]string `json:"annotations,omitempty"`
}

// ParseManifest reads and checks a manifest. mediaType is what the client calls it; where it is empty, the
// manifest has to say it itself. The result's MediaType is never empty.
func ParseManifest(data []byte, mediaType string) (*Manifest, error) {
	if len(data) > MaxManifest {
		return nil, fmt.Errorf("manifest has %d bytes, at most %d are allowed", len(data), MaxManifest)
	}
	mediaType, _, _ = strings.Cut(mediaType, ";")
	mediaType = strings.TrimSpace(mediaType)
	m := new(Manifest)
	if err := json.Unmarshal(data, m); err != nil {
		return nil, fmt.Errorf("manifest is not JSON: %w", err)
	}
	switch {
	case m.MediaType == "":
		m.MediaType = mediaType
	case mediaType != "" && m.MediaType != mediaType:
		return nil, fmt.Errorf("manifest says its media type is %q, the request says %q", m.MediaType, mediaType)
	}
	if !IsManifest(m.MediaType) {
		return nil, fmt.Errorf("manifest media type %q is not supported", m.MediaType)
	}
	if m.SchemaVersion != 2 {
		return nil, fmt.Errorf("manifest schema version %d is not supported", m.SchemaVersion)
	}
	return m, m.check()
}

// check that the parts which the kind of manifest needs are there and well formed.
func (m *Manifest) check() error {
	if IsIndex(m.MediaType) {
		if m.Config != nil || len(m.Layers) > 0 {
			return errors.New("index has a config or layers")
		}
	} else {
		if m.Config == nil {
			return errors.New("manifest has no config")
		}
		if len(m.Manifests) > 0 {
			return errors.New("image manifest lists manifests")
		}
	}
	all := append(append([]Descriptor{}, m.Layers...), m.Manifests...)
	for _, d := range []*Descriptor{m.Config, m.Subject} {
		if d != nil {
			all = append(all, *d)
		}
	}
	for _, d := range all {
		if _, err := ParseDigest(string(d.Digest)); err != nil {
			return fmt.Errorf("manifest refers to %w", err)
		}
		if d.Size < 0 {
			return fmt.Errorf("manifest says that %s has %d bytes", d.Digest, d.Size)
		}
		if d.MediaType == "" {
			return fmt.Errorf("manifest does not say the media type of %s", d.Digest)
		}
	}
	return nil
}

// Blobs that the manifest needs in its repository, the config first.
func (m *Manifest) Blobs() []Descriptor {
	var all []Descriptor
	if m.Config != nil {
		all = append(all, *m.Config)
	}
	for _, d := range m.Layers {
		if !d.Foreign() {
			all = append(all, d)
		}
	}
	for _, d := range m.Manifests { // an index may also list what is no manifest
		if !IsManifest(d.MediaType) {
			all = append(all, d)
		}
	}
	return all
}

// Children are the manifests that an index needs in its repository.
func (m *Manifest) Children() []Descriptor {
	var all []Descriptor
	for _, d := range m.Manifests {
		if IsManifest(d.MediaType) {
			all = append(all, d)
		}
	}
	return all
}

// Type is what the referrers API calls the artifact's type: the manifest's own, or its config's media type.
func (m *Manifest) Type() string {
	if m.ArtifactType == "" && m.Config != nil {
		return m.Config.MediaType
	}
	return m.ArtifactType
}
