package preflight

import (
	"cmp"
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
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
		decode: func(body []byte) error {
			var root struct{ XMLName xml.Name }
			if err := xml.Unmarshal(body, &root); err != nil {
				return err
			}
			if want := action + "Response"; root.XMLName.Local != want { // a page of something in between has nothing that is read, either
				return fmt.Errorf("the answer is <%s>, not <%s>", root.XMLName.Local, want)
			}
			return xml.Unmarshal(body, into)
		},
		refused: refusedInXML,
	}.send(ctx, cfg)
}

// refusedInXML is an error's answer: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html, and that
// of other services, which have it at the top.
func refusedInXML(a answer) error {
	type refusal struct{ Code, Message string }
	var out struct {
		Errors []refusal `xml:"Errors>Error"`
		Error  []refusal
	}
	err := xml.Unmarshal(a.body, &out)
	all := append(out.Errors, out.Error...)
	if err != nil || len(all) == 0 || all[0].Code == "" {
		return unnamed(a.status)
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

// refusedInJSON is an error's answer. Its code may stand in a header, behind a namespace, and before an address.
// https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html#operation-error-serialization
func refusedInJSON(a answer) error {
	var out struct {
		Type    string `json:"__type"`
		Code    any    // a number in some answers, which is none
		Message string
	}
	_ = json.Unmarshal(a.body, &out) // what is none says nothing
	named, _ := out.Code.(string)
	code := cmp.Or(a.header.Get("X-Amzn-ErrorType"), named, out.Type)
	code, _, _ = strings.Cut(code, ":")
	code = code[strings.LastIndex(code, "#")+1:]
	if code == "" {
		return unnamed(a.status)
	}
	return &smithy.GenericAPIError{Code: code, Message: out.Message}
}
