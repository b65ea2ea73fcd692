package catalog

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecr/oci"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

// pullRecorded is how often at most a pull is recorded (lastRecordedPullTime in API_ImageDetail).
const pullRecorded = 24 * time.Hour

// Lookup finds an image by tag or digest; nil where it is absent.
func (r *Repository) Lookup(reference string) *Image {
	if d, ok := r.ImageTags[reference]; ok {
		return r.Images[d]
	}
	return r.Images[oci.Digest(reference)]
}

// Push is a manifest to be put into a repository.
type Push struct {
	Data      []byte
	MediaType string // empty: what the manifest says
	Tag       string // empty: none
	Digest    string // that the client expects; empty: none
}

// Put checks a manifest and adds it, or only its tag where it is there already.
// Texts: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html.
func (c *Catalog) Put(r *Repository, p Push) (*Image, error) {
	m, err := oci.ParseManifest(p.Data, p.MediaType)
	if err != nil {
		return nil, InvalidParameter("imageManifest", "%v", err)
	}
	digest := oci.DigestOf(p.Data)
	if p.Digest != "" && p.Digest != string(digest) {
		return nil, wire.Errorf("ImageDigestDoesNotMatchException", "The given image digest '%s' does not match the digest '%s' calculated from the image manifest", p.Digest, digest)
	}
	if p.Tag != "" {
		if !oci.ValidTag(p.Tag) {
			return nil, InvalidParameter("imageTag", "must satisfy regular expression '[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}'")
		}
		if _, taken := r.ImageTags[p.Tag]; taken && r.fixed(p.Tag) {
			return nil, wire.Errorf("ImageTagAlreadyExistsException", "The image tag '%s' already exists in the '%s' repository and cannot be overwritten because the tag is immutable.", p.Tag, r.Name)
		}
	}
	image := r.Images[digest]
	if image == nil {
		if err := c.needs(r, m); err != nil {
			return nil, err
		}
		if _, err := c.Blobs.Put(p.Data); err != nil {
			return nil, err
		}
		image = r.describe(m, digest, len(p.Data))
		image.PushedAt = c.world.Now()
		r.Images[digest] = image
	}
	if p.Tag != "" {
		r.ImageTags[p.Tag] = digest
	}
	c.world.Changed()
	return image, nil
}

// needs tells what the manifest refers to and the repository lacks.
func (c *Catalog) needs(r *Repository, m *oci.Manifest) error {
	missing := func(code, what string, list []string) error {
		return wire.Errorf(code, "%s with digests '[%s]' required for pushing image into repository with name '%s' in the registry with id '%s' do not exist",
			what, strings.Join(list, ", "), r.Name, c.Account.ID)
	}
	var lack []string
	for _, d := range m.Blobs() {
		size, ok := r.Blobs[d.Digest]
		if !ok {
			lack = append(lack, string(d.Digest))
		} else if size != d.Size {
			return InvalidParameter("imageManifest", "%s has %d bytes, the manifest says %d", d.Digest, size, d.Size)
		}
	}
	if len(lack) > 0 {
		return missing("LayersNotFoundException", "Layers", lack)
	}
	for _, d := range m.Children() {
		if r.Images[d.Digest] == nil {
			lack = append(lack, string(d.Digest))
		}
	}
	if len(lack) > 0 {
		return missing("ReferencedImagesNotFoundException", "Images", lack)
	}
	return nil
}

func (r *Repository) describe(m *oci.Manifest, digest oci.Digest, size int) *Image {
	i := &Image{Digest: digest, MediaType: m.MediaType, ArtifactType: m.Type(), ManifestSize: int64(size)}
	if m.Config != nil {
		i.Config = m.Config.Digest
	}
	for _, d := range m.Blobs() {
		i.Blobs = append(i.Blobs, d.Digest)
	}
	for _, d := range m.Layers {
		i.Size += d.Size
	}
	for _, d := range m.Children() {
		i.Children = append(i.Children, d.Digest)
		i.Size = max(i.Size, r.Images[d.Digest].Size)
	}
	if m.Subject != nil {
		i.Subject, i.Annotations = m.Subject.Digest, m.Annotations
	}
	return i
}

// Manifest is the text of an image's manifest.
func (c *Catalog) Manifest(i *Image) ([]byte, error) {
	data, err := c.Blobs.Read(i.Digest, oci.MaxManifest)
	if err != nil {
		return nil, fmt.Errorf("read manifest: %w", err)
	}
	return data, nil
}

// Pulled records that an image was pulled.
func (c *Catalog) Pulled(i *Image) {
	if now := c.world.Now(); now.Sub(i.PulledAt) >= pullRecorded {
		i.PulledAt = now
		c.world.Changed()
	}
}

// Parents are the indexes of the repository that list an image.
func (r *Repository) Parents(d oci.Digest) []oci.Digest {
	var all []oci.Digest
	for _, i := range r.SortedImages() {
		if slices.Contains(i.Children, d) {
			all = append(all, i.Digest)
		}
	}
	return all
}

// Referrers are the artifacts whose subject is d.
func (r *Repository) Referrers(d oci.Digest) []*Image {
	return slices.DeleteFunc(r.SortedImages(), func(i *Image) bool { return i.Subject != d })
}

// RemoveTag removes a tag; with its last tag an image goes too, as in ECR.
func (c *Catalog) RemoveTag(r *Repository, tag string) {
	d := r.ImageTags[tag]
	delete(r.ImageTags, tag)
	c.world.Changed()
	if len(r.TagsOf(d)) == 0 {
		c.RemoveImage(r, d)
	}
}

// RemoveImage removes an image with its tags, and the blobs that no other image of the repository needs.
func (c *Catalog) RemoveImage(r *Repository, d oci.Digest) {
	image := r.Images[d]
	if image == nil {
		return
	}
	delete(r.Images, d)
	maps.DeleteFunc(r.ImageTags, func(_ string, to oci.Digest) bool { return to == d })
	for _, b := range image.Blobs {
		needed := false
		for _, other := range r.Images {
			needed = needed || slices.Contains(other.Blobs, b)
		}
		if !needed {
			delete(r.Blobs, b)
		}
	}
	c.release()
}

// AddBlob makes a blob part of the repository; its content has been put into place.
func (c *Catalog) AddBlob(r *Repository, d oci.Digest, size int64) {
	r.Blobs[d] = size
	c.world.Changed()
}

// ReferencedBy is ECR's text about an image that cannot be deleted before the indexes that list it.
func ReferencedBy(parents []oci.Digest) string {
	return fmt.Sprintf("Requested image referenced by manifest list: [%s]", parents[0])
}
