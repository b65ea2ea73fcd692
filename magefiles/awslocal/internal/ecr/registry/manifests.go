package registry

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecr/catalog"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecr/oci"
)

// getManifest answers GET and HEAD, by tag or digest.
func (c *call) getManifest() error {
	var data []byte
	var image catalog.Image
	err := c.in(func(r *catalog.Repository) (err error) {
		i := r.Lookup(c.reference)
		if i == nil {
			return manifestUnknown()
		}
		if c.req.Method == http.MethodGet {
			c.catalog.Pulled(i)
		}
		image = *i
		data, err = c.catalog.Manifest(i)
		return err
	})
	if err != nil {
		return err
	}
	h := c.w.Header()
	h.Set("Content-Type", image.MediaType)
	h.Set("Docker-Content-Digest", string(image.Digest))
	h.Set("Etag", `"`+string(image.Digest)+`"`)
	http.ServeContent(c.w, c.req, "", time.Time{}, bytes.NewReader(data))
	return nil
}

// putManifest adds a manifest whose parts are there, under a tag or by its digest.
func (c *call) putManifest() error {
	push := catalog.Push{MediaType: c.req.Header.Get("Content-Type")}
	if strings.Contains(c.reference, ":") {
		if _, err := digest(c.reference); err != nil {
			return err
		}
		push.Digest = c.reference
	} else {
		if !oci.ValidTag(c.reference) {
			return &problem{http.StatusBadRequest, "TAG_INVALID", "'" + c.reference + "' is not a tag"}
		}
		push.Tag = c.reference
	}
	if err := c.in(exists); err != nil {
		return err
	}
	var err error
	push.Data, err = io.ReadAll(http.MaxBytesReader(c.w, c.req.Body, oci.MaxManifest))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return &problem{http.StatusRequestEntityTooLarge, "MANIFEST_INVALID", "the manifest is larger than 4 MiB"}
	}
	if err != nil {
		return &problem{http.StatusBadRequest, "MANIFEST_INVALID", "the request's body ended early: " + err.Error()}
	}
	var image catalog.Image
	err = c.in(func(r *catalog.Repository) error {
		i, err := c.catalog.Put(r, push)
		if err == nil {
			image = *i
		}
		return err
	})
	if err != nil {
		return err
	}
	if image.Subject != "" {
		c.w.Header().Set("OCI-Subject", string(image.Subject))
	}
	c.created("manifests", image.Digest)
	return nil
}

// deleteManifest removes an image by digest, or a tag. As with BatchDeleteImage, an image goes with its last
// tag, and not while an index lists it.
func (c *call) deleteManifest() error {
	err := c.in(func(r *catalog.Repository) error {
		image := r.Lookup(c.reference)
		if image == nil {
			return manifestUnknown()
		}
		tag := r.Tagged(c.reference) != ""
		if !tag || len(image.Tags) == 1 {
			if parents := image.Parents; len(parents) > 0 {
				return &problem{http.StatusForbidden, "DENIED", catalog.ReferencedBy(parents)}
			}
		}
		if tag {
			c.catalog.RemoveTag(r, c.reference)
		} else {
			c.catalog.RemoveImage(r, image.Digest)
		}
		return nil
	})
	if err != nil {
		return err
	}
	c.w.WriteHeader(http.StatusAccepted)
	return nil
}
