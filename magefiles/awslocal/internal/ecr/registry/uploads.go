package registry

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecr/blobs"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecr/catalog"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecr/oci"
)

// startUpload answers POST: a mount, a whole blob, or a new session.
func (c *call) startUpload() error {
	query := c.req.URL.Query()
	whole := query.Get("digest")
	if whole != "" {
		if _, err := digest(whole); err != nil {
			return err
		}
	}
	mounted, err := c.mount(query.Get("mount"), query.Get("from"))
	if err != nil || mounted {
		return err
	}
	if c.reference, err = c.catalog.Blobs.Start(c.name); err != nil {
		return err
	}
	if whole != "" {
		return c.finishUpload()
	}
	return c.progress(http.StatusAccepted, 0)
}

// mount makes a blob of another repository part of this one. Where that cannot be, an ordinary upload follows,
// as the spec wants it.
func (c *call) mount(what, from string) (done bool, err error) {
	var d oci.Digest
	if what != "" {
		if d, err = digest(what); err != nil {
			return false, err
		}
	}
	err = c.in(func(r *catalog.Repository) error {
		if d == "" || from == "" {
			return nil
		}
		source, err := c.catalog.Get("", from)
		if err != nil {
			return nil
		}
		size, ok := source.Blob(d)
		if ok {
			c.catalog.AddBlob(r, d, size)
			done = true
		}
		return nil
	})
	if err == nil && done {
		c.created("blobs", d)
	}
	return done, err
}

// resume takes hold of the session that the path names.
func (c *call) resume() (*blobs.Upload, error) {
	u, err := c.catalog.Blobs.Resume(c.name, c.reference)
	switch {
	case errors.Is(err, blobs.ErrUnknown):
		return nil, &problem{http.StatusNotFound, "BLOB_UPLOAD_UNKNOWN", "The upload with id '" + c.reference + "' does not exist in the repository with name '" + c.name + "'"}
	case errors.Is(err, blobs.ErrBusy):
		return nil, invalidRange(err.Error())
	}
	return u, err
}

func invalidRange(message string) *problem {
	return &problem{http.StatusRequestedRangeNotSatisfiable, "BLOB_UPLOAD_INVALID", message}
}

func (c *call) uploadStatus() error {
	if err := c.in(exists); err != nil {
		return err
	}
	u, err := c.resume()
	if err != nil {
		return err
	}
	size := u.Size
	if err := u.Close(); err != nil {
		return err
	}
	return c.progress(http.StatusNoContent, size)
}

func (c *call) cancelUpload() error {
	if err := c.in(exists); err != nil {
		return err
	}
	u, err := c.resume()
	if err == nil {
		err = u.Discard()
	}
	if err != nil {
		return err
	}
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

// appendUpload answers PATCH: a chunk with Content-Range, or a stream without.
func (c *call) appendUpload() (err error) {
	if err := c.in(exists); err != nil {
		return err
	}
	u, err := c.resume()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, u.Close()) }()
	if err := c.receive(u); err != nil {
		return err
	}
	size := u.Size
	if err := u.Close(); err != nil {
		return err
	}
	return c.progress(http.StatusAccepted, size)
}

// finishUpload answers PUT: perhaps the last bytes, and the digest of all of them.
func (c *call) finishUpload() (err error) {
	d, err := digest(c.req.URL.Query().Get("digest"))
	if err != nil {
		return err
	}
	if err := c.in(exists); err != nil {
		return err
	}
	u, err := c.resume()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, u.Close()) }()
	if err := c.receive(u); err != nil {
		return err
	}
	if got := u.Digest(); got != d {
		return errors.Join(&problem{http.StatusBadRequest, "DIGEST_INVALID", fmt.Sprintf("the uploaded content has digest %s, not %s", got, d)}, u.Discard())
	}
	err = c.transact(c.req.Context(), func() error {
		r, err := c.catalog.Get("", c.name) // it may have been deleted meanwhile
		if err != nil {
			return err
		}
		if err := u.Commit(); err != nil {
			return err
		}
		c.catalog.AddBlob(r, d, u.Size)
		return nil
	})
	if err != nil {
		return err
	}
	if err := u.Close(); err != nil {
		return err
	}
	c.created("blobs", d)
	return nil
}

// receive appends the body. A chunk has to begin where the upload stands; see
// https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#pushing-a-blob-in-chunks.
func (c *call) receive(u *blobs.Upload) error {
	length := int64(-1)
	if r := c.req.Header.Get("Content-Range"); r != "" {
		first, last, ok := contentRange(r)
		if !ok {
			return invalidRange("Content-Range '" + r + "' is not START-END")
		}
		if first != u.Size {
			c.position(u.Size)
			return invalidRange(fmt.Sprintf("the chunk begins at %d, the upload stands at %d", first, u.Size))
		}
		length = last - first + 1
		if c.req.ContentLength >= 0 && c.req.ContentLength != length {
			return sizeInvalid(c.req.ContentLength, length)
		}
	}
	source := &body{Reader: c.req.Body}
	n, err := u.Append(source, c.req.ContentLength)
	switch {
	case errors.Is(err, blobs.ErrLarge):
		return errors.Join(&problem{http.StatusRequestEntityTooLarge, "SIZE_INVALID", "a layer has at most " + strconv.Itoa(blobs.MaxSize>>20) + " MiB"}, u.Discard())
	case source.err != nil:
		return &problem{http.StatusBadRequest, "BLOB_UPLOAD_INVALID", "the request's body ended early: " + source.err.Error()}
	case err != nil:
		return err
	case length >= 0 && n != length:
		return errors.Join(sizeInvalid(n, length), u.Discard())
	}
	return nil
}

func sizeInvalid(got, want int64) *problem {
	return &problem{http.StatusBadRequest, "SIZE_INVALID", fmt.Sprintf("the chunk has %d bytes, its Content-Range says %d", got, want)}
}

// body remembers a failure to read, which is the client's, apart from a failure to write.
type body struct {
	io.Reader
	err error
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err != nil && err != io.EOF {
		b.err = err
	}
	return n, err
}

var rangeRE = lazyregexp.New(`^([0-9]{1,18})-([0-9]{1,18})$`)

// contentRange reads START-END, both included.
func contentRange(s string) (first, last int64, ok bool) {
	m := rangeRE.FindStringSubmatch(s)
	if m == nil {
		return 0, 0, false
	}
	first, _ = strconv.ParseInt(m[1], 10, 64) // 18 digits fit
	last, _ = strconv.ParseInt(m[2], 10, 64)
	return first, last, first <= last
}

// position tells where the session is and how far it has come.
func (c *call) position(size int64) {
	h := c.w.Header()
	h.Set("Location", "/v2/"+c.name+"/blobs/uploads/"+c.reference)
	h.Set("Docker-Upload-Uuid", c.reference)
	h.Set("Range", fmt.Sprintf("0-%d", max(size-1, 0)))
}

func (c *call) progress(status int, size int64) error {
	c.position(size)
	c.w.Header().Set("Content-Length", "0")
	c.w.WriteHeader(status)
	return nil
}

// created answers 201 with the address of what was made.
func (c *call) created(what string, d oci.Digest) {
	h := c.w.Header()
	h.Set("Location", "/v2/"+c.name+"/"+what+"/"+string(d))
	h.Set("Docker-Content-Digest", string(d))
	h.Set("Content-Length", "0")
	c.w.WriteHeader(http.StatusCreated)
}
