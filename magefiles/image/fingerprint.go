package image

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"runtime"
	"runtime/debug"
	"time"
)

// stamp is what a file system says of a file's last change. Programs can set the time of modification, but neither
// the inode nor the time of the last change of the status.
type stamp struct {
	device, inode     uint64
	modified, changed int64 // nanoseconds since 1970
}

// racy is how long before it is looked at a file must have rested. One that is written twice within what the clock
// of its file system can tell apart has the stamp of the first time and the content of the second; git meets the
// same in its index (https://git-scm.com/docs/racy-git). No file system in use has a clock coarser than 2 s.
const racy = 2 * time.Second

// recipe is everything but the files that a layer's bytes depend on. A layer that was made in another way is made
// again, so that a cache never changes a digest.
func recipe(c Compression) string {
	zstd := "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == "github.com/klauspost/compress" {
				zstd = m.Version
			}
		}
	}
	// Of the tar and its times, the blocks and their compression, and of what is remembered beside them; grows with every
	// change that shows in the bytes, or in what is looked for in them.
	const format = "5"
	return format + " " + string(c) + " " + runtime.Version() + " " + zstd
}

// fingerprints of the items, at the time when they were looked at:
//
//   - shape, of names, sizes and modes: items of another shape cannot be the same layer;
//   - still, of the stamps too: items whose stamps are the same hold what they held. It is empty where a stamp is
//     unknown or too fresh to be trusted.
func fingerprints(recipe string, items []item, at time.Time) (shape, still string) {
	s, a := newFingerprint("shape", recipe), newFingerprint("still", recipe)
	trusted, rested := true, at.Add(-racy).UnixNano()
	for _, it := range items {
		for _, f := range [2]*fingerprint{s, a} {
			f.text(it.name)
			f.text(it.target)
			f.number(uint64(it.kind))
			f.number(uint64(it.mode))
			f.number(uint64(it.size))
		}
		if it.kind != regular {
			continue // an item of another kind has no content besides
		}
		a.number(it.stamp.device)
		a.number(it.stamp.inode)
		a.number(uint64(it.stamp.modified))
		a.number(uint64(it.stamp.changed))
		trusted = trusted && it.stamped && max(it.stamp.changed, it.stamp.modified) < rested
	}
	if trusted {
		still = a.sum()
	}
	return s.sum(), still
}

// fingerprint hashes fields so that no two lists of fields run together.
type fingerprint struct {
	hash   hash.Hash
	buffer []byte // fields that are not hashed yet: there are a hundred thousand small ones
}

func newFingerprint(fields ...string) *fingerprint {
	f := &fingerprint{hash: sha256.New(), buffer: make([]byte, 0, fieldBuffer)}
	for _, field := range fields {
		f.text(field)
	}
	return f
}

const fieldBuffer = 8 << 10

func (f *fingerprint) text(s string) {
	f.number(uint64(len(s)))
	f.buffer = append(f.buffer, s...)
}

func (f *fingerprint) number(n uint64) {
	if len(f.buffer) > fieldBuffer/2 {
		f.hash.Write(f.buffer)
		f.buffer = f.buffer[:0]
	}
	f.buffer = binary.LittleEndian.AppendUint64(f.buffer, n)
}

func (f *fingerprint) sum() string {
	f.hash.Write(f.buffer)
	f.buffer = f.buffer[:0]
	return hex.EncodeToString(f.hash.Sum(nil))
}
