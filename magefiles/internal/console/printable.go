package console

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// colour is how programs colour what they write, and clear the rest of a line for it: it says nothing that is to be read.
// https://www.ecma-international.org/publications-and-standards/standards/ecma-48/ (8.3.117, SGR; 8.3.41, EL)
var colour = lazyregexp.New(`\x1b\[[0-9;:]*[mK]`)

// printable is a text as it may stand on a screen: ends of lines are line feeds, tabs stay, and every other control character,
// what turns the direction of writing, what separates lines elsewhere, and what is no UTF-8 is told as \x1b or
// \u202e. A text that is printable stays as it is.
// https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing
func printable(s string) string {
	if isPrintable(s) {
		return s
	}
	s = strings.ReplaceAll(s, "\r\n", "\n")
	var b strings.Builder
	for rest := s; rest != ""; {
		r, size := utf8.DecodeRuneInString(rest)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, rest[0])
		case r == '\r':
			b.WriteByte('\n')
		case !isControl(r):
			b.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
		rest = rest[size:]
	}
	return b.String()
}

// uncoloured is a text without colours. It comes before everything else, since they can stand within a credential.
func uncoloured(s string) string {
	if !strings.Contains(s, "\x1b[") {
		return s
	}
	return colour.ReplaceAllLiteralString(s, "")
}

func isPrintable(s string) bool { return utf8.ValidString(s) && !strings.ContainsFunc(s, isControl) }

// isControl tells whether a character does something other than stand there. Joiners do not: words of several languages and
// pictures are made with them.
func isControl(r rune) bool {
	switch r {
	case '\n', '\t', '\u200c', '\u200d':
		return false
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// below puts what stands before the first line of a text before the others.
func below(prefix, s string) string { return strings.ReplaceAll(s, "\n", "\n"+prefix) }
