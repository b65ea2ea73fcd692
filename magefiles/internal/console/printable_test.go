package console

import "testing"

func TestColoursAreLeftOut(t *testing.T) {
	filter := NewFilter(func(string) string { return "" })
	for text, want := range map[string]string{
		"\x1b[32m✓\x1b[0m Ready in \x1b[1;38:5:208m2s\x1b[m": "✓ Ready in 2s",
		"DB_PASS\x1b[1mWORD=hun\x1b[0mter2 x":                "DB_PASSWORD=*** x",
		"\x1b[\x1b[0m31m::error::x":                          `\x1b[31m::error::x`,
		"\x1b[2J\x1b[1A":                                     `\x1b[2J\x1b[1A`,
		"\x1b[32":                                            `\x1b[32`,
		"a literal \\x1b[32m of a text":                      "a literal \\x1b[32m of a text",
	} {
		if got := filter.Text(text); got != want {
			t.Errorf("%q became %q, not %q", text, got, want)
		}
	}
}
