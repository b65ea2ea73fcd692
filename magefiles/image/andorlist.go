package image

import "strings"

// step is a command of a list, and whether it stands behind ||.
type step struct {
	words []string
	or    bool
}

// andOrList reads a line of a shell that is made of plain commands with && and || between them; false where it is anything else.
// What a command's output is redirected to stays among its words, and so do variables.
// https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_09_03
func andOrList(line string) (list []step, ok bool) {
	var word strings.Builder
	var quote byte
	begun := false
	now := step{}
	end := func() {
		if begun {
			now.words = append(now.words, word.String())
		}
		word.Reset()
		begun = false
	}
	line = strings.TrimSpace(line)
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case quote == '\'':
			word.WriteByte(c)
		case c == '\\' && i+1 < len(line):
			i++
			word.WriteByte(line[i])
			begun = true
		case quote != 0:
			word.WriteByte(c)
		case c == '"' || c == '\'':
			quote, begun = c, true
		case c == ' ' || c == '\t':
			end()
		case (c == '&' || c == '|') && strings.HasPrefix(line[i:], string([]byte{c, c})):
			end()
			list, now = append(list, now), step{or: c == '|'}
			i++
		case c == '&' && i > 0 && line[i-1] == '>': // 2>&1
			word.WriteByte(c)
		case strings.IndexByte("&|;()`#\n\r", c) >= 0:
			return nil, false
		default:
			word.WriteByte(c)
			begun = true
		}
	}
	end()
	return append(list, now), quote == 0
}
