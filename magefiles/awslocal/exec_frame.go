package awslocal

import (
	"encoding/binary"
	"fmt"
	"io"
	"sync"
)

// frame is what travels between a machine and who executes a command in one of its containers: a kind, a length and a content.
type frame struct {
	kind    byte
	content []byte
}

// The kinds of frames.
const (
	frameIn     byte = iota // content of the command's input; empty: its end
	frameOut                // of its output
	frameErr                // of its error output
	frameResize             // the terminal's rows and columns, two bytes each
	frameSignal             // a signal's number
	frameEnded              // exit code, one byte
	frameFailed             // why it was not executed
)

// largestFrame is how much a frame may hold.
const largestFrame = 1 << 20

func readFrame(r io.Reader) (frame, error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return frame{}, err
	}
	n := binary.BigEndian.Uint32(head[1:])
	if n > largestFrame {
		return frame{}, fmt.Errorf("a frame has %d bytes", n)
	}
	f := frame{head[0], make([]byte, n)}
	_, err := io.ReadFull(r, f.content)
	return f, err
}

// frames writes frames, several goroutines' at once.
type frames struct {
	mu sync.Mutex
	w  io.Writer
}

func (f *frames) write(kind byte, content []byte) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	head := binary.BigEndian.AppendUint32([]byte{kind}, uint32(len(content)))
	_, err := f.w.Write(append(head, content...))
	return err
}

// of copies what is read into frames of a kind.
func (f *frames) of(kind byte, r io.Reader) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := r.Read(buffer)
		if n > 0 && f.write(kind, buffer[:n]) != nil {
			return
		}
		if err != nil {
			return
		}
	}
}
