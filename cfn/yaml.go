package cfn

import (
	"bytes"
	"fmt"
	"strings"
)

// yamlWriter writes nodes in block style, two spaces a level. It writes the part of YAML 1.1 that every
// parser reads alike: no tags, no anchors, no folded text.
type yamlWriter struct {
	bytes.Buffer
}

// block writes the lines of a mapping or sequence. The first line continues the present one when
// started, which is how a mapping stands in a sequence.
func (w *yamlWriter) block(n node, indent int, started bool) {
	for i, item := range n.items {
		if i > 0 || !started {
			w.indent(indent)
		}
		if n.kind == sequenceNode {
			w.WriteByte('-')
			w.item(item, indent)
			continue
		}
		w.WriteString(yamlString(n.keys[i]))
		w.WriteByte(':')
		w.value(item, indent)
	}
}

// item writes what follows a hyphen.
func (w *yamlWriter) item(n node, indent int) {
	if len(n.items) > 0 {
		w.WriteByte(' ')
		w.block(n, indent+2, true)
		return
	}
	w.value(n, indent)
}

// value writes what follows a key.
func (w *yamlWriter) value(n node, indent int) {
	if len(n.items) > 0 {
		w.WriteByte('\n')
		w.block(n, indent+2, false)
		return
	}
	w.WriteByte(' ')
	w.WriteString(scalar(n))
	w.WriteByte('\n')
}

func (w *yamlWriter) indent(n int) {
	for range n {
		w.WriteByte(' ')
	}
}

// scalar is the text of a node without items.
func scalar(n node) string {
	switch n.kind {
	case stringNode:
		return yamlString(n.text)
	case sequenceNode:
		return "[]"
	case mappingNode:
		return "{}"
	default:
		return n.text
	}
}

// yamlString writes a string plainly where no parser can take it for anything else, else in single quotes,
// and in double quotes where it has characters that only an escape can carry.
func yamlString(s string) string {
	switch {
	case plain(s):
		return s
	case printable(s):
		return "'" + strings.ReplaceAll(s, "'", "''") + "'"
	default:
		return doubleQuoted(s)
	}
}

// plain strings begin with a letter or slash, are made of characters without a meaning in YAML, and
// are none of its words for booleans and nothing.
func plain(s string) bool {
	if s == "" || strings.HasSuffix(s, ":") || strings.HasSuffix(s, " ") || strings.Contains(s, ": ") {
		return false
	}
	if c := s[0]; !isLetter(c) && c != '/' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !isLetter(c) && (c < '0' || c > '9') && !strings.ContainsRune(" _./:;@+()-,=", rune(c)) {
			return false
		}
	}
	switch strings.ToLower(s) {
	case "true", "false", "yes", "no", "on", "off", "y", "n", "null":
		return false
	}
	return true
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func printable(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// doubleQuoted escapes everything but printable ASCII.
func doubleQuoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r >= ' ' && r <= '~':
			b.WriteRune(r)
		case r > 0xFFFF:
			fmt.Fprintf(&b, `\U%08X`, r)
		default:
			fmt.Fprintf(&b, `\u%04X`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
