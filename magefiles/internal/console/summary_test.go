package console

import (
	"strings"
	"testing"
)

// What a text means in Markdown is gone from it, and what can be read of it stays.
func TestMarkdown(t *testing.T) {
	for text, want := range map[string]string{
		"stack S ended in ROLLBACK_COMPLETE: [Error] /Outputs/Wrong": "stack S ended in ROLLBACK_COMPLETE: [Error] /Outputs/Wrong",
		"[text](https://x.example)":                                  `[text\](https:<!-- -->//x.example)`,
		"![a][b] and [b]: x":                                         `![a\][b] and [b\]: x`,
		"<img src=x onerror=y>":                                      `\<img src=x onerror=y>`,
		"`code` *a* _b_ a_b ~~c~~ $d$ &lt;":                          "\\`code\\` \\*a\\* \\_b\\_ a_b \\~\\~c\\~\\~ \\$d\\$ \\&lt;",
		"@team, see #1 and :tada: at www.x.example":                  "@<!-- -->team, see #<!-- -->1 and :<!-- -->tada: at w<!-- -->ww.x.example",
		"# x":                      `\# x`,
		"  - x":                    `\- x`,
		"1. x":                     `1\. x`,
		"one\n# two\n\n```\nthree": "one<br># two<br><br>\\`\\`\\`<br>three",
		`a\*b`:                     `a\\\*b`,
	} {
		if got := markdown(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// No evidence ends the block that it stands in, and no command its code.
func TestSummaryHoldsWhatIsInIt(t *testing.T) {
	for _, text := range []string{"```\n# forged\n```", "````", "a\n~~~\n```` x", "`", "``x``", "`` ` ``", "x`"} {
		got := summary("x", &Failure{What: "w", Evidence: []string{text}, Next: []string{strings.ReplaceAll(text, "\n", " ")}})
		fence := longer("```", text)
		if !strings.Contains(got, "\n"+fence+"\n"+text+"\n"+fence+"\n") || strings.Contains(text, fence) {
			t.Errorf("%q stands in\n%s", text, got)
		}
		_, next, _ := strings.Cut(got, "- next: ")
		ticks := next[:len(next)-len(strings.TrimLeft(next, "`"))]
		if inner := strings.Trim(next, "`\n"); ticks == "" || strings.Contains(" "+strings.TrimSpace(inner)+" ", ticks) && !strings.Contains(text, ticks) {
			t.Errorf("%q is told as %q", text, next)
		}
	}
}
