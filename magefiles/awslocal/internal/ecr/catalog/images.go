package catalog

import (
	"cmp"
	"fmt"
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
	return r.Image(cmp.Or(r.Tagged(reference), oci.Digest(reference)))
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
		if r.Tagged(p.Tag) != "" && r.fixed(p.Tag) {
			return nil, wire.Errorf("ImageTagAlreadyExistsException", "The image tag '%s' already exists in the '%s' repository and cannot be overwritten because the tag is immutable.", p.Tag, r.Name)
		}
	}
	image := r.Image(digest)
	if image == nil {
		if err := c.needs(r, m); err != nil {
			return nil, err
		}
		if _, err := c.Blobs.Put(p.Data); err != nil {
			return nil, err
		}
		image = r.describe(m, digest, len(p.Data))
		image.PushedAt = c.world.Now()
		c.add(r, image)
	}
	if p.Tag != "" {
		c.untag(r, p.Tag)
		c.state.Tags.Put(r.key(p.Tag), &tagged{digest})
		image.Tags = with(image.Tags, p.Tag)
	}
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
		size, ok := r.Blob(d.Digest)
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
		if r.Image(d.Digest) == nil {
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
		i.Size = max(i.Size, r.Image(d.Digest).Size)
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

// Referrers are the artifacts whose subject is d, by digest.
func (r *Repository) Referrers(d oci.Digest) (all []*Image) {
	for _, at := range r.catalog.state.Referrers.Ascend(r.key(string(d)+"|"), "") {
		all = append(all, r.Image(at.Digest))
	}
	return all
}

// add adds an image to the repository, and to what it refers to.
func (c *Catalog) add(r *Repository, i *Image) {
	c.state.Images.Put(r.key(string(i.Digest)), i)
	for _, d := range i.needs() {
		c.state.Blobs.Get(r.key(string(d))).Images++
	}
	for _, d := range i.Children {
		child := r.Image(d)
		child.Parents = with(child.Parents, i.Digest)
	}
	if i.Subject != "" {
		c.state.Referrers.Put(r.referrer(i), &tagged{i.Digest})
	}
}

// needs are the image's blobs, each once.
func (i *Image) needs() []oci.Digest { return slices.Compact(slices.Sorted(slices.Values(i.Blobs))) }

func (r *Repository) referrer(i *Image) string {
	return r.key(string(i.Subject) + "|" + string(i.Digest))
}

// with is a sorted list with one more item, unless that is in it.
func with[T cmp.Ordered](list []T, item T) []T {
	at, found := slices.BinarySearch(list, item)
	if found {
		return list
	}
	return slices.Insert(list, at, item)
}

func without[T comparable](list []T, item T) []T {
	return slices.DeleteFunc(list, func(i T) bool { return i == item })
}

// untag takes a tag from the image that has it, if one does. The image stays.
func (c *Catalog) untag(r *Repository, tag string) *Image {
	i := r.Image(r.Tagged(tag))
	if i != nil {
		i.Tags = without(i.Tags, tag)
		c.state.Tags.Delete(r.key(tag))
	}
	return i
}

// RemoveTag removes a tag; with its last tag an image goes too, as in ECR.
func (c *Catalog) RemoveTag(r *Repository, tag string) {
	if i := c.untag(r, tag); i != nil && len(i.Tags) == 0 {
		c.RemoveImage(r, i.Digest)
	}
}

// RemoveImage removes an image with its tags, and the blobs that no other image of the repository needs.
func (c *Catalog) RemoveImage(r *Repository, d oci.Digest) {
	i := r.Image(d)
	if i == nil {
		return
	}
	for _, tag := range i.Tags {
		c.state.Tags.Delete(r.key(tag))
	}
	for _, d := range i.Children {
		if child := r.Image(d); child != nil {
			child.Parents = without(child.Parents, i.Digest)
		}
	}
	if i.Subject != "" {
		c.state.Referrers.Delete(r.referrer(i))
	}
	for _, d := range i.needs() {
		b := c.state.Blobs.Get(r.key(string(d)))
		if b == nil {
			continue
		}
		if b.Images--; b.Images == 0 {
			c.state.Blobs.Delete(r.key(string(d)))
			c.release(d)
		}
	}
	c.state.Images.Delete(r.key(string(d)))
	c.release(d)
}

// AddBlob makes a blob part of the repository; its content has been put into place.
func (c *Catalog) AddBlob(r *Repository, d oci.Digest, size int64) {
	if _, ok := r.Blob(d); !ok {
		c.state.Blobs.Put(r.key(string(d)), &blob{Size: size})
	}
}

// ReferencedBy is ECR's text about an image that cannot be deleted before the indexes that list it.
func ReferencedBy(parents []oci.Digest) string {
	return fmt.Sprintf("Requested image referenced by manifest list: [%s]", parents[0])
}
