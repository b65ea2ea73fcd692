package cfn

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/awslabs/goformation/v7/cloudformation"
)

// MaxTemplateBytes is the size up to which CloudFormation takes a template within a request.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
const MaxTemplateBytes = 51_200

// Render writes a template as YAML: intrinsic functions in their long form, keys in a fixed order, equal to
// the byte for equal templates. A result over [MaxTemplateBytes] is an error.
//
// goformation's own YAML method gives the same document, but decodes it three times on the way, which is
// most of what making a template costs.
func Render(t *cloudformation.Template) ([]byte, error) {
	encoded, err := json.Marshal(toEncode(t))
	if err != nil {
		return nil, fmt.Errorf("render template: %w", err)
	}
	root, err := parseJSON(encoded)
	if err != nil {
		return nil, fmt.Errorf("render template: %w", err)
	}
	var y yamlWriter
	y.Grow(2 * len(encoded))
	y.block(root, 0, false)
	if y.Len() > MaxTemplateBytes {
		return nil, fmt.Errorf("render template: %d bytes are more than the %d that CloudFormation takes", y.Len(), MaxTemplateBytes)
	}
	return y.Bytes(), nil
}

// encodable is a template for encoding alone. The template itself can also be decoded, for which the linker would keep every
// resource type of CloudFormation, a third of a compiled magefile: goformation's own methods are not called, and neither
// it nor its lists of resources may become an interface value.
type encodable struct {
	AWSTemplateFormatVersion string                             `json:",omitempty"`
	Transform                *cloudformation.Transform          `json:",omitempty"`
	Description              string                             `json:",omitempty"`
	Metadata                 map[string]any                     `json:",omitempty"`
	Parameters               cloudformation.Parameters          `json:",omitempty"`
	Mappings                 map[string]any                     `json:",omitempty"`
	Conditions               map[string]any                     `json:",omitempty"`
	Resources                map[string]cloudformation.Resource `json:",omitempty"`
	Outputs                  cloudformation.Outputs             `json:",omitempty"`
	Globals                  map[string]cloudformation.Resource `json:",omitempty"`
}

// toEncode is a template with the same fields, in the same order.
func toEncode(t *cloudformation.Template) encodable {
	return encodable{
		AWSTemplateFormatVersion: t.AWSTemplateFormatVersion,
		Transform:                t.Transform,
		Description:              t.Description,
		Metadata:                 t.Metadata,
		Parameters:               t.Parameters,
		Mappings:                 t.Mappings,
		Conditions:               t.Conditions,
		Resources:                t.Resources,
		Outputs:                  t.Outputs,
		Globals:                  t.Globals,
	}
}

// node is a JSON value that keeps the order of its keys.
type node struct {
	kind  nodeKind
	text  string   // of a string or another scalar
	keys  []string // of a mapping, beside items
	items []node
}

type nodeKind int

const (
	scalarNode nodeKind = iota // number, true, false, null
	stringNode
	sequenceNode
	mappingNode
)

// parseJSON reads one JSON value. Strings that carry an encoded intrinsic function become that function.
func parseJSON(data []byte) (node, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	value, err := parseValue(decoder)
	if err != nil {
		return node{}, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return node{}, errors.New("more than one JSON value")
	}
	return value, nil
}

func parseValue(decoder *json.Decoder) (node, error) {
	token, err := decoder.Token()
	if err != nil {
		return node{}, err
	}
	switch token := token.(type) {
	case string:
		if intrinsic, ok := decodeIntrinsic(token); ok {
			return intrinsic, nil
		}
		return node{kind: stringNode, text: token}, nil
	case json.Delim:
		return parseItems(decoder, token)
	case nil:
		return node{text: "null"}, nil
	default:
		return node{text: fmt.Sprint(token)}, nil
	}
}

// parseItems reads what follows an opening bracket, up to and including the closing one.
func parseItems(decoder *json.Decoder, open json.Delim) (node, error) {
	n := node{kind: sequenceNode}
	if open == '{' {
		n.kind = mappingNode
	}
	for decoder.More() {
		if n.kind == mappingNode {
			key, err := decoder.Token()
			if err != nil {
				return node{}, err
			}
			n.keys = append(n.keys, fmt.Sprint(key))
		}
		item, err := parseValue(decoder)
		if err != nil {
			return node{}, err
		}
		n.items = append(n.items, item)
	}
	_, err := decoder.Token()
	return n, err
}

// intrinsicPrefix is how every intrinsic function of goformation begins: the base64 form of `{ "`.
// https://github.com/awslabs/goformation/blob/v7.14.9/cloudformation/intrinsics.go
const intrinsicPrefix = "eyAi"

// decodeIntrinsic undoes goformation's encoding of an intrinsic function as a base64 string.
func decodeIntrinsic(text string) (node, bool) {
	if !strings.HasPrefix(text, intrinsicPrefix) {
		return node{}, false
	}
	decoded, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return node{}, false
	}
	n, err := parseJSON(decoded)
	if err != nil || n.kind != mappingNode || len(n.keys) != 1 {
		return node{}, false
	}
	if key := n.keys[0]; key != "Ref" && !strings.HasPrefix(key, "Fn::") {
		return node{}, false
	}
	return n, true
}
