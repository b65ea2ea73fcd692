package wire

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// queryProtocol is Query with XML answers: https://smithy.io/2.0/aws/protocols/aws-query-protocol.html.
type queryProtocol struct{}

func (queryProtocol) contentType() string { return "text/xml" }
func (queryProtocol) unknown() string     { return "InvalidAction" }

// ec2Version is EC2's API version: a Query service whose errors have another form.
const ec2Version = "2016-11-15"

// parseForm reads the fields of the body and of the address.
func (c *Call) parseForm(req *http.Request) *Error {
	c.protocol = queryProtocol{}
	if req.Method != http.MethodPost && req.Method != http.MethodGet {
		return methodNotAllowed(req)
	}
	form, err := url.ParseQuery(string(c.body))
	if err != nil {
		return Errorf("MalformedQueryString", "%v", err)
	}
	for k, v := range req.URL.Query() {
		form[k] = append(form[k], v...)
	}
	c.form, c.Action = form, form.Get("Action")
	if c.version() == ec2Version {
		c.protocol = ec2Protocol{}
	}
	if c.Action == "" {
		return Errorf("MissingAction", "The request is missing an action or a required parameter.")
	}
	if c.name == "" {
		c.name = "API version " + c.version()
	}
	return nil
}

// onlyReads: a page makes a browser send a GET without a script, by an image, and to an address that is not loopback's with
// hardly a word about it.
func (c *Call) onlyReads(req *http.Request) *Error {
	if c.form == nil || req.Method != http.MethodGet || reading.MatchString(c.Action) {
		return nil
	}
	return &Error{
		Code: "MethodNotAllowed", Status: http.StatusMethodNotAllowed,
		Message: "the embedded AWS takes a call that changes something as a POST only: a GET may be an image of a web page",
	}
}

// reading matches the operations of Query services that change nothing.
var reading = lazyregexp.New(`^(?:Describe|Get|List|Validate)[A-Z]`)

func (c *Call) version() string { return c.form.Get("Version") }

func (queryProtocol) decode(c *Call, into any) error {
	form := make(url.Values, len(c.form))
	for k, v := range c.form {
		if k != "Action" && k != "Version" || len(v) > 1 {
			form[k] = v
		}
	}
	return decodeForm(c.Action, form, into)
}

func (queryProtocol) encode(c *Call, out any) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(xml.Header)
	if err := encodeResponse(&b, c.Service.Namespace, c.Action, c.id, out); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func (queryProtocol) refusal(c *Call, e *Error, _ http.Header) []byte {
	var b bytes.Buffer
	namespace, kind := "", "Sender"
	if c.Service != nil {
		namespace = c.Service.Namespace
	}
	if e.Status >= 500 {
		kind = "Receiver"
	}
	fmt.Fprintf(&b, xml.Header+`<ErrorResponse xmlns="%s"><Error><Type>%s</Type><Code>%s</Code><Message>`, namespace, kind, e.Code)
	_ = xml.EscapeText(&b, []byte(e.Message)) // a buffer takes everything
	fmt.Fprintf(&b, `</Message></Error><RequestId>%s</RequestId></ErrorResponse>`, c.id)
	return b.Bytes()
}
