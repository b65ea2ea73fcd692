package preflight

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
)

// query asks in the query protocol, which answers in XML.
// https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
func query(ctx context.Context, cfg aws.Config, id, version, action string, form url.Values, into any) error {
	form.Set("Action", action)
	form.Set("Version", version)
	return request{
		id: id, service: strings.ToLower(id), action: action,
		header: http.Header{"Content-Type": {"application/x-www-form-urlencoded; charset=utf-8"}}, body: form.Encode(),
		decode:  func(body []byte) error { return xml.Unmarshal(body, into) },
		refused: refusedInXML,
	}.send(ctx, cfg)
}

// refusedInXML is an error's answer: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html, and that
// of other services, which have it at the top.
func refusedInXML(status int, body []byte) error {
	type refusal struct{ Code, Message string }
	var out struct {
		Errors []refusal `xml:"Errors>Error"`
		Error  []refusal
	}
	err := xml.Unmarshal(body, &out)
	all := append(out.Errors, out.Error...)
	if err != nil || len(all) == 0 || all[0].Code == "" {
		return unnamed(status)
	}
	return &smithy.GenericAPIError{Code: all[0].Code, Message: all[0].Message}
}

// call asks in the JSON protocol. https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
func call(ctx context.Context, cfg aws.Config, id, target, action string, in, into any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	return request{
		id: id, service: strings.ToLower(id), action: action,
		header: http.Header{"Content-Type": {"application/x-amz-json-1.1"}, "X-Amz-Target": {target + "." + action}}, body: string(body),
		decode:  func(body []byte) error { return json.Unmarshal(body, into) },
		refused: refusedInJSON,
	}.send(ctx, cfg)
}

// refusedInJSON is an error's answer. Its code may stand behind a namespace.
func refusedInJSON(status int, body []byte) error {
	var out struct {
		Type    string `json:"__type"`
		Message string
	}
	if err := json.Unmarshal(body, &out); err != nil || out.Type == "" {
		return unnamed(status)
	}
	return &smithy.GenericAPIError{Code: out.Type[strings.LastIndex(out.Type, "#")+1:], Message: out.Message}
}
