package blobs

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/ecr/oci"
	"github.com/bellyfed/splitecs/magefiles/internal/private"
)

const (
	dataFile  = "data"
	stateFile = "state.json"
	lockFile  = "lock"

	copyBuffer = 256 << 10
)

// MaxSize is how many bytes an upload may have, the largest layer of ECR:
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html
const MaxSize = 52_000 << 20

// Errors of [Store.Resume]; the last one is of [Upload.Append].
var (
	ErrUnknown = errors.New("no such upload")
	ErrBusy    = errors.New("another request is writing to this upload")
	ErrLarge   = errors.New("the upload is larger than a layer may be")
)

// idRE is what crypto/rand.Text makes.
var idRE = lazyregexp.New(`^[A-Z2-7]{26,64}$`)

// progress is what is remembered of an upload between two requests.
type progress struct {
	Repository string
	Size       int64
	Hash       []byte // of the first Size bytes, as encoding.BinaryMarshaler gives it
}

// Upload is an upload in progress, held by one request. Close it.
type Upload struct {
	ID    string
	store *Store
	dir   string
	lock  *flock.Flock
	file  *os.File
	hash  hash.Hash
	progress
}

// Start begins an upload to a repository and returns its id.
func (s *Store) Start(repository string) (id string, err error) {
	id = rand.Text()
	dir := filepath.Join(s.uploads(), id)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("start upload: %w", err)
	}
	state, err := json.Marshal(progress{Repository: repository})
	if err == nil {
		err = errors.Join(private.Write(filepath.Join(dir, dataFile), nil), private.Write(filepath.Join(dir, stateFile), state))
	}
	if err != nil {
		return "", fmt.Errorf("start upload: %w", err)
	}
	return id, nil
}

// Resume takes hold of an upload of a repository, wherever it stands.
func (s *Store) Resume(repository, id string) (*Upload, error) {
	if !idRE.MatchString(id) {
		return nil, ErrUnknown
	}
	u := &Upload{ID: id, store: s, dir: filepath.Join(s.uploads(), id), hash: sha256.New()}
	if err := u.read(); err != nil || u.Repository != repository {
		return nil, ErrUnknown
	}
	u.lock = flock.New(filepath.Join(u.dir, lockFile))
	if ok, err := u.lock.TryLock(); err != nil || !ok {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, ErrUnknown
		}
		return nil, ErrBusy
	}
	if err := u.open(); err != nil {
		_ = u.lock.Close() // the first error counts
		if errors.Is(err, fs.ErrNotExist) {
			return nil, ErrUnknown
		}
		return nil, fmt.Errorf("resume upload: %w", err)
	}
	return u, nil
}

func (u *Upload) read() error {
	data, err := os.ReadFile(filepath.Join(u.dir, stateFile))
	if err != nil {
		return err
	}
	u.progress = progress{}
	return json.Unmarshal(data, &u.progress)
}

// open opens the data at its end and brings the hash there: from the remembered state, or, where a process
// died in between, by reading the bytes again.
func (u *Upload) open() error {
	if err := u.read(); err != nil { // again: now it is ours
		return err
	}
	f, err := os.OpenFile(filepath.Join(u.dir, dataFile), os.O_RDWR, 0)
	if err != nil {
		return err
	}
	end, err := f.Seek(0, io.SeekEnd)
	if err == nil && (end != u.Size || !u.restore()) {
		u.hash.Reset()
		if _, err = f.Seek(0, io.SeekStart); err == nil {
			u.Size, err = io.CopyBuffer(struct{ io.Writer }{u.hash}, struct{ io.Reader }{f}, make([]byte, copyBuffer))
		}
	}
	if err != nil {
		_ = f.Close() // the first error counts
		return err
	}
	u.file = f
	return nil
}

func (u *Upload) restore() bool {
	if u.Size == 0 {
		return true
	}
	h, ok := u.hash.(encoding.BinaryUnmarshaler)
	return ok && h.UnmarshalBinary(u.Hash) == nil
}

// Append writes the bytes of r at the end, hashing them. What arrived before an error stays; announced is how many there
// are, -1 where that is not known. More than [MaxSize] in all are [ErrLarge].
func (u *Upload) Append(r io.Reader, announced int64) (n int64, err error) {
	room := u.store.max - u.Size
	if announced > room {
		return 0, ErrLarge
	}
	both := io.MultiWriter(u.file, u.hash)
	n, err = io.CopyBuffer(struct{ io.Writer }{both}, struct{ io.Reader }{io.LimitReader(r, room+1)}, make([]byte, copyBuffer))
	u.Size += n
	if err == nil && n > room {
		err = ErrLarge
	}
	return n, err
}

// Digest of the bytes so far.
func (u *Upload) Digest() oci.Digest {
	return oci.Digest("sha256:" + hex.EncodeToString(u.hash.Sum(nil)))
}

// Commit puts the bytes so far into the store and ends the upload. It is one step of the file system, to be
// done in the transaction that makes the content known.
func (u *Upload) Commit() error {
	err := u.file.Close()
	u.file = nil
	if err == nil {
		err = u.store.place(filepath.Join(u.dir, dataFile), u.Digest())
	}
	if err != nil {
		return fmt.Errorf("commit upload: %w", err)
	}
	return nil
}

// Discard ends the upload and forgets its bytes.
func (u *Upload) Discard() error {
	var err error
	if u.file != nil {
		err = u.file.Close()
		u.file = nil
	}
	return errors.Join(err, u.Close())
}

// Close lets the upload go. After [Upload.Commit] or [Upload.Discard] nothing remains of it; otherwise another
// request can resume it.
func (u *Upload) Close() error {
	if u.lock == nil {
		return nil
	}
	var err error
	if u.file != nil {
		err = errors.Join(u.save(), u.file.Close(), u.lock.Close())
	} else {
		err = u.lock.Close()
		_ = os.RemoveAll(u.dir) // what another request holds open is swept later
	}
	u.file, u.lock = nil, nil
	return err
}

func (u *Upload) save() error {
	if h, ok := u.hash.(encoding.BinaryMarshaler); ok {
		u.Hash, _ = h.MarshalBinary() // without it the bytes are read again
	}
	data, err := json.Marshal(u.progress)
	if err != nil {
		return err
	}
	return private.Write(filepath.Join(u.dir, stateFile), data)
}
