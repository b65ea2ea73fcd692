package catalog

import (
	"maps"
	"slices"
	"strings"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecr/oci"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

// maxTags of a resource.
const maxTags = 50

// Create makes an empty repository.
func (c *Catalog) Create(name string, s Settings) (*Repository, error) {
	if !oci.ValidName(name) {
		return nil, InvalidParameter("repositoryName", "must satisfy regular expression '%s'", oci.NamePattern)
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	if c.state.Repositories.Has(name) {
		return nil, wire.Errorf("RepositoryAlreadyExistsException", "The repository with name '%s' already exists in the registry with id '%s'", name, c.Account.ID)
	}
	r := &Repository{
		Name: name, Settings: s, CreatedAt: c.world.Now(), Tags: map[string]string{}, catalog: c,
	}
	c.state.Repositories.Put(name, r)
	return r, nil
}

// Get finds a repository of a registry; an empty registry is the account's own.
func (c *Catalog) Get(registry, name string) (*Repository, error) {
	if registry == "" {
		registry = c.Account.ID
	}
	r := c.state.Repositories.Get(name)
	if r == nil || registry != c.Account.ID {
		return nil, wire.Errorf("RepositoryNotFoundException", "The repository with name '%s' does not exist in the registry with id '%s'", name, registry)
	}
	r.catalog = c
	return r, nil
}

// Find finds a repository by its ARN.
func (c *Catalog) Find(arn string) (*Repository, error) {
	name, ok := strings.CutPrefix(arn, c.ARN(""))
	if !ok {
		return nil, InvalidParameter("resourceArn", "Invalid ARN")
	}
	return c.Get("", name)
}

// List is all repositories by name, to be looked at.
func (c *Catalog) List() []*Repository {
	var all []*Repository
	for _, r := range c.state.Repositories.All() {
		r.catalog = c
		all = append(all, r)
	}
	return all
}

// Delete removes a repository, with its images only by force.
func (c *Catalog) Delete(r *Repository, force bool) error {
	empty := true
	for range r.Images("") {
		empty = false
		break
	}
	if !empty && !force {
		return wire.Errorf("RepositoryNotEmptyException", "The repository with name '%s' in registry with id '%s' cannot be deleted because it still contains images", r.Name, c.Account.ID)
	}
	for key := range c.state.Images.Ascend(r.key(""), "") {
		c.state.Images.Delete(key)
	}
	for key := range c.state.Tags.Ascend(r.key(""), "") {
		c.state.Tags.Delete(key)
	}
	for key := range c.state.Blobs.Ascend(r.key(""), "") {
		c.state.Blobs.Delete(key)
	}
	for key := range c.state.Referrers.Ascend(r.key(""), "") {
		c.state.Referrers.Delete(key)
	}
	c.state.Repositories.Delete(r.Name)
	c.release("")
	return nil
}

// SetMutability replaces the rule about tags.
func (c *Catalog) SetMutability(r *Repository, mutability string, filters []ExclusionFilter) error {
	if err := CheckMutability(mutability, filters); err != nil {
		return err
	}
	if mutability == "" {
		mutability = Mutable
	}
	r.ImageTagMutability, r.ImageTagMutabilityExclusionFilters = mutability, filters
	c.world.Changed()
	return nil
}

// SetScanning replaces the scanning configuration.
func (c *Catalog) SetScanning(r *Repository, s Scanning) {
	r.ImageScanningConfiguration = s
	c.world.Changed()
}

// Manage sets what CloudFormation alone knows of: what it does with images when it deletes the repository, and
// its tags, which replace those that it set before and no others.
func (c *Catalog) Manage(r *Repository, emptyOnDelete bool, tags map[string]string) error {
	c.Untag(r, r.Managed...)
	r.EmptyOnDelete, r.Managed = emptyOnDelete, slices.Sorted(maps.Keys(tags))
	return c.Tag(r, tags, true)
}

// SetLifecycle checks and replaces the lifecycle policy; an empty text removes it. It is not carried out.
func (c *Catalog) SetLifecycle(r *Repository, text string) error {
	if text != "" {
		if err := checkLifecycle(text); err != nil {
			return err
		}
	}
	r.Lifecycle = text
	c.world.Changed()
	return nil
}

// SetPolicy checks and replaces the repository policy; an empty text removes it. It is not enforced.
func (c *Catalog) SetPolicy(r *Repository, text string) error {
	if text != "" {
		if err := checkPolicy(text); err != nil {
			return err
		}
	}
	r.Policy = text
	c.world.Changed()
	return nil
}

// Tag adds tags to the repository. Keys that begin with aws: are for AWS's own services.
func (c *Catalog) Tag(r *Repository, tags map[string]string, own bool) error {
	for k := range tags {
		if k == "" || len(k) > 128 || len(tags[k]) > 256 || (!own && strings.HasPrefix(strings.ToLower(k), "aws:")) {
			return wire.Errorf("InvalidTagParameterException", "Invalid parameter at 'tags' failed to satisfy constraint: 'Tag key '%s' is not valid'", k)
		}
	}
	all := maps.Clone(r.Tags)
	maps.Copy(all, tags)
	users := 0
	for k := range all {
		if !strings.HasPrefix(k, "aws:") {
			users++
		}
	}
	if users > maxTags {
		return wire.Errorf("TooManyTagsException", "The list of tags on the repository is over the limit. The maximum number of tags that can be applied to a repository is %d.", maxTags)
	}
	r.Tags = all
	c.world.Changed()
	return nil
}

// Untag removes tags from the repository; those it does not have are no error.
func (c *Catalog) Untag(r *Repository, keys ...string) {
	for _, k := range keys {
		delete(r.Tags, k)
	}
	c.world.Changed()
}
