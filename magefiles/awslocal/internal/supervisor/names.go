package supervisor

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/sandbox"
)

// serveNames answers a task's questions for names as the resolver of this machine does.
func (s *Supervisor) serveNames(t *task, box *sandbox.Task) error {
	address := net.JoinHostPort(dnsAddress.String(), "53")
	packets, err := box.ListenPacket(address)
	if err != nil {
		return err
	}
	streams, err := box.Listen("tcp4", address)
	if err != nil {
		return errors.Join(err, packets.Close())
	}
	context.AfterFunc(t.ctx, func() { _, _ = packets.Close(), streams.Close() })
	t.do(func() {
		buffer := make([]byte, 64<<10)
		for {
			n, from, err := packets.ReadFrom(buffer)
			if err != nil {
				return
			}
			question := append([]byte(nil), buffer[:n]...)
			t.do(func() {
				if answer := resolve(t.ctx, "udp", question); answer != nil {
					_, _ = packets.WriteTo(answer, from)
				}
			})
		}
	})
	t.do(func() {
		for {
			c, err := streams.Accept()
			if err != nil {
				return
			}
			t.do(func() { resolveStream(t.ctx, c) })
		}
	})
	return nil
}

// resolveStream answers questions of a connection, each of which has its length before it.
// https://datatracker.ietf.org/doc/html/rfc7766#section-8
func resolveStream(ctx context.Context, c net.Conn) {
	defer c.Close() // the program's matter
	for {
		_ = c.SetDeadline(time.Now().Add(10 * time.Second))
		var length [2]byte
		if _, err := io.ReadFull(c, length[:]); err != nil {
			return
		}
		question := make([]byte, binary.BigEndian.Uint16(length[:]))
		if _, err := io.ReadFull(c, question); err != nil {
			return
		}
		answer := resolve(ctx, "tcp", question)
		if _, err := c.Write(binary.BigEndian.AppendUint16(nil, uint16(len(answer)))); err != nil {
			return
		}
		if _, err := c.Write(answer); err != nil {
			return
		}
	}
}

// resolve asks the resolvers of this machine in turn; where none answers, the answer is that it failed.
func resolve(ctx context.Context, network string, question []byte) []byte {
	for _, server := range resolvers() {
		if answer, err := exchange(ctx, network, net.JoinHostPort(server, "53"), question); err == nil {
			return answer
		}
	}
	return failure(question)
}

func exchange(ctx context.Context, network, server string, question []byte) ([]byte, error) {
	d := net.Dialer{Timeout: 2 * time.Second}
	c, err := d.DialContext(ctx, network, server)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(4 * time.Second))
	if network == "tcp" {
		question = append(binary.BigEndian.AppendUint16(nil, uint16(len(question))), question...)
	}
	if _, err := c.Write(question); err != nil {
		return nil, err
	}
	if network == "tcp" {
		var length [2]byte
		if _, err := io.ReadFull(c, length[:]); err != nil {
			return nil, err
		}
		answer := make([]byte, binary.BigEndian.Uint16(length[:]))
		_, err := io.ReadFull(c, answer)
		return answer, err
	}
	answer := make([]byte, 64<<10)
	n, err := c.Read(answer)
	return answer[:n], err
}

// failure is the answer SERVFAIL to a question; nil where it is none.
// https://datatracker.ietf.org/doc/html/rfc1035#section-4.1.1
func failure(question []byte) []byte {
	if len(question) < 12 {
		return nil
	}
	answer := append([]byte(nil), question...)
	answer[2] |= 0x80                     // it is a response
	answer[3] = answer[3]&0xf0 | 0x80 | 2 // recursion is available; the server failed
	return answer
}

// resolvers of this machine, by their addresses.
// https://man7.org/linux/man-pages/man5/resolv.conf.5.html
func resolvers() []string {
	data, err := os.ReadFile("/etc/resolv.conf")
	if err != nil {
		return []string{"127.0.0.1"} // where the file is missing, it is the local one
	}
	var all []string
	for line := range strings.Lines(string(data)) {
		if words := strings.Fields(line); len(words) > 1 && words[0] == "nameserver" {
			all = append(all, words[1])
		}
	}
	return all
}
