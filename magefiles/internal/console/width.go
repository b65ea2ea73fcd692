package console

import "unicode"

// rows is how many rows of a terminal with so many columns a text takes.
func rows(s string, columns int) int {
	n, width := 1, 0
	for _, r := range s {
		if width += cell(r); width > columns {
			n, width = n+1, cell(r)
		}
	}
	return n
}

// clip cuts a text to a width in columns.
func clip(s string, width int) string {
	n := 0
	for i, r := range s {
		if n += cell(r); n > width {
			return s[:i]
		}
	}
	return s
}

// cell is the width of a character: none for marks on another one, two for East Asian scripts and pictures.
// https://www.unicode.org/reports/tr11/
func cell(r rune) int {
	switch {
	case r < 0x300: // nearly all of them
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana),
		r >= 0xFF01 && r <= 0xFF60, r >= 0x1F300 && r <= 0x1FAFF:
		return 2
	}
	return 1
}
