package catalog

import (
	"iter"
	"strings"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/account"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecr/blobs"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecr/oci"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sim"
)

// sweepEvent removes the files that no repository has any more.
const sweepEvent = "ecr.sweep"

// state is what is saved. The keys of what is in a repository begin with its name: see [Repository.key].
type state struct {
	signing
	Repositories sim.Table[*Repository] // by name
	Images       sim.Table[*Image]      // by digest
	Tags         sim.Table[*tagged]     // by tag
	Blobs        sim.Table[*blob]       // by digest
	Referrers    sim.Table[*tagged]     // by subject and digest
}

// signing is what authorization tokens are signed with; made when first needed.
type signing struct{ Secret string }

// tagged is an image that is found by something else than its digest.
type tagged struct{ Digest oci.Digest }

// blob is a layer or config in a repository. One that no image needs was just uploaded.
type blob struct {
	Size   int64
	Images int // that need it
}

// Repository is an image repository.
type Repository struct {
	Settings
	Name      string
	CreatedAt time.Time
	Lifecycle string            // policy text; empty: none
	Policy    string            // policy text; empty: none
	Tags      map[string]string // of the repository as a resource
	// EmptyOnDelete is CloudFormation's: it deletes the repository with its images.
	EmptyOnDelete bool
	// Managed are the keys of the tags that CloudFormation set, its own and the stack's too.
	Managed []string

	catalog *Catalog
}

// Image is a manifest in a repository: an image, an artifact or an index.
type Image struct {
	Digest       oci.Digest
	MediaType    string
	ArtifactType string
	ManifestSize int64
	Size         int64 // of its layers; of an index: of its largest image
	Config       oci.Digest
	Blobs        []oci.Digest
	Children     []oci.Digest
	Subject      oci.Digest
	Annotations  map[string]string // kept where there is a subject, for the referrers API
	Tags         []string          // sorted
	Parents      []oci.Digest      // indexes of the repository that list it, sorted
	PushedAt     time.Time
	PulledAt     time.Time
}

// Catalog of an account's repositories.
type Catalog struct {
	Account account.Account
	Blobs   *blobs.Store

	world *sim.World
	state state
}

// New registers the catalog with the world. Its files lie in the world's folder.
func New(w *sim.World, acct account.Account) *Catalog {
	c := &Catalog{Account: acct, Blobs: blobs.New(w.Dir()), world: w, state: state{
		Repositories: sim.NewTable[*Repository](w, "ecr.repositories"), Images: sim.NewTable[*Image](w, "ecr.images"),
		Tags: sim.NewTable[*tagged](w, "ecr.tags"), Blobs: sim.NewTable[*blob](w, "ecr.blobs"), Referrers: sim.NewTable[*tagged](w, "ecr.referrers"),
	}}
	sim.Register(w, "ecr", &c.state.signing)
	w.Handle(sweepEvent, c.sweep)
	return c
}

// release asks for a file to be removed, if no repository has it any more. No digest: for all such files.
func (c *Catalog) release(d oci.Digest) { c.world.After(0, sweepEvent, string(d)) }

func (c *Catalog) sweep(only string) {
	switch d := oci.Digest(only); {
	case d == "":
		c.Blobs.Sweep(c.had)
	case !c.had(d):
		c.Blobs.Remove(d)
	}
}

// had tells whether a repository has the blob or manifest.
func (c *Catalog) had(d oci.Digest) bool {
	for name := range c.state.Repositories.All() {
		r := Repository{Name: name}
		if c.state.Blobs.Has(r.key(string(d))) || c.state.Images.Has(r.key(string(d))) {
			return true
		}
	}
	return false
}

// ARN of the repository.
func (c *Catalog) ARN(name string) string { return c.Account.ARN("ecr", "repository/"+name) }

// URI of the repository. It is stable and not an address: clients dial the proxy endpoint.
func (c *Catalog) URI(name string) string { return c.Account.RegistryHost() + "/" + name }

// key of what is in the repository; names have no bar.
func (r *Repository) key(name string) string { return r.Name + "|" + name }

// Image is the one with the digest; nil where it is absent. It may be changed.
func (r *Repository) Image(d oci.Digest) *Image { return r.catalog.state.Images.Get(r.key(string(d))) }

// Tagged is the image with the tag; empty where there is none.
func (r *Repository) Tagged(tag string) oci.Digest {
	if t := r.catalog.state.Tags.Look(r.key(tag)); t != nil {
		return t.Digest
	}
	return ""
}

// Blob is the size of a blob; ok is false where the repository has none such.
func (r *Repository) Blob(d oci.Digest) (size int64, ok bool) {
	if b := r.catalog.state.Blobs.Look(r.key(string(d))); b != nil {
		return b.Size, true
	}
	return 0, false
}

// SortedTags are all tags, sorted.
func (r *Repository) SortedTags() []string {
	var all []string
	for key := range r.catalog.state.Tags.Ascend(r.key(""), "") {
		all = append(all, strings.TrimPrefix(key, r.key("")))
	}
	return all
}

// Images are the images from a digest on, by digest, to be looked at.
func (r *Repository) Images(from oci.Digest) iter.Seq[*Image] {
	return func(yield func(*Image) bool) {
		for _, i := range r.catalog.state.Images.Ascend(r.key(""), r.key(string(from))) {
			if !yield(i) {
				return
			}
		}
	}
}
