package registry

import (
	"net/http"
	"os"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecr/catalog"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecr/oci"
)

// digest that the path or the query names.
func digest(s string) (oci.Digest, error) {
	d, err := oci.ParseDigest(s)
	if err != nil {
		return "", &problem{http.StatusBadRequest, "DIGEST_INVALID", err.Error()}
	}
	return d, nil
}

// getBlob answers GET and HEAD, with ranges. The file is opened in the transaction, so that nobody can sweep it
// away in between, and read after it.
func (c *call) getBlob() error {
	d, err := digest(c.reference)
	if err != nil {
		return err
	}
	var file *os.File
	err = c.in(func(r *catalog.Repository) (err error) {
		if _, ok := r.Blob(d); !ok {
			return &problem{http.StatusNotFound, "BLOB_UNKNOWN", "The layer with digest '" + string(d) + "' does not exist in the repository with name '" + r.Name + "'"}
		}
		file, err = c.catalog.Blobs.Open(d)
		return err
	})
	if err != nil {
		return err
	}
	defer file.Close() // read only
	h := c.w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Docker-Content-Digest", string(d))
	h.Set("Etag", `"`+string(d)+`"`)
	http.ServeContent(c.w, c.req, "", time.Time{}, file)
	return nil
}
