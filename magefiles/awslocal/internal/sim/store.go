package sim

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"github.com/bellyfed/splitecs/magefiles/internal/private"
)

// stateFile is the name of the state in its folder, and olderFile what it was called until format 2.
const (
	stateFile = "state.db"
	olderFile = "state.json"
)

// lockFile is what processes take turns by. A folder in which nothing was done yet has nothing else.
const lockFile = "lock"

// filling is how full a page is left behind: records are mostly added after those that are there.
const filling = 0.9

// store is the file that records lie in, by table and key. bbolt keeps others out from opening to closing, so it is open
// within a transaction alone, and there only once something is read or written that memory does not have.
type store struct {
	path string
	file *os.File // of db
	db   *bbolt.DB
	tx   *bbolt.Tx // reads
}

// fault is what a transaction fails with that cannot read its state. It is thrown, since hardly anybody who asks for a
// record could do anything about it, and caught where transactions end.
type fault struct{ error }

func (f fault) Unwrap() error { return f.error }

// open opens the file. Damage shows wherever bbolt looks: as an error, as a panic, or as a fault of memory where the file ends
// too early, which is a panic here (see [World.DoAt]).
func (s *store) open(writes bool) (err error) {
	defer s.damaged(&err)
	if info, err := os.Stat(s.path); err == nil && info.Size() == 0 { // bbolt would begin a new one
		return errDamaged
	}
	s.db, err = bbolt.Open(s.path, 0o600, &bbolt.Options{
		ReadOnly: !writes, Timeout: time.Second, NoStatistics: true,
		NoSync: true, NoGrowSync: true, // a process that is killed loses nothing without it
		OpenFile: func(name string, flag int, mode os.FileMode) (f *os.File, err error) {
			s.file, err = os.OpenFile(name, flag, mode)
			return s.file, err
		},
	})
	if errors.Is(err, berrors.ErrInvalid) || errors.Is(err, berrors.ErrVersionMismatch) || errors.Is(err, berrors.ErrChecksum) {
		return fmt.Errorf("it is damaged, or not the state of an embedded AWS: %w", err)
	}
	return err
}

var errDamaged = errors.New("it is damaged")

// damaged turns a panic of who reads the file into an error, and lets others at the file.
func (s *store) damaged(err *error) {
	p := recover()
	if f, ok := p.(fault); ok {
		*err = f.error
		return
	}
	if p != nil {
		*err = fmt.Errorf("%w: %v", errDamaged, p)
		s.abandon()
	}
}

// abandon closes a file that bbolt cannot read. Who has it in memory holds its lock, so closing it as a file is not enough.
func (s *store) abandon() {
	defer func() { _ = recover() }()
	defer func() { s.file, s.db, s.tx = nil, nil, nil }()
	if s.db == nil && s.file != nil { // it could not be opened
		s.file.Close()
	}
	_ = s.close()
}

// close lets others at the file.
func (s *store) close() (err error) {
	if s.tx != nil {
		err = s.tx.Rollback()
	}
	if s.db != nil {
		err = errors.Join(err, s.db.Close())
	}
	s.file, s.db, s.tx = nil, nil, nil
	return err
}

// read lets f look at the file.
func (s *store) read(f func(*bbolt.Tx)) (err error) {
	if s.tx == nil {
		if err := s.open(false); err != nil {
			return err
		}
		if s.tx, err = s.db.Begin(false); err != nil {
			return err
		}
	}
	defer s.damaged(&err)
	f(s.tx)
	return nil
}

// write lets f change the file, or leaves it as it is. A file that is not there is made beside its place: who is killed
// meanwhile leaves none.
func (s *store) write(f func(*bbolt.Tx) error) (err error) {
	if err := s.close(); err != nil {
		return err
	}
	at := s.path
	if _, err := os.Stat(at); errors.Is(err, fs.ErrNotExist) {
		s.path += ".next" // of this process: it holds the lock
		defer func() { s.path = at }()
		if err := fresh(s.path); err != nil {
			return err
		}
	}
	if err := s.open(true); err != nil {
		return err
	}
	if err := errors.Join(s.update(f), s.close()); err != nil || s.path == at {
		return err
	}
	return os.Rename(s.path, at)
}

func (s *store) update(f func(*bbolt.Tx) error) (err error) {
	defer s.damaged(&err)
	return s.db.Update(f)
}

// fresh puts an empty store at path.
func fresh(path string) error {
	f, err := private.Create(path)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoSync: true, NoGrowSync: true, NoStatistics: true})
	if err != nil {
		return err
	}
	return db.Close()
}
