package awslocal

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"syscall"
)

// ExecRequest asks for a command in a container that runs.
type ExecRequest struct {
	Task      string // id
	Container string
	Command   []string
	Terminal  bool // it gets one, of this size
	Rows      int
	Columns   int
}

// ExecStreams are what a command reads and writes. With a terminal, all that it writes is output.
type ExecStreams struct {
	In      io.Reader // nil: nothing
	Out     io.Writer
	Err     io.Writer
	Resize  <-chan [2]int // rows and columns of the terminal, as they change; nil: they do not
	Signals <-chan syscall.Signal
}

// Exec executes a command in a container, as its user, in its files and its environment, and is its exit code.
func (m *Machine) Exec(ctx context.Context, r ExecRequest, s ExecStreams) (code int, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	conn, err := dialSocket(ctx, m.run())
	if err != nil {
		return 0, fmt.Errorf("ask the machine of %s: %w", m.dir, err)
	}
	defer conn.Close() // nothing more is to come
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	text, err := json.Marshal(r)
	if err != nil {
		return 0, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://machine/exec", strings.NewReader(string(text)))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Connection", "Upgrade")
	req.Header.Set("Upgrade", "splitecs-exec")
	if err := req.Write(conn); err != nil {
		return 0, err
	}
	in := bufio.NewReader(conn)
	resp, err := http.ReadResponse(in, req)
	if err != nil {
		return 0, err
	}
	if resp.StatusCode != http.StatusSwitchingProtocols {
		why, _ := io.ReadAll(resp.Body)
		return 0, errors.New(strings.TrimSpace(string(why)))
	}
	out := &frames{w: conn}
	s.send(ctx, out)
	for {
		f, err := readFrame(in)
		if err != nil {
			if ctx.Err() != nil {
				return 0, ctx.Err()
			}
			return 0, fmt.Errorf("the machine has gone while the command ran: %w", err)
		}
		switch f.kind {
		case frameOut:
			_, err = s.Out.Write(f.content)
		case frameErr:
			_, err = s.Err.Write(f.content)
		case frameFailed:
			return 0, errors.New(string(f.content))
		case frameEnded:
			return int(f.content[0]), nil
		}
		if err != nil {
			return 0, err
		}
	}
}

// send passes on what the user does, until the connection ends.
func (s ExecStreams) send(ctx context.Context, out *frames) {
	if s.In == nil {
		_ = out.write(frameIn, nil)
	} else {
		go func() {
			out.of(frameIn, s.In)
			_ = out.write(frameIn, nil)
		}()
	}
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case size := <-s.Resize:
				_ = out.write(frameResize, size2(size[0], size[1]))
			case sig := <-s.Signals:
				_ = out.write(frameSignal, []byte{byte(sig)})
			}
		}
	}()
}

func size2(rows, columns int) []byte {
	return binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, uint16(rows)), uint16(columns))
}
