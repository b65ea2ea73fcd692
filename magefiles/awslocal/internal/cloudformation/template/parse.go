package template

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// shortForms are the tags that stand for functions in YAML.
var shortForms = []string{
	"And", "Base64", "Cidr", "Equals", "FindInMap", "GetAtt", "GetAZs", "If", "ImportValue", "Join",
	"Not", "Or", "Select", "Split", "Sub", "Transform",
}

// tree reads a template into maps, lists, strings, booleans and json.Numbers. Short forms become long ones.
func tree(body string) (map[string]any, error) {
	var v any
	var err error
	if strings.HasPrefix(strings.TrimSpace(body), "{") {
		v, err = treeOfJSON(body)
	} else {
		v, err = treeOfYAML(body)
	}
	if err != nil {
		return nil, err
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil, errorf("Template format error: unsupported structure.")
	}
	return m, nil
}

func treeOfJSON(body string) (any, error) {
	d := json.NewDecoder(strings.NewReader(body))
	d.UseNumber()
	var v any
	err := d.Decode(&v)
	if err == nil {
		if _, more := d.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("text after the template")
		}
	}
	if err != nil {
		at := int(d.InputOffset())
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			at = int(syntax.Offset)
		}
		read := body[:min(max(at, 0), len(body))]
		line := strings.Count(read, "\n") + 1
		return nil, errorf("Template format error: JSON not well-formed. (line %d, column %d)", line, len(read)-strings.LastIndexByte(read, '\n'))
	}
	return v, nil
}

var yamlLine = lazyregexp.New(`line (\d+)`)

func treeOfYAML(body string) (any, error) {
	var root yaml.Node
	d := yaml.NewDecoder(bytes.NewReader([]byte(body)))
	if err := d.Decode(&root); err != nil {
		if errors.Is(err, io.EOF) {
			return nil, errorf("Template format error: unsupported structure.")
		}
		if m := yamlLine.FindStringSubmatch(err.Error()); m != nil {
			return nil, errorf("Template format error: YAML not well-formed. (line %s, column 1)", m[1])
		}
		return nil, errorf("Template format error: YAML not well-formed.")
	}
	if len(root.Content) != 1 {
		return nil, errorf("Template format error: unsupported structure.")
	}
	return ofNode(root.Content[0])
}

func ofNode(n *yaml.Node) (any, error) {
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		return nil, errorf("Template error: YAML aliases are not allowed in CloudFormation templates")
	}
	v, err := ofContent(n)
	if err != nil || n.Tag == "" || strings.HasPrefix(n.Tag, "!!") || n.Tag == "!" {
		return v, err
	}
	name := strings.TrimPrefix(n.Tag, "!")
	switch {
	case name == "Ref" || name == "Condition":
		return map[string]any{name: v}, nil
	case name == "GetAtt":
		if s, ok := v.(string); ok {
			resource, attribute, found := strings.Cut(s, ".")
			if !found {
				return nil, errorf("Template error: every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute")
			}
			v = []any{resource, attribute}
		}
		return map[string]any{"Fn::GetAtt": v}, nil
	case slices.Contains(shortForms, name):
		return map[string]any{"Fn::" + name: v}, nil
	}
	return nil, errorf("Template format error: YAML not well-formed. (line %d, column %d)", n.Line, n.Column)
}

func ofContent(n *yaml.Node) (any, error) {
	switch n.Kind {
	case yaml.MappingNode:
		m := make(map[string]any, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, value := n.Content[i], n.Content[i+1]
			if key.Kind != yaml.ScalarNode {
				return nil, errorf("Template format error: YAML not well-formed. (line %d, column %d)", key.Line, key.Column)
			}
			if _, twice := m[key.Value]; twice {
				return nil, errorf("Template format error: YAML not well-formed. (line %d, column %d): duplicate key %s", key.Line, key.Column, key.Value)
			}
			v, err := ofNode(value)
			if err != nil {
				return nil, err
			}
			m[key.Value] = v
		}
		return m, nil
	case yaml.SequenceNode:
		list := make([]any, 0, len(n.Content))
		for _, item := range n.Content {
			v, err := ofNode(item)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	}
	return ofScalar(n), nil
}

func ofScalar(n *yaml.Node) any {
	if strings.HasPrefix(n.Tag, "!") && !strings.HasPrefix(n.Tag, "!!") {
		return n.Value
	}
	switch n.ShortTag() {
	case "!!null":
		return nil
	case "!!bool":
		if b, err := strconv.ParseBool(strings.ToLower(n.Value)); err == nil {
			return b
		}
	case "!!int", "!!float":
		if json.Valid([]byte(n.Value)) {
			return json.Number(n.Value)
		}
		var i int64
		if n.Decode(&i) == nil {
			return json.Number(strconv.FormatInt(i, 10))
		}
	}
	return n.Value
}
