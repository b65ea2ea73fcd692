package wire

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash/crc32"
	"io"
	"net/http"
	"time"
)

// Stream is the output of a JSON operation that goes on after its transaction. It travels as an event stream
// (https://smithy.io/2.0/aws/amazon-eventstream.html) for as long as the client listens.
type Stream struct {
	// Every is the time on the machine's clock between two looks.
	Every time.Duration
	// Next is what has happened since it was last asked. It runs in a transaction of its own. io.EOF ends the
	// stream; another error ends it as an exception of the stream.
	Next func() ([]Event, error)
}

// Event is a message of a stream.
type Event struct {
	Type    string // the member of the stream's union, e.g. "sessionUpdate"
	Payload any    // what is encoded as JSON
}

// send writes the stream until its end or the client's.
func (s *Stream) send(ctx context.Context, w http.ResponseWriter, transact func(context.Context, func() error) error) {
	out := http.NewResponseController(w)
	write := func(kind, name string, payload any) bool {
		data, err := json.Marshal(payload)
		if err == nil {
			_, err = w.Write(message([][2]string{{":message-type", kind}, {":" + kind + "-type", name}, {":content-type", "application/json"}}, data))
		}
		return err == nil && out.Flush() == nil // else the client has gone
	}
	tick := time.NewTicker(s.Every)
	defer tick.Stop()
	ok := write("event", "initial-response", Empty{}) // what comes first in the AWS JSON protocols
	for ok {
		var events []Event
		if err := transact(ctx, func() (err error) { events, err = s.Next(); return err }); err != nil {
			if !errors.Is(err, io.EOF) && ctx.Err() == nil {
				e := asError(err)
				write("exception", e.Code, map[string]string{"message": e.Message})
			}
			return
		}
		for _, e := range events {
			ok = ok && write("event", e.Type, e.Payload)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// message is one frame: lengths and their checksum, headers, payload, checksum of all.
func message(headers [][2]string, payload []byte) []byte {
	var h bytes.Buffer
	for _, v := range headers {
		h.WriteByte(byte(len(v[0])))
		h.WriteString(v[0])
		h.WriteByte(7) // a string
		h.Write(binary.BigEndian.AppendUint16(nil, uint16(len(v[1]))))
		h.WriteString(v[1])
	}
	out := binary.BigEndian.AppendUint32(nil, uint32(16+h.Len()+len(payload)))
	out = binary.BigEndian.AppendUint32(out, uint32(h.Len()))
	out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out))
	out = append(append(out, h.Bytes()...), payload...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out))
}
