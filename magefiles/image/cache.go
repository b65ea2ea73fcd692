package image

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/gofrs/flock"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/bellyfed/splitecs/magefiles/internal/private"
)

// Cache keeps layers that were made, and what they were made of, in a folder. Processes may share it. Nothing in it
// is needed: what is missing or damaged is made again.
//
//	blobs/HEX     a compressed layer, named by its sha256
//	records/KEY   what became of something; the first line is the sha256 of the rest
//	partial/      files that are not complete
type Cache struct {
	dir      string
	limit    int64
	narrowed bool
}

// DefaultCacheLimit is how many bytes of layers a cache keeps. The ones that were not used for longest go first.
const DefaultCacheLimit = 4 << 30

// OpenCache uses dir as a cache, and makes it if it is not there. It belongs to this user alone, since who can write to
// it chooses what images are made of: a folder that others may read is narrowed where it is a cache or empty, any other
// one is refused with the reason.
func OpenCache(dir string, limit int64) (*Cache, error) {
	subs := []string{"blobs", "records", "partial"}
	narrowed, err := private.Folder(dir, subs...)
	if err != nil {
		return nil, fmt.Errorf("open image cache: %w", err)
	}
	for _, sub := range subs {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			return nil, fmt.Errorf("open image cache: %w", err)
		}
	}
	return &Cache{dir: dir, limit: limit, narrowed: narrowed}, nil
}

// Narrowed tells whether other users could read the folder until it was opened.
func (c *Cache) Narrowed() bool { return c.narrowed }

func (c *Cache) blob(h v1.Hash) string { return filepath.Join(c.dir, "blobs", h.Hex) }

func (c *Cache) record(key string) string { return filepath.Join(c.dir, "records", key) }

// get reads the record of key into v. One that is damaged is as one that is not there.
func (c *Cache) get(key string, v any) bool {
	data, err := os.ReadFile(c.record(key))
	if err != nil {
		return false
	}
	head, body, found := bytes.Cut(data, []byte("\n"))
	return found && string(head) == hexSum(body) && json.Unmarshal(body, v) == nil
}

// put writes the record of key. A cache that cannot be written to is not worth a failure: the next build works
// without that record.
func (c *Cache) put(key string, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		return
	}
	f, err := c.partial()
	if err != nil {
		return
	}
	_, err = f.WriteString(hexSum(body) + "\n" + string(body))
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), c.record(key))
	}
	if err != nil {
		os.Remove(f.Name())
	}
}

func hexSum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// partial is a new file, to be renamed or removed.
func (c *Cache) partial() (*os.File, error) {
	return os.CreateTemp(filepath.Join(c.dir, "partial"), "")
}

// open opens a blob and reads it once, to be sure that it is what its name says; nil if it is not, or not there. It
// counts as used.
func (c *Cache) open(h v1.Hash, size int64) *os.File {
	f, err := os.Open(c.blob(h))
	if err != nil {
		return nil
	}
	digest := sha256.New()
	n, err := io.CopyBuffer(writerOnly{digest}, readerOnly{f}, make([]byte, copyBuffer))
	if err != nil || n != size || sum(digest) != h {
		f.Close()
		os.Remove(c.blob(h))
		return nil
	}
	now := time.Now()
	_ = os.Chtimes(c.blob(h), now, now) // where that is not allowed, nothing is evicted either
	return f
}

// readerOnly hides WriteTo, which would bring a small buffer of its own.
type readerOnly struct{ io.Reader }

// abandoned is when a partial file belongs to no process any more.
const abandoned = 24 * time.Hour

// trim removes what was not used for longest until the blobs are within the limit, and what dead processes left. One
// process at a time does it; another one goes on without.
func (c *Cache) trim() {
	lock := flock.New(filepath.Join(c.dir, "lock"))
	if locked, err := lock.TryLock(); err != nil || !locked {
		return
	}
	defer lock.Unlock()
	blobs, total := c.files("blobs")
	for _, b := range blobs {
		if total <= c.limit {
			break
		}
		if os.Remove(b.name) == nil {
			total -= b.size
		}
	}
	partial, _ := c.files("partial")
	for _, p := range partial {
		if time.Since(p.used) > abandoned {
			os.Remove(p.name)
		}
	}
	// Records are small: a thousand times a kilobyte.
	records, _ := c.files("records")
	for _, r := range records[:max(0, len(records)-maxRecords)] {
		os.Remove(r.name)
	}
}

const maxRecords = 1000

type cachedFile struct {
	name string
	size int64
	used time.Time
}

// files of a folder of the cache, the one not used for longest first.
func (c *Cache) files(sub string) (files []cachedFile, total int64) {
	entries, err := os.ReadDir(filepath.Join(c.dir, sub))
	if err != nil {
		return nil, 0
	}
	for _, e := range entries {
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) || err != nil {
			continue // gone meanwhile
		}
		files = append(files, cachedFile{name: filepath.Join(c.dir, sub, e.Name()), size: info.Size(), used: info.ModTime()})
		total += info.Size()
	}
	slices.SortFunc(files, func(a, b cachedFile) int { return a.used.Compare(b.used) })
	return files, total
}
