package wire

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// ec2Protocol is EC2's Query, whose lists have no element of their own: Name.1=value, and <name><item>…
// https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html.
type ec2Protocol struct{}

func (ec2Protocol) contentType() string { return "text/xml" }
func (ec2Protocol) unknown() string     { return "InvalidAction" }

// position is the number of a list's item. No member of EC2 has a number for a name.
var position = lazyregexp.New(`\.([0-9]+)(\.|$)`)

func (ec2Protocol) decode(c *Call, into any) error {
	form := make(url.Values, len(c.form))
	for k, v := range c.form {
		if k == "Action" || k == "Version" {
			continue
		}
		form[position.ReplaceAllString(k, ".member.$1$2")] = v
	}
	err := decodeForm(c.Action, form, into)
	if err != nil {
		return Errorf("UnknownParameter", "%s", strings.ReplaceAll(asError(err).Message, ".member.", "."))
	}
	return nil
}

func (ec2Protocol) encode(c *Call, out any) ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, xml.Header+`<%sResponse xmlns="%s"><requestId>%s</requestId>`, c.Action, c.Service.Namespace, c.id)
	if err := encodeFields(&b, fieldsOf(out), "item"); err != nil {
		return nil, err
	}
	fmt.Fprintf(&b, `</%sResponse>`, c.Action)
	return b.Bytes(), nil
}

func (ec2Protocol) refusal(c *Call, e *Error, _ http.Header) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, xml.Header+`<Response><Errors><Error><Code>%s</Code><Message>`, e.Code)
	fmt.Fprintf(escaped(&b, e.Message), `</Message></Error></Errors><RequestID>%s</RequestID></Response>`, c.id)
	return b.Bytes()
}
