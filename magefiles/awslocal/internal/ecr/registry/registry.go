package registry

import (
	"context"
	"net/http"
	"strings"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecr/catalog"
)

// Registry is the handler of /v2/.
type Registry struct {
	catalog  *catalog.Catalog
	transact func(context.Context, func() error) error
}

// New serves a catalog. transact runs a function in a transaction of the world that the catalog lives in.
func New(transact func(context.Context, func() error) error, c *catalog.Catalog) *Registry {
	return &Registry{catalog: c, transact: transact}
}

// call is one request, with what its path says.
type call struct {
	*Registry
	w         http.ResponseWriter
	req       *http.Request
	name      string // repository
	reference string // tag, digest or upload id
}

// ServeHTTP answers one request of the distribution spec.
func (g *Registry) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	w.Header().Set("Docker-Distribution-Api-Version", "registry/2.0")
	c := &call{Registry: g, w: w, req: req}
	if err := c.route()(); err != nil {
		g.fail(w, err)
	}
}

// route finds the endpoint. Names may hold any of the words of the API, so paths are read from their end.
func (c *call) route() func() error {
	path, ok := strings.CutPrefix(c.req.URL.Path, "/v2/")
	if !ok && c.req.URL.Path != "/v2" {
		return c.unknown
	}
	switch path {
	case "":
		return c.methods(byMethod{"GET": c.ping, "HEAD": c.ping})
	case "_catalog":
		return c.methods(byMethod{"GET": c.listRepositories})
	}
	parts := strings.Split(path, "/")
	last := func(n int) string {
		if len(parts) <= n {
			return ""
		}
		return parts[len(parts)-n]
	}
	cut := func(n int) { c.name = strings.Join(parts[:len(parts)-n], "/") }
	c.reference = last(1)
	switch {
	case last(3) == "blobs" && last(2) == "uploads":
		cut(3)
		if c.reference == "" {
			return c.methods(byMethod{"POST": c.startUpload})
		}
		return c.methods(byMethod{"GET": c.uploadStatus, "PATCH": c.appendUpload, "PUT": c.finishUpload, "DELETE": c.cancelUpload})
	case last(2) == "blobs" && last(1) == "uploads":
		cut(2)
		return c.methods(byMethod{"POST": c.startUpload})
	case last(2) == "blobs":
		cut(2)
		return c.methods(byMethod{"GET": c.getBlob, "HEAD": c.getBlob})
	case last(2) == "manifests":
		cut(2)
		return c.methods(byMethod{"GET": c.getManifest, "HEAD": c.getManifest, "PUT": c.putManifest, "DELETE": c.deleteManifest})
	case last(2) == "referrers":
		cut(2)
		return c.methods(byMethod{"GET": c.listReferrers})
	case last(2) == "tags" && last(1) == "list":
		cut(2)
		return c.methods(byMethod{"GET": c.listTags})
	}
	return c.unknown
}

type byMethod map[string]func() error

func (c *call) methods(m byMethod) func() error {
	if f := m[c.req.Method]; f != nil {
		return f
	}
	return func() error {
		if err := c.transact(c.req.Context(), c.authorize); err != nil {
			return err
		}
		return unsupported("The operation is unsupported.")
	}
}

func (c *call) unknown() error {
	return &problem{http.StatusNotFound, "UNSUPPORTED", "not an endpoint of the distribution API: " + c.req.URL.Path}
}

func (c *call) ping() error {
	if err := c.transact(c.req.Context(), c.authorize); err != nil {
		return err
	}
	c.w.WriteHeader(http.StatusOK)
	return nil
}

func (c *call) authorize() error {
	user, password, ok := c.req.BasicAuth()
	if !ok {
		return catalog.ErrNotAuthorized
	}
	return c.catalog.Authorize(user, password)
}

// in runs f in a transaction, on the repository that the path names, for a client that may.
func (c *call) in(f func(*catalog.Repository) error) error {
	return c.transact(c.req.Context(), func() error {
		if err := c.authorize(); err != nil {
			return err
		}
		r, err := c.catalog.Get("", c.name)
		if err != nil {
			return err
		}
		return f(r)
	})
}

// exists is for in: nothing beyond the repository is asked.
func exists(*catalog.Repository) error { return nil }
