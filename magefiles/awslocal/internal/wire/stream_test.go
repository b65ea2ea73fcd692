package wire_test

import (
	"context"
	"encoding/binary"
	"hash/crc32"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bellyfed/splitecs/magefiles/awslocal/internal/wire"
)

// frames are the payloads of an event stream with the values of their headers.
func frames(t *testing.T, data string) (out []string) {
	t.Helper()
	for b := []byte(data); len(b) > 0; {
		total, headers := binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])
		if crc32.ChecksumIEEE(b[:8]) != binary.BigEndian.Uint32(b[8:]) || crc32.ChecksumIEEE(b[:total-4]) != binary.BigEndian.Uint32(b[total-4:]) {
			t.Fatal("a checksum is wrong")
		}
		var line string
		for h := b[12 : 12+headers]; len(h) > 0; {
			h = h[1+h[0]:]
			n := binary.BigEndian.Uint16(h[1:])
			line += string(h[3:3+n]) + " "
			h = h[3+n:]
		}
		out = append(out, line+string(b[12+headers:total-4]))
		b = b[total:]
	}
	return out
}

func TestStreamsGoOnAfterTheirTransaction(t *testing.T) {
	for end, last := range map[error]string{
		io.EOF: "", wire.Errorf("Ended", "enough"): `exception Ended application/json {"message":"enough"}`,
	} {
		n := 0
		server := serve(t, wire.Op(func(context.Context, *input) (*wire.Stream, error) {
			return &wire.Stream{Every: time.Millisecond, Next: func() ([]wire.Event, error) {
				if n++; n > 2 {
					return nil, end
				}
				return []wire.Event{{Type: "count", Payload: pair{Key: strings.Repeat("x", n)}}}, nil
			}}, nil
		}))
		status, body := post(t, server, "Json_2014.Do", "{}")
		want := []string{"event initial-response application/json {}", `event count application/json {"Key":"x"}`, `event count application/json {"Key":"xx"}`}
		if last != "" {
			want = append(want, last)
		}
		if diff := cmp.Diff(want, frames(t, body)); diff != "" || status != 200 {
			t.Errorf("%v: status %d: %s", end, status, diff)
		}
	}
}
