package catalog

import (
	"maps"
	"slices"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/account"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecr/blobs"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecr/oci"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sim"
)

// sweepEvent removes the files that no repository has any more.
const sweepEvent = "ecr.sweep"

// state is what is saved.
type state struct {
	Secret       string // signs authorization tokens; made when first needed
	Repositories map[string]*Repository
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

	Images    map[oci.Digest]*Image
	ImageTags map[string]oci.Digest
	Blobs     map[oci.Digest]int64 // sizes
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
	c := &Catalog{Account: acct, Blobs: blobs.New(w.Dir()), world: w, state: state{Repositories: map[string]*Repository{}}}
	sim.Register(w, "ecr", &c.state)
	w.Handle(sweepEvent, func(string) { c.sweep() })
	return c
}

// release asks for the files to be removed that no repository has.
func (c *Catalog) release() { c.world.After(0, sweepEvent, "") }

func (c *Catalog) sweep() {
	live := map[oci.Digest]bool{}
	for _, r := range c.state.Repositories {
		for d := range r.Blobs {
			live[d] = true
		}
		for d := range r.Images {
			live[d] = true
		}
	}
	c.Blobs.Sweep(func(d oci.Digest) bool { return live[d] })
}

// ARN of the repository.
func (c *Catalog) ARN(name string) string { return c.Account.ARN("ecr", "repository/"+name) }

// URI of the repository. It is stable and not an address: clients dial the proxy endpoint.
func (c *Catalog) URI(name string) string { return c.Account.RegistryHost() + "/" + name }

// TagsOf are the tags of an image, sorted.
func (r *Repository) TagsOf(d oci.Digest) []string {
	var tags []string
	for t, to := range r.ImageTags {
		if to == d {
			tags = append(tags, t)
		}
	}
	slices.Sort(tags)
	return tags
}

// SortedTags are all tags, sorted.
func (r *Repository) SortedTags() []string { return slices.Sorted(maps.Keys(r.ImageTags)) }

// SortedImages are all images by digest.
func (r *Repository) SortedImages() []*Image {
	all := make([]*Image, 0, len(r.Images))
	for _, d := range slices.Sorted(maps.Keys(r.Images)) {
		all = append(all, r.Images[d])
	}
	return all
}
