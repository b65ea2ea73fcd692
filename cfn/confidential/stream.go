package confidential

import (
	"strings"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

var (
	pemBegin = lazyregexp.New(`-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----`)
	pemEnd   = lazyregexp.New(`-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----`)
	// pemBlock is a private key, also one that is cut off. https://www.rfc-editor.org/rfc/rfc7468
	pemBlock = lazyregexp.New(`(?s)-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\z)`)
	// pemLine is a line within one, and pemFull one that is as long as they are: it needs no beginning before it.
	pemLine = lazyregexp.New(`^[\s|>]*(?:[A-Za-z0-9+/=_-]+|(?:Proc-Type|DEK-Info|Comment|Version)[:,].*)?\s*$`)
	pemFull = lazyregexp.New(`^[\s|>]*[A-Za-z0-9+/]{60,76}\s*$`)
	upper   = lazyregexp.New(`[A-Z]`)
	lower   = lazyregexp.New(`[a-z]`)
)

// Stream hides what is confidential in texts that follow each other, such as the lines of one program: a private key is
// written on many of them, and a name on the line above its value. The zero value is at the beginning.
type Stream struct {
	inside bool               // a private key
	below  *lazyregexp.Regexp // what hides the next line; nil where nothing does
}

// Redact is [Redact] of the next text.
func (s *Stream) Redact(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if s.below != nil {
			line = hideBelow(s.below, line)
		}
		s.below = belowIs(line)
		lines[i] = s.line(line)
	}
	return Redact(strings.Join(lines, "\n"))
}

// line hides the line of a private key that began before it, and notes where one begins.
func (s *Stream) line(line string) string {
	if s.inside {
		if end := pemEnd.FindStringIndex(line); end != nil {
			s.inside = false
			return Hidden + line[end[1]:]
		}
		if pemLine.MatchString(line) {
			if strings.TrimSpace(line) == "" {
				return line
			}
			return Hidden
		}
		s.inside = false
	}
	if begin := lastIndex(pemBegin, line); begin >= 0 && !pemEnd.MatchString(line[begin:]) {
		s.inside = true
		return line[:begin] + Hidden
	}
	if pemFull.MatchString(line) && upper.MatchString(line) && lower.MatchString(line) {
		s.inside = true // its beginning was not seen
		return Hidden
	}
	return line
}

// lastIndex is where the last match begins; -1 where there is none.
func lastIndex(re *lazyregexp.Regexp, text string) int {
	all := re.FindAllStringIndex(text, -1)
	if len(all) == 0 {
		return -1
	}
	return all[len(all)-1][0]
}
