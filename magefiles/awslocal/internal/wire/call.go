package wire

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// Call is one API call, before it is answered.
type Call struct {
	// Service and Action that are called. Service is nil, or has no such operation, only where the call is
	// refused.
	Service *Service
	Action  string

	protocol protocol
	id       string
	name     string // of the service, where none is served
	body     []byte
	form     url.Values
}

// protocol is how calls of one kind travel.
type protocol interface {
	decode(c *Call, into any) error
	encode(c *Call, out any) ([]byte, error)
	// refusal is the body of an error's answer.
	refusal(c *Call, e *Error, header http.Header) []byte
	contentType() string
	// unknown is the code for an operation that there is not.
	unknown() string
}

// parse finds out what is called. The call can be refused with the error.
func (r *Router) parse(req *http.Request, body []byte) (*Call, *Error) {
	c := &Call{body: body, name: signedFor(req)}
	target := req.Header.Get("X-Amz-Target")
	switch {
	case target != "":
		var prefix string
		prefix, c.Action, _ = strings.Cut(target, ".")
		c.protocol, c.Service = jsonProtocol{}, r.byTarget[prefix]
		if c.name == "" {
			c.name = prefix
		}
		if req.Method != http.MethodPost {
			return c, methodNotAllowed(req)
		}
	case cborPath.MatchString(req.URL.Path):
		m := cborPath.FindStringSubmatch(req.URL.Path)
		c.protocol, c.Action = cborProtocol{}, m[2]
		if c.name == "" {
			c.name = m[1]
		}
	case req.URL.Path != "/" && req.URL.Path != "":
		c.protocol, c.Action = restProtocol{}, req.Method+" "+req.URL.Path
	default:
		if e := c.parseForm(req); e != nil {
			return c, e
		}
		c.Service = r.byVersion[c.version()]
	}
	if c.Service == nil || c.Service.Operations[c.Action] == nil {
		return c, c.notServed()
	}
	return c, c.onlyReads(req)
}

// cborPath: https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html.
var cborPath = lazyregexp.New(`^/service/([A-Za-z0-9_.]{1,100})/operation/([A-Za-z0-9_]{1,100})$`)

func methodNotAllowed(req *http.Request) *Error {
	return &Error{Code: "MethodNotAllowed", Message: "an API call is a POST, not a " + req.Method, Status: http.StatusMethodNotAllowed}
}

// signature finds the service in the credential scope of a signature
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html).
var signature = lazyregexp.New(`Credential=[^,]*/([a-z0-9-]+)/aws4_request`)

// signedFor is the name of the service that the request was signed for; empty where it is not signed.
func signedFor(req *http.Request) string {
	if m := signature.FindStringSubmatch(req.Header.Get("Authorization")); m != nil {
		return m[1]
	}
	return ""
}

// notServed: the embedded AWS never pretends. Status 501 is its own; AWS has every operation.
func (c *Call) notServed() *Error {
	name := c.name
	if c.Service != nil {
		name = c.Service.Name
	}
	what := strings.TrimPrefix(name+":"+c.Action, ":")
	return &Error{
		Code: c.protocol.unknown(), Status: http.StatusNotImplemented,
		Message: "the embedded AWS does not serve " + strings.TrimSuffix(what, ":"),
	}
}

// Operation is the call's name, e.g. "ecs:UpdateService".
func (c *Call) Operation() string { return c.Service.Name + ":" + c.Action }

// Text is a member of the input that is a string, or the first of a list of strings; empty where there is none.
// name is a top-level member's.
func (c *Call) Text(name string) string {
	if c.form != nil {
		if v := c.form.Get(name); v != "" {
			return v
		}
		return c.form.Get(name + ".member.1")
	}
	var members map[string]json.RawMessage
	_ = json.Unmarshal(c.body, &members) // no object: no members
	var one string
	if json.Unmarshal(members[name], &one) == nil {
		return one
	}
	var list []string
	if json.Unmarshal(members[name], &list) == nil && len(list) > 0 {
		return list[0]
	}
	return ""
}

// JSON tells whether the call's protocol is JSON 1.1.
func (c *Call) JSON() bool { return c.protocol == jsonProtocol{} }

// Refuse answers the call with an error.
func (c *Call) Refuse(w http.ResponseWriter, e *Error) {
	c.write(w, e.Status, c.protocol.refusal(c, e, w.Header()))
}

func (c *Call) write(w http.ResponseWriter, status int, answer []byte) {
	w.Header().Set("Content-Type", c.protocol.contentType())
	w.Header().Set("X-Amzn-RequestId", c.id)
	w.WriteHeader(status)
	_, _ = w.Write(answer) // the client may have gone; there is nobody to tell
}

// Question is what tells a call from others of its operation: what it asks.
func (c *Call) Question() string {
	if c.form != nil {
		return c.form.Encode()
	}
	return string(c.body)
}
