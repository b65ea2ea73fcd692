package registry

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecr/catalog"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecr/oci"
)

// page cuts sorted names by the query's n and last, and links to the next page
// (https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#listing-tags).
func (c *call) page(all []string) ([]string, error) {
	query := c.req.URL.Query()
	if last := query.Get("last"); last != "" {
		at, found := slices.BinarySearch(all, last)
		if found {
			at++
		}
		all = all[at:]
	}
	if !query.Has("n") {
		return all, nil
	}
	n, err := strconv.Atoi(query.Get("n"))
	if err != nil || n < 0 {
		return nil, &problem{http.StatusBadRequest, "PAGINATION_NUMBER_INVALID", "n has to be a number of at least 0"}
	}
	if n < len(all) {
		all = all[:n]
		if n > 0 {
			next := url.Values{"n": {strconv.Itoa(n)}, "last": {all[n-1]}}
			c.w.Header().Set("Link", "<"+c.req.URL.Path+"?"+next.Encode()+`>; rel="next"`)
		}
	}
	return all, nil
}

func (c *call) answer(contentType string, v any) error {
	c.w.Header().Set("Content-Type", contentType)
	return json.NewEncoder(c.w).Encode(v)
}

func (c *call) listTags() error {
	var tags []string
	if err := c.in(func(r *catalog.Repository) error { tags = r.SortedTags(); return nil }); err != nil {
		return err
	}
	tags, err := c.page(tags)
	if err != nil {
		return err
	}
	return c.answer("application/json", struct {
		Name string   `json:"name"`
		Tags []string `json:"tags"`
	}{c.name, append([]string{}, tags...)})
}

func (c *call) listRepositories() error {
	var names []string
	err := c.transact(c.req.Context(), func() error {
		if err := c.authorize(); err != nil {
			return err
		}
		for _, r := range c.catalog.List() {
			names = append(names, r.Name)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if names, err = c.page(names); err != nil {
		return err
	}
	return c.answer("application/json", map[string][]string{"repositories": append([]string{}, names...)})
}

// listReferrers answers with an index of what has the digest as its subject, whether that is there or not.
func (c *call) listReferrers() error {
	d, err := digest(c.reference)
	if err != nil {
		return err
	}
	wanted := c.req.URL.Query().Get("artifactType")
	index := struct {
		SchemaVersion int              `json:"schemaVersion"`
		MediaType     string           `json:"mediaType"`
		Manifests     []oci.Descriptor `json:"manifests"`
	}{2, oci.OCIIndex, []oci.Descriptor{}}
	err = c.in(func(r *catalog.Repository) error {
		for _, i := range r.Referrers(d) {
			if wanted == "" || i.ArtifactType == wanted {
				index.Manifests = append(index.Manifests, oci.Descriptor{
					MediaType: i.MediaType, Digest: i.Digest, Size: i.ManifestSize, ArtifactType: i.ArtifactType, Annotations: i.Annotations,
				})
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if wanted != "" {
		c.w.Header().Set("OCI-Filters-Applied", "artifactType")
	}
	return c.answer(oci.OCIIndex, index)
}
