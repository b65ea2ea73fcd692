package confidential

import (
	"strings"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// A name and its value may stand in two fields, on two lines, or in either order: {"name":"DB_PASS","value":"…"}, as in the
// environment of a task definition. What stands in a line of its own below its name is found here; what follows on one line,
// by [redactAssignments].
var (
	// named ends a line with a name, and block with one whose value is below. https://yaml.org/spec/1.2.2/#81-block-scalar-styles
	named = lazyregexp.New(`(?i)(?:^|[\s{"'\\-])(?:name|key)["'\\]*[ \t]*[:=][ \t]*["'\\]*([\w.-]+)["'\\]*[ \t]*[,;]?[ \t]*$`)
	block = lazyregexp.New(`(?:^|[\s"'-])([\w.-]+)["']?[ \t]*:[ \t]*[|>][0-9+-]{0,2}[ \t]*$`)
	// valued begins the line below.
	valued   = lazyregexp.New(`(?i)^([\s|{"'\\-]*value["'\\]*[ \t]*[:=][ \t]*\\*["']?)((?:[^"\\\n]|\\[^"\n])*[^"'\\\n,\s])`)
	indented = lazyregexp.New(`^([ \t]+)(\S.*)$`)
	// backward is a value that stands before its name.
	backward = lazyregexp.New(`(?i)((?:^|[\s{,"'\\])value["'\\]*[ \t]*[:=][ \t]*\\*["']?)([^"'\\\n{}]+?)(\\*["']?[ \t]*[,;][ \t]*\n?[ \t]*["'\\]*(?:name|key)["'\\]*[ \t]*[:=][ \t]*["'\\]*)([\w.-]+)`)
)

// belowIs is what hides the line below one, where that is the value of a confidential name; nil where it is none.
func belowIs(line string) *lazyregexp.Regexp {
	end := strings.TrimRight(line, " \t,;\"'\\|>0123456789+-:")
	if at := strings.LastIndexFunc(end, func(r rune) bool { return !isAlphanumeric(r) && !strings.ContainsRune("_.-", r) }); !Name(end[at+1:]) {
		return nil // as of nearly all lines, and soon seen
	}
	if m := named.FindStringSubmatch(line); m != nil && Name(m[1]) {
		return valued
	}
	if m := block.FindStringSubmatch(line); m != nil && Name(m[1]) {
		return indented
	}
	return nil
}

// hideBelow is a line without what the one above it says is confidential.
func hideBelow(value *lazyregexp.Regexp, line string) string {
	return replace(value, line, func(m []string) string {
		if absent(m[2]) {
			return m[0]
		}
		return m[1] + Hidden
	})
}

// redactPairs hides values whose names stand on the line above, or behind them.
func redactPairs(text string) string {
	if strings.ContainsAny(text, ",;") && (strings.Contains(text, "alue") || strings.Contains(text, "VALUE")) {
		text = replace(backward, text, func(m []string) string {
			if !Name(m[4]) || absent(m[2]) {
				return m[0]
			}
			return m[1] + Hidden + m[3] + m[4]
		})
	}
	if !strings.Contains(text, "\n") {
		return text
	}
	lines := strings.Split(text, "\n")
	for i := 1; i < len(lines); i++ {
		if value := belowIs(lines[i-1]); value != nil {
			lines[i] = hideBelow(value, lines[i])
		}
	}
	return strings.Join(lines, "\n")
}
