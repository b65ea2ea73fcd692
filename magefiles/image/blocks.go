package image

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"runtime"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// maxJobs bounds the blocks that are compressed at a time, and with them the memory.
const maxJobs = 8

// press compresses the layers of a build. All of them share its blocks, so that memory depends neither on their
// size nor on their number.
type press struct {
	compression Compression
	compressor  compressor
	free        chan *block
}

// block is a piece of a tar on its way.
type block struct {
	raw, packed []byte
	err         error
	done        chan struct{}
}

// writers is how many layers are made at a time.
const writers = 2

// newPress prepares for compressing on every processor.
func newPress(c Compression) (*press, error) {
	jobs := min(runtime.GOMAXPROCS(0), maxJobs)
	compressor, err := newCompressor(c, jobs)
	if err != nil {
		return nil, err
	}
	// One block per job, one that each writer fills, and one that waits to be written.
	p := &press{compression: c, compressor: compressor, free: make(chan *block, jobs+writers+1)}
	for range cap(p.free) {
		p.free <- &block{}
	}
	return p, nil
}

// pressed is what became of a tar.
type pressed struct {
	diffID v1.Hash // of the tar
	digest v1.Hash // of the compressed bytes
	size   int64   // of these
}

// press runs write, which writes a tar, and writes its compressed bytes to out. At most as many may run at a time as
// there are writers, or they could wait for each other's blocks.
func (p *press) press(ctx context.Context, out io.Writer, write func(io.Writer) error) (pressed, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	w := &blockWriter{ctx: ctx, press: p, line: make(chan *block, cap(p.free))}
	result := make(chan pressed, 1)
	go func() { result <- p.collect(w.line, out, cancel) }()
	err := write(w)
	if err == nil {
		err = w.flush()
	}
	if w.current != nil {
		p.free <- w.current
	}
	close(w.line)
	r := <-result
	// Where collecting failed, that is the cause of what failed in writing.
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	return r, err
}

// collect takes the blocks in their order, hashes them before and after, and writes them.
func (p *press) collect(line <-chan *block, out io.Writer, fail func(error)) pressed {
	diffID, digest := sha256.New(), sha256.New()
	var size int64
	var failed error
	for b := range line {
		diffID.Write(b.raw)
		<-b.done
		if failed == nil {
			if failed = b.err; failed == nil {
				digest.Write(b.packed)
				size += int64(len(b.packed))
				_, failed = out.Write(b.packed)
			}
			if failed != nil {
				fail(failed)
			}
		}
		p.free <- b
	}
	return pressed{diffID: sum(diffID), digest: sum(digest), size: size}
}

// blockWriter cuts a tar into blocks and has them compressed.
type blockWriter struct {
	ctx     context.Context
	press   *press
	line    chan *block
	current *block
}

func (w *blockWriter) Write(p []byte) (n int, err error) {
	for len(p) > 0 {
		if w.current == nil {
			if err := w.next(); err != nil {
				return n, err
			}
		}
		b := w.current
		m := min(len(p), blockSize-len(b.raw))
		b.raw = append(b.raw, p[:m]...)
		n, p = n+m, p[m:]
		if len(b.raw) == blockSize {
			if err := w.flush(); err != nil {
				return n, err
			}
		}
	}
	return n, nil
}

// next takes a free block.
func (w *blockWriter) next() error {
	select {
	case <-w.ctx.Done():
		return context.Cause(w.ctx)
	case b := <-w.press.free:
		if b.raw == nil {
			// With room for what does not become smaller, so that nothing is left over from growing.
			b.raw, b.packed = make([]byte, 0, blockSize), make([]byte, 0, blockSize+blockSize/64)
		}
		b.raw, b.err, b.done = b.raw[:0], nil, make(chan struct{})
		w.current = b
		return nil
	}
}

// flush hands the block on.
func (w *blockWriter) flush() error {
	b := w.current
	if b == nil {
		return nil
	}
	w.current = nil
	go func() {
		defer close(b.done)
		b.packed, b.err = w.press.compressor.block(b.packed[:0], b.raw)
	}()
	w.line <- b
	return w.ctx.Err()
}

// tarHash is the hash of a tar that is not kept.
func tarHash(ctx context.Context, write func(io.Writer) error) (v1.Hash, error) {
	h := sha256.New()
	err := write(&ctxWriter{ctx: ctx, w: h})
	return sum(h), err
}

func sum(h hash.Hash) v1.Hash {
	return v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(h.Sum(nil))}
}

// ctxWriter stops writing when its context ends.
type ctxWriter struct {
	ctx context.Context
	w   io.Writer
}

func (c *ctxWriter) Write(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.w.Write(p)
}
