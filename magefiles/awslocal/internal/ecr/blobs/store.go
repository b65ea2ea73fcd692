package blobs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecr/oci"
)

// abandoned is how long an upload that nobody touches is kept.
const abandoned = 24 * time.Hour

// Store is a folder of content.
type Store struct {
	dir string
	max int64 // of an upload
}

// New is the store in a folder, which is made when something is written.
func New(dir string) *Store { return &Store{dir: dir, max: MaxSize} }

func (s *Store) content() string { return filepath.Join(s.dir, "blobs", "sha256") }
func (s *Store) uploads() string { return filepath.Join(s.dir, "uploads") }

func (s *Store) path(d oci.Digest) string {
	h := d.Hex()
	return filepath.Join(s.content(), h[:2], h)
}

// Open opens content for reading; an error is [fs.ErrNotExist] where it is absent.
func (s *Store) Open(d oci.Digest) (*os.File, error) { return os.Open(s.path(d)) }

// Read reads small content, such as a manifest or a config, of at most max bytes.
func (s *Store) Read(d oci.Digest, max int64) ([]byte, error) {
	f, err := s.Open(d)
	if err != nil {
		return nil, err
	}
	defer f.Close() // read only
	data, err := io.ReadAll(io.LimitReader(f, max+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > max {
		return nil, fmt.Errorf("read %s: more than %d bytes", d, max)
	}
	return data, nil
}

// Put stores small content and returns its digest.
func (s *Store) Put(data []byte) (oci.Digest, error) {
	d := oci.DigestOf(data)
	if err := os.MkdirAll(s.uploads(), 0o700); err != nil {
		return "", fmt.Errorf("store %s: %w", d, err)
	}
	f, err := os.CreateTemp(s.uploads(), "put-")
	if err != nil {
		return "", fmt.Errorf("store %s: %w", d, err)
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err == nil {
		err = s.place(f.Name(), d)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // the first error counts
		return "", fmt.Errorf("store %s: %w", d, err)
	}
	return d, nil
}

// place moves a complete file to where its content belongs. Content that is there already stays.
func (s *Store) place(file string, d oci.Digest) error {
	to := s.path(d)
	if _, err := os.Stat(to); err == nil {
		return os.Remove(file)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	return os.Rename(file, to)
}

// Sweep removes the content that is not live, and abandoned uploads. What cannot be removed now, such as a
// file that somebody reads on a system that minds, is left for the next time.
func (s *Store) Sweep(live func(oci.Digest) bool) {
	_ = filepath.WalkDir(s.content(), func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return nil
		}
		if d, err := oci.ParseDigest("sha256:" + e.Name()); err == nil && !live(d) {
			_ = os.Remove(path)
		}
		return nil
	})
	s.abandon()
}

// Remove removes one blob, and abandoned uploads, as [Store.Sweep] would.
func (s *Store) Remove(d oci.Digest) {
	_ = os.Remove(s.path(d))
	s.abandon()
}

func (s *Store) abandon() {
	entries, _ := os.ReadDir(s.uploads()) // absent: nothing to do
	for _, e := range entries {
		path := filepath.Join(s.uploads(), e.Name())
		touched, err := os.Stat(filepath.Join(path, dataFile))
		if err != nil {
			touched, err = e.Info()
		}
		if err == nil && time.Since(touched.ModTime()) > abandoned {
			_ = os.RemoveAll(path)
		}
	}
}
