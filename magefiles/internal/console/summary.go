package console

import (
	"fmt"
	"strings"

	"github.com/bellyfed/splitecs/cfn/lazyregexp"
)

// summary is how a run ended, as Markdown. Pure.
func summary(title string, f *Failure) string {
	if f == nil {
		return "### " + markdown(title) + ": done\n\n"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "### %s\n\nexit code %d", markdown(f.What), f.Code)
	if f.Why != "" {
		fmt.Fprintf(&b, ": %s", markdown(f.Why))
	}
	b.WriteString("\n\n")
	for _, e := range f.Evidence {
		fence := longer("```", e)
		fmt.Fprintf(&b, "%s\n%s\n%s\n", fence, e, fence)
	}
	for _, n := range f.Next {
		fmt.Fprintf(&b, "- next: %s\n", span(n))
	}
	b.WriteString("\n")
	return b.String()
}

var (
	// marks mean something within a line of Markdown: code, emphasis, what is deleted, a formula, HTML, an entity, and what
	// follows the text of a link. https://github.github.com/gfm/#inlines
	marks = lazyregexp.New("[\\\\`*~<$]|\\b_|_\\b|&[#A-Za-z]|\\][(\\[:]")
	// openings mean something at its beginning.
	openings = lazyregexp.New(`^[ \t]*(?:[-+=>#|:_]|[0-9]+[.)])`)
	// links are what GitHub makes a link, a mention or a picture of without any mark: @name, #1, http://, www., :name:.
	links = lazyregexp.New(`@|#[0-9]|://|(?i:www)\.|:[a-z0-9_+-]+:`)
)

// markdown is a text that means nothing in Markdown, on one line of it.
func markdown(s string) string {
	s = marks.ReplaceAllString(s, `\$0`)
	s = openings.ReplaceAllStringFunc(s, func(found string) string {
		found = strings.TrimLeft(found, " \t")
		return found[:len(found)-1] + `\` + found[len(found)-1:] // the mark, or what stands behind a number
	})
	s = links.ReplaceAllStringFunc(s, func(found string) string { // a comment parts them
		return found[:1] + "<!-- -->" + found[1:]
	})
	return strings.ReplaceAll(s, "\n", "<br>")
}

// span is a text as code within a line.
func span(s string) string {
	s = strings.ReplaceAll(s, "\n", " ")
	fence := longer("`", s)
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		s = " " + s + " "
	}
	return fence + s + fence
}

// longer is a fence of the same marks that does not stand in a text.
func longer(fence, text string) string {
	for strings.Contains(text, fence) {
		fence += fence[:1]
	}
	return fence
}
