package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
)

// jsonProtocol is JSON 1.1: https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html.
type jsonProtocol struct{}

func (jsonProtocol) contentType() string { return "application/x-amz-json-1.1" }
func (jsonProtocol) unknown() string     { return "UnknownOperationException" }

func (jsonProtocol) decode(c *Call, into any) error {
	body := c.body
	if len(bytes.TrimSpace(body)) == 0 {
		body = []byte("{}")
	}
	d := json.NewDecoder(bytes.NewReader(body))
	err := checkValue(d, reflect.TypeOf(into), "")
	if err == nil {
		if _, end := d.Token(); end != io.EOF {
			err = errors.New("there is more than one value")
		}
	}
	if err != nil {
		return Errorf("SerializationException", "%s: %v", c.Action, err)
	}
	err = json.Unmarshal(body, into)
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return Errorf("SerializationException", "%s", typeText(wrong))
	}
	if err != nil {
		return Errorf("SerializationException", "%s: %v", c.Action, err)
	}
	return nil
}

// typeText is what AWS says of a value of the wrong type.
func typeText(e *json.UnmarshalTypeError) string {
	value, _, _ := strings.Cut(e.Value, " ") // "number 1.5"
	switch value {
	case "object":
		return "Start of structure or map found where not expected."
	case "array":
		return "Start of list found where not expected"
	case "bool":
		value = "boolean"
	}
	to := "a String"
	switch e.Type.Kind() {
	case reflect.Bool:
		to = "a Boolean"
	case reflect.Int, reflect.Int32:
		to = "an Integer"
	case reflect.Int64:
		to = "a Long"
	case reflect.Float64:
		to = "a Double"
	case reflect.Slice:
		return "Expected list or null"
	case reflect.Struct, reflect.Map:
		return "Expected null"
	}
	return strings.ToUpper(value) + "_VALUE can not be converted to " + to
}

// checkValue reads one value and refuses members that the type does not have: under exactly this name, and once.
// The standard library takes names in any case, AWS does not.
func checkValue(d *json.Decoder, t reflect.Type, path string) error {
	token, err := d.Token()
	if err != nil {
		return syntax(err)
	}
	switch token {
	case json.Delim('['):
		return checkList(d, t, path)
	case json.Delim('{'):
		return checkObject(d, t, path)
	}
	return nil
}

func syntax(err error) error {
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("the request is no JSON: %w", err)
}

func checkList(d *json.Decoder, t reflect.Type, path string) error {
	t = target(t)
	if t != nil && t.Kind() == reflect.Slice {
		t = t.Elem()
	} else {
		t = nil
	}
	for d.More() {
		if err := checkValue(d, t, path+"[]"); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return syntax(err)
	}
	return nil
}

func checkObject(d *json.Decoder, t reflect.Type, path string) error {
	t = target(t)
	var members map[string]reflect.Type
	var element reflect.Type
	switch {
	case t == nil:
	case t.Kind() == reflect.Struct:
		members = membersOf(t)
	case t.Kind() == reflect.Map:
		element = t.Elem()
	}
	seen := map[string]bool{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return syntax(err)
		}
		name, _ := token.(string) // between { and } stand names
		at := strings.TrimPrefix(path+"."+name, ".")
		if seen[name] {
			return fmt.Errorf("%s is there twice", at)
		}
		seen[name] = true
		of := element
		if members != nil {
			var known bool
			if of, known = members[name]; !known {
				return fmt.Errorf("the embedded AWS does not know %s (it takes only what it models)", at)
			}
		}
		if err := checkValue(d, of, at); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return syntax(err)
	}
	return nil
}

// target is the type that a value is read into; nil where it reads itself.
func target(t reflect.Type) reflect.Type {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == nil || t.Kind() == reflect.Interface || reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()) {
		return nil
	}
	return t
}

func (jsonProtocol) encode(_ *Call, out any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(out); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func (p jsonProtocol) refusal(c *Call, e *Error, header http.Header) []byte {
	header.Set("X-Amzn-ErrorType", e.Code)
	type refusal struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
	}
	body, _ := p.encode(c, refusal{e.Code, e.Message}) // strings
	return body
}
