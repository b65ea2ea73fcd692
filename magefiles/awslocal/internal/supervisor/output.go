package supervisor

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"sync"
	"time"
)

// longestLine is where CloudWatch's log driver cuts a line, in bytes.
// https://docs.docker.com/engine/logging/drivers/awslogs/
const longestLine = 256<<10 - 26

// output is what a container writes, on its way to the log.
type output struct{ done sync.WaitGroup }

// newOutput makes the two pipes of a container.
func (s *Supervisor) newOutput(t *task, c *container) (all *output, stdout, stderr *os.File, err error) {
	var readers sync.WaitGroup
	lines := make(chan string, 1024)
	var ends []*os.File
	for range 2 {
		r, w, err := os.Pipe()
		if err != nil {
			for _, f := range ends {
				err = errors.Join(err, f.Close())
			}
			close(lines)
			return nil, nil, nil, err
		}
		ends = append(ends, w)
		readers.Go(func() { read(r, lines) })
	}
	gathered := make(chan struct{})
	go func() {
		defer close(gathered)
		s.gather(t, c, lines)
	}()
	all = &output{}
	all.done.Go(func() {
		readers.Wait()
		close(lines)
		<-gathered
	})
	return all, ends[0], ends[1], nil
}

// lastLines is how long the end of a program waits for the last lines that it has written.
const lastLines = 5 * time.Second

// wait waits until everything that was written has been reported. That may be never: a pipe stays open as long as it lies in the
// socket of a holder that is stopped.
func (o *output) wait() {
	done := make(chan struct{})
	go func() {
		defer close(done)
		o.done.Wait()
	}()
	select {
	case <-done:
	case <-time.After(lastLines):
	}
}

// read passes lines on. A line without an end is one too, and a very long one is several.
func read(r *os.File, lines chan<- string) {
	defer r.Close() // there is nothing more to read
	b := bufio.NewReaderSize(r, 64<<10)
	var line []byte
	for {
		part, err := b.ReadSlice('\n')
		line = append(line, bytes.TrimRight(part, "\r\n")...)
		for len(line) > longestLine {
			lines <- string(line[:longestLine])
			line = append(line[:0], line[longestLine:]...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err == nil || len(line) > 0:
			lines <- string(line)
			line = line[:0]
		}
		if err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, os.ErrClosed) {
				lines <- "[embedded AWS] the output cannot be read any more: " + err.Error()
			}
			return
		}
	}
}

// gather reports lines, several at once where they come quickly.
func (s *Supervisor) gather(t *task, c *container, lines <-chan string) {
	for line := range lines {
		list := []string{line}
		wait := time.NewTimer(gather)
	more:
		for len(list) < 1000 {
			select {
			case next, ok := <-lines:
				if !ok {
					break more
				}
				list = append(list, next)
			case <-wait.C:
				break more
			}
		}
		wait.Stop()
		s.report(func() { s.Tasks.Write(t.id, c.name, list) })
	}
}
