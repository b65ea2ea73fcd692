package wire

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
)

// unspoken is the part of a protocol in which nothing is served: calls are refused, in a form that their clients
// can show.
type unspoken struct{}

var errUnspoken = errors.New("nothing is served in this protocol")

func (unspoken) unknown() string                   { return "UnknownOperationException" }
func (unspoken) decode(*Call, any) error           { return errUnspoken }
func (unspoken) encode(*Call, any) ([]byte, error) { return nil, errUnspoken }
func (unspoken) contentType() string               { return "application/json" }
func escaped(b *bytes.Buffer, text string) *bytes.Buffer {
	_ = xml.EscapeText(b, []byte(text))
	return b
}

// cborProtocol is rpc-v2-cbor, such as CloudWatch's: https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html.
type cborProtocol struct{ unspoken }

func (cborProtocol) contentType() string { return "application/cbor" }

func (cborProtocol) refusal(_ *Call, e *Error, header http.Header) []byte {
	header.Set("Smithy-Protocol", "rpc-v2-cbor")
	b := []byte{0xa2} // a map of two
	for _, text := range []string{"__type", e.Code, "message", e.Message} {
		b = append(b, 0x79, byte(len(text)>>8), byte(len(text))) // RFC 8949, 3: text with a length of two bytes
		b = append(b, text...)
	}
	return b
}

// restProtocol stands for the protocols whose operations are paths. Their errors are JSON, but for S3's.
type restProtocol struct{ unspoken }

func (restProtocol) refusal(c *Call, e *Error, header http.Header) []byte {
	if c.name == "s3" {
		var b bytes.Buffer
		fmt.Fprintf(&b, xml.Header+`<Error><Code>%s</Code><Message>`, e.Code)
		fmt.Fprintf(escaped(&b, e.Message), `</Message><RequestId>%s</RequestId></Error>`, c.id)
		return b.Bytes()
	}
	header.Set("X-Amzn-ErrorType", e.Code)
	body, _ := json.Marshal(map[string]string{"message": e.Message}) // strings
	return body
}
